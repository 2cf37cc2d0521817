//! Overlapping sweeps, step by step: each call of the store and each message waits for its turn,
//! before and after its effect, and a schedule assigns the turns.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::channel::{ChannelKinds, Envelope, SendLimits, SendSpec, Sender, Sending};
use allclear_core::checker::ParamProblem;
use allclear_core::delivery::{Delivery, DeliveryId};
use allclear_core::id::SecretName;
use allclear_core::ports::{BeatWatchdog, Outbox as _};
use allclear_core::secret::Secrets;
use allclear_core::send_error::SendError;
use allclear_core::watchdog::Watchdog;
use allclear_engine::notify::NotifyHandler;
use allclear_engine::{RecordKind, StoredRecord, StreamRecord, Trigger};
use allclear_support::{Call, CallOutcome, Hook, Hooked, MemorySecrets, MemoryStore, Operation};

use crate::function::config_with;
use crate::outbox::holding;
use crate::world::{after, alarm, all_clear, channel};

/// The turns of one process.
#[derive(Default)]
pub(crate) struct Turns {
    has_turn: AtomicBool,
    waiting: Mutex<Vec<Waker>>,
}

impl Turns {
    async fn wait(&self) {
        std::future::poll_fn(|context| {
            if self.has_turn.swap(false, Ordering::SeqCst) {
                return Poll::Ready(());
            }
            self.waiting.lock().unwrap().push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// The store and the messages that arrived, shared by all processes.
#[derive(Default)]
pub(crate) struct Shared {
    outbox: MemoryStore,
    arrived: Mutex<Vec<DeliveryId>>,
}

/// The view of one process, whose calls wait for their turn.
#[derive(Clone)]
struct Seen {
    shared: Arc<Shared>,
    turns: Arc<Turns>,
    /// The number of claims before one loses its answer; more claims than are made for none.
    loses_claim_after: Arc<AtomicUsize>,
    loses_record_after: Arc<AtomicUsize>,
}

/// The configs of these tests have no watchdog.
impl BeatWatchdog for Seen {
    async fn beat(&self, _: &Watchdog, _: &Secrets, _: Timestamp) -> Result<(), SendError> {
        Ok(())
    }
}

/// Counts down. Returns true when the counter was zero.
fn is_lost(left: &AtomicUsize) -> bool {
    let before = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| Some(n.wrapping_sub(1)));
    before == Ok(0)
}

/// Checks whether a call belongs to the outbox, whose calls take turns.
fn takes_turns(operation: Operation) -> bool {
    let of_outbox = [
        Operation::ReadAllOwed,
        Operation::ReadNewOwed,
        Operation::Predecessor,
        Operation::Claim,
        Operation::RecordDelivery,
    ];
    of_outbox.contains(&operation)
}

impl Hook for Seen {
    fn before<'a>(&'a self, call: &'a Call) -> Hooked<'a, CallOutcome> {
        Box::pin(async move {
            if takes_turns(call.operation) {
                self.turns.wait().await;
            }
            let loses_answer = call.operation == Operation::Claim
                && is_lost(&self.loses_claim_after)
                || call.operation == Operation::RecordDelivery && is_lost(&self.loses_record_after);
            if loses_answer { CallOutcome::AnswerLost } else { CallOutcome::Works }
        })
    }

    fn after<'a>(&'a self, call: &'a Call) -> Hooked<'a, ()> {
        Box::pin(async move {
            if takes_turns(call.operation) {
                self.turns.wait().await;
            }
        })
    }
}

/// A destination in memory.
impl Sender for Seen {
    fn secrets(&self) -> Vec<SecretName> {
        Vec::new()
    }

    fn limits(&self) -> SendLimits {
        SendLimits { at_once: 4, rate: None }
    }

    fn send<'a>(&'a self, envelope: Envelope<'a>) -> Sending<'a> {
        Box::pin(async move {
            self.turns.wait().await;
            self.shared.arrived.lock().unwrap().push(envelope.delivery.clone());
            self.turns.wait().await;
            Ok::<_, SendError>(None)
        })
    }
}

impl ChannelKinds for Seen {
    fn names(&self) -> Vec<&'static str> {
        vec!["memory"]
    }

    fn build(&self, _: &SendSpec) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
        Ok(Box::new(self.clone()))
    }
}

/// One invocation of the function in a process of its own.
struct Process {
    seen: Seen,
    running: Option<Pin<Box<dyn Future<Output = ()>>>>,
}

fn decided() -> Trigger {
    let what = RecordKind::Delivery(StoredRecord::default());
    let record = StreamRecord { sequence: "1".to_owned(), what };
    Trigger::Records(vec![record])
}

impl Process {
    /// Starts an invocation with `now` as the clock of its process.
    fn start(shared: &Arc<Shared>, wake: Trigger, now: Timestamp) -> Self {
        let never = || Arc::new(AtomicUsize::new(usize::MAX));
        let seen = Seen {
            shared: Arc::clone(shared),
            turns: Arc::default(),
            loses_claim_after: never(),
            loses_record_after: never(),
        };
        let (kinds, secrets) = (seen.clone(), MemorySecrets::default());
        let store = shared.outbox.with_hook(Arc::new(seen.clone()));
        let running = async move {
            let mut function =
                NotifyHandler::new(store.clone(), secrets, kinds, store.clone(), store);
            // A process that lost an answer is invoked again, like the stream does.
            for _ in 0..3 {
                let time = Duration::from_secs(50);
                match function.handle(&wake, now, time).await {
                    Ok(unfinished) if unfinished.sequence().is_none() => return,
                    Ok(_) | Err(_) => {}
                }
            }
        };
        let running = tokio::task::unconstrained(running);
        Self { seen, running: Some(Box::pin(running)) }
    }

    fn is_over(&self) -> bool {
        self.running.is_none()
    }

    /// Gives the process one turn.
    fn step(&mut self) {
        let Some(running) = &mut self.running else { return };
        self.seen.turns.has_turn.store(true, Ordering::SeqCst);
        for waker in self.seen.turns.waiting.lock().unwrap().drain(..) {
            waker.wake();
        }
        let is_over = running.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
        self.seen.turns.has_turn.store(false, Ordering::SeqCst);
        if is_over {
            self.running = None;
        }
    }

    /// Gives turns until the process ends. Returns their number.
    fn run(&mut self) -> usize {
        let mut n_steps = 0;
        while !self.is_over() {
            self.step();
            n_steps += 1;
            assert!(n_steps < 10_000, "it waits for something else than its turn");
        }
        n_steps
    }
}

fn owing(deliveries: &[Delivery]) -> Arc<Shared> {
    let outbox = holding(deliveries.iter().cloned());
    outbox.put_config(config_with(vec![channel("a", "memory", serde_json::json!({}))]));
    Arc::new(Shared { outbox, arrived: Mutex::default() })
}

impl Shared {
    fn n_arrived(&self, delivery: &Delivery) -> usize {
        self.arrived.lock().unwrap().iter().filter(|id| **id == delivery.id).count()
    }
}

/// Returns all orders of `left` turns of one process and `right` turns of another.
fn schedules(left: usize, right: usize) -> Vec<Vec<bool>> {
    let mut all = Vec::new();
    let mut open = vec![(Vec::new(), left, right)];
    while let Some((so_far, left, right)) = open.pop() {
        if left + right == 0 {
            all.push(so_far);
            continue;
        }
        for (is_left, left_after, right_after) in
            [(true, left.checked_sub(1), Some(right)), (false, Some(left), right.checked_sub(1))]
        {
            if let (Some(left), Some(right)) = (left_after, right_after) {
                let mut longer = so_far.clone();
                longer.push(is_left);
                open.push((longer, left, right));
            }
        }
    }
    all
}

/// A pseudorandom number generator with the same numbers in each run.
struct ScheduleRng(u64);

impl ScheduleRng {
    fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }
}

/// Returns an active alarm, one that ended before it was sent, and one that is followed by another.
fn several() -> Vec<Delivery> {
    let ended = alarm("a", "web", 0);
    let over = all_clear("a", "web", 1, &[&ended]);
    vec![alarm("a", "api", 0), ended, over, alarm("a", "cdn", 0), alarm("a", "cdn", 2)]
}

#[tokio::test(start_paused = true)]
async fn scheduled_and_stream_sweeps_send_once_in_every_interleaving() {
    let delivery = alarm("a", "api", 0);
    let alone = Process::start(&owing(std::slice::from_ref(&delivery)), decided(), after(1)).run();
    assert!(alone >= 8, "each call has to wait twice, not {alone} times in all");
    let orders = schedules(alone, alone);
    assert!(orders.len() > 10_000, "{}", orders.len());
    for order in orders {
        let shared = owing(std::slice::from_ref(&delivery));
        let mut scheduled = Process::start(&shared, Trigger::Schedule, after(1));
        let mut of_the_stream = Process::start(&shared, decided(), after(1));
        for is_left in &order {
            if *is_left { scheduled.step() } else { of_the_stream.step() }
        }
        scheduled.run();
        of_the_stream.run();
        assert_eq!(shared.n_arrived(&delivery), 1, "{order:?}");
        assert!(shared.outbox.is_sent(&delivery), "{order:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn four_sweeps_over_several_deliveries_send_each_once_and_in_order() {
    let mut rng = ScheduleRng(9);
    for round in 0..2_000 {
        let owed = several();
        let shared = owing(&owed);
        // Clocks differ by up to 20 s.
        let mut processes: Vec<Process> = (0..4)
            .map(|n| {
                let wake = if n % 2 == 0 { decided() } else { Trigger::Schedule };
                Process::start(&shared, wake, after(30 + rng.below(20) as u64))
            })
            .collect();
        while processes.iter().any(|one| !one.is_over()) {
            let at = rng.below(processes.len());
            processes[at].step();
        }
        // A final sweep handles the deliveries that were left to another one.
        Process::start(&shared, Trigger::Schedule, after(200)).run();
        for one in [&owed[0], &owed[3], &owed[4]] {
            assert_eq!(shared.n_arrived(one), 1, "round {round}");
        }
        for one in [&owed[1], &owed[2]] {
            assert_eq!(shared.n_arrived(one), 0, "round {round}");
        }
        let arrived = shared.arrived.lock().unwrap().clone();
        let place = |one: &Delivery| arrived.iter().position(|id| *id == one.id);
        assert!(place(&owed[3]) < place(&owed[4]), "round {round}");
        assert!(shared.outbox.owed().await.unwrap().is_empty(), "round {round}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_process_killed_at_any_step_loses_nothing_and_repeats_only_its_own_try() {
    let delivery = alarm("a", "api", 0);
    let n_steps =
        Process::start(&owing(std::slice::from_ref(&delivery)), decided(), after(1)).run();
    for step in 0..n_steps {
        let shared = owing(std::slice::from_ref(&delivery));
        let mut killed = Process::start(&shared, decided(), after(1));
        (0..step).for_each(|_| killed.step());
        drop(killed);
        let n_before = shared.n_arrived(&delivery);
        let is_recorded = shared.outbox.is_sent(&delivery);
        // While the claim is valid, the delivery is not touched.
        Process::start(&shared, Trigger::Schedule, after(2)).run();
        let n_meanwhile = shared.n_arrived(&delivery);
        assert!(n_meanwhile <= 1, "killed after step {step}");
        Process::start(&shared, Trigger::Schedule, after(120)).run();
        let n_repeated = usize::from(n_before == 1 && !is_recorded);
        assert_eq!(shared.n_arrived(&delivery), 1 + n_repeated, "killed after step {step}");
        assert!(shared.outbox.is_sent(&delivery), "killed after step {step}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_skew_of_twenty_seconds_does_not_end_a_claim_early() {
    let delivery = alarm("a", "api", 0);
    let n_steps =
        Process::start(&owing(std::slice::from_ref(&delivery)), decided(), after(30)).run();
    for skewed in [after(10), after(50)] {
        for step in 0..=n_steps {
            let shared = owing(std::slice::from_ref(&delivery));
            let mut slow = Process::start(&shared, decided(), after(30));
            (0..step).for_each(|_| slow.step());
            Process::start(&shared, Trigger::Schedule, skewed).run();
            slow.run();
            assert_eq!(shared.n_arrived(&delivery), 1, "{skewed} at step {step}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_owner_recognizes_its_claim_after_a_lost_response() {
    for n in 0..2 {
        let owed = [alarm("a", "api", 0), alarm("a", "web", 0)];
        let shared = owing(&owed);
        let mut process = Process::start(&shared, decided(), after(1));
        process.seen.loses_claim_after.store(n, Ordering::SeqCst);
        process.run();
        for one in &owed {
            assert_eq!(shared.n_arrived(one), 1, "claim {n}");
            assert!(shared.outbox.is_sent(one), "claim {n}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_response_to_a_record_repeats_no_message() {
    for n in 0..2 {
        let owed = [alarm("a", "api", 0), alarm("a", "web", 0)];
        let shared = owing(&owed);
        let mut process = Process::start(&shared, decided(), after(1));
        process.seen.loses_record_after.store(n, Ordering::SeqCst);
        process.run();
        for one in &owed {
            assert_eq!(shared.n_arrived(one), 1, "record {n}");
        }
    }
}
