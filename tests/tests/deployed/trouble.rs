//! An hour of AWS faults: throttling, conflicts, errors, lost responses, and killed processes. In
//! addition, every event is delivered twice and out of order.
//!
//! The same minutes are played on two stacks, one of them without faults. In the end both must have the
//! same data. A machine that is busy meets the faults later, so that the hour goes on until it has met all of them.

use std::pin::pin;

use allclear_simulator::Behavior;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::PATIENCE;
use crate::faults::Faults;
use crate::outage::{CONFIG, monitor, slack_is_the_simulator, title};
use crate::stack::{Function, Stack};
use crate::stream::{Manner, Stream};
use crate::time::{minute, past_hour, scheduled};
use crate::waiting::eventually;

/// The maximum number of times that the schedule fires for the same minute until the prober
/// succeeds.
const MAX_TRIES: usize = 30;

/// The number of minutes that are played in any case.
const HOUR: u64 = 60;

/// The maximum number of minutes. All of them have passed in real time.
const LONGEST: u64 = 110;

/// Sets the state of the targets in a minute. After the hour, one of them changes all the time, so that there is
/// something to commit and to send.
fn set_up_targets(stack: &Stack, n: u64) {
    let failing = |is_down| if is_down { Behavior::status(503) } else { Behavior::Ok };
    let is_down =
        (10..20).contains(&n) || (30..42).contains(&n) || (n >= 52 && (n / 4).is_multiple_of(2));
    stack.simulator.set("down_twice", failing(is_down));
    stack.simulator.set("flaky", failing((15..50).contains(&n) && n.is_multiple_of(3)));
    stack.simulator.set("down_to_the_end", failing(n >= 50));
}

fn config(stack: &Stack) -> String {
    let monitors = ["steady", "down_twice", "flaky", "down_to_the_end"];
    let monitors = monitors.map(|id| monitor(stack, id)).concat();
    // The hour is played in seconds, so that no message waits for others.
    let at_once = "group_wait = \"0s\"\ngroup_interval = \"0s\"\ngroup_by = [\"monitor\"]";
    format!("{CONFIG}{monitors}\n[notifications]\n{at_once}\n")
}

/// The minutes of the hour in which the fault rules change.
const TROUBLE: [u64; 5] = [9, 19, 29, 39, 49];

/// Returns the fault rules that start in a minute of the hour.
fn trouble(n: u64, table: &str) -> Value {
    let of_table = |mut rule: Value, probability: f64| {
        rule["service"] = json!("dynamodb");
        rule["resource"] = json!(table);
        rule["probability"] = json!(probability);
        rule
    };
    let rules = match n {
        9 => {
            let error = json!({ "error": { "code": "ProvisionedThroughputExceededException" } });
            vec![of_table(error, 0.5)]
        }
        19 => {
            // More conflicts than the evaluator retries, so that it has to give up once.
            let why = "Transaction cancelled, please refer cancellation reasons for specific reasons \
                       [TransactionConflict]";
            vec![json!({
                "service": "dynamodb",
                "operation": "TransactWriteItems",
                "times": 12,
                "error": {
                    "code": "TransactionCanceledException",
                    "message": why,
                    "fields": { "CancellationReasons": [{ "Code": "TransactionConflict" }] },
                },
            })]
        }
        29 => vec![
            of_table(json!({ "error": { "code": "InternalServerError", "status": 500 } }), 0.3),
            of_table(json!({ "reset": true }), 0.2),
        ],
        39 => {
            // The operation succeeds, but its response is lost.
            let unheard = json!({ "abort_frac": 0.2 });
            let of_transactions = json!({
                "service": "dynamodb",
                "operation": "TransactWriteItems",
                "times": 2,
                "response": unheard,
            });
            vec![of_transactions, of_table(json!({ "response": unheard }), 0.3)]
        }
        _ => Vec::new(),
    };
    Value::Array(rules)
}

/// The data of an hour: outcomes, decisions and deliveries.
#[derive(Debug, PartialEq)]
struct Left {
    measured: Vec<String>,
    transitions: Vec<String>,
    alerts: Vec<String>,
    held: Vec<String>,
    deliveries: Vec<String>,
}

impl Left {
    /// Reads the data without what differs between equal hours: response times, and the times and
    /// numbers of attempts.
    fn of(exported: &Value) -> Self {
        let lines = |list: &Value| {
            let mut lines: Vec<String> =
                list.as_array().unwrap().iter().map(Value::to_string).collect();
            lines.sort();
            lines
        };
        let mut held = exported["held_notifications"].clone();
        for one in held.as_array_mut().unwrap() {
            for outcome in one["evidence"]["outcomes"].as_array_mut().into_iter().flatten() {
                outcome["response_time_ms"].take();
            }
        }
        let mut measured = Vec::new();
        for (id, deployment) in exported["monitored_deployments"].as_object().unwrap() {
            for one in deployment["health_history"].as_array().unwrap() {
                measured
                    .push(format!("{id} {} {} {}", one["timestamp"], one["status"], one["fault"]));
            }
        }
        measured.sort();
        let sent = exported["deliveries"].as_array().unwrap().iter().map(|one| {
            let state: Vec<&String> = one["state"].as_object().unwrap().keys().collect();
            format!("{} {} {} {state:?}", one["channel"], one["title"], one["id"])
        });
        let mut deliveries: Vec<String> = sent.collect();
        deliveries.sort();
        Self {
            measured,
            transitions: lines(&exported["transitions"]),
            alerts: lines(&exported["alert_history"]),
            held: lines(&held),
            deliveries,
        }
    }
}

/// An hour on a stack, minute by minute.
struct Hour<'s> {
    stack: &'s Stack,
    faults: Option<&'s Faults>,
    began: Timestamp,
    to_evaluator: Stream,
    to_notifier: Stream,
    evaluator_was_killed: bool,
    notifier_was_killed: bool,
    /// The number of changes of the fault rules so far.
    n_troubles: usize,
}

impl<'s> Hour<'s> {
    async fn on(stack: &'s Stack, began: Timestamp, faults: Option<&'s Faults>) -> Self {
        let to_evaluator = Stream::to(stack, Function::Evaluator).await;
        let to_notifier = Stream::to(stack, Function::Notifier).await;
        Self {
            stack,
            faults,
            began,
            to_evaluator,
            to_notifier,
            evaluator_was_killed: false,
            notifier_was_killed: false,
            n_troubles: 0,
        }
    }

    /// Plays the hour, and goes on until all faults are met. Returns the number of minutes.
    async fn play(&mut self) -> u64 {
        let mut n = 0;
        while n < HOUR || (self.misses_faults() && n < LONGEST) {
            self.play_minute(n).await;
            n += 1;
        }
        n
    }

    /// Returns whether a fault has not happened yet.
    fn misses_faults(&self) -> bool {
        let has_all = self.n_troubles == TROUBLE.len();
        self.faults.is_some() && !(has_all && self.evaluator_was_killed && self.notifier_was_killed)
    }

    async fn play_minute(&mut self, n: u64) {
        set_up_targets(self.stack, n);
        if let Some(faults) = self.faults {
            self.cause_trouble(faults, n).await;
        }
        if self.faults.is_some() && n == 51 {
            self.kill_prober(n).await;
        }
        self.probe(n).await;
        if let Some(faults) = self.faults.filter(|_| n >= 51 && self.n_troubles == TROUBLE.len()) {
            if !self.evaluator_was_killed {
                self.evaluator_was_killed = self.kill_evaluator(faults).await;
            }
            if !self.notifier_was_killed {
                self.to_evaluator.deliver(self.stack, Manner::Once, 0).await;
                self.notifier_was_killed = self.kill_notifier(faults).await;
            }
        }
        self.deliver().await;
        if n.is_multiple_of(10) {
            self.sweep().await;
        }
    }

    /// Replaces the fault rules when their time has come and AWS has met them. An evaluator that was
    /// behind meets them later.
    async fn cause_trouble(&mut self, faults: &Faults, n: u64) {
        let Some(minute) = TROUBLE.get(self.n_troubles).filter(|minute| **minute <= n) else {
            return;
        };
        if self.n_troubles > 0 && faults.n_met().await == 0 {
            return;
        }
        faults.set(trouble(*minute, self.stack.output("TableName"))).await;
        self.n_troubles += 1;
    }

    /// Checks one minute: fires again until the prober succeeds, and then once more as a duplicate.
    async fn probe(&self, n: u64) {
        let event = scheduled(minute(self.began, n));
        let mut n_tries = 0;
        loop {
            let answer = self.stack.invoke(Function::Prober, &event).await;
            if !answer.failed {
                break;
            }
            assert_eq!(answer.code(), "store_unavailable", "{answer:?}");
            n_tries += 1;
            assert!(n_tries < MAX_TRIES, "{answer:?}");
        }
        if self.faults.is_some() {
            self.stack.invoke(Function::Prober, &event).await;
        }
    }

    async fn deliver(&mut self) {
        let manner = if self.faults.is_some() { Manner::TwiceAndTurned } else { Manner::Once };
        self.to_evaluator.deliver(self.stack, manner, 3).await;
        self.to_notifier.deliver(self.stack, manner, 3).await;
    }

    /// Runs everything that the schedules run.
    async fn sweep(&self) {
        for function in [Function::Evaluator, Function::Notifier, Function::Generator] {
            let answer = self.stack.invoke(function, &json!({})).await;
            assert!(self.faults.is_some() || !answer.failed, "{function:?}: {answer:?}");
        }
    }

    /// Kills the prober while a check waits for its answer, so that nothing of the minute is
    /// written.
    async fn kill_prober(&self, n: u64) {
        let n_hits = self.stack.simulator.hits("steady").len();
        self.stack.simulator.set("steady", Behavior::Hang);
        let event = scheduled(minute(self.began, n));
        let (answer, ()) = tokio::join!(self.stack.invoke(Function::Prober, &event), async {
            self.stack.simulator.wait_for_hits("steady", n_hits + 1).await;
            assert_ne!(self.stack.kill(Function::Prober).await, 0);
        });
        assert!(answer.failed, "{answer:?}");
        self.stack.simulator.set("steady", Behavior::Ok);
    }

    /// Kills the evaluator during a slow commit, which may or may not succeed. Returns `false` if
    /// the evaluator had nothing to commit, because an evaluator that the notifier has woken was
    /// first, or if it ended before it could be killed.
    async fn kill_evaluator(&self, faults: &Faults) -> bool {
        faults.set(json!([slow("TransactWriteItems")])).await;
        let commit = eventually("a commit that takes its time", PATIENCE, async || {
            (faults.n_met().await > 0).then_some(())
        });
        let was_killed = self.kill_when(Function::Evaluator, commit).await;
        faults.lift().await;
        was_killed
    }

    /// Kills the notifier between a message and its record, which may or may not be written.
    /// Returns `false` if the notifier had nothing to send or ended before it could be killed.
    async fn kill_notifier(&self, faults: &Faults) -> bool {
        let n_told = self.stack.simulator.inbox("slack").len();
        faults.set(json!([slow("PutItem")])).await;
        let message = self.stack.simulator.wait_for_inbox("slack", n_told + 1);
        let was_killed = self.kill_when(Function::Notifier, message).await;
        faults.lift().await;
        was_killed
    }

    /// Invokes a function and kills its processes at a moment of the invocation. Returns `false` if
    /// the function ended before.
    async fn kill_when(&self, function: Function, moment: impl Future) -> bool {
        let event = json!({});
        let mut invoked = pin!(self.stack.invoke(function, &event));
        tokio::select! {
            answer = &mut invoked => {
                assert!(!answer.failed, "{answer:?}");
                false
            }
            _ = moment => {
                self.stack.kill(function).await;
                invoked.await.failed
            }
        }
    }
}

fn slow(operation: &str) -> Value {
    json!({ "service": "dynamodb", "operation": operation, "latency": 1500 })
}

#[tokio::test]
async fn failures_of_aws_do_not_change_the_final_state() {
    let began = past_hour();
    let (calm, rough) = (Stack::new("calm").await, Stack::new("rough").await);
    let faults = Faults::before(&rough.aws.address).await;
    rough.route_through(&faults.url()).await;
    for stack in [&calm, &rough] {
        stack.stop_streams().await;
        slack_is_the_simulator(stack).await;
    }
    calm.apply(&config(&calm)).await;
    rough.apply(&config(&rough)).await;
    let mut good = Hour::on(&calm, began, None).await;
    let mut bad = Hour::on(&rough, began, Some(&faults)).await;
    let n_minutes = bad.play().await;
    for n in 0..n_minutes {
        good.play_minute(n).await;
    }
    assert_eq!(good.to_evaluator.n_failed + good.to_notifier.n_failed, 0);
    if bad.n_troubles < TROUBLE.len() {
        let logged = rough.last_logged(Function::Evaluator, 20).await.join("\n");
        let n_failed = bad.to_evaluator.n_failed;
        let n_passed = bad.to_evaluator.n_passed();
        let measured = Left::of(&rough.export().await).measured.join("\n");
        panic!(
            "AWS has met {} troubles, {n_failed} deliveries failed, {n_passed} records passed:\n\
             {measured}\n{logged}",
            bad.n_troubles
        );
    }
    assert!(bad.evaluator_was_killed, "the evaluator never had a commit to be killed in");
    assert!(bad.notifier_was_killed, "the notifier never had a message to be killed after");
    assert_ne!(bad.to_evaluator.n_failed, 0, "no delivery to the evaluator has failed");

    faults.lift().await;
    for hour in [&mut good, &mut bad] {
        eventually("all that is owed to be sent", PATIENCE, async || {
            hour.deliver().await;
            hour.sweep().await;
            (hour.stack.n_owed().await == 0).then_some(())
        })
        .await;
    }
    let (wanted, found) = (Left::of(&calm.export().await), Left::of(&rough.export().await));
    assert_eq!(wanted.measured.len() as u64, 4 * n_minutes);
    assert!(wanted.transitions.len() >= 8 && wanted.deliveries.len() >= 10, "{wanted:?}");
    assert_eq!(found, wanted);
    let told = |stack: &Stack| {
        let mut titles: Vec<String> = stack.simulator.inbox("slack").iter().map(title).collect();
        titles.sort();
        titles
    };
    let (wanted, mut found) = (told(&calm), told(&rough));
    assert!(found.len() >= wanted.len(), "{found:?}");
    found.dedup();
    let mut once = wanted.clone();
    once.dedup();
    assert_eq!(found, once);
    let set_aside = rough.aside().receive().await;
    assert_eq!(set_aside, Vec::<String>::new(), "trouble that passes is no poison");
}
