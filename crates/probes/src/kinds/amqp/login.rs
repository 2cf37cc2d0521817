//! The login and the opening of the virtual host.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;

use super::AmqpDialog;
use super::format::{MethodId, ReceivedArguments, SentArguments};
use super::methods::{AmqpFrames, CHANNEL, CONNECTION, MAX_FRAME_BYTES, unexpected};
use super::refusal::AmqpStep;
use crate::excerpt::excerpt;
use crate::service::{ReadValue, ServiceReading};

/// The first bytes of the client, with the version of the protocol.
const PROTOCOL: &[u8] = b"AMQP\x00\x00\x09\x01";

/// The only mechanism of login that every broker offers.
const MECHANISM: &str = "PLAIN";

const GREETING: &str = "waiting for the greeting";
const LOGIN: &str = "logging in";

/// Logs in and opens the virtual host.
pub(super) async fn log_in(
    frames: &mut AmqpFrames,
    dialog: &AmqpDialog,
    password: &str,
    reading: &mut ServiceReading,
) -> Result<(), Cause> {
    frames.send(PROTOCOL, GREETING).await?;
    let start = frames.expect(MethodId::START, GREETING).await?;
    let mechanisms = read_greeting(start.arguments(), reading)
        .ok_or_else(|| unexpected("the greeting is malformed", GREETING))?;
    if !mechanisms.split(' ').any(|one| one == MECHANISM) {
        let what = format!(
            "the server does not offer the login `{MECHANISM}`, which this check uses, but: {}",
            excerpt(&mechanisms)
        );
        return Err(Cause::of(Reason::ProbeInvalid, what));
    }
    let answer = start_ok(&dialog.user, password);
    frames.call(CONNECTION, MethodId::START_OK, answer, LOGIN).await?;
    let tune = frames.expect(MethodId::TUNE, LOGIN).await?;
    let answer = tune_ok(tune.arguments())
        .ok_or_else(|| unexpected("the limits of the server are malformed", LOGIN))?;
    frames.step = AmqpStep::OpenVhost;
    let doing = format!("opening the virtual host `{}`", excerpt(&dialog.vhost));
    frames.call(CONNECTION, MethodId::TUNE_OK, answer, &doing).await?;
    // Two fields of earlier versions follow.
    let vhost = SentArguments::default().short_text(&dialog.vhost).short_text("").byte(0);
    frames.call(CONNECTION, MethodId::OPEN, vhost, &doing).await?;
    frames.expect(MethodId::OPEN_OK, &doing).await?;
    frames.step = AmqpStep::Work;
    Ok(())
}

/// Opens the channel of everything that follows.
pub(super) async fn open_channel(frames: &mut AmqpFrames) -> Result<(), Cause> {
    let doing = "opening a channel";
    let arguments = SentArguments::default().short_text("");
    frames.call(CHANNEL, MethodId::CHANNEL_OPEN, arguments, doing).await?;
    frames.expect(MethodId::CHANNEL_OPEN_OK, doing).await.map(|_| ())
}

/// Adds the product and its version, and returns the mechanisms of login.
fn read_greeting(mut start: ReceivedArguments<'_>, reading: &mut ServiceReading) -> Option<String> {
    let _version = start.take(2)?;
    let properties = ReceivedArguments::texts_of_table(start.long_text()?)?;
    for name in ["product", "version"] {
        if let Some((_, text)) = properties.iter().find(|(known, _)| known == name) {
            reading.set(name, ReadValue::Text(text.clone()));
        }
    }
    Some(String::from_utf8_lossy(start.long_text()?).into_owned())
}

fn start_ok(user: &str, password: &str) -> SentArguments {
    // Without these, the server closes the connection without a reason, and does not tell that it blocks.
    let capabilities = SentArguments::default()
        .short_text("authentication_failure_close")
        .byte(b't')
        .byte(1)
        .short_text("connection.blocked")
        .byte(b't')
        .byte(1)
        .into_bytes();
    let client = SentArguments::default()
        .short_text("product")
        .byte(b'S')
        .long_text(b"allclear")
        .short_text("capabilities")
        .byte(b'F')
        .long_text(&capabilities)
        .into_bytes();
    SentArguments::default()
        .long_text(&client)
        .short_text(MECHANISM)
        .long_text(format!("\0{user}\0{password}").as_bytes())
        .short_text("en_US")
}

/// Agrees to the limits of the server within those of the client. An attempt is too short for heartbeats.
fn tune_ok(mut tune: ReceivedArguments<'_>) -> Option<SentArguments> {
    let (channel_max, frame_max) = (tune.short()?, tune.long()?);
    // 0 is no limit.
    let channel_max = if channel_max == 0 { 1 } else { channel_max };
    let frame_max = if frame_max == 0 { MAX_FRAME_BYTES } else { frame_max.min(MAX_FRAME_BYTES) };
    Some(SentArguments::default().short(channel_max).long(frame_max).short(0))
}
