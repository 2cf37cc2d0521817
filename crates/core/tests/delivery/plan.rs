//! What is sent, given up and left waiting of the deliveries owed to one channel.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::channel::SendError;
use allclear_core::delivery::{
    Delivery, DeliveryId, DeliveryState, NamedAlert, NoticeKind, Notification, Predecessor, plan,
};
use allclear_core::event::AlertId;
use allclear_core::id::{ChannelId, MonitorId, RuleId};
use allclear_core::status::{Severity, Status};
use proptest::prelude::*;

const START: Timestamp = Timestamp::constant(1_760_000_000, 0);

/// The `n`-th notice about a monitor, decided `n` seconds after the start.
fn notice(kind: NoticeKind, monitor: &str, n: u8, after: &[&Delivery]) -> Delivery {
    let at = START + Duration::from_secs(n.into());
    let monitor = MonitorId::new(monitor).unwrap();
    let rule = RuleId::new("service_down").unwrap();
    let alert = NamedAlert {
        id: AlertId::new(&monitor, &rule, at),
        rule,
        severity: Severity::Critical,
        condition: "unhealthy".to_owned(),
    };
    let notification = Notification {
        kind,
        monitor_name: monitor.to_string(),
        monitor,
        group: None,
        severity: Severity::Critical,
        status: Status::Unhealthy,
        fault: None,
        reason: None,
        message: String::new(),
        word: None,
        alerts: vec![alert],
        still_firing: Vec::new(),
        since: at,
        at,
        page_url: None,
    };
    let after = after.iter().map(|delivery| delivery.id.clone()).collect();
    Delivery::owed(ChannelId::new("team").unwrap(), notification, after, at)
}

fn firing(monitor: &str, n: u8) -> Delivery {
    notice(NoticeKind::Firing, monitor, n, &[])
}

fn resolved(monitor: &str, n: u8, after: &[&Delivery]) -> Delivery {
    notice(NoticeKind::Resolved, monitor, n, after)
}

fn failed(delivery: Delivery, at: Timestamp) -> Delivery {
    delivery.after_try(Err(SendError::transient("answered 503")), at)
}

fn known(delivery: &Delivery, what: Predecessor) -> BTreeMap<DeliveryId, Predecessor> {
    BTreeMap::from([(delivery.id.clone(), what)])
}

fn later() -> Timestamp {
    START + Duration::from_mins(1)
}

#[test]
fn an_all_clear_waits_for_the_alarm_that_it_takes_back() {
    let alarm = firing("api", 0);
    let all_clear = resolved("api", 1, &[&alarm]);
    let owed = [alarm, all_clear];
    let plan = plan(&owed, &BTreeMap::new(), later());
    assert_eq!(plan.send, [&owed[0]]);
    assert_eq!(plan.waiting, [&owed[1]]);
}

#[test]
fn an_all_clear_waits_even_where_it_is_listed_before_its_alarm() {
    let alarm = firing("api", 0);
    let owed = [resolved("api", 1, &[&alarm]), alarm];
    let plan = plan(&owed, &BTreeMap::new(), later());
    assert!(plan.send.is_empty(), "neither order nor luck may send an all-clear first");
}

#[test]
fn an_all_clear_is_sent_once_its_alarm_was_and_given_up_with_it() {
    let alarm = firing("api", 0);
    let owed = [resolved("api", 1, &[&alarm])];
    for (what, sends) in [
        (Predecessor::Sent, true),
        (Predecessor::Forgotten, true),
        (Predecessor::GivenUp, false),
        (Predecessor::Owed, false),
    ] {
        let before = known(&alarm, what);
        let plan = plan(&owed, &before, later());
        assert_eq!(!plan.send.is_empty(), sends, "{what:?}");
        assert_eq!(!plan.give_up.is_empty(), what == Predecessor::GivenUp, "{what:?}");
    }
    assert_eq!(plan(&owed, &BTreeMap::new(), later()).send, [&owed[0]], "an alarm nobody knows of");
}

#[test]
fn an_all_clear_of_two_alarms_is_sent_if_one_of_them_was_heard() {
    let (first, second) = (firing("api", 0), firing("api", 1));
    let owed = [resolved("api", 2, &[&first, &second])];
    let mut before = known(&first, Predecessor::GivenUp);
    before.insert(second.id.clone(), Predecessor::Sent);
    assert_eq!(plan(&owed, &before, later()).send, [&owed[0]]);
    before.insert(second.id, Predecessor::Owed);
    assert_eq!(plan(&owed, &before, later()).waiting, [&owed[0]]);
}

#[test]
fn a_new_alarm_does_not_overtake_the_old_ones_of_its_monitor_but_those_of_others() {
    let stuck = failed(firing("api", 0), later());
    let owed = [stuck, firing("api", 1), firing("web", 2)];
    let plan = plan(&owed, &BTreeMap::new(), later());
    assert_eq!(plan.send, [&owed[2]]);
    assert_eq!(plan.waiting, [&owed[0], &owed[1]]);
    assert_eq!(plan.next_due_at, owed[0].next_try_at());
}

#[test]
fn one_that_failed_goes_behind_all_that_are_due() {
    let failing = failed(firing("api", 0), START);
    let owed = [failing, firing("web", 1), firing("cdn", 2)];
    let plan = plan(&owed, &BTreeMap::new(), later());
    assert_eq!(plan.send, [&owed[1], &owed[2], &owed[0]]);
}

#[test]
fn what_is_no_longer_owed_is_in_no_list() {
    let owed = [firing("api", 0).after_try(Ok(()), START), firing("api", 1)];
    let plan = plan(&owed, &BTreeMap::new(), later());
    assert_eq!((plan.send, plan.waiting.len(), plan.give_up.len()), (vec![&owed[1]], 0, 0));
}

/// Alarms of three monitors, each followed or not by its all-clear.
fn decided() -> impl Strategy<Value = Vec<Delivery>> {
    prop::collection::vec((0_usize..3, any::<bool>()), 1..12).prop_map(|alarms| {
        let mut deliveries = Vec::new();
        for (index, (monitor, ends)) in alarms.into_iter().enumerate() {
            let n = u8::try_from(index * 2).unwrap();
            let monitor = ["api", "web", "cdn"][monitor];
            let alarm = firing(monitor, n);
            let all_clear = ends.then(|| resolved(monitor, n + 1, &[&alarm]));
            deliveries.push(alarm);
            deliveries.extend(all_clear);
        }
        deliveries
    })
}

/// What a destination does with one try.
#[derive(Debug, Clone, Copy)]
enum Answer {
    Takes,
    FailsForNow,
    Refuses,
}

fn answers() -> impl Strategy<Value = Vec<Answer>> {
    let answer = prop_oneof![
        4 => Just(Answer::Takes),
        4 => Just(Answer::FailsForNow),
        1 => Just(Answer::Refuses),
    ];
    prop::collection::vec(answer, 200)
}

proptest! {
    #[test]
    fn each_owed_delivery_is_in_exactly_one_list(deliveries in decided(), age_s in 0_u64..30) {
        let now = START + Duration::from_secs(age_s);
        let plan = plan(&deliveries, &BTreeMap::new(), now);
        let mut listed: Vec<&DeliveryId> =
            plan.send.iter().chain(&plan.give_up).chain(&plan.waiting).map(|one| &one.id).collect();
        let mut owed: Vec<&DeliveryId> = deliveries.iter().map(|one| &one.id).collect();
        listed.sort();
        owed.sort();
        prop_assert_eq!(listed, owed);
        prop_assert!(plan.send.iter().all(|one| one.next_try_at().unwrap() <= now));
        prop_assert!(plan.next_due_at.is_none_or(|at| at > now));
    }

    /// Plays the plan to its end against a destination that answers as it likes.
    #[test]
    fn every_delivery_ends_in_order_and_no_all_clear_comes_before_its_alarm(
        deliveries in decided(),
        answers in answers(),
    ) {
        let mut stored = deliveries.clone();
        let mut answers = answers.into_iter();
        let mut before = BTreeMap::new();
        let mut heard: Vec<DeliveryId> = Vec::new();
        let mut now = START + Duration::from_secs(30);
        loop {
            stored.retain(|one| one.next_try_at().is_some());
            let plan = plan(&stored, &before, now);
            let done = if let Some(delivery) = plan.give_up.first() {
                (*delivery).clone().given_up("never heard of".to_owned(), now)
            } else if let Some(delivery) = plan.send.first() {
                let result = match answers.next().unwrap_or(Answer::Takes) {
                    Answer::Takes => Ok(()),
                    Answer::FailsForNow => Err(SendError::transient("answered 503")),
                    Answer::Refuses => Err(SendError::permanent("answered 410")),
                };
                if result.is_ok() {
                    heard.push(delivery.id.clone());
                }
                (*delivery).clone().after_try(result, now)
            } else if let Some(at) = plan.next_due_at {
                now = at;
                continue;
            } else {
                prop_assert!(plan.waiting.is_empty(), "nothing would ever wake these");
                break;
            };
            match &done.state {
                DeliveryState::Sent { .. } => before.insert(done.id.clone(), Predecessor::Sent),
                DeliveryState::GivenUp { .. } => {
                    before.insert(done.id.clone(), Predecessor::GivenUp)
                }
                DeliveryState::Owed { .. } => None,
            };
            let place = stored.iter().position(|one| one.id == done.id).unwrap();
            stored[place] = done;
        }
        prop_assert!(deliveries.iter().all(|one| before.contains_key(&one.id)), "one was lost");
        for delivery in &deliveries {
            let place = heard.iter().position(|id| *id == delivery.id);
            for alarm in &delivery.after {
                let alarm_place = heard.iter().position(|id| id == alarm);
                prop_assert_eq!(place.is_some() && alarm_place.is_none(), false);
                prop_assert!(place.is_none() || alarm_place < place);
            }
        }
        for monitor in ["api", "web", "cdn"] {
            let order = |id: &DeliveryId| deliveries.iter().position(|one| one.id == *id).unwrap();
            let about = |id: &&DeliveryId| deliveries[order(id)].notification.monitor.as_str() == monitor;
            prop_assert!(heard.iter().filter(about).map(order).is_sorted());
        }
    }
}
