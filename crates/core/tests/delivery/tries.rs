//! Tests of the retry policy: the times of the tries, and giving up.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::alert_group::{MessageRef, NoticeDetails};
use allclear_core::delivery::{
    Arrival, Delivery, DeliveryPhase, DeliveryState, GIVE_UP_AFTER, MAX_BACKOFF, MAX_RETRY_AFTER,
    NamedAlert, NoticeKind, Notification, Predecessor, backoff,
};
use allclear_core::event::AlertId;
use allclear_core::id::{ChannelId, MonitorId, RuleId};
use allclear_core::send_error::SendError;
use allclear_core::status::{Fault, Severity, Status};
use proptest::prelude::*;

const START: Timestamp = Timestamp::constant(1_760_000_000, 0);

fn delivery() -> Delivery {
    let monitor = MonitorId::new("api").unwrap();
    let rule = RuleId::new("service_down").unwrap();
    let notification = Notification {
        kind: NoticeKind::Firing,
        monitor_name: "API".to_owned(),
        group: None,
        severity: Severity::Critical,
        status: Status::Unhealthy,
        fault: Some(Fault::Target),
        reason: None,
        message: "status 503".to_owned(),
        provider_status: None,
        alerts: vec![NamedAlert {
            id: AlertId::new(&monitor, &rule, START),
            rule,
            severity: Severity::Critical,
            condition: "unhealthy".to_owned(),
        }],
        still_firing: Vec::new(),
        monitor,
        since: START,
        at: START,
        page_url: None,
        details: NoticeDetails::default(),
    };
    Delivery::owed(ChannelId::new("team").unwrap(), notification, Vec::new(), START)
}

fn failure() -> Result<Option<MessageRef>, SendError> {
    Err(SendError::transient("answered 503"))
}

#[test]
fn each_delivery_state_has_the_same_keyword_in_stores_and_json() {
    let states = [
        DeliveryState::Owed { next_try_at: START, last_error: None },
        DeliveryState::Sent { at: START },
        DeliveryState::GivenUp { at: START, reason: "gone".to_owned() },
        DeliveryState::Superseded { at: START },
    ];
    assert_eq!(states.each_ref().map(DeliveryState::phase), DeliveryPhase::ALL);
    for state in states {
        let keyword = state.phase().as_str();
        assert!(serde_json::to_value(&state).unwrap().get(keyword).is_some(), "{state:?}");
        assert_eq!(DeliveryPhase::from_keyword(keyword), Some(state.phase()));
    }
    assert_eq!(DeliveryPhase::from_keyword("lost"), None);
}

#[test]
fn an_unconfirmed_delivery_may_have_arrived_if_a_try_had_no_clear_result() {
    use DeliveryPhase::{GivenUp, Owed, Sent, Superseded};
    for (phase, arrival, wanted) in [
        (Owed, Arrival::Possible, Predecessor::Owed),
        (Sent, Arrival::Possible, Predecessor::Sent),
        (GivenUp, Arrival::None, Predecessor::GivenUp),
        (GivenUp, Arrival::Possible, Predecessor::MayHaveArrived),
        (Superseded, Arrival::None, Predecessor::Superseded),
        (Superseded, Arrival::Possible, Predecessor::MayHaveArrived),
    ] {
        assert_eq!(Predecessor::of(phase, arrival), wanted, "{phase:?} {arrival:?}");
    }
}

#[test]
fn a_delivery_is_due_at_once_and_done_when_it_was_sent() {
    let owed = delivery();
    assert_eq!(owed.next_try_at(), Some(START));
    let sent = owed.after_try(Ok(None), START);
    assert_eq!(sent.state, DeliveryState::Sent { at: START });
    assert_eq!((sent.n_tries, sent.next_try_at()), (1, None));
}

#[test]
fn a_permanent_failure_is_given_up_at_the_first_try_with_its_message() {
    let given_up =
        delivery().after_try(Err(SendError::permanent("the channel is archived")), START);
    let reason = "the channel is archived".to_owned();
    assert_eq!(given_up.state, DeliveryState::GivenUp { at: START, reason });
}

#[test]
fn a_transient_failure_is_stored_and_retried() {
    let owed = delivery().after_try(failure(), START);
    let last_error = Some("answered 503".to_owned());
    let next_try_at = START + Duration::from_secs(5);
    assert_eq!(owed.state, DeliveryState::Owed { next_try_at, last_error });
}

#[test]
fn retry_after_is_respected_up_to_an_hour() {
    for (asked_s, waited_s) in [(0, 5), (1, 5), (120, 120), (86_400, 3600)] {
        let error = SendError {
            retry_after: Some(Duration::from_secs(asked_s)),
            ..SendError::transient("answered 429")
        };
        let owed = delivery().after_try(Err(error), START);
        assert_eq!(owed.next_try_at(), Some(START + Duration::from_secs(waited_s)));
    }
}

#[test]
fn the_last_try_is_after_a_day_and_the_reason_has_the_number_of_tries() {
    let end = START + GIVE_UP_AFTER;
    let nearly = delivery().after_try(failure(), end - Duration::from_secs(1));
    assert_eq!(nearly.next_try_at(), Some(end));
    let reason = "not delivered within a day, after 2 tries: answered 503".to_owned();
    assert_eq!(nearly.after_try(failure(), end).state, DeliveryState::GivenUp { at: end, reason });
}

#[test]
fn a_delivery_older_than_a_day_gets_one_try_before_it_is_given_up() {
    let later = START + GIVE_UP_AFTER * 3;
    assert!(delivery().next_try_at().unwrap() <= later);
    assert!(matches!(delivery().after_try(Ok(None), later).state, DeliveryState::Sent { .. }));
    let DeliveryState::GivenUp { reason, .. } = delivery().after_try(failure(), later).state else {
        panic!("it is still owed");
    };
    assert_eq!(reason, "not delivered within a day, after 1 try: answered 503");
}

#[test]
fn waits_double_from_five_seconds_to_a_quarter_of_an_hour() {
    let waits: Vec<u64> = (1..=10).map(|n| backoff(n).as_secs()).collect();
    assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
    assert_eq!(backoff(u32::MAX), MAX_BACKOFF);
}

proptest! {
    #[test]
    fn waits_never_shrink(n_tries in 0_u32..1000) {
        prop_assert!(backoff(n_tries) <= backoff(n_tries + 1));
        prop_assert!(backoff(n_tries) <= MAX_BACKOFF);
    }

    /// For any answers of the destination and any delays of the tries.
    #[test]
    fn a_delivery_is_tried_until_it_is_given_up_a_day_later_and_keeps_its_id(
        tries in prop::collection::vec((prop::option::of(0_u64..200_000), 0_u64..10_000), 150),
    ) {
        let mut delivery = delivery();
        let id = delivery.id.clone();
        let mut now = START;
        for (asked_s, late_s) in tries {
            let Some(next_try_at) = delivery.next_try_at() else { break };
            prop_assert!(next_try_at <= START + GIVE_UP_AFTER);
            now = next_try_at.max(now) + Duration::from_secs(late_s);
            let retry_after = asked_s.map(Duration::from_secs);
            let error = SendError { retry_after, ..SendError::transient("answered 503") };
            let n_tries = delivery.n_tries;
            delivery = delivery.after_try(Err(error), now);
            prop_assert_eq!(&delivery.id, &id);
            prop_assert_eq!(delivery.n_tries, n_tries + 1);
            if let Some(again_at) = delivery.next_try_at() {
                prop_assert!(again_at > now);
                let asked = retry_after.unwrap_or_default().min(MAX_RETRY_AFTER);
                let end = START + GIVE_UP_AFTER;
                prop_assert!(again_at == end || again_at >= now + asked.max(backoff(n_tries + 1)));
            }
        }
        let is_given_up = matches!(delivery.state, DeliveryState::GivenUp { .. });
        prop_assert!(is_given_up && now >= START + GIVE_UP_AFTER);
    }
}
