//! Each alarm of the stack fires for its fault, and none fires while all is well, for any interval
//! of monitors and pages and for late values.

use serde_json::Value;

use super::cloudwatch::{Alarm, Published};
use super::document::{of_type, template};
use crate::repository::text;

/// The length of a simulation in minutes, which is longer than the slowest alarm looks back.
const LENGTH: i64 = 8 * 60;

/// The minute in which the fault begins.
const FAULT: i64 = 4 * 60;

/// The delays in minutes after which CloudWatch has a value.
const LAGS: [i64; 3] = [0, 1, 2];

/// The intervals of monitors in minutes: a stack checks at most every minute, a monitor at least
/// every day.
const INTERVALS: [i64; 7] = [1, 2, 5, 10, 30, 60, 24 * 60];

/// The fault from [`FAULT`] on.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// The schedule of the prober does not fire. Heartbeats still invoke the prober, and the runs
    /// of another region still invoke the evaluator.
    NoSchedule,
    /// A function fails at each invocation.
    Fails(&'static str),
    /// A function fails once.
    FailsOnce(&'static str),
    /// The evaluator is five minutes behind.
    Behind,
    /// One batch was five minutes late.
    BehindOnce,
    /// A queue that was idle gets a message.
    Message(&'static str),
}

/// A stack over time.
struct Stack {
    interval: i64,
    page_every: i64,
    fault: Fault,
}

impl Stack {
    fn published(&self) -> Published {
        let mut published = Published::default();
        for minute in 0..LENGTH {
            // The scheduler and the checks together take up to 75 seconds.
            let second = minute * 60 + minute * 7 % 75;
            self.prober(&mut published, minute, second);
            if minute % self.interval == 0 || minute % 10 == 0 {
                self.invoke(&mut published, "Evaluator", minute, second);
            }
            if minute % self.interval == 0 {
                let is_behind = minute >= FAULT && self.fault == Fault::Behind
                    || self.fault == Fault::BehindOnce
                        && minute - FAULT < self.interval
                        && minute >= FAULT;
                let age_ms = if is_behind { 300_000.0 } else { 1_500.0 };
                published.add(("IteratorAge", "Evaluator"), second, age_ms);
            }
            self.invoke(&mut published, "Notifier", minute, second);
            if minute % self.page_every == 0 {
                self.invoke(&mut published, "Generator", minute, second);
            }
            if let Fault::Message(queue) = self.fault
                && minute >= FAULT
            {
                published.add(("ApproximateNumberOfMessagesVisible", queue), second, 1.0);
            }
        }
        published
    }

    fn prober(&self, published: &mut Published, minute: i64, second: i64) {
        self.invoke(published, "Prober", minute, second);
        let is_bad = [Fault::NoSchedule, Fault::Fails("Prober")].contains(&self.fault)
            || self.fault == Fault::FailsOnce("Prober") && minute == FAULT;
        if minute < FAULT || !is_bad {
            published.add(("scheduled_rounds", "Prober"), second, 1.0);
        }
    }

    fn invoke(&self, published: &mut Published, function: &'static str, minute: i64, second: i64) {
        let fails = minute >= FAULT && self.fault == Fault::Fails(function)
            || minute / 60 == FAULT / 60
                && minute % 60 / self.page_every == 0
                && minute % self.page_every == 0
                && self.fault == Fault::FailsOnce(function);
        published.add(("Invocations", function), second, 1.0);
        published.add(("Errors", function), second, if fails { 1.0 } else { 0.0 });
    }

    /// Returns the firing alarms for each delay, each with the first minute in which it fires.
    fn ringing(&self, template: &Value) -> [Vec<(String, i64)>; LAGS.len()] {
        let published = self.published();
        let alarms =
            of_type(template, "AWS::CloudWatch::Alarm").into_iter().map(|(name, alarm)| {
                (name, Alarm::read(template, alarm, &self.page_every.to_string()))
            });
        let alarms: Vec<(&str, Alarm)> = alarms.collect();
        LAGS.map(|lag| {
            let rings = |(name, alarm): &(&str, Alarm)| {
                // A new stack has no values for the minutes before that.
                let first = (FAULT - 5..LENGTH).find(|now| alarm.rings(&published, *now, lag));
                first.map(|minute| ((*name).to_owned(), minute))
            };
            alarms.iter().filter_map(rings).collect()
        })
    }
}

fn page_intervals(template: &Value) -> Vec<i64> {
    let values = template["Parameters"]["PageEveryMinutes"]["AllowedValues"].as_array().unwrap();
    let minutes =
        |value: &Value| value.as_i64().unwrap_or_else(|| value.as_str().unwrap().parse().unwrap());
    values.iter().map(minutes).collect()
}

#[test]
fn no_alarm_rings_while_all_is_well_at_any_interval() {
    let template = template();
    for interval in INTERVALS {
        for page_every in page_intervals(&template) {
            let ringing = Stack { interval, page_every, fault: Fault::None }.ringing(&template);
            assert!(ringing.iter().all(Vec::is_empty), "{interval}, {page_every}: {ringing:?}");
        }
    }
}

#[test]
fn each_fault_rings_its_alarm_in_time_and_no_other() {
    let template = template();
    let pages = page_intervals(&template);
    let faults = |page_every: i64| {
        [
            (Fault::NoSchedule, vec![("NoRoundAlarm", 8)]),
            (Fault::Fails("Prober"), vec![("ErrorsAlarm", 12), ("NoRoundAlarm", 8)]),
            (Fault::Fails("Notifier"), vec![("ErrorsAlarm", 12)]),
            (Fault::FailsOnce("Notifier"), vec![]),
            (Fault::FailsOnce("Generator"), vec![]),
            (Fault::Fails("Generator"), vec![("OldPageAlarm", 3 * page_every + 5)]),
            (Fault::Message("DeadLetterQueue"), vec![("DeadLetterAlarm", 5)]),
            (Fault::Message("FailedBatchQueue"), vec![("DeadLetterAlarm", 5)]),
            (Fault::BehindOnce, vec![]),
        ]
    };
    for interval in [1, 5, 24 * 60] {
        for page_every in &pages {
            for (fault, expected) in faults(*page_every) {
                let stack = Stack { interval, page_every: *page_every, fault };
                for (ringing, lag) in stack.ringing(&template).iter().zip(LAGS) {
                    let at = format!("{fault:?}, {interval} min, page {page_every} min, lag {lag}");
                    compare(ringing, &expected, lag, &at);
                }
            }
        }
    }
}

/// Checks that exactly the `expected` alarms fire, each within its number of minutes after the
/// fault.
fn compare(ringing: &[(String, i64)], expected: &[(&str, i64)], lag: i64, at: &str) {
    let names: Vec<&str> = ringing.iter().map(|(name, _)| name.as_str()).collect();
    let wanted: Vec<&str> = expected.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, wanted, "{at}");
    for ((name, minute), (_, within)) in ringing.iter().zip(expected) {
        let took = minute - FAULT;
        assert!((0..=within + lag).contains(&took), "{at}: `{name}` after {took} min");
    }
}

#[test]
fn an_evaluator_that_is_behind_rings_where_it_is_busy() {
    let template = template();
    let stack = Stack { interval: 1, page_every: 5, fault: Fault::Behind };
    for (ringing, lag) in stack.ringing(&template).iter().zip(LAGS) {
        compare(ringing, &[("BehindAlarm", 5)], lag, "behind");
    }
}

#[test]
fn the_counted_rounds_are_those_that_the_prober_counts() {
    let template = template();
    let alarm = &template["Resources"]["NoRoundAlarm"]["Properties"]["Metrics"];
    let metric = &alarm[1]["MetricStat"]["Metric"];
    let name = metric["MetricName"].as_str().unwrap();
    let handler = text("crates/engine/src/probe/handler.rs").unwrap();
    assert!(handler.contains(&format!("monotonic_counter.{name} = 1_u64")), "{name}");
    let metrics = text("functions/runtime/src/metrics.rs").unwrap();
    let constant = |name: &str, value: &Value| {
        let line = format!("pub const {name}: &str = \"{}\";", value.as_str().unwrap());
        assert!(metrics.contains(&line), "{line}");
    };
    constant("NAMESPACE", &metric["Namespace"]);
    constant("DIMENSION", &metric["Dimensions"][0]["Name"]);
    assert_eq!(metric["Dimensions"].as_array().unwrap().len(), 1);
}

#[test]
fn a_schedule_sends_what_its_function_takes_for_a_schedule() {
    let template = template();
    for function in ["Evaluator", "Notifier", "Generator"] {
        let events = template["Resources"][function]["Properties"]["Events"].as_object().unwrap();
        let schedules = events.values().filter(|event| event["Type"] == "ScheduleV2");
        for schedule in schedules {
            assert_eq!(schedule["Properties"]["Input"], "{}", "{function}");
        }
    }
}

#[test]
fn a_flood_of_beats_is_refused_before_it_takes_the_executions_of_a_new_account() {
    /// The limit on concurrent executions of a new account.
    const OF_A_NEW_ACCOUNT: f64 = 10.0;
    /// The time in seconds that a heartbeat takes in a cold prober.
    const COLD_S: f64 = 0.2;
    let template = template();
    let stage = &template["Resources"]["HeartbeatStage"]["Properties"]["DefaultRouteSettings"];
    let rate = stage["ThrottlingRateLimit"].as_f64().unwrap();
    let burst = stage["ThrottlingBurstLimit"].as_f64().unwrap();
    // The remaining executions are needed by the four functions and the schedule.
    assert!(burst + rate * COLD_S < OF_A_NEW_ACCOUNT, "{burst} at once, {rate} a second");
    let open = template["Resources"].as_object().unwrap().values();
    let open: Vec<&Value> = open.filter(|one| one["Type"] == "AWS::Lambda::Url").collect();
    assert!(open.is_empty(), "a function URL has no limit but the account's");
}

#[test]
fn a_reader_of_a_missing_path_gets_the_page_for_it_with_the_status_404() {
    let template = template();
    let bucket = &template["Resources"]["SiteBucket"]["Properties"]["WebsiteConfiguration"];
    assert_eq!(bucket["Fn::If"][1]["ErrorDocument"], allclear_status_site::NOT_FOUND);
    // S3 answers 403 to a reader without the permission to list.
    let policy = &template["Resources"]["WebsiteBucketPolicy"]["Properties"]["PolicyDocument"];
    let statements = policy["Statement"].as_array().unwrap().iter();
    assert!(statements.map(|one| &one["Action"]).any(|action| action == "s3:ListBucket"));

    let distribution = &template["Resources"]["Distribution"]["Properties"]["DistributionConfig"];
    let responses = distribution["CustomErrorResponses"].as_array().unwrap();
    for code in [403, 404] {
        let response = responses.iter().find(|one| one["ErrorCode"] == code).unwrap();
        assert_eq!(response["ResponseCode"], 404);
        let path = format!("/{}", allclear_status_site::NOT_FOUND);
        assert_eq!(response["ResponsePagePath"], path);
    }
}
