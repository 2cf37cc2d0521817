//! The login and the opening of the virtual host.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use amq_protocol::frame::{AMQPFrame, ProtocolVersion};
use amq_protocol::protocol::connection::{AMQPMethod, Open, Start, StartOk, Tune, TuneOk};
use amq_protocol::protocol::{AMQPClass, channel};
use amq_protocol::types::{AMQPValue, FieldTable, ShortString};

use super::AmqpDialog;
use super::methods::{AmqpFrames, CHANNEL, CONNECTION, MAX_FRAME_BYTES, unexpected};
use super::refusal::AmqpStep;
use crate::excerpt::excerpt;
use crate::service::{ReadValue, Reading};

/// The only mechanism of login that every broker offers.
const MECHANISM: &str = "PLAIN";

const LOGIN: &str = "logging in";

/// Logs in and opens the virtual host.
pub(super) async fn log_in(
    frames: &mut AmqpFrames,
    dialog: &AmqpDialog,
    password: &str,
    reading: &mut Reading,
) -> Result<(), Cause> {
    let greeting = "waiting for the greeting";
    frames.send(&[AMQPFrame::ProtocolHeader(ProtocolVersion::amqp_0_9_1())], greeting).await?;
    let AMQPClass::Connection(AMQPMethod::Start(start)) = frames.method(greeting).await? else {
        return Err(unexpected("it is no greeting", greeting));
    };
    read_greeting(&start, reading)?;
    frames.call(CONNECTION, start_ok(&dialog.user, password), LOGIN).await?;
    let AMQPClass::Connection(AMQPMethod::Tune(tune)) = frames.method(LOGIN).await? else {
        return Err(unexpected("it is no answer to a login", LOGIN));
    };
    frames.step = AmqpStep::OpenVhost;
    let doing = format!("opening the virtual host `{}`", excerpt(&dialog.vhost));
    let open = AMQPMethod::Open(Open { virtual_host: dialog.vhost.as_str().into() });
    let answers = [tune_ok(&tune), AMQPClass::Connection(open)];
    frames.send(&answers.map(|method| AMQPFrame::Method(CONNECTION, method)), &doing).await?;
    let AMQPClass::Connection(AMQPMethod::OpenOk(_)) = frames.method(&doing).await? else {
        return Err(unexpected("it is no answer to an opening", &doing));
    };
    frames.step = AmqpStep::Work;
    Ok(())
}

/// Opens the channel of everything that follows.
pub(super) async fn open_channel(frames: &mut AmqpFrames) -> Result<(), Cause> {
    let doing = "opening a channel";
    let open = channel::AMQPMethod::Open(channel::Open {});
    frames.call(CHANNEL, AMQPClass::Channel(open), doing).await?;
    let AMQPClass::Channel(channel::AMQPMethod::OpenOk(_)) = frames.method(doing).await? else {
        return Err(unexpected("it is no answer to an opening", doing));
    };
    Ok(())
}

fn read_greeting(start: &Start, reading: &mut Reading) -> Result<(), Cause> {
    for name in ["product", "version"] {
        if let Some(AMQPValue::LongString(text)) = start.server_properties.inner().get(name) {
            let text = String::from_utf8_lossy(text.as_bytes()).into_owned();
            reading.set(name, ReadValue::Text(text));
        }
    }
    let mechanisms = String::from_utf8_lossy(start.mechanisms.as_bytes()).into_owned();
    if mechanisms.split(' ').any(|one| one == MECHANISM) {
        return Ok(());
    }
    let what = format!(
        "the server does not offer the login `{MECHANISM}`, which this check uses, but: {}",
        excerpt(&mechanisms)
    );
    Err(Cause::of(Reason::ProbeInvalid, what))
}

fn start_ok(user: &str, password: &str) -> AMQPClass {
    let mut capabilities = FieldTable::default();
    // Without these, the server closes the connection without a reason, and does not tell that it blocks.
    for name in ["authentication_failure_close", "connection.blocked"] {
        capabilities.insert(ShortString::from(name), AMQPValue::Boolean(true));
    }
    let mut client = FieldTable::default();
    let product = AMQPValue::LongString("allclear".into());
    client.insert("product".into(), product.clone());
    client.insert("connection_name".into(), product);
    client.insert("capabilities".into(), AMQPValue::FieldTable(capabilities));
    AMQPClass::Connection(AMQPMethod::StartOk(StartOk {
        client_properties: client,
        mechanism: MECHANISM.into(),
        response: format!("\0{user}\0{password}").into(),
        locale: "en_US".into(),
    }))
}

/// Agrees to the limits of the server within those of the client. An attempt is too short for heartbeats.
fn tune_ok(tune: &Tune) -> AMQPClass {
    let frame_max =
        if tune.frame_max == 0 { MAX_FRAME_BYTES } else { tune.frame_max.min(MAX_FRAME_BYTES) };
    let channel_max = if tune.channel_max == 0 { 1 } else { tune.channel_max };
    AMQPClass::Connection(AMQPMethod::TuneOk(TuneOk { channel_max, frame_max, heartbeat: 0 }))
}
