//! Sample attempts of actions.

use std::time::Duration;

use allclear_core::action::{ActionAttempt, AttemptOrder, AttemptResult, Execution};
use allclear_core::delivery::{Delivery, DeliveryId, NoticeKind};
use allclear_core::id::ActionId;
use allclear_core::state::{ActionKey, ActionState, ActionStop, DecidedAttempt};

use super::{alert_group_id, at, delivery, monitor};

fn action() -> ActionId {
    ActionId::new("restart").unwrap()
}

/// Returns a delivery that orders an attempt, `minutes` after [`START`](super::START).
#[must_use]
pub fn ordered(name: &str, minutes: i64) -> Delivery {
    let mut ordered = delivery(NoticeKind::Firing, name, minutes);
    let alert = ordered.notification.alerts[0].id.clone();
    ordered.id = DeliveryId::of_attempt(&action(), &alert, 2, AttemptOrder::Execute);
    ordered.channel = action().destination();
    ordered.notification.details.attempt = Some(ActionAttempt {
        action: action(),
        number: 2,
        max_attempts: 3,
        order: AttemptOrder::Execute,
        effect: "restart the systemd unit `api.service`".to_owned(),
        timeout: Duration::from_secs(30),
        expires_at: at(minutes + 5),
    });
    ordered
}

/// Returns the state of an action that uses every field.
pub(super) fn state() -> (ActionKey, ActionState) {
    let attempt = |minutes: i64, result| {
        let delivery = ordered("api", minutes);
        DecidedAttempt {
            alert: delivery.notification.alerts[0].id.clone(),
            group: alert_group_id(),
            delivery: delivery.id,
            monitor: monitor("api"),
            number: 2,
            execution: Execution::Real,
            seen_at: at(minutes),
            at: at(minutes),
            expires_at: at(minutes + 5),
            result_event: Option::is_some(&result).then_some(1),
            result,
            is_taken_back: minutes > 1,
        }
    };
    let failed = AttemptResult::Failed("exited with 3".to_owned());
    let state = ActionState {
        attempts: vec![attempt(1, Some(failed)), attempt(2, None)],
        fired_at: at(2),
        stop: Some(ActionStop { at: at(2), n_events: 2 }),
        n_events: 2,
    };
    (ActionKey::new(&action(), Some(&monitor("api"))), state)
}
