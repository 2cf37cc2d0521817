//! Tests of the order in which the deliveries owed to one channel are sent, and of those that are not sent.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::alert_group::{AlertGroupId, NoticeDetails};
use allclear_core::delivery::{
    Delivery, DeliveryId, DeliveryState, NamedAlert, NoticeKind, Notification, Predecessor,
};
use allclear_core::event::AlertId;
use allclear_core::id::{ChannelId, MonitorId, RuleId};
use allclear_core::send_error::SendError;
use allclear_core::status::{Severity, Status};
use allclear_evaluate::backlog::{DeliveryBacklog, NextDelivery};
use proptest::prelude::*;

const START: Timestamp = Timestamp::constant(1_760_000_000, 0);

/// Returns the `n`-th notice about a monitor, decided `n` seconds after the start.
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
    let channel = ChannelId::new("team").unwrap();
    let alert_group = AlertGroupId::new(&channel, &alert.id);
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
        provider_status: None,
        alerts: vec![alert],
        still_firing: Vec::new(),
        since: at,
        at,
        page_url: None,
        details: NoticeDetails {
            alert_group: Some(alert_group),
            ends_group: kind == NoticeKind::Resolved,
            ..NoticeDetails::default()
        },
    };
    let after = after.iter().map(|delivery| delivery.id.clone()).collect();
    Delivery::owed(channel, notification, after, at)
}

fn firing(monitor: &str, n: u8) -> Delivery {
    notice(NoticeKind::Firing, monitor, n, &[])
}

/// Returns the all-clear of `after`.
fn resolved(monitor: &str, n: u8, after: &[&Delivery]) -> Delivery {
    let mut all_clear = notice(NoticeKind::Resolved, monitor, n, after);
    if let Some(first) = after.first() {
        let alert_group = first.notification.details.alert_group.clone();
        all_clear.notification.details.alert_group = alert_group;
        let alerts = after.iter().flat_map(|alarm| alarm.notification.alerts.clone());
        all_clear.notification.alerts = alerts.collect();
    }
    all_clear
}

fn backlog(owed: &[&Delivery]) -> DeliveryBacklog {
    let mut backlog = DeliveryBacklog::default();
    for delivery in owed {
        backlog.insert((*delivery).clone());
    }
    backlog
}

/// Takes the next delivery, which must be one to send.
fn sent(backlog: &mut DeliveryBacklog, now: Timestamp) -> Delivery {
    let next = backlog.next(now);
    let NextDelivery::Send(delivery) = next else { panic!("nothing is sent: {next:?}") };
    *delivery
}

/// Takes the next delivery, which must be one to record, and records it.
fn settled(backlog: &mut DeliveryBacklog, now: Timestamp) -> Delivery {
    let next = backlog.next(now);
    let NextDelivery::Record(delivery) = next else { panic!("nothing is settled: {next:?}") };
    backlog.update((*delivery).clone());
    *delivery
}

fn failed(delivery: Delivery, at: Timestamp) -> Delivery {
    delivery.after_try(Err(SendError::transient("answered 503")), at)
}

fn later() -> Timestamp {
    START + Duration::from_mins(1)
}

#[test]
fn a_firing_notice_whose_alert_has_ended_is_superseded_with_its_all_clear() {
    let alarm = firing("api", 0);
    let all_clear = resolved("api", 1, &[&alarm]);
    for owed in [[&alarm, &all_clear], [&all_clear, &alarm]] {
        let mut backlog = backlog(&owed);
        for expected in [&alarm, &all_clear] {
            let delivery = settled(&mut backlog, later());
            assert_eq!(delivery.id, expected.id);
            assert_eq!(delivery.state, DeliveryState::Superseded { at: later() });
        }
        assert_eq!(backlog.next(later()), NextDelivery::Wait(None));
    }
}

#[test]
fn a_firing_notice_that_failed_is_not_repeated_once_its_alert_has_ended() {
    let alarm = firing("api", 0);
    let all_clear = resolved("api", 1, &[&alarm]);
    let mut backlog = backlog(&[&alarm]);
    let tried = sent(&mut backlog, later());
    // The alert ends while the notice is in flight.
    backlog.insert(all_clear.clone());
    assert_eq!(backlog.next(later()), NextDelivery::Wait(None));
    backlog.update(failed(tried, later()));
    assert_eq!(settled(&mut backlog, later()).id, alarm.id);
    assert_eq!(settled(&mut backlog, later()).id, all_clear.id);
}

#[test]
fn an_all_clear_is_sent_if_the_firing_notice_may_have_arrived() {
    let alarm = firing("api", 0);
    let all_clear = resolved("api", 1, &[&alarm]);
    let mut backlog = backlog(&[&alarm]);
    let tried = sent(&mut backlog, later());
    let error = SendError::unanswered("no answer");
    backlog.update(tried.after_try(Err(error), later()));
    backlog.insert(all_clear.clone());
    assert_eq!(settled(&mut backlog, later()).id, alarm.id);
    assert_eq!(sent(&mut backlog, later()).id, all_clear.id);
}

#[test]
fn a_partial_end_is_sent_after_its_alarm() {
    let alarm = firing("api", 0);
    let mut part = resolved("api", 1, &[&alarm]);
    part.notification.details.ends_group = false;
    let mut backlog = backlog(&[&alarm, &part]);
    for wanted in [&alarm, &part] {
        let delivery = sent(&mut backlog, later());
        assert_eq!(delivery.id, wanted.id);
        backlog.update(delivery.after_try(Ok(None), later()));
    }
}

#[test]
fn an_all_clear_is_sent_after_its_alarm_and_given_up_with_it() {
    let alarm = firing("api", 0);
    let all_clear = resolved("api", 1, &[&alarm]);
    for (end, sends) in [
        (Predecessor::Sent, Some(true)),
        (Predecessor::Forgotten, Some(true)),
        (Predecessor::MayHaveArrived, Some(true)),
        (Predecessor::GivenUp, Some(false)),
        (Predecessor::Superseded, Some(false)),
        (Predecessor::Owed, None),
    ] {
        let mut backlog = backlog(&[&all_clear]);
        // The store answers before anything is sent.
        assert_eq!(backlog.next(later()), NextDelivery::LookUp(vec![alarm.id.clone()]));
        assert_eq!(backlog.next(later()), NextDelivery::Wait(None));
        backlog.set_end(&alarm.id, end);
        let next = backlog.next(later());
        let is_sent = match &next {
            NextDelivery::Send(_) => Some(true),
            NextDelivery::Record(_) => Some(false),
            NextDelivery::LookUp(_) | NextDelivery::Wait(_) => None,
        };
        assert_eq!(is_sent, sends, "{end:?}: {next:?}");
    }
}

#[test]
fn an_all_clear_of_two_alarms_is_sent_if_one_of_them_was_sent() {
    let (first, second) = (firing("api", 0), firing("api", 1));
    let mut backlog = backlog(&[&resolved("api", 2, &[&first, &second])]);
    backlog.set_end(&first.id, Predecessor::GivenUp);
    backlog.set_end(&second.id, Predecessor::Sent);
    assert!(matches!(backlog.next(later()), NextDelivery::Send(_)));
}

#[test]
fn a_new_alarm_overtakes_only_alarms_of_other_monitors() {
    let stuck = failed(firing("api", 0), later());
    let (behind, other) = (firing("api", 1), firing("web", 2));
    let mut backlog = backlog(&[&stuck, &behind, &other]);
    let delivery = sent(&mut backlog, later());
    assert_eq!(delivery.id, other.id);
    backlog.update(delivery.after_try(Ok(None), later()));
    assert_eq!(backlog.next(later()), NextDelivery::Wait(stuck.next_try_at()));
    let at = stuck.next_try_at().unwrap();
    let delivery = sent(&mut backlog, at);
    backlog.update(delivery.after_try(Ok(None), at));
    assert_eq!(sent(&mut backlog, at).id, behind.id);
}

#[test]
fn deliveries_are_ordered_by_severity_then_by_age() {
    let with = |severity, delivery: Delivery| {
        let notification = Notification { severity, ..delivery.notification };
        Delivery { notification, ..delivery }
    };
    let warning = with(Severity::Warning, firing("api", 0));
    let failing = failed(firing("web", 1), START);
    let critical = firing("cdn", 2);
    let mut backlog = backlog(&[&warning, &failing, &critical]);
    for expected in [&critical, &failing, &warning] {
        let delivery = sent(&mut backlog, later());
        assert_eq!(delivery.id, expected.id);
        backlog.update(delivery.after_try(Ok(None), later()));
    }
}

#[test]
fn a_delivery_that_is_no_longer_pending_is_not_taken() {
    let done = firing("api", 0).after_try(Ok(None), START);
    assert_eq!(backlog(&[&done]).next(later()), NextDelivery::Wait(None));
}

/// Processes `n` deliveries, of which two thirds wait behind one of the same monitor and every third ends an
/// alarm that the store knows. Returns the number of steps.
fn steps_to_work_off(n: u32) -> u64 {
    let mut backlog = DeliveryBacklog::default();
    let sent_before = firing("sent-before", 0);
    let mut owed = Vec::new();
    for index in 0..n {
        let monitor = format!("m{}", index / 3);
        let mut delivery = if index % 3 == 2 {
            resolved(&monitor, 0, &[&sent_before])
        } else {
            firing(&monitor, 0)
        };
        delivery.id = DeliveryId::from_stored(format!("{index:024}"));
        owed.push(delivery);
    }
    backlog.reload(owed.clone());
    // As often as the store is read in the meantime.
    backlog.reload(owed);
    let mut n_sent = 0;
    loop {
        match backlog.next(later()) {
            NextDelivery::Send(delivery) => {
                backlog.update(delivery.after_try(Ok(None), later()));
                n_sent += 1;
            }
            NextDelivery::LookUp(ids) => {
                for id in &ids {
                    backlog.set_end(id, Predecessor::Sent);
                }
            }
            NextDelivery::Record(delivery) => panic!("{delivery:?} is settled"),
            NextDelivery::Wait(_) => break,
        }
    }
    assert_eq!(n_sent, n);
    backlog.n_steps()
}

#[test]
fn the_work_on_a_long_backlog_is_linear() {
    let few = steps_to_work_off(1_000);
    for n in [2, 4, 8, 16] {
        let many = steps_to_work_off(n * 1_000);
        assert!(many <= few * u64::from(n) + 100, "{few} for 1,000, {many} for {n},000");
    }
}

#[test]
fn a_new_alarm_is_sent_at_once_despite_thousands_of_equal_severity() {
    let mut backlog = DeliveryBacklog::default();
    for index in 0..5_000 {
        let mut delivery = firing(&format!("m{index}"), 0);
        delivery.id = DeliveryId::from_stored(format!("{index:024}"));
        backlog.insert(delivery);
    }
    let new = firing("api", 30);
    backlog.insert(new.clone());
    let first_two = [sent(&mut backlog, later()).id, sent(&mut backlog, later()).id];
    assert!(first_two.contains(&new.id), "{first_two:?}");
    // Half of the sends go to those that have waited longest.
    assert!(first_two.contains(&DeliveryId::from_stored(format!("{:024}", 0))), "{first_two:?}");
}

#[test]
fn one_delivery_about_a_monitor_is_in_flight_at_a_time() {
    let (first, second, other) = (firing("api", 0), firing("api", 1), firing("web", 2));
    let mut backlog = backlog(&[&first, &second, &other]);
    let flying = sent(&mut backlog, later());
    assert_eq!(flying.id, first.id);
    assert_eq!(sent(&mut backlog, later()).id, other.id);
    assert_eq!(backlog.next(later()), NextDelivery::Wait(None));
    // The same holds after the store was read again.
    backlog.reload(vec![first.clone(), second.clone(), other.clone()]);
    assert_eq!(backlog.next(later()), NextDelivery::Wait(None));
    backlog.update(flying.after_try(Ok(None), later()));
    assert_eq!(sent(&mut backlog, later()).id, second.id);
}

#[test]
fn a_delivery_claimed_by_another_notifier_delays_only_its_monitor() {
    let (first, second, other) = (firing("api", 0), firing("api", 1), firing("web", 2));
    let mut backlog = backlog(&[&first, &second, &other]);
    let until = later() + Duration::from_mins(1);
    let claimed = sent(&mut backlog, later());
    backlog.hold(&claimed.id, until);
    assert_eq!(sent(&mut backlog, later()).id, other.id);
    assert_eq!(backlog.next(later()), NextDelivery::Wait(Some(until)));
    assert_eq!(sent(&mut backlog, until).id, first.id);
    // The other notifier has sent it after all.
    backlog.update(first.after_try(Ok(None), until));
    assert_eq!(sent(&mut backlog, until).id, second.id);
}

#[test]
fn a_notice_claimed_by_a_dead_process_is_sent_although_its_alert_has_ended() {
    let alarm = firing("api", 0);
    let all_clear = resolved("api", 1, &[&alarm]);
    let mut backlog = backlog(&[&alarm, &all_clear]);
    let NextDelivery::Record(superseded) = backlog.next(later()) else {
        panic!("it is not superseded")
    };
    assert_eq!(superseded.id, alarm.id);
    backlog.mark_may_have_arrived(&alarm.id);
    let again = sent(&mut backlog, later());
    assert!(again.id == alarm.id && again.may_have_arrived, "{again:?}");
    // If it is refused now, its earlier arrival is still possible.
    let refused = again.after_try(Err(SendError::permanent("answered 410")), later());
    backlog.update(refused);
    assert_eq!(sent(&mut backlog, later()).id, all_clear.id);
}

#[test]
fn the_decision_on_a_superseded_notice_waits_for_another_notifier_that_sends_it() {
    let alarm = firing("api", 0);
    let all_clear = resolved("api", 1, &[&alarm]);
    let until = later() + Duration::from_mins(1);
    let mut backlog = backlog(&[&alarm, &all_clear]);
    let NextDelivery::Record(_) = backlog.next(later()) else { panic!("it is not superseded") };
    backlog.hold(&alarm.id, until);
    assert_eq!(backlog.next(later()), NextDelivery::Wait(Some(until)));
    let NextDelivery::Record(_) = backlog.next(until) else { panic!("it is not superseded") };
    // The other notifier has sent it.
    backlog.update(alarm.after_try(Ok(None), until));
    assert_eq!(sent(&mut backlog, until).id, all_clear.id);
}

#[test]
fn the_state_of_an_end_pending_in_another_process_is_read_again() {
    let alarm = firing("api", 0);
    let all_clear = resolved("api", 1, &[&alarm]);
    let mut backlog = backlog(&[&all_clear]);
    assert!(matches!(backlog.next(later()), NextDelivery::LookUp(_)));
    backlog.set_end(&alarm.id, Predecessor::Owed);
    assert_eq!(backlog.next(later()), NextDelivery::Wait(None));
    backlog.reload_unknown_ends();
    assert_eq!(backlog.next(later()), NextDelivery::LookUp(vec![alarm.id]));
}

/// Generates alarms of three monitors, each with or without its all-clear.
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

/// The answer of a destination to one try.
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
    /// Processes a whole backlog against a destination with arbitrary answers.
    #[test]
    fn deliveries_end_in_order_and_no_all_clear_precedes_its_alarm(
        deliveries in decided(),
        answers in answers(),
    ) {
        let mut answers = answers.into_iter();
        let mut backlog = DeliveryBacklog::default();
        let mut ends: BTreeMap<DeliveryId, DeliveryState> = BTreeMap::new();
        let mut heard: Vec<DeliveryId> = Vec::new();
        let mut now = START + Duration::from_secs(30);
        let mut coming = deliveries.iter();
        // The first half is owed at the beginning, the others arrive one by one.
        for one in coming.by_ref().take(deliveries.len() / 2) {
            backlog.insert(one.clone());
        }
        loop {
            let done = match backlog.next(now) {
                NextDelivery::Record(delivery) => {
                    backlog.update((*delivery).clone());
                    *delivery
                }
                NextDelivery::LookUp(ids) => panic!("the backlog knows the ends of {ids:?}"),
                NextDelivery::Send(delivery) => {
                    if let Some(one) = coming.next() {
                        backlog.insert(one.clone());
                    }
                    let result = match answers.next().unwrap_or(Answer::Takes) {
                        Answer::Takes => Ok(None),
                        Answer::FailsForNow => Err(SendError::transient("answered 503")),
                        Answer::Refuses => Err(SendError::permanent("answered 410")),
                    };
                    if result.is_ok() {
                        heard.push(delivery.id.clone());
                    }
                    let done = delivery.after_try(result, now);
                    backlog.update(done.clone());
                    done
                }
                NextDelivery::Wait(at) => {
                    if let Some(one) = coming.next() {
                        backlog.insert(one.clone());
                    } else if let Some(at) = at {
                        now = at;
                    } else {
                        break;
                    }
                    continue;
                }
            };
            if done.next_try_at().is_none() {
                prop_assert!(ends.insert(done.id.clone(), done.state).is_none(), "settled twice");
            }
        }
        prop_assert_eq!(ends.len(), deliveries.len(), "one was lost");
        for delivery in &deliveries {
            let place = heard.iter().position(|id| *id == delivery.id);
            for alarm in &delivery.after {
                let alarm_place = heard.iter().position(|id| id == alarm);
                let was_refused = matches!(ends[&delivery.id], DeliveryState::GivenUp { .. });
                let is_told = place.is_some() || was_refused;
                prop_assert!(alarm_place.is_none() || is_told, "an alarm without its end");
                prop_assert!(alarm_place.is_some() || place.is_none(), "an end without its alarm");
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
