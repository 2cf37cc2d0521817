//! The course of an attempt.

use std::time::Duration;

use allclear_core::outcome::Cause;
use tokio::time::timeout;

use super::format::{MethodId, SentArguments};
use super::methods::{AmqpFrames, CONNECTION};
use super::{AmqpDialog, login, message, queues};
use crate::params::secret;
use crate::service::{ServiceAttempt, ServiceReading};

/// The time limit for the messages that end the connection.
const GOODBYE: Duration = Duration::from_millis(50);

/// The reply code of a connection that ends as intended.
const SUCCESS: u16 = 200;

/// Speaks with the server.
pub(super) async fn talk(
    dialog: &AmqpDialog,
    line: &mut ServiceAttempt<'_>,
) -> Result<ServiceReading, Cause> {
    let password = secret(line.context.secrets, &dialog.password)?;
    let mut frames = AmqpFrames::new(line.open().await?);
    let mut reading = ServiceReading::default();
    login::log_in(&mut frames, dialog, password, &mut reading).await?;
    line.answered();
    let done = work(&mut frames, dialog, &mut reading).await;
    // Without this, the log of the server has a warning on each check.
    let _ = timeout(GOODBYE, close(&mut frames)).await;
    done.map(|()| reading)
}

async fn work(
    frames: &mut AmqpFrames,
    dialog: &AmqpDialog,
    reading: &mut ServiceReading,
) -> Result<(), Cause> {
    if dialog.queues.is_empty() && !dialog.writes {
        return Ok(());
    }
    login::open_channel(frames).await?;
    queues::count(frames, &dialog.queues, reading).await?;
    if dialog.writes {
        message::send_and_receive(frames).await?;
    }
    Ok(())
}

async fn close(frames: &mut AmqpFrames) -> Result<(), Cause> {
    let doing = "closing the connection";
    // The numbers of a class and a method that failed follow.
    let success = SentArguments::default().short(SUCCESS).short_text("done").short(0).short(0);
    frames.call(CONNECTION, MethodId::CLOSE, success, doing).await?;
    frames.expect(MethodId::CLOSE_OK, doing).await.map(|_| ())
}
