//! The course of an attempt.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;

use super::KafkaDialog;
use super::brokers::KafkaBrokers;
use super::{lag, metadata};
use crate::service::{ServiceAttempt, ServiceReading};

/// Speaks with the broker, and with others of its cluster if there is a group.
pub(super) async fn talk(
    dialog: &KafkaDialog,
    line: &mut ServiceAttempt<'_>,
) -> Result<ServiceReading, Cause> {
    let mut brokers = KafkaBrokers::open(dialog, line).await?;
    let mut reading = ServiceReading::default();
    let known = metadata::read(&mut brokers.first, &dialog.topics, &mut reading).await;
    // A failure has its numbers too.
    reading.measure_in(brokers.line.attempt);
    let cluster = known.map_err(|cause| with_advice(dialog, cause))?;
    brokers.line.answered();
    if let Some(group) = &dialog.group {
        lag::measure(&mut brokers, group, &cluster, &mut reading).await?;
    }
    Ok(reading)
}

/// Adds the advice for a connection that is closed at the first request.
fn with_advice(dialog: &KafkaDialog, mut cause: Cause) -> Cause {
    if dialog.login.is_none() && cause.reason == Reason::ConnectionClosed {
        cause.message.push_str("; a listener that demands a login does so: set `user`");
    }
    cause
}
