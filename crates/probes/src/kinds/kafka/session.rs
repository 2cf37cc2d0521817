//! The course of an attempt.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;

use super::KafkaDialog;
use super::frames::KafkaFrames;
use super::{login, metadata};
use crate::params::secret;
use crate::service::{ServiceAttempt, ServiceReading};

/// Speaks with the broker.
pub(super) async fn talk(
    dialog: &KafkaDialog,
    line: &mut ServiceAttempt<'_>,
) -> Result<ServiceReading, Cause> {
    let login = match &dialog.login {
        Some(login) => Some((login, secret(line.context.secrets, &login.password)?)),
        None => None,
    };
    let mut frames = KafkaFrames::new(line.open().await?);
    if let Some((login, password)) = login {
        login::log_in(&mut frames, login.mechanism, &login.user, password).await?;
    }
    let mut reading = ServiceReading::default();
    let known = metadata::read(&mut frames, &dialog.topics, &mut reading).await;
    // A failure has its numbers too.
    reading.measure_in(line.attempt);
    known.map_err(|cause| with_advice(dialog, cause))?;
    line.answered();
    Ok(reading)
}

/// Adds the advice for a connection that is closed at the first request.
fn with_advice(dialog: &KafkaDialog, mut cause: Cause) -> Cause {
    if dialog.login.is_none() && cause.reason == Reason::ConnectionClosed {
        cause.message.push_str("; a listener that demands a login does so: set `user`");
    }
    cause
}
