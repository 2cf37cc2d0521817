//! The conditions that have to hold at the end of a scenario.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::delivery::{Delivery, DeliveryId, DeliveryState, NoticeKind};
use allclear_core::id::{ChannelId, MonitorId, ShardId};
use allclear_core::state::{Decision, ShardState};
use allclear_engine::evaluate::Evaluator;
use allclear_engine::publish::Generator;
use allclear_evaluate::ConfigIndex;
use allclear_support::{MemorySite, MemoryStore};

use crate::functions::publish_options;
use crate::ledger::{Arrival, Excuse, Line};
use crate::scenario::Scenario;
use crate::world::World;

/// Returns everything that is wrong at the end of a scenario.
pub(crate) async fn problems(world: &World) -> Vec<String> {
    let now = world.now() + Duration::from_mins(1);
    let clean = without_faults(&world.scenario, &world.store).await;
    let mut problems = Vec::new();
    for store in [&world.store, &clean] {
        checkpoint(store, &world.scenario, now).await;
    }
    let state = |store: &MemoryStore| store.checkpoint(&ShardId::main()).unwrap().state;
    problems.extend(different_states(&state(&world.store), &state(&clean)));
    let (decided, expected) = (world.store.decided(), clean.decided());
    problems.extend(different_decisions(&decided, &expected));
    let wrong = wrong_deliveries(&decided.deliveries, &world.ledger.arrivals());
    problems.extend(wrong.into_iter().map(|(delivery, what)| {
        format!("{what}: {delivery:#?}\n{}", world.ledger.history_of(&delivery.id))
    }));
    problems.extend(wrong_ends(&decided.deliveries, &world.ledger.lines()));
    let lost = world.ledger.lost_poisons(&world.store.dead_letters());
    problems.extend(lost.iter().map(|reason| format!("the poison record `{reason}` is lost")));
    problems.extend(different_pages(world, &clean, now).await);
    problems
}

/// Evaluates the log of `store` without faults, one run after the other.
async fn without_faults(scenario: &Scenario, store: &MemoryStore) -> MemoryStore {
    let clean = MemoryStore::default();
    let mut evaluator = evaluator(scenario);
    let mut runs = store.all_runs();
    runs.sort_by(|one, other| one.key.cmp(&other.key));
    for run in runs {
        let now = run.key.scheduled_at + Duration::from_secs(30);
        clean.add_run(run);
        evaluator.evaluate(&clean, &ShardId::main(), now).await.unwrap();
    }
    clean
}

/// Folds the runs since the last checkpoint, and writes the state.
async fn checkpoint(store: &MemoryStore, scenario: &Scenario, now: Timestamp) {
    let mut evaluator = evaluator(scenario);
    evaluator.evaluate(store, &ShardId::main(), now).await.unwrap();
    evaluator.checkpoint(store).await.unwrap();
}

fn evaluator(scenario: &Scenario) -> Evaluator {
    Evaluator::new(Arc::new(index(scenario)))
}

fn index(scenario: &Scenario) -> ConfigIndex {
    ConfigIndex::new(Arc::new(scenario.config.clone())).unwrap()
}

fn different_states(state: &ShardState, expected: &ShardState) -> Option<String> {
    (state != expected).then(|| format!("the state is\n{state:#?}\nand not\n{expected:#?}"))
}

/// Compares what was decided. The results of the deliveries are not compared, their contents are.
fn different_decisions(decided: &Decision, expected: &Decision) -> Vec<String> {
    let mut problems = Vec::new();
    let mut compare = |what: &str, decided: String, expected: String| {
        if decided != expected {
            problems.push(format!("the {what} are\n{decided}\nand not\n{expected}"));
        }
    };
    let Decision { transitions, alerts, suppressions, deliveries, incidents, rollups, too_late } =
        decided;
    let text = |all: &[Delivery]| format!("{:#?}", contents(all));
    compare("deliveries", text(deliveries), text(&expected.deliveries));
    compare("transitions", format!("{transitions:#?}"), format!("{:#?}", expected.transitions));
    compare("alerts", format!("{alerts:#?}"), format!("{:#?}", expected.alerts));
    let expected_suppressions = format!("{:#?}", expected.suppressions);
    compare("suppressions", format!("{suppressions:#?}"), expected_suppressions);
    compare("incidents", format!("{incidents:#?}"), format!("{:#?}", expected.incidents));
    compare("rollups", format!("{rollups:#?}"), format!("{:#?}", expected.rollups));
    compare("late runs", format!("{too_late:#?}"), format!("{:#?}", expected.too_late));
    problems
}

fn contents(deliveries: &[Delivery]) -> BTreeMap<&DeliveryId, String> {
    let content = |one: &Delivery| {
        format!("{:?} {:?} {:?} {:?}", one.channel, one.notification, one.after, one.created_at)
    };
    deliveries.iter().map(|one| (&one.id, content(one))).collect()
}

/// Returns the deliveries that have neither arrived nor were superseded, or have arrived twice without a
/// reason, and what is wrong.
pub(crate) fn wrong_deliveries<'a>(
    deliveries: &'a [Delivery],
    arrivals: &BTreeMap<DeliveryId, Vec<Arrival>>,
) -> Vec<(&'a Delivery, &'static str)> {
    let arrived = |id: &DeliveryId| arrivals.get(id).map(Vec::as_slice).unwrap_or_default();
    let mut problems = Vec::new();
    for delivery in deliveries {
        let of_delivery = arrived(&delivery.id);
        let what = wrong_end(delivery, &arrived).into_iter().chain(wrong_arrivals(of_delivery));
        problems.extend(what.map(|what| (delivery, what)));
    }
    problems
}

/// Returns what is wrong with the end of a delivery.
fn wrong_end<'a>(
    delivery: &Delivery,
    arrived: &impl Fn(&DeliveryId) -> &'a [Arrival],
) -> Option<&'static str> {
    let has_arrived = !arrived(&delivery.id).is_empty();
    match (&delivery.state, delivery.notification.kind) {
        (DeliveryState::Owed { .. }, _) => Some("still owed"),
        (DeliveryState::GivenUp { .. }, _) => Some("given up"),
        (DeliveryState::Sent { .. }, _) => (!has_arrived).then_some("said to be sent"),
        (
            DeliveryState::Superseded { .. },
            NoticeKind::Firing | NoticeKind::Updated | NoticeKind::Reminder,
        ) => {
            let is_forgotten = has_arrived && !delivery.may_have_arrived;
            is_forgotten.then_some("superseded although it had arrived")
        }
        (DeliveryState::Superseded { .. }, NoticeKind::Resolved) => {
            let takes_back_any = delivery.after.iter().any(|id| !arrived(id).is_empty());
            takes_back_any.then_some("superseded although its notice had arrived")
        }
        (DeliveryState::Superseded { .. }, NoticeKind::Momentary | NoticeKind::Summary) => {
            Some("superseded although nothing can end it")
        }
    }
}

/// Returns what is wrong with the arrivals of a delivery: each but the recorded one needs a reason.
fn wrong_arrivals(arrived: &[Arrival]) -> Option<&'static str> {
    let without_reason = || arrived.iter().filter(|one| one.allow_repeat.is_none());
    if without_reason().any(|one| !one.is_recorded) {
        return Some("not recorded, without a reason");
    }
    if without_reason().count() > 1 {
        return Some("sent twice without a reason");
    }
    // A process remembers what it has sent, recorded or not.
    let is_remembered = |one: &Arrival, later: &[Arrival]| {
        one.allow_repeat != Some(Excuse::AnswerLost)
            && later.iter().any(|other| other.process == one.process)
    };
    let mut places = arrived.iter().enumerate();
    let is_forgotten = places.any(|(n, one)| is_remembered(one, &arrived[n + 1..]));
    is_forgotten.then_some("sent twice by a process that knew it")
}

/// Checks that the last message that each channel has got about each monitor is the last that was
/// decided and not superseded.
fn wrong_ends(
    deliveries: &[Delivery],
    lines: &BTreeMap<(ChannelId, MonitorId), Line>,
) -> Vec<String> {
    let mut last: BTreeMap<(ChannelId, MonitorId), &Delivery> = BTreeMap::new();
    for one in deliveries.iter().filter(|one| matches!(one.state, DeliveryState::Sent { .. })) {
        last.insert((one.channel.clone(), one.notification.monitor.clone()), one);
    }
    let is_wrong = |(line, last): &(&(ChannelId, MonitorId), &&Delivery)| {
        lines.get(line).and_then(|line| line.last()) != Some(&last.id)
    };
    let wrong = last.iter().filter(is_wrong);
    wrong
        .map(|((channel, monitor), last)| {
            let line = lines.get(&(channel.clone(), monitor.clone()));
            format!("the last of {monitor} to {channel} is not {}: {line:?}", last.id)
        })
        .collect()
}

/// Compares the page with that of a store without faults.
async fn different_pages(world: &World, clean: &MemoryStore, now: Timestamp) -> Vec<String> {
    let (index, expected) = (index(&world.scenario), MemorySite::default());
    for (store, site) in [(&world.store, &world.site), (clean, &expected)] {
        Generator::new(publish_options()).generate(store, site, &index, now).await.unwrap();
    }
    let published = world.site.files();
    let is_wrong = |(path, content): &(&String, &Vec<u8>)| published.get(*path) != Some(*content);
    let expected = expected.files();
    let wrong = expected.iter().filter(is_wrong);
    wrong.map(|(path, _)| format!("the page differs in `{path}`")).collect()
}
