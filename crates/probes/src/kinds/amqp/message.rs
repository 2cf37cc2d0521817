//! A message of the check through a queue of its own, which ends with the connection.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use amq_protocol::frame::{AMQPContentHeader, AMQPFrame};
use amq_protocol::protocol::{AMQPClass, BasicProperties, basic, confirm, queue};
use amq_protocol::types::{FieldTable, ShortString};

use super::methods::{AmqpFrames, CHANNEL, unexpected};

/// The content of the message.
const CONTENT: &[u8] = b"allclear";

/// The id of the class `basic` in the header of a message.
const BASIC: u16 = 60;

/// Sends the message, waits until the server confirms it, and receives it.
pub(super) async fn send_and_receive(frames: &mut AmqpFrames) -> Result<(), Cause> {
    let queue = declare(frames).await?;
    publish(frames, &queue).await?;
    let doing = "receiving a message";
    let get = basic::AMQPMethod::Get(basic::Get { queue, no_ack: true });
    frames.call(CHANNEL, AMQPClass::Basic(get), doing).await?;
    let answer = frames.method(doing).await?;
    if let AMQPClass::Basic(basic::AMQPMethod::GetEmpty(_)) = answer {
        let what = "the message that was confirmed is not in its queue";
        return Err(Cause::of(Reason::UnexpectedAnswer, what));
    }
    let AMQPClass::Basic(basic::AMQPMethod::GetOk(_)) = answer else {
        return Err(unexpected("it is no message", doing));
    };
    if frames.content(doing).await? == CONTENT {
        return Ok(());
    }
    let what = "the message that was received is not the one that was sent";
    Err(Cause::of(Reason::UnexpectedAnswer, what))
}

/// Declares a queue whose name the server chooses, and switches confirmations on.
async fn declare(frames: &mut AmqpFrames) -> Result<ShortString, Cause> {
    let doing = "declaring a queue of its own";
    let own = queue::AMQPMethod::Declare(queue::Declare {
        queue: ShortString::default(),
        passive: false,
        durable: false,
        exclusive: true,
        auto_delete: true,
        nowait: false,
        arguments: FieldTable::default(),
    });
    frames.call(CHANNEL, AMQPClass::Queue(own), doing).await?;
    let AMQPClass::Queue(queue::AMQPMethod::DeclareOk(declared)) = frames.method(doing).await?
    else {
        return Err(unexpected("it is no answer to a declaration", doing));
    };
    let select = confirm::AMQPMethod::Select(confirm::Select { nowait: false });
    frames.call(CHANNEL, AMQPClass::Confirm(select), doing).await?;
    let AMQPClass::Confirm(confirm::AMQPMethod::SelectOk(_)) = frames.method(doing).await? else {
        return Err(unexpected("it is no answer to a request for confirmations", doing));
    };
    Ok(declared.queue)
}

async fn publish(frames: &mut AmqpFrames, queue: &ShortString) -> Result<(), Cause> {
    let doing = "publishing a message";
    // The default exchange sends a message to the queue of this name.
    let publish = basic::AMQPMethod::Publish(basic::Publish {
        exchange: ShortString::default(),
        routing_key: queue.clone(),
        mandatory: false,
        immediate: false,
    });
    let header = AMQPContentHeader {
        class_id: BASIC,
        body_size: CONTENT.len() as u64,
        properties: BasicProperties::default(),
    };
    let message = [
        AMQPFrame::Method(CHANNEL, AMQPClass::Basic(publish)),
        AMQPFrame::Header(CHANNEL, header),
        AMQPFrame::Body(CHANNEL, CONTENT.to_vec()),
    ];
    frames.send(&message, doing).await?;
    let answer = frames.method(doing).await?;
    if let AMQPClass::Basic(basic::AMQPMethod::Nack(_)) = answer {
        let what = "the server could not take the message that was published";
        return Err(Cause::of(Reason::ServerError, what));
    }
    let AMQPClass::Basic(basic::AMQPMethod::Ack(_)) = answer else {
        return Err(unexpected("it is no confirmation", doing));
    };
    Ok(())
}
