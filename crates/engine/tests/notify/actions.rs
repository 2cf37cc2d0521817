//! Attempts of actions: each is executed at most once, whatever is doubled, delayed or killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::action::{
    Action, ActionAttempt, ActionExecutor, ActionFilter, ActionKinds, ActionPolicy, ActionSpec,
    AttemptCount, AttemptOrder, AttemptResult, BuiltExecutor, Executing, Execution, ExecutionInput,
};
use allclear_core::channel::{ChannelKinds, SendSpec, Sender};
use allclear_core::checker::ParamProblem;
use allclear_core::claim::CLAIM_FOR;
use allclear_core::delivery::{Delivery, DeliveryState};
use allclear_core::id::{ActionId, SecretName};
use allclear_core::rule::RuleScope;
use allclear_core::send_error::SendError;
use allclear_core::status::{Fault, Severity};
use allclear_engine::notify::{Limits, Notifier, Notifiers};
use allclear_support::{CallOutcome, Operation, PlannedFault};
use tokio::sync::Notify;

use crate::outbox::MemoryOutbox as _;
use crate::world::{START, World, after, alarm, all_clear};

const COOLDOWN: Duration = Duration::from_mins(5);

/// A kind of action that counts its executions. Its parameter is the result: `ok`, `refused`, `lost` or `hangs`, or
/// `with_token` for one that needs a secret, or `wrong`, which is refused.
#[derive(Clone, Default)]
struct Counter {
    n_executed: Arc<AtomicUsize>,
    began: Arc<Notify>,
}

impl Counter {
    fn n(&self) -> usize {
        self.n_executed.load(Ordering::SeqCst)
    }

    fn notifier(&self, result: &str) -> Notifier {
        Notifier::new(&[], &Counter::default(), LIMITS).with_actions(&[action(result)], self)
    }
}

const LIMITS: Limits =
    Limits { try_timeout: Duration::from_secs(1), sweep: Duration::from_mins(1) };

struct CountedExecutor(Counter, String);

impl ChannelKinds for Counter {
    fn names(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn build(&self, _: &SendSpec) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
        Err(Vec::new())
    }
}

impl ActionKinds for Counter {
    fn names(&self) -> Vec<&'static str> {
        vec!["count"]
    }

    fn build(&self, spec: &ActionSpec) -> BuiltExecutor {
        let params = spec.params.as_str().unwrap();
        if params == "wrong" {
            return Err(vec![ParamProblem::at([], "`unit` is missing".to_owned(), None)]);
        }
        Ok(Box::new(CountedExecutor(self.clone(), params.to_owned())))
    }
}

impl ActionExecutor for CountedExecutor {
    fn effect(&self) -> String {
        "count".to_owned()
    }

    fn secrets(&self) -> Vec<SecretName> {
        let token = (self.1 == "with_token").then(|| SecretName::new("token").unwrap());
        token.into_iter().collect()
    }

    fn execute<'a>(&'a self, input: ExecutionInput<'a>) -> Executing<'a> {
        Box::pin(async move {
            self.0.n_executed.fetch_add(1, Ordering::SeqCst);
            self.0.began.notify_one();
            assert_eq!(input.notification.details.attempt.as_ref().unwrap().timeout, input.timeout);
            match self.1.as_str() {
                "refused" => Err(SendError::transient("refused")),
                "lost" => Err(SendError::unanswered("no answer")),
                "hangs" => std::future::pending().await,
                _ => Ok(()),
            }
        })
    }
}

fn action_id() -> ActionId {
    ActionId::new("restart").unwrap()
}

fn action(result: &str) -> Action {
    Action {
        id: action_id(),
        run: ActionSpec { kind: "count".to_owned(), params: result.into() },
        effect: "count".to_owned(),
        filter: ActionFilter {
            rules: Vec::new(),
            min_severity: Severity::Info,
            faults: vec![Fault::Target],
            scope: RuleScope::default(),
            matchers: Vec::new(),
        },
        policy: ActionPolicy {
            max_attempts: 3,
            cooldown: COOLDOWN,
            timeout: Duration::from_millis(200),
            execution: Execution::Real,
            count: AttemptCount::PerAction,
        },
    }
}

fn with(mut delivery: Delivery, order: AttemptOrder) -> Delivery {
    delivery.notification.details.attempt = Some(ActionAttempt {
        action: action_id(),
        number: 1,
        max_attempts: 3,
        order,
        effect: "count".to_owned(),
        timeout: Duration::from_millis(200),
        expires_at: delivery.created_at + COOLDOWN,
    });
    delivery
}

/// Returns an attempt that was decided `seconds` after the start.
fn attempt(seconds: u64) -> Delivery {
    with(alarm("restart", "api", seconds), AttemptOrder::Execute)
}

fn result(world: &World, owed: &Delivery) -> Option<AttemptResult> {
    world.outbox.delivery(&owed.id).unwrap().attempt_result()
}

fn left_without_result() -> AttemptResult {
    AttemptResult::Unknown("an earlier process began it and left no result".to_owned())
}

/// Returns the end of a claim made at the start.
fn claim_end() -> Timestamp {
    after(5) + CLAIM_FOR
}

#[tokio::test]
async fn an_attempt_is_executed_once_and_its_result_is_recorded() {
    for (outcome, wanted) in [
        ("ok", AttemptResult::Succeeded),
        ("refused", AttemptResult::Failed("refused".to_owned())),
        ("lost", AttemptResult::Unknown("no answer".to_owned())),
        ("hangs", AttemptResult::Unknown("the action did not end within 2s".to_owned())),
    ] {
        let (counter, owed) = (Counter::default(), attempt(0));
        let world = World::owing([owed.clone()]).await;
        let notifier = counter.notifier(outcome);
        let mut counts = (0, 0);
        for seconds in [0, 60, 120, 86_400] {
            let report = world.sweep(&notifier, after(seconds)).await;
            counts = (counts.0 + report.n_executed, counts.1 + report.n_not_executed);
        }
        assert_eq!((counter.n(), counts), (1, (1, 0)), "{outcome}");
        assert_eq!(result(&world, &owed), Some(wanted));
    }
}

#[tokio::test]
async fn a_notice_to_a_channel_whose_id_an_action_has_now_executes_nothing() {
    let (counter, owed) = (Counter::default(), alarm("restart", "api", 0));
    let world = World::owing([owed.clone()]).await;
    for seconds in [0, 60, 120] {
        world.sweep(&counter.notifier("ok"), after(seconds)).await;
    }
    assert_eq!(counter.n(), 0);
    let DeliveryState::GivenUp { reason, .. } = world.outbox.state(&owed) else { panic!() };
    assert_eq!(reason, "the config has no channel `restart`");
}

#[tokio::test]
async fn an_attempt_of_an_action_whose_id_a_channel_has_now_is_no_message() {
    let owed = attempt(0);
    let world = World::owing([owed.clone()]).await;
    let notifier = world.notifier(["restart"]);
    for seconds in [0, 60, 120] {
        world.sweep(&notifier, after(seconds)).await;
    }
    assert_eq!(world.got("restart"), [""; 0]);
    let given_up = AttemptResult::NotExecuted("the config has no action `restart`".to_owned());
    assert_eq!(result(&world, &owed), Some(given_up));
}

#[tokio::test]
async fn a_missing_secret_is_a_result_that_names_the_secret_and_executes_nothing() {
    let (counter, owed) = (Counter::default(), attempt(0));
    let world = World::owing([owed.clone()]).await;
    world.sweep(&counter.notifier("with_token"), START).await;
    let missing = AttemptResult::NotExecutable("no secret `token`: set `token`".to_owned());
    assert_eq!((counter.n(), result(&world, &owed)), (0, Some(missing)));
    // The attempt is not repeated with the secret; the next one is executed.
    world.keeper.set("token", "t0ps3cret");
    let next = attempt(60);
    world.outbox.add_delivery(next.clone());
    world.sweep(&counter.notifier("with_token"), after(60)).await;
    assert_eq!((counter.n(), result(&world, &next)), (1, Some(AttemptResult::Succeeded)));
}

#[tokio::test]
async fn a_place_of_secrets_that_does_not_answer_leaves_the_next_attempt_to_help() {
    let (counter, owed) = (Counter::default(), attempt(0));
    let world = World::owing([owed.clone()]).await;
    world.keeper.set("token", "t0ps3cret");
    world.keeper.fail_fresh_reads();
    world.sweep(&counter.notifier("with_token"), START).await;
    let unread = AttemptResult::NotExecuted("cannot read secret `token`: throttled".to_owned());
    assert_eq!((counter.n(), result(&world, &owed)), (0, Some(unread)));
}

#[tokio::test]
async fn refused_parameters_are_a_result_of_their_own() {
    let (counter, owed) = (Counter::default(), attempt(0));
    let world = World::owing([owed.clone()]).await;
    world.sweep(&counter.notifier("wrong"), START).await;
    let refused = "its parameters are refused: `unit` is missing".to_owned();
    assert_eq!(result(&world, &owed), Some(AttemptResult::NotExecutable(refused)));
    assert_eq!(counter.n(), 0);
}

#[tokio::test]
async fn a_closed_notifier_leaves_attempts_to_the_next_one() {
    let (counter, owed) = (Counter::default(), attempt(0));
    let world = World::owing([owed.clone()]).await;
    let notifier = counter.notifier("ok");
    notifier.close();
    world.sweep(&notifier, START).await;
    assert_eq!((counter.n(), result(&world, &owed)), (0, None));
    assert_eq!(notifier.attempts().left(), ["attempt 1 of the action `restart` for `api`"]);
    world.sweep(&counter.notifier("ok"), after(10)).await;
    assert_eq!((counter.n(), result(&world, &owed)), (1, Some(AttemptResult::Succeeded)));
}

#[tokio::test]
async fn a_process_killed_between_an_execution_and_its_record_does_not_execute_again() {
    let (counter, owed) = (Counter::default(), attempt(0));
    let world = World::owing([owed.clone()]).await;
    world.outbox.fail_records(1);
    world.sweep(&counter.notifier("ok"), START).await;
    assert_eq!((counter.n(), result(&world, &owed)), (1, None));
    // Another process waits for the end of the claim.
    world.sweep(&counter.notifier("ok"), after(5)).await;
    assert_eq!(result(&world, &owed), None);
    world.sweep(&counter.notifier("ok"), claim_end()).await;
    assert_eq!(counter.n(), 1);
    assert_eq!(result(&world, &owed), Some(left_without_result()));
}

#[tokio::test]
async fn a_process_killed_within_an_execution_does_not_execute_again() {
    let (counter, owed) = (Counter::default(), attempt(0));
    let world = Arc::new(World::owing([owed.clone()]).await);
    let (in_background, notifier) = (Arc::clone(&world), counter.notifier("hangs"));
    let sweep = tokio::spawn(async move { in_background.sweep(&notifier, START).await });
    counter.began.notified().await;
    sweep.abort();
    assert!(sweep.await.unwrap_err().is_cancelled());
    world.sweep(&counter.notifier("ok"), claim_end()).await;
    assert_eq!(counter.n(), 1);
    assert_eq!(result(&world, &owed), Some(left_without_result()));
}

#[tokio::test]
async fn a_claim_that_an_earlier_process_left_prevents_the_execution() {
    let (counter, owed) = (Counter::default(), attempt(0));
    let world = World::owing([owed.clone()]).await;
    world.outbox.claim_and_end(&owed, after(60));
    let notifier = counter.notifier("ok").with_other_notifiers(Notifiers::One);
    let report = world.sweep(&notifier, after(1)).await;
    assert_eq!((counter.n(), report.n_executed), (0, 0));
    assert_eq!((report.n_not_executed, report.n_unknown), (0, 1), "it may have been executed");
    assert_eq!(result(&world, &owed), Some(left_without_result()));
}

#[tokio::test]
async fn without_a_claim_nothing_is_executed() {
    let (counter, owed) = (Counter::default(), attempt(0));
    let world = World::owing([owed.clone()]).await;
    let refused = PlannedFault::on(Operation::Claim, CallOutcome::Unavailable);
    world.outbox.inject(refused.always());
    let notifier = counter.notifier("ok");
    for seconds in [0, 10, 20] {
        world.sweep(&notifier, after(seconds)).await;
    }
    assert_eq!((counter.n(), result(&world, &owed)), (0, None));
}

#[tokio::test]
async fn a_claim_whose_answer_is_lost_leads_to_one_execution() {
    let (counter, owed) = (Counter::default(), attempt(0));
    let world = World::owing([owed.clone()]).await;
    world.outbox.inject(PlannedFault::on(Operation::Claim, CallOutcome::AnswerLost).times(1));
    let notifier = counter.notifier("ok");
    for seconds in [0, 10, 70, 200] {
        world.sweep(&notifier, after(seconds)).await;
    }
    // The notifier recognizes its own claim, and knows that nothing was executed.
    assert_eq!((counter.n(), result(&world, &owed)), (1, Some(AttemptResult::Succeeded)));
}

#[tokio::test]
async fn a_sweep_that_is_cut_off_within_an_execution_does_not_execute_again() {
    let (counter, owed) = (Counter::default(), attempt(0));
    let world = Arc::new(World::owing([owed.clone()]).await);
    let notifier = Arc::new(counter.notifier("hangs"));
    let (in_background, same) = (Arc::clone(&world), Arc::clone(&notifier));
    let sweep = tokio::spawn(async move { in_background.sweep(&same, START).await });
    counter.began.notified().await;
    sweep.abort();
    assert!(sweep.await.unwrap_err().is_cancelled());
    for seconds in [5, 70, 140] {
        world.sweep(&notifier, after(seconds)).await;
    }
    assert_eq!(counter.n(), 1);
    assert_eq!(result(&world, &owed), Some(left_without_result()));
}

#[tokio::test]
async fn an_attempt_that_is_older_than_its_cooldown_is_recorded_and_not_executed() {
    let (counter, owed) = (Counter::default(), attempt(0));
    let world = World::owing([owed.clone()]).await;
    world.sweep(&counter.notifier("ok"), START + COOLDOWN).await;
    assert_eq!(counter.n(), 0);
    let Some(AttemptResult::NotExecuted(reason)) = result(&world, &owed) else { panic!() };
    assert!(reason.contains("did not begin in time"), "{reason}");
    let (counter, owed) = (Counter::default(), attempt(0));
    let world = World::owing([owed.clone()]).await;
    world.sweep(&counter.notifier("ok"), START + COOLDOWN - Duration::from_secs(1)).await;
    assert_eq!(counter.n(), 1);
}

#[tokio::test]
async fn a_dry_run_is_recorded_and_executes_nothing() {
    let counter = Counter::default();
    let owed = with(alarm("restart", "api", 0), AttemptOrder::DryRun);
    let world = World::owing([owed.clone()]).await;
    let report = world.sweep(&counter.notifier("ok"), START).await;
    assert_eq!((report.n_dry_runs, report.n_not_executed, report.n_executed), (1, 0, 0));
    assert_eq!((counter.n(), result(&world, &owed)), (0, Some(AttemptResult::DryRun)));
}

#[tokio::test]
async fn an_attempt_that_is_taken_back_before_it_begins_is_not_executed() {
    let (counter, owed) = (Counter::default(), attempt(0));
    let back = with(all_clear("restart", "api", 30, &[&owed]), AttemptOrder::TakeBack);
    let world = World::owing([owed.clone(), back.clone()]).await;
    let report = world.sweep(&counter.notifier("ok"), after(30)).await;
    assert_eq!((counter.n(), report.n_not_executed, report.n_superseded), (0, 1, 0));
    let not_executed = AttemptResult::NotExecuted("its alert was over before it began".to_owned());
    assert_eq!(result(&world, &owed), Some(not_executed));
}

#[tokio::test]
async fn taking_back_an_attempt_that_was_executed_executes_nothing() {
    let (counter, owed) = (Counter::default(), attempt(0));
    let back = with(all_clear("restart", "api", 30, &[&owed]), AttemptOrder::TakeBack);
    let world = World::owing([owed.clone()]).await;
    let notifier = counter.notifier("ok");
    world.sweep(&notifier, START).await;
    world.outbox.add_delivery(back.clone());
    world.sweep(&notifier, after(60)).await;
    assert_eq!((counter.n(), world.outbox.is_sent(&back)), (1, true));
    assert_eq!(result(&world, &owed), Some(AttemptResult::Succeeded));
}

#[tokio::test]
async fn overlapping_sweeps_of_several_processes_execute_once() {
    let (counter, owed) = (Counter::default(), attempt(0));
    let world = World::owing([owed.clone()]).await;
    let notifiers: Vec<Notifier> = (0..8).map(|_| counter.notifier("ok")).collect();
    let sweeps = notifiers.iter().map(|notifier| world.sweep(notifier, START));
    futures_util::future::join_all(sweeps).await;
    assert_eq!((counter.n(), result(&world, &owed)), (1, Some(AttemptResult::Succeeded)));
}

#[tokio::test]
async fn an_attempt_of_an_action_that_the_config_no_longer_has_is_not_executed() {
    let owed = attempt(0);
    let world = World::owing([owed.clone()]).await;
    let notifier = Notifier::new(&[], &Counter::default(), LIMITS);
    world.sweep(&notifier, START).await;
    let gone = AttemptResult::NotExecuted("the config has no action `restart`".to_owned());
    assert_eq!(result(&world, &owed), Some(gone));
}

#[tokio::test]
async fn an_attempt_that_would_not_end_within_the_sweep_waits_for_the_next_one() {
    let (counter, owed) = (Counter::default(), attempt(0));
    let world = World::owing([owed.clone()]).await;
    let sweep = Duration::from_secs(1);
    let short = Limits { try_timeout: Duration::from_millis(100), sweep };
    let notifier =
        Notifier::new(&[], &Counter::default(), short).with_actions(&[action("ok")], &counter);
    let report = world.sweep(&notifier, START).await;
    assert_eq!((counter.n(), result(&world, &owed)), (0, None));
    assert!(report.next_due_at.is_some_and(|at| at <= START + sweep * 2), "{report:?}");
    world.sweep(&counter.notifier("ok"), after(2)).await;
    assert_eq!(counter.n(), 1);
}

/// Returns the number of executions of three attempts after sweeps that a simple generator kills and disturbs.
async fn executed_under_faults(seed: u64) -> usize {
    let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move |n: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % n
    };
    let counter = Counter::default();
    let owed = [("api", 0), ("web", 40), ("dns", 80)];
    let owed = owed.map(|(monitor, at)| with(alarm("restart", monitor, at), AttemptOrder::Execute));
    let world = World::owing(owed.clone()).await;
    let mut notifier = counter.notifier("ok");
    for step in 0..30 {
        let operations = [Operation::Claim, Operation::RecordDelivery, Operation::ReadAllOwed];
        let operation = operations[usize::try_from(next(3)).unwrap()];
        let outcome = if next(2) == 0 { CallOutcome::Unavailable } else { CallOutcome::AnswerLost };
        if next(3) == 0 {
            world.outbox.inject(PlannedFault::on(operation, outcome).times(1));
        }
        // Another process, which knows nothing of the one before.
        if next(3) == 0 {
            let others = if next(2) == 0 { Notifiers::One } else { Notifiers::Many };
            notifier = counter.notifier("ok").with_other_notifiers(others);
        }
        let _ = notifier.sweep(&world.outbox, &world.keeper, after(step * 15)).await;
    }
    counter.n()
}

#[tokio::test]
async fn under_many_faults_no_attempt_is_executed_twice() {
    let mut n_executed = 0;
    for seed in 0..60 {
        let n = executed_under_faults(seed).await;
        assert!(n <= 3, "seed {seed}: {n} executions of 3 attempts");
        n_executed += n;
    }
    assert!(n_executed > 60, "the faults left too few executions: {n_executed}");
}
