//! The evaluator and the notifier together: attempts of actions from the outcome to the reported result, under doubled and
//! delayed runs and kills.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::action::{
    Action, ActionExecutor, ActionFilter, ActionKinds, ActionPolicy, ActionSpec, AttemptCount,
    AttemptOrder, AttemptResult, BuiltExecutor, Executing, Execution, ExecutionInput,
};
use allclear_core::channel::{ChannelKinds, SendSpec, Sender};
use allclear_core::checker::ParamProblem;
use allclear_core::config::Config;
use allclear_core::delivery::Delivery;
use allclear_core::id::{ActionId, RuleId, SecretName, ShardId};
use allclear_core::outcome::Verdict;
use allclear_core::ports::ReadHistory as _;
use allclear_core::rule::RuleScope;
use allclear_core::status::{Fault, Severity};
use allclear_engine::notify::{Limits, Notifier, Notifiers};
use allclear_support::{
    Call, CallOutcome, Hook, Hooked, MemorySecrets, MemoryStore, Operation, PlannedFault, samples,
};

use crate::world::{Store, at, config, down, evaluator_of};

const MAX_ATTEMPTS: u32 = 3;
const COOLDOWN: Duration = Duration::from_mins(2);

/// The times of the executions.
#[derive(Clone, Default)]
struct Executions(Arc<Mutex<Vec<Timestamp>>>);

impl ChannelKinds for Executions {
    fn names(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn build(&self, _: &SendSpec) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
        Err(Vec::new())
    }
}

impl ActionKinds for Executions {
    fn names(&self) -> Vec<&'static str> {
        vec!["note"]
    }

    fn build(&self, _: &ActionSpec) -> BuiltExecutor {
        Ok(Box::new(self.clone()))
    }
}

impl ActionExecutor for Executions {
    fn effect(&self) -> String {
        "note the time".to_owned()
    }

    fn secrets(&self) -> Vec<SecretName> {
        Vec::new()
    }

    fn execute<'a>(&'a self, input: ExecutionInput<'a>) -> Executing<'a> {
        self.0.lock().unwrap().push(input.now);
        Box::pin(std::future::ready(Ok(())))
    }
}

fn action(execution: Execution) -> Action {
    Action {
        id: ActionId::new("restart").unwrap(),
        run: ActionSpec { kind: "note".to_owned(), params: serde_json::Value::Null },
        effect: "note the time".to_owned(),
        filter: ActionFilter {
            rules: vec![RuleId::new("down").unwrap()],
            min_severity: Severity::Info,
            faults: vec![Fault::Target],
            scope: RuleScope::default(),
            matchers: Vec::new(),
        },
        policy: ActionPolicy {
            max_attempts: MAX_ATTEMPTS,
            cooldown: COOLDOWN,
            timeout: Duration::from_secs(5),
            execution,
            count: AttemptCount::PerAction,
        },
    }
}

fn config_with(execution: Execution) -> Arc<Config> {
    let channels = vec![samples::channel("team", "log", serde_json::json!({}))];
    Arc::new(Config { actions: vec![action(execution)], channels, ..Config::clone(&config()) })
}

fn notifier(config: &Config, executions: &Executions) -> Notifier {
    Notifier::new(&[], executions, Limits::default()).with_actions(&config.actions, executions)
}

/// Returns the deliveries that order executions, by their id.
async fn attempts(store: &Store) -> BTreeMap<String, Delivery> {
    let all = store.deliveries(at(0)).await.unwrap();
    let executions = all
        .into_iter()
        .filter(|one| one.attempt().is_some_and(|attempt| attempt.order != AttemptOrder::TakeBack));
    executions.map(|one| (one.id.to_string(), one)).collect()
}

#[tokio::test]
async fn a_failing_target_is_mended_up_to_the_maximum_and_the_results_are_reported() {
    let (store, executions) = (Store::default(), Executions::default());
    let config = config_with(Execution::Real);
    let (mut evaluator, notifier) =
        (evaluator_of(Arc::clone(&config)), notifier(&config, &executions));
    store.record(0, Verdict::Healthy);
    for minute in 1..30 {
        store.record(minute * 60, down());
        evaluator.evaluate(&*store, &ShardId::main(), at(minute * 60)).await.unwrap();
        notifier.sweep(&*store, &MemorySecrets::default(), at(minute * 60)).await.unwrap();
    }
    let times = executions.0.lock().unwrap().clone();
    assert_eq!(times.len(), 3);
    // The sweeps take some milliseconds of the clock that they advance.
    let apart = COOLDOWN.as_secs_f64() - 1.0;
    assert!(times.windows(2).all(|pair| pair[1].duration_since(pair[0]).as_secs_f64() > apart));
    let state = store.state().unwrap();
    let action = state.actions.values().next().unwrap();
    let results: Vec<_> = action.attempts.iter().map(|one| one.result.clone().unwrap()).collect();
    assert_eq!(results, vec![AttemptResult::Succeeded; 3]);
    assert!(action.stop.is_some());
    let last = store.decided.lock().unwrap().deliveries.iter().rev().find_map(|one| {
        let actions = &one.notification.details.actions;
        one.attempt().is_none().then(|| actions.clone()).filter(|lines| !lines.is_empty())
    });
    let stopped =
        "stopped: 3 attempts of the action `restart` did not help (attempts 1 to 3: executed)"
            .to_owned();
    assert_eq!(last, Some(vec![stopped]));
}

#[tokio::test]
async fn a_dry_run_decides_the_same_attempts_and_executes_nothing() {
    let (store, executions) = (Store::default(), Executions::default());
    let config = config_with(Execution::DryRun);
    let (mut evaluator, notifier) =
        (evaluator_of(Arc::clone(&config)), notifier(&config, &executions));
    for minute in 1..30 {
        store.record(minute * 60, down());
        evaluator.evaluate(&*store, &ShardId::main(), at(minute * 60)).await.unwrap();
        notifier.sweep(&*store, &MemorySecrets::default(), at(minute * 60)).await.unwrap();
    }
    assert!(executions.0.lock().unwrap().is_empty());
    let attempts = attempts(&store).await;
    assert_eq!(attempts.len(), 3);
    assert!(attempts.values().all(|one| one.attempt_result() == Some(AttemptResult::DryRun)));
}

#[tokio::test]
async fn a_result_that_cannot_be_read_is_read_again() {
    let (store, executions) = (Store::default(), Executions::default());
    let config = config_with(Execution::Real);
    let (mut evaluator, notifier) =
        (evaluator_of(Arc::clone(&config)), notifier(&config, &executions));
    for minute in 1..3 {
        store.record(minute * 60, down());
        evaluator.evaluate(&*store, &ShardId::main(), at(minute * 60)).await.unwrap();
    }
    notifier.sweep(&*store, &MemorySecrets::default(), at(121)).await.unwrap();
    store.inject(PlannedFault::on(Operation::ReadDeliveries, CallOutcome::Unavailable).times(1));
    assert!(evaluator.evaluate(&*store, &ShardId::main(), at(130)).await.is_err());
    evaluator.evaluate(&*store, &ShardId::main(), at(131)).await.unwrap();
    let state = store.state().unwrap();
    let attempt = &state.actions.values().next().unwrap().attempts[0];
    assert_eq!(attempt.result, Some(AttemptResult::Succeeded));
}

/// Counts the calls of the store that read results.
#[derive(Default)]
struct ReadCounter(AtomicUsize);

impl Hook for ReadCounter {
    fn before<'a>(&'a self, call: &'a Call) -> Hooked<'a, CallOutcome> {
        self.0
            .fetch_add(usize::from(call.operation == Operation::ReadDeliveries), Ordering::SeqCst);
        Box::pin(std::future::ready(CallOutcome::Works))
    }

    fn after<'a>(&'a self, _: &'a Call) -> Hooked<'a, ()> {
        Box::pin(std::future::ready(()))
    }
}

#[tokio::test]
async fn the_results_of_all_attempts_are_read_by_one_call_and_without_attempts_by_none() {
    let names: Vec<String> = (0..40).map(|n| format!("m{n}")).collect();
    let mut each = action(Execution::Real);
    each.policy.count = AttemptCount::PerMonitor;
    let monitors = names.iter().map(|name| samples::monitor(name)).collect();
    let rules = vec![samples::rule("down", "unhealthy")];
    let config = Config { actions: vec![each], rules, ..samples::config(monitors) };
    let counter = Arc::<ReadCounter>::default();
    let hook: Arc<dyn Hook> = counter.clone();
    let store = MemoryStore::default().with_hook(hook);
    let mut evaluator = evaluator_of(Arc::new(config));
    for (minute, n_calls) in [(1, 0), (2, 0), (3, 1), (4, 2)] {
        let outcomes = names.iter().map(|name| samples::outcome(name, down())).collect();
        store.add_run(samples::run(&ShardId::main(), at(minute * 60), outcomes));
        evaluator.evaluate(&store, &ShardId::main(), at(minute * 60)).await.unwrap();
        assert_eq!(counter.0.load(Ordering::SeqCst), n_calls, "minute {minute}");
    }
    let state = store.checkpoint(&ShardId::main()).unwrap().state;
    assert_eq!(state.actions.len(), names.len());
}

/// A generator of numbers from a seed.
struct Random(u64);

impl Random {
    fn next(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }

    fn happens(&mut self, one_in: u64) -> bool {
        self.next(one_in) == 0
    }
}

const OPERATIONS: [Operation; 6] = [
    Operation::LoadState,
    Operation::Commit,
    Operation::ReadAllOwed,
    Operation::Claim,
    Operation::RecordDelivery,
    Operation::ReadDeliveries,
];

/// Plays half an hour of an outage with doubled and delayed runs, failing calls of the store, and processes that are
/// replaced at any time.
async fn outage(seed: u64) -> (Vec<Timestamp>, BTreeMap<String, Delivery>) {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let (store, executions) = (Store::default(), Executions::default());
    let config = config_with(Execution::Real);
    let mut evaluators = [evaluator_of(Arc::clone(&config)), evaluator_of(Arc::clone(&config))];
    let mut notifier = notifier(&config, &executions);
    let mut delayed: Vec<u64> = Vec::new();
    for step in 1..90_u64 {
        let (second, now) = (step * 20, at(step * 20));
        if random.happens(4) {
            delayed.push(second);
        } else {
            store.record(second, down());
        }
        if random.happens(3) && !delayed.is_empty() {
            let late =
                delayed.swap_remove(usize::try_from(random.next(delayed.len() as u64)).unwrap());
            store.record(late, down());
            store.record(late, down());
        }
        if random.happens(3) {
            let operation = OPERATIONS[usize::try_from(random.next(6)).unwrap()];
            let outcomes = [CallOutcome::Unavailable, CallOutcome::AnswerLost];
            let outcome = outcomes[usize::try_from(random.next(2)).unwrap()];
            store.inject(PlannedFault::on(operation, outcome).times(1));
        }
        let which = usize::try_from(random.next(2)).unwrap();
        if random.happens(5) {
            evaluators[which] = evaluator_of(Arc::clone(&config));
        }
        let _ = evaluators[which].evaluate(&*store, &ShardId::main(), now).await;
        if random.happens(4) {
            let others = if random.happens(2) { Notifiers::One } else { Notifiers::Many };
            notifier = self::notifier(&config, &executions).with_other_notifiers(others);
        }
        if random.happens(2) {
            let _ = notifier.sweep(&*store, &MemorySecrets::default(), now).await;
        }
    }
    store.clear_faults();
    let times = executions.0.lock().unwrap().clone();
    (times, attempts(&store).await)
}

#[tokio::test]
async fn doubled_and_delayed_runs_and_kills_never_cause_more_than_the_configured_attempts() {
    let mut n_executed = 0;
    for seed in 0..100 {
        let (times, attempts) = outage(seed).await;
        let n = times.len();
        assert!(n <= 3, "seed {seed}: {n} executions");
        assert!(attempts.len() <= 3, "seed {seed}: {attempts:#?}");
        assert!(n <= attempts.len(), "seed {seed}: {n} of {attempts:#?}");
        n_executed += n;
    }
    assert!(n_executed > 100, "the faults left too few executions: {n_executed}");
}
