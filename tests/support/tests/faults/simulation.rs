//! One scenario from its first minute until all is quiet.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::ports::{Outbox as _, PoisonRecord};
use allclear_engine::{BatchItemFailures, InvocationFailure, RecordKind, StreamRecord, Trigger};
use serde_json::json;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::Instant;

use crate::functions::{Functions, PAGE_EVERY};
use crate::ledger::FaultKind;
use crate::rng::FaultRng;
use crate::scenario::{START, Scenario};
use crate::stream::number_of;
use crate::verdict;
use crate::world::World;

/// The tries after which Lambda hands a batch to the queue for failures.
const MAX_TRIES: u32 = 10;

/// Longest time after the last fault in which all has to become quiet.
const QUIET_WITHIN: Duration = Duration::from_mins(90);

/// The time in which each schedule fires once at least.
const ALL_SCHEDULES: Duration = Duration::from_mins(12);

const MINUTE: Duration = Duration::from_mins(1);

/// A function with a stream.
#[derive(Debug, Clone, Copy)]
enum Streamed {
    Evaluator,
    Notifier,
}

/// Plays a scenario until nothing is left to do. Returns its world, and everything that is wrong with it.
pub(crate) fn simulate(scenario: Scenario) -> (Arc<World>, Vec<String>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let local = LocalSet::new();
    local.block_on(&runtime, async {
        let world = World::new(scenario);
        let mut problems = play(&world).await;
        problems.extend(verdict::problems(&world).await);
        (world, problems)
    })
}

/// Lets everything happen, with faults for the length of the scenario and without them until it is quiet.
/// Returns what does not become quiet.
async fn play(world: &Arc<World>) -> Vec<String> {
    let functions = Rc::new(Functions::new(world));
    spawn_local(scheduled_probes(Rc::clone(&functions)));
    spawn_local(scheduled_sweeps(Rc::clone(&functions)));
    spawn_local(publications(Rc::clone(&functions)));
    for shard in 0..2 {
        spawn_local(stream(Rc::clone(&functions), Streamed::Evaluator, shard));
        spawn_local(stream(Rc::clone(&functions), Streamed::Notifier, shard));
    }
    world.advance(world.scenario.length).await;
    world.end_faults();
    let last_fault = Instant::now();
    world.advance(ALL_SCHEDULES).await;
    loop {
        let owed = world.store.owed().await.unwrap();
        if owed.is_empty() && world.streams.are_empty() {
            return Vec::new();
        }
        if last_fault.elapsed() > QUIET_WITHIN {
            return vec![format!("it does not become quiet; still owed are {owed:#?}")];
        }
        world.advance(MINUTE).await;
    }
}

/// Checks each minute; at times twice.
async fn scheduled_probes(functions: Rc<Functions>) {
    let world = Arc::clone(&functions.world);
    let mut rng = FaultRng::of(world.scenario.seed, u64::MAX);
    let n_minutes = world.scenario.length.as_secs() / 60;
    for minute in 0..u32::try_from(n_minutes).unwrap() {
        world.advance_until(minute).await;
        let n = if rng.happens(world.fault_rate()) { 2 } else { 1 };
        for _ in 0..n {
            let functions = Rc::clone(&functions);
            let delay = rng.millis(1, 4_000);
            spawn_local(async move {
                functions.world.advance(delay).await;
                functions.probe(START + MINUTE * minute).await;
            });
        }
        if n == 2 {
            world.ledger.count(FaultKind::ScheduleTwice);
        }
    }
}

/// Sweeps each minute for what is owed, and each ten minutes for what is not evaluated; at times twice.
async fn scheduled_sweeps(functions: Rc<Functions>) {
    let world = Arc::clone(&functions.world);
    let mut rng = FaultRng::of(world.scenario.seed, u64::MAX - 1);
    for minute in 0.. {
        world.advance_until(minute).await;
        let n = if rng.happens(world.fault_rate()) { 2 } else { 1 };
        for _ in 0..n {
            let functions = Rc::clone(&functions);
            let delay = rng.millis(1, 8_000);
            spawn_local(async move {
                functions.world.advance(delay).await;
                let _ = functions.notify(&Trigger::Schedule).await;
                if minute % 10 == 9 {
                    let _ = functions.evaluate(&Trigger::Schedule).await;
                }
            });
        }
        if n == 2 {
            world.ledger.count(FaultKind::ScheduleTwice);
        }
    }
}

/// Publishes by the schedule, and when the evaluator asks for it.
async fn publications(functions: Rc<Functions>) {
    let world = Arc::clone(&functions.world);
    let (mut n_wakes, mut last) = (0, Instant::now());
    loop {
        world.advance(Duration::from_secs(1)).await;
        let n = world.store.n_wakes();
        if n > n_wakes || last.elapsed() >= PAGE_EVERY {
            (n_wakes, last) = (n, Instant::now());
            let functions = Rc::clone(&functions);
            spawn_local(async move { functions.publish().await });
        }
    }
}

/// Hands the batches of one shard of the stream to a function, one after the other.
async fn stream(functions: Rc<Functions>, to: Streamed, shard: usize) {
    let world = Arc::clone(&functions.world);
    let mut rng = FaultRng::of(world.scenario.seed, u64::MAX - 10 - shard as u64 - 2 * to as u64);
    let records = match to {
        Streamed::Evaluator => &world.streams.of_evaluator[shard],
        Streamed::Notifier => &world.streams.of_notifier[shard],
    };
    let (mut n_tries, mut newest) = (0, 0);
    loop {
        let n = usize::try_from(rng.between(1, 8)).unwrap();
        records.wait().await;
        // The batching window.
        world.advance(Duration::from_secs(1)).await;
        let batch = records.batch(n);
        let rate = world.fault_rate();
        if rng.happens(rate) {
            world.ledger.count(FaultKind::EventLate);
            world.advance(rng.millis(1_000, 90_000)).await;
        }
        if rng.happens(rate / 4) {
            records.push(poison(&world, &mut rng));
        }
        // With more than one shard, records of different keys come in any order.
        let last = batch.iter().map(number_of).max().unwrap_or_default();
        if last < world.streams.note_delivered(to as usize, last) && newest != last {
            world.ledger.count(FaultKind::EventsReordered);
        }
        newest = last;
        let is_lost = n_tries > MAX_TRIES || rng.happens(rate / 8);
        if is_lost {
            world.ledger.count(FaultKind::EventLost);
            world.ledger.keep_failed(&batch);
            records.remove(batch.len());
            n_tries = 0;
            continue;
        }
        let wake = Trigger::Records(batch.clone());
        let n_done = acknowledged(&batch, functions.invoke(to, &wake).await);
        records.remove(n_done);
        if n_done > 0 && rng.happens(rate) {
            world.ledger.count(FaultKind::EventTwice);
            again(&functions, to, wake, rng.millis(0, 90_000));
        }
        if n_done < batch.len() {
            n_tries += 1;
            world.advance(rng.millis(500, 4_000)).await;
        }
        if n_done > 0 {
            n_tries = 0;
        }
    }
}

/// Delivers a batch once more, beside the next ones.
fn again(functions: &Rc<Functions>, to: Streamed, wake: Trigger, delay: Duration) {
    let functions = Rc::clone(functions);
    spawn_local(async move {
        functions.world.advance(delay).await;
        let _ = functions.invoke(to, &wake).await;
    });
}

/// Returns the number of records before the one at which the stream resumes.
fn acknowledged(
    batch: &[StreamRecord],
    answer: Option<Result<BatchItemFailures, InvocationFailure>>,
) -> usize {
    let Some(Ok(failures)) = answer else { return 0 };
    let Some(first) = failures.sequence() else { return batch.len() };
    batch.iter().position(|record| record.sequence == first).unwrap_or(0)
}

fn poison(world: &World, rng: &mut FaultRng) -> StreamRecord {
    world.ledger.count(FaultKind::Poison);
    let reason = format!("unreadable {}", rng.next());
    world.ledger.note_poison(&reason);
    let poison = PoisonRecord { code: "record_unreadable", reason, record: json!({}) };
    StreamRecord { sequence: world.streams.next_sequence(), what: RecordKind::Poison(poison) }
}

impl Functions {
    async fn invoke(
        &self,
        to: Streamed,
        wake: &Trigger,
    ) -> Option<Result<BatchItemFailures, InvocationFailure>> {
        match to {
            Streamed::Evaluator => self.evaluate(wake).await,
            Streamed::Notifier => self.notify(wake).await,
        }
    }
}
