//! Attempts of actions in flight when the config changes, and when the process ends.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use allclear_core::action::{
    Action, ActionAttempt, ActionExecutor, ActionFilter, ActionKinds, ActionPolicy, ActionSpec,
    AttemptCount, AttemptOrder, AttemptResult, BuiltExecutor, Executing, Execution, ExecutionInput,
};
use allclear_core::delivery::{Delivery, NoticeKind};
use allclear_core::id::{ActionId, SecretName};
use allclear_core::rule::RuleScope;
use allclear_core::status::{Fault, Severity};
use allclear_engine::Event;
use allclear_engine::process::Tasks;
use allclear_support::samples;
use tokio::time::timeout;
use tracing::field::{Field, Visit};
use tracing::span;

use crate::world::{World, advance, now};

const SECOND: Duration = Duration::from_secs(1);

/// A kind of action that takes a while.
#[derive(Debug, Clone, Default)]
pub(crate) struct Executions {
    takes: Arc<Mutex<Duration>>,
    /// The number of executions that have begun.
    n_begun: Arc<Mutex<usize>>,
}

impl ActionKinds for Executions {
    fn names(&self) -> Vec<&'static str> {
        vec!["sleep"]
    }

    fn build(&self, _: &ActionSpec) -> BuiltExecutor {
        Ok(Box::new(self.clone()))
    }
}

impl ActionExecutor for Executions {
    fn effect(&self) -> String {
        "sleep".to_owned()
    }

    fn secrets(&self) -> Vec<SecretName> {
        Vec::new()
    }

    fn execute<'a>(&'a self, _: ExecutionInput<'a>) -> Executing<'a> {
        *self.n_begun.lock().unwrap() += 1;
        let takes = *self.takes.lock().unwrap();
        Box::pin(async move {
            advance(takes).await;
            Ok(())
        })
    }
}

/// Returns an action whose attempts have this time limit.
pub(crate) fn restart(timeout: Duration) -> Action {
    Action {
        id: ActionId::new("restart").unwrap(),
        run: ActionSpec { kind: "sleep".to_owned(), params: serde_json::Value::Null },
        effect: "sleep".to_owned(),
        filter: ActionFilter {
            rules: Vec::new(),
            min_severity: Severity::Info,
            faults: vec![Fault::Target],
            scope: RuleScope::default(),
            matchers: Vec::new(),
        },
        policy: ActionPolicy {
            max_attempts: 3,
            cooldown: Duration::from_hours(1),
            timeout,
            execution: Execution::Real,
            count: AttemptCount::PerAction,
        },
    }
}

/// Returns a world that owes an attempt, which takes a while.
fn owing_an_attempt(takes: Duration, limit: Duration) -> (World, Delivery) {
    let world = World::new();
    *world.action_timeout.lock().unwrap() = limit;
    *world.executions.takes.lock().unwrap() = takes;
    let mut owed = samples::delivery(NoticeKind::Firing, "restart", "api", now());
    owed.notification.details.attempt = Some(ActionAttempt {
        action: ActionId::new("restart").unwrap(),
        number: 1,
        max_attempts: 3,
        order: AttemptOrder::Execute,
        effect: "sleep".to_owned(),
        timeout: limit,
        expires_at: now() + Duration::from_hours(1),
    });
    world.store.add_delivery(owed.clone());
    (world, owed)
}

fn n_begun(world: &World) -> usize {
    *world.executions.n_begun.lock().unwrap()
}

fn result(world: &World, owed: &Delivery) -> Option<AttemptResult> {
    world.store.delivery(&owed.id).unwrap().attempt_result()
}

/// The messages that were logged.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<Vec<String>>>);

impl Logged {
    fn about_attempts(&self) -> Vec<String> {
        let all = self.0.lock().unwrap();
        all.iter().filter(|one| one.contains("attempt 1")).cloned().collect()
    }
}

struct Message<'a>(&'a mut Vec<String>);

impl Visit for Message<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0.push(format!("{value:?}"));
        }
    }
}

impl tracing::Subscriber for Logged {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut Message(&mut self.0.lock().unwrap()));
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[tokio::test(start_paused = true)]
async fn the_end_waits_for_an_attempt_within_its_time_limit() {
    let logged = Logged::default();
    let _guard = tracing::subscriber::set_default(logged.clone());
    let (world, owed) = owing_an_attempt(SECOND * 20, SECOND * 30);
    let (runner, mut tasks) = (world.runner(), Tasks::default());
    tasks.start(&runner, async {});
    advance(SECOND).await;
    tasks.finish(&runner, SECOND * 3).await;
    tasks.shutdown().await;
    assert_eq!(result(&world, &owed), Some(AttemptResult::Succeeded));
    assert_eq!((n_begun(&world), world.elapsed().as_secs()), (1, 20));
    let waiting = "waiting for attempt 1 of the action `restart` for `api`, at most 36s";
    assert_eq!(logged.about_attempts(), [waiting]);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_takes_over_a_minute_is_cut_off_at_the_end_and_never_repeated() {
    let logged = Logged::default();
    let _guard = tracing::subscriber::set_default(logged.clone());
    let (world, owed) = owing_an_attempt(SECOND * 500, SECOND * 600);
    let (runner, mut tasks) = (world.runner(), Tasks::default());
    tasks.start(&runner, async {});
    advance(SECOND).await;
    tasks.finish(&runner, SECOND * 3).await;
    tasks.shutdown().await;
    assert_eq!((world.elapsed().as_secs(), result(&world, &owed)), (61, None));
    let name = "attempt 1 of the action `restart` for `api`";
    let wanted = [
        format!("waiting for {name}, at most 57s"),
        format!("cut off {name}: its result is unknown, and it is not repeated"),
    ];
    assert_eq!(logged.about_attempts(), wanted);
    drop(runner);
    let (runner, mut tasks) = (world.runner(), Tasks::default());
    tasks.start(&runner, async {});
    let _ = timeout(SECOND * 1_000, tasks.run(&runner)).await;
    assert_eq!(n_begun(&world), 1);
    let Some(AttemptResult::Unknown(why)) = result(&world, &owed) else { panic!() };
    assert_eq!(why, "an earlier process began it and left no result");
}

#[tokio::test(start_paused = true)]
async fn a_config_change_waits_for_an_attempt_within_its_time_limit() {
    let (world, owed) = owing_an_attempt(SECOND * 45, SECOND * 50);
    let (runner, mut tasks) = (world.runner(), Tasks::default());
    tasks.start(&runner, async {});
    advance(SECOND).await;
    tasks.retire(&runner).await;
    drop(runner);
    let next = world.runner();
    tasks.start(&next, async {});
    world.wakers.wake(Event::ConfigChanged);
    let _ = timeout(SECOND * 50, tasks.run(&next)).await;
    assert_eq!((n_begun(&world), result(&world, &owed)), (1, Some(AttemptResult::Succeeded)));
    // The next notifier has begun.
    let message = samples::delivery(NoticeKind::Firing, "team", "api", now());
    world.store.add_delivery(message.clone());
    world.wakers.wake(Event::DeliveryOwed);
    let _ = timeout(SECOND * 70, tasks.run(&next)).await;
    assert!(world.store.is_sent(&message));
}
