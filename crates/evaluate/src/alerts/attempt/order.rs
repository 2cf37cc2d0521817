//! The deliveries that order attempts.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::action::{Action, ActionAttempt, AttemptOrder, Execution};
use allclear_core::alert_group::{AlertGroupId, NoticeDetails};
use allclear_core::delivery::{Delivery, DeliveryId, NoticeKind, Notification};
use allclear_core::id::ActionId;
use allclear_core::state::{ActionKey, ActionState, DecidedAttempt};
use allclear_core::status::{Severity, Status};

use super::super::Context;
use super::super::firing_alert::FiringAlert;
use super::DecisionTime;

/// The place of an attempt among those of its action.
pub(super) struct Place {
    /// Its number among the attempts that count.
    number: u32,
    /// Its number among all attempts for the same alert. It differs from `number` if attempts for other alerts count, or
    /// if the config has changed how attempts are counted.
    of_alert: u32,
    /// The attempts for the same alert that were taken back, because it had ended before it continued.
    n_taken_back: usize,
}

impl Place {
    /// Returns the place of the next attempt for the alert `cause`.
    pub(super) fn of(
        cause: &FiringAlert<'_>,
        action: &Action,
        counted: &[&DecidedAttempt],
        states: &BTreeMap<ActionKey, ActionState>,
    ) -> Self {
        let states = states.iter().filter(|(key, _)| key.action() == action.id.as_str());
        let attempts = states.flat_map(|(_, state)| &state.attempts);
        let of_alert: Vec<&DecidedAttempt> = attempts
            .filter(|one| one.alert == cause.firing.id && one.execution == action.policy.execution)
            .collect();
        let next = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).saturating_add(1);
        Self {
            number: next(counted.len()),
            of_alert: next(of_alert.len()),
            n_taken_back: of_alert.iter().filter(|one| one.is_taken_back).count(),
        }
    }
}

/// Returns the next attempt of an action and the delivery that orders it.
pub(super) fn attempt(
    context: &Context<'_>,
    action: &Action,
    (time, place): (DecisionTime, Place),
    cause: &FiringAlert<'_>,
) -> (DecidedAttempt, Delivery) {
    let order = match action.policy.execution {
        Execution::Real => AttemptOrder::Execute,
        Execution::DryRun => AttemptOrder::DryRun,
    };
    let alert = &cause.firing.id;
    // A later attempt must find this one executed or expired, or the two would be executed one right after the other.
    let expires_at = time.at.checked_add(action.policy.cooldown).unwrap_or(Timestamp::MAX);
    let destination = action.id.destination();
    // An order that takes an attempt back ends its group, in which no later attempt would be executed.
    let group = AlertGroupId::continued(&destination, alert, place.n_taken_back);
    let details = NoticeDetails {
        alert_group: Some(group.clone()),
        attempt: Some(ActionAttempt {
            action: action.id.clone(),
            number: place.number,
            max_attempts: action.policy.max_attempts,
            order,
            effect: action.effect.clone(),
            timeout: action.policy.timeout,
            expires_at,
        }),
        ..NoticeDetails::default()
    };
    let id = DeliveryId::of_attempt(&action.id, alert, place.of_alert, order);
    let delivery = Delivery {
        id: id.clone(),
        ..Delivery::owed(destination, notification(context, cause, details), Vec::new(), context.at)
    };
    let attempt = DecidedAttempt {
        delivery: id,
        alert: alert.clone(),
        group,
        monitor: cause.monitor.clone(),
        number: place.number,
        execution: action.policy.execution,
        seen_at: time.seen_at,
        at: time.at,
        expires_at,
        result: None,
        result_event: None,
        is_taken_back: false,
    };
    (attempt, delivery)
}

/// Returns the alert as the notification that an executor receives.
fn notification(
    context: &Context<'_>,
    cause: &FiringAlert<'_>,
    details: NoticeDetails,
) -> Notification {
    let monitor = context.index.monitor(cause.monitor);
    Notification {
        kind: NoticeKind::Firing,
        monitor: cause.monitor.clone(),
        monitor_name: context.index.name_of(cause.monitor),
        group: monitor.and_then(|monitor| monitor.group.clone()),
        severity: cause.severity(),
        status: cause.state.status,
        fault: cause.fault(),
        reason: cause.cause().filter(|_| cause.owner().is_none()).map(|cause| cause.reason),
        message: cause.firing.message.clone(),
        provider_status: None,
        alerts: vec![cause.named()],
        still_firing: Vec::new(),
        since: cause.trouble_since(),
        at: context.at,
        page_url: context.index.config().page.url.clone(),
        details,
    }
}

/// Returns the delivery that takes back an attempt which has not begun. It has the group of the attempt, so that the
/// notifier settles both without a try.
pub(super) fn take_back(
    context: &Context<'_>,
    key: &ActionKey,
    attempt: &DecidedAttempt,
) -> Option<Delivery> {
    let action = ActionId::new(key.action()).ok()?;
    let destination = action.destination();
    let (number, order) = (attempt.number, AttemptOrder::TakeBack);
    let id = DeliveryId::of_take_back(&attempt.delivery);
    let details = NoticeDetails {
        alert_group: Some(attempt.group.clone()),
        ends_group: true,
        attempt: Some(ActionAttempt {
            action,
            number,
            max_attempts: number,
            order,
            effect: String::new(),
            timeout: Duration::ZERO,
            expires_at: attempt.expires_at,
        }),
        ..NoticeDetails::default()
    };
    let status = context.state.monitors.get(&attempt.monitor);
    let notification = Notification {
        kind: NoticeKind::Resolved,
        monitor: attempt.monitor.clone(),
        monitor_name: context.index.name_of(&attempt.monitor),
        group: None,
        severity: Severity::Info,
        status: status.map_or(Status::Unknown, |it| it.status),
        fault: None,
        reason: None,
        message: String::new(),
        provider_status: None,
        alerts: Vec::new(),
        still_firing: Vec::new(),
        since: attempt.at,
        at: context.at,
        page_url: None,
        details,
    };
    let after = vec![attempt.delivery.clone()];
    Some(Delivery { id, ..Delivery::owed(destination, notification, after, context.at) })
}
