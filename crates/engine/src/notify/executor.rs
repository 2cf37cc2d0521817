//! An action as the destination of deliveries.

use allclear_core::action::{ActionExecutor, ActionPolicy, ExecutionInput};
use allclear_core::channel::{Envelope, Sender, Sending};
use allclear_core::id::SecretName;

/// Executes an action for each delivery that orders it.
pub(crate) struct ExecutorSender(pub(crate) Box<dyn ActionExecutor>);

impl Sender for ExecutorSender {
    fn secrets(&self) -> Vec<SecretName> {
        self.0.secrets()
    }

    fn executes_attempts(&self) -> bool {
        true
    }

    fn send<'a>(&'a self, envelope: Envelope<'a>) -> Sending<'a> {
        let Envelope { notification, delivery, secrets, now, earlier: _ } = envelope;
        let attempt = notification.details.attempt.as_ref();
        let timeout = attempt.map_or(ActionPolicy::DEFAULT_TIMEOUT, |attempt| attempt.timeout);
        let input = ExecutionInput { notification, delivery, secrets, now, timeout };
        Box::pin(async move { self.0.execute(input).await.map(|()| None) })
    }
}
