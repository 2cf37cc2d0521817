//! The alert that the actions of the tests mend.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::action::{
    ActionAttempt, ActionKinds, ActionSpec, AttemptOrder, BuiltExecutor, ExecutionInput,
};
use allclear_core::delivery::{DeliveryId, NoticeKind, Notification};
use allclear_core::id::{ActionId, SecretName};
use allclear_core::secret::Secrets;
use allclear_core::send_error::SendError;
use allclear_support::samples;
use serde_json::Value;

pub(crate) const NOW: Timestamp = Timestamp::constant(1_760_000_000, 0);

/// A time limit longer than any test.
pub(crate) const LONG: Duration = Duration::from_mins(1);

pub(crate) fn spec(kind: &str, params: Value) -> ActionSpec {
    ActionSpec { kind: kind.to_owned(), params }
}

pub(crate) fn build(kind: &str, params: Value) -> BuiltExecutor {
    allclear_actions::LocalActions.build(&spec(kind, params))
}

/// Returns the problems of parameters that must be refused.
pub(crate) fn problems(kind: &str, params: Value) -> Vec<String> {
    let Err(problems) = build(kind, params) else { panic!("the parameters were accepted") };
    problems.into_iter().map(|one| one.what).collect()
}

/// Returns the alert with its second attempt.
pub(crate) fn alert() -> Notification {
    let mut notification = samples::notification(NoticeKind::Firing, "api", NOW);
    notification.details.attempt = Some(ActionAttempt {
        action: ActionId::new("restart").unwrap(),
        number: 2,
        max_attempts: 3,
        order: AttemptOrder::Execute,
        effect: "restart".to_owned(),
        timeout: LONG,
        expires_at: NOW + LONG,
    });
    notification
}

pub(crate) fn delivery() -> DeliveryId {
    DeliveryId::from_stored("5c1f0e9a7d3b2c4e6f8a9b0d".to_owned())
}

/// Returns secrets with one value.
pub(crate) fn secret(name: &str, value: &str) -> Secrets {
    [(SecretName::new(name).unwrap(), value.into())].into()
}

/// Executes an action of a kind once, with these secrets and this time limit.
pub(crate) async fn execute(
    kind: &str,
    params: Value,
    secrets: &Secrets,
    timeout: Duration,
) -> Result<(), SendError> {
    let executor = build(kind, params).unwrap_or_else(|problems| panic!("{problems:?}"));
    let (notification, delivery) = (alert(), delivery());
    let input = ExecutionInput {
        notification: &notification,
        delivery: &delivery,
        secrets,
        now: NOW,
        timeout,
    };
    executor.execute(input).await
}

/// Executes an action that must fail, and returns the error.
pub(crate) async fn failure(kind: &str, params: Value) -> SendError {
    execute(kind, params, &Secrets::new(), LONG).await.unwrap_err()
}
