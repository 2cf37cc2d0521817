//! `allclear notify test`: sends a test message to a channel of the config.

mod context;
mod message;

use std::process::ExitCode;
use std::time::Duration;

use allclear_core::alert_group::MessageRef;
use allclear_core::channel::{Channel, ChannelKinds as _, Envelope, Sender};
use allclear_core::delivery::{DeliveryId, NoticeKind, Notification};
use allclear_core::duration;
use allclear_core::secret::Secrets;
use allclear_core::send_error::SendError;
use anyhow::Context as _;
use serde::Serialize;
use tokio::time::Instant;

use self::context::TestContext;
use self::message::TestMessages;
use crate::arguments::{NotifyCommand, NotifyOptions, NotifyTest, Paths};
use crate::clock::now;
use crate::exit_code::NOT_HEALTHY;
use crate::{local, output};

/// The limit for one message, which is that of `allclear up`.
const TRY_TIMEOUT: Duration = Duration::from_secs(15);

/// Runs the subcommand.
pub(crate) async fn run(place: &Paths, options: &NotifyOptions) -> anyhow::Result<ExitCode> {
    match &options.command {
        NotifyCommand::Test(options) => test(place, options).await,
    }
}

async fn test(place: &Paths, options: &NotifyTest) -> anyhow::Result<ExitCode> {
    let context = TestContext::open(place, &options.stack).await?;
    let channels = &context.config.channels;
    let channel = channels.iter().find(|one| one.id == options.channel).with_context(|| {
        let ids: Vec<&str> = channels.iter().map(|one| one.id.as_str()).collect();
        let known = if ids.is_empty() { "none".to_owned() } else { ids.join(", ") };
        format!("the config has no channel `{}`: it has {known}", options.channel)
    })?;
    let built = context.kinds.build(&channel.send);
    // Parameters that the kind refuses are errors of the config.
    let sender = built.map_err(|_| anyhow::anyhow!("the channel `{}` is invalid", channel.id))?;
    let secrets = context.secrets.of(&*sender).await;
    let secrets =
        secrets.with_context(|| format!("the channel `{}` lacks a secret", channel.id))?;
    let messages = TestMessages::new(&channel.id, &local::user_name(), now())
        .context("cannot compose the test message")?;
    let mut results = vec![send(&*sender, &secrets, &messages.firing, None).await];
    if options.resolve && results.iter().all(TestResult::is_sent) {
        let earlier = results.first().and_then(|first| first.message_ref.clone());
        results.push(send(&*sender, &secrets, &messages.resolved, earlier.as_ref()).await);
    }
    let is_sent = results.iter().all(TestResult::is_sent);
    if options.json {
        output::json(&Report { channel: channel.id.as_str(), kind: &channel.send.kind, results });
    } else {
        print(channel, &results);
    }
    Ok(if is_sent { ExitCode::SUCCESS } else { ExitCode::from(NOT_HEALTHY) })
}

/// Makes one try to send a message.
async fn send(
    sender: &dyn Sender,
    secrets: &Secrets,
    (delivery, notification): &(DeliveryId, Notification),
    earlier: Option<&MessageRef>,
) -> TestResult {
    let earlier = earlier.filter(|_| sender.refers_to_earlier_messages());
    let envelope = Envelope { notification, delivery, secrets, now: now(), earlier };
    let began = Instant::now();
    let sent = tokio::time::timeout(TRY_TIMEOUT, sender.send(envelope)).await;
    let sent = sent.unwrap_or_else(|_| {
        let limit = duration::format(TRY_TIMEOUT);
        Err(SendError::unanswered(format!("no response from the channel within {limit}")))
    });
    let error = sent.as_ref().err();
    TestResult {
        kind: notification.kind,
        delivery_id: delivery.as_str().to_owned(),
        duration_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        error: error.map(|error| error.message.clone()),
        permanent: error.map(SendError::is_permanent),
        message_ref: sent.ok().flatten(),
    }
}

/// The output for programs.
#[derive(Debug, Serialize)]
struct Report<'a> {
    channel: &'a str,
    /// The kind of the channel.
    kind: &'a str,
    /// The messages in the order in which they were sent.
    results: Vec<TestResult>,
}

/// The result of one message.
#[derive(Debug, Serialize)]
struct TestResult {
    kind: NoticeKind,
    delivery_id: String,
    duration_ms: u64,
    /// `None` if the channel has confirmed the message.
    error: Option<String>,
    /// True if another try cannot help; `None` without an error.
    permanent: Option<bool>,
    /// The destination's reference of the message, if it returned one.
    message_ref: Option<MessageRef>,
}

impl TestResult {
    fn is_sent(&self) -> bool {
        self.error.is_none()
    }
}

fn print(channel: &Channel, results: &[TestResult]) {
    let to = format!("the channel `{}` ({})", channel.id, channel.send.kind);
    for result in results {
        let what = match result.kind {
            NoticeKind::Resolved => "all-clear",
            NoticeKind::Firing
            | NoticeKind::Updated
            | NoticeKind::Reminder
            | NoticeKind::Momentary
            | NoticeKind::Summary => "test message",
        };
        let took = duration::format(Duration::from_millis(result.duration_ms));
        match (&result.error, result.permanent) {
            (None, _) => output::line(&format!("✓ {to} accepted the {what} after {took}")),
            (Some(error), permanent) => {
                output::line(&format!("✗ {to} did not accept the {what} after {took}: {error}"));
                output::line(if permanent == Some(true) {
                    "  The error is permanent: a real message would be given up. Correct the channel."
                } else {
                    "  The error is temporary: a real message would be sent again for a day."
                });
            }
        }
    }
}
