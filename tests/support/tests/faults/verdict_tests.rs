//! The verdict can fail.

use std::collections::BTreeMap;

use allclear_core::delivery::{Delivery, NoticeKind};
use allclear_core::id::ShardId;
use allclear_core::state::ShardState;
use allclear_support::samples;

use crate::ledger::{Arrival, Excuse};
use crate::scenario::{START, Scenario};
use crate::simulation::simulate;
use crate::verdict::{problems, wrong_deliveries};

fn alarm() -> Delivery {
    samples::delivery(NoticeKind::Firing, "team", "api", START)
}

fn sent() -> Delivery {
    alarm().after_try(Ok(None), START)
}

fn recorded() -> Arrival {
    Arrival { process: 1, is_recorded: true, allow_repeat: None }
}

fn repeat_allowed(allow_repeat: Excuse) -> Arrival {
    Arrival { process: 1, is_recorded: false, allow_repeat: Some(allow_repeat) }
}

/// Returns what is wrong with one delivery that has arrived so.
fn verdict(delivery: &Delivery, arrivals: Vec<Arrival>) -> Option<&'static str> {
    let arrivals = BTreeMap::from([(delivery.id.clone(), arrivals)]);
    wrong_deliveries(std::slice::from_ref(delivery), &arrivals).first().map(|(_, what)| *what)
}

#[test]
fn a_delivery_must_arrive_or_be_superseded() {
    assert_eq!(verdict(&alarm(), Vec::new()), Some("still owed"));
    assert_eq!(verdict(&sent(), Vec::new()), Some("said to be sent"));
    assert_eq!(verdict(&sent(), vec![recorded()]), None);
    let given_up = alarm().given_up("404".to_owned(), START);
    assert_eq!(verdict(&given_up, Vec::new()), Some("given up"));
    let superseded = alarm().superseded(START);
    assert_eq!(verdict(&superseded, Vec::new()), None);
    let arrived = vec![repeat_allowed(Excuse::Killed)];
    assert_eq!(verdict(&superseded, arrived.clone()), Some("superseded although it had arrived"));
    assert_eq!(verdict(&superseded.perhaps_arrived(), arrived), None);
}

#[test]
fn an_all_clear_must_follow_a_notice_that_arrived() {
    let mut all_clear = samples::delivery(NoticeKind::Resolved, "team", "api", START);
    all_clear.after = vec![alarm().id];
    let deliveries = [alarm().superseded(START).perhaps_arrived(), all_clear.superseded(START)];
    let arrivals = BTreeMap::from([(alarm().id, vec![repeat_allowed(Excuse::Killed)])]);
    let wrong = wrong_deliveries(&deliveries, &arrivals);
    let what: Vec<_> = wrong.iter().map(|(_, what)| *what).collect();
    assert_eq!(what, ["superseded although its notice had arrived"]);
    assert!(wrong_deliveries(&deliveries, &BTreeMap::new()).is_empty());
}

#[test]
fn a_duplicate_arrival_requires_a_reason() {
    let other = |arrival: Arrival| Arrival { process: 2, ..arrival };
    let cases = [
        (vec![recorded(), other(recorded())], Some("sent twice without a reason")),
        (
            vec![Arrival { is_recorded: false, ..recorded() }, other(recorded())],
            Some("not recorded, without a reason"),
        ),
        (vec![repeat_allowed(Excuse::Killed), other(recorded())], None),
        (vec![repeat_allowed(Excuse::AnswerLost), recorded()], None),
        (vec![repeat_allowed(Excuse::RecordFailed), other(recorded())], None),
        (
            vec![repeat_allowed(Excuse::RecordFailed), recorded()],
            Some("sent twice by a process that knew it"),
        ),
    ];
    for (arrivals, expected) in cases {
        assert_eq!(verdict(&sent(), arrivals.clone()), expected, "{arrivals:?}");
    }
}

#[test]
fn another_state_another_decision_and_a_lost_poison_record_are_reported() {
    let (world, found) = simulate(Scenario::of(2));
    assert_eq!(found, [""; 0]);
    world.store.put_state(&ShardId::main(), ShardState::default());
    world.store.add_delivery(sent());
    world.ledger.note_poison("never a dead letter");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let found = runtime.block_on(problems(&world)).join("\n");
    for what in ["the state is", "the deliveries are", "said to be sent", "`never a dead letter`"] {
        assert!(found.contains(what), "{what}");
    }
}
