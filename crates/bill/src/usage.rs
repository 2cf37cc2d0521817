//! The amounts of charged items that a config uses in a month.

use std::time::Duration;

use allclear_core::config::Config;
use allclear_core::rollup::Period;
use serde::Serialize;

use crate::counts::Counter;
use crate::day::{DAY_WINDOWS, Day, HISTORY_DAYS, SANDBOX_LIFE};
use crate::deployment::{Deployment, Function};
use crate::log_line;
use crate::number::number;
use crate::prices::Item;
use crate::publication::Publication;
use crate::weight::read_units;

/// Days of a month.
pub(crate) const DAYS: f64 = 365.0 / 12.0;

/// Bytes of a gigabyte, as AWS bills transfer, storage and logs.
const GB: f64 = 1_073_741_824.0;

/// An amount of one item, in a month.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// Purpose, for people.
    pub(crate) what: String,
    /// Charged item.
    pub(crate) item: Item,
    /// Number of units.
    pub(crate) amount: f64,
}

/// Assumptions about what a config does not say. They are printed with the bill.
#[derive(Debug, Clone, Serialize)]
pub struct Assumptions {
    /// Number of regions that check.
    pub n_regions: u32,
    /// Duration of a prober's invocation, which is that of its slowest check.
    #[serde(serialize_with = "seconds")]
    pub check_duration: Duration,
    /// Duration of an evaluator's invocation.
    #[serde(serialize_with = "seconds")]
    pub evaluation: Duration,
    /// Duration of a notifier's sweep.
    #[serde(serialize_with = "seconds")]
    pub sweep: Duration,
    /// Duration of a publication.
    #[serde(serialize_with = "seconds")]
    pub publication: Duration,
    /// Bytes that a check sends: connection, handshake and request.
    pub bytes_sent_per_check: f64,
    /// Readings of the page in a month.
    pub page_views: f64,
}

impl Assumptions {
    /// Returns the assumptions, with these two of the caller.
    #[must_use]
    pub fn new(n_regions: u32, check_duration: Duration) -> Self {
        Self {
            n_regions,
            check_duration,
            evaluation: Duration::from_millis(60),
            sweep: Duration::from_millis(40),
            publication: Duration::from_secs(1),
            bytes_sent_per_check: 1_500.0,
            page_views: 10_000.0,
        }
    }

    fn duration_of(&self, function: Function) -> Duration {
        match function {
            Function::Prober => self.check_duration,
            Function::Evaluator => self.evaluation,
            Function::Notifier => self.sweep,
            Function::Generator => self.publication,
        }
    }

    /// Returns the assumptions in words, a sentence each.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let ms = |duration: Duration| format!("{} ms", duration.as_millis());
        vec![
            format!(
                "a prober's invocation takes {} (`--check-duration`), an evaluator's {}, a \
                 notifier's {}, a publication {}",
                ms(self.check_duration),
                ms(self.evaluation),
                ms(self.sweep),
                ms(self.publication)
            ),
            match self.n_regions {
                1 => "checks are made from one region (`--regions`)".to_owned(),
                n => format!("checks are made from {n} regions"),
            },
            format!("a check sends {} bytes", self.bytes_sent_per_check),
            format!("{} readers of the page", number(self.page_views)),
            "each day the first monitor is down for half an hour; everybody who is told of it is \
             told by SNS with a mail"
                .to_owned(),
            format!(
                "a sandbox lives {} h and then reads state and secret again",
                SANDBOX_LIFE.as_secs() / 3_600
            ),
        ]
    }
}

/// The amounts of a month.
pub(crate) fn lines(
    config: &Config,
    deployment: &Deployment,
    assumptions: &Assumptions,
    day: &Day,
    publication: &Publication,
) -> Vec<Line> {
    let n_regions = f64::from(assumptions.n_regions);
    let sandboxes = 86_400.0 / SANDBOX_LIFE.as_secs_f64() * DAYS;
    let invocations = Invocations::of(deployment, day, n_regions);
    let mut lines = Vec::new();
    let mut add = |what: String, item, amount: f64| lines.push(Line { what, item, amount });

    for function in Function::ALL {
        let n = invocations.per_month(function);
        let memory_mb = f64::from(deployment.memory_mb(function));
        let seconds = assumptions.duration_of(function).as_secs_f64();
        let name = function.name();
        add(
            format!("{name}: {memory_mb} MB for {seconds} s"),
            Item::LambdaCompute,
            n * seconds * memory_mb / 1_024.0,
        );
        add(format!("{name}: invocations"), Item::LambdaRequests, n);
    }
    add("schedules".to_owned(), Item::Schedules, invocations.scheduled * DAYS);
    add("what checks send".to_owned(), Item::Transfer, {
        day.n_checks * DAYS * assumptions.bytes_sent_per_check / GB
    });

    let counts = &day.counts;
    let run_bytes = counts.mean(Counter::RunBytes, Counter::Runs);
    add(
        format!("runs: {run_bytes:.0} bytes each"),
        Item::TableWrites,
        counts.of(Counter::RunUnits) * DAYS,
    );
    add(
        format!("states: {:.0} bytes each, and decisions", day.state_bytes),
        Item::TableWrites,
        counts.of(Counter::CommitUnits) * DAYS,
    );
    if counts.of(Counter::Notes) > 0.0 {
        let note_bytes = counts.mean(Counter::NoteBytes, Counter::Notes);
        add(
            format!("notes of checks: {note_bytes:.0} bytes each"),
            Item::TableWrites,
            counts.of(Counter::NoteUnits) * DAYS,
        );
        add("reading them".to_owned(), Item::TableReads, counts.of(Counter::NoteReadUnits) * DAYS);
    }
    if counts.of(Counter::BudgetUnits) > 0.0 {
        let amount = counts.of(Counter::BudgetUnits) * DAYS;
        add("budgets of checks".to_owned(), Item::TableWrites, amount);
    }
    add("deliveries".to_owned(), Item::TableWrites, counts.of(Counter::DeliveryUnits) * DAYS);
    add("evaluator's reads".to_owned(), Item::TableReads, counts.of(Counter::ReadUnits) * DAYS);
    let n_publications = invocations.per_month(Function::Generator);
    add(
        "generator's reads".to_owned(),
        Item::TableReads,
        n_publications * read_by_a_publication(day) + sandboxes * read_by_a_new_generator(day),
    );
    add("notifier's reads".to_owned(), Item::TableReads, invocations.per_month(Function::Notifier));
    add(
        "configs' versions".to_owned(),
        Item::TableReads,
        Function::ALL.iter().map(|one| invocations.per_month(*one) * 0.5).sum(),
    );
    add("stream".to_owned(), Item::StreamReads, invocations.per_month(Function::Evaluator));
    let stored = stored_bytes(config, day) / GB;
    add("what is stored".to_owned(), Item::TableStorage, stored);
    add("its backup".to_owned(), Item::TableBackup, stored);

    add(
        format!(
            "page: {} of {} files change, and a list",
            publication.n_changed, publication.n_files
        ),
        Item::SiteWrites,
        n_publications * (publication.n_changed as f64 + 1.0),
    );
    add("page: from the bucket".to_owned(), Item::SiteReads, assumptions.page_views);
    add("page: to readers".to_owned(), Item::SiteRequests, assumptions.page_views);
    add(
        format!("page: {} bytes to each reader", publication.page_bytes),
        Item::SiteTransfer,
        assumptions.page_views * publication.page_bytes as f64 / GB,
    );
    let n_notifications = counts.of(Counter::Deliveries) * DAYS;
    add("notifications".to_owned(), Item::TopicMessages, n_notifications);
    add("notifications".to_owned(), Item::TopicMails, n_notifications);

    let logged = Function::ALL.iter().map(|one| {
        let bytes = log_line::bytes(*one, config.monitors.len()) as f64;
        invocations.per_month(*one) * bytes
    });
    add("logs: a line for each invocation".to_owned(), Item::Logs, logged.sum::<f64>() / GB);
    let n_elsewhere = (n_regions - 1.0) * deployment.n_prober_alarm_metrics as f64;
    let n_alarm_metrics = deployment.n_alarm_metrics as f64 + n_elsewhere;
    add("alarms, each of their metrics".to_owned(), Item::Alarms, n_alarm_metrics);
    // Each region's prober counts its rounds in one metric.
    add("the prober's count of rounds".to_owned(), Item::Metrics, n_regions);
    add("the stack's secret".to_owned(), Item::Secrets, 1.0);
    // One of each prober, and one notifier.
    let n_readers = n_regions + 1.0;
    add("reading it".to_owned(), Item::SecretReads, n_readers * sandboxes);
    lines
}

/// Invocations of each function in a day.
struct Invocations {
    scheduled: f64,
    by_function: [(Function, f64); 4],
}

impl Invocations {
    fn of(deployment: &Deployment, day: &Day, n_regions: f64) -> Self {
        let minutes = f64::from(DAY_WINDOWS);
        let scheduled = |function| {
            let every = deployment.every(function);
            if every.is_zero() { 0.0 } else { minutes * 60.0 / every.as_secs_f64() }
        };
        let counts = &day.counts;
        let by_function = Function::ALL.map(|function| {
            let n = match function {
                Function::Prober => scheduled(function) * n_regions,
                Function::Evaluator => scheduled(function) + counts.of(Counter::Runs),
                Function::Notifier => scheduled(function) + counts.of(Counter::Deliveries),
                Function::Generator => scheduled(function) + counts.of(Counter::Wakes),
            };
            (function, n)
        });
        let all = Function::ALL.iter().map(|one| scheduled(*one)).sum::<f64>();
        Self { scheduled: all + scheduled(Function::Prober) * (n_regions - 1.0), by_function }
    }

    fn per_month(&self, function: Function) -> f64 {
        let of = self.by_function.iter().find(|(one, _)| *one == function);
        of.map_or(0.0, |(_, n)| n * DAYS)
    }
}

/// Units of what a publication reads: the state twice and its version, the runs of an hour, days that
/// are not known yet, and the events.
fn read_by_a_publication(day: &Day) -> f64 {
    let state = read_units(day.state_bytes, true) + 2.0 * read_units(day.state_bytes, false);
    let runs = read_units(day.counts.of(Counter::RunBytes) / 24.0, true);
    let days = read_units(0.0, false);
    let events = read_units(EVENT_BYTES * f64::from(HISTORY_DAYS), false);
    state + runs + days + events
}

/// Units of what a new generator reads once: the days before.
fn read_by_a_new_generator(day: &Day) -> f64 {
    read_units(day.counts.of(Counter::DayBytes) * f64::from(HISTORY_DAYS), false)
}

/// Bytes of the events of a day with one outage.
const EVENT_BYTES: f64 = 2_048.0;

/// Returns the bytes in the table once each kind of record is as old as it gets.
fn stored_bytes(config: &Config, day: &Day) -> f64 {
    let settings = &config.settings;
    let days = |keep: Duration| keep.as_secs_f64() / Period::Day.seconds() as f64;
    let counts = &day.counts;
    counts.of(Counter::RunBytes) * days(settings.keep_runs)
        + counts.of(Counter::HourBytes) * days(settings.keep_hours)
        + counts.of(Counter::DayBytes) * days(settings.keep_days)
        + day.state_bytes
}

fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}
