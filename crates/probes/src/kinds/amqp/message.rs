//! A message of the check through a queue of its own, which ends with the connection.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;

use super::format::{MethodId, SentArguments};
use super::methods::{AmqpFrames, CHANNEL, content, method, unexpected};
use super::queues::{AUTO_DELETE, EXCLUSIVE, declare};

/// The content of the message.
const CONTENT: &[u8] = b"allclear";

/// The number of the class of messages.
const BASIC: u16 = 60;

/// Sends the message, waits until the server confirms it, and receives it.
pub(super) async fn send_and_receive(frames: &mut AmqpFrames) -> Result<(), Cause> {
    let own = EXCLUSIVE | AUTO_DELETE;
    let queue = declare(frames, "", own, "declaring a queue of its own").await?.name;
    publish(frames, &queue).await?;
    let doing = "receiving a message";
    // A field of earlier versions comes first; the message needs no acknowledgment.
    let get = SentArguments::default().short(0).short_text(&queue).byte(1);
    frames.call(CHANNEL, MethodId::GET, get, doing).await?;
    match frames.method(doing).await?.id {
        MethodId::GET_OK => {}
        MethodId::GET_EMPTY => {
            let what = "the message that was confirmed is not in its queue";
            return Err(Cause::of(Reason::UnexpectedAnswer, what));
        }
        _ => return Err(unexpected("it is no message", doing)),
    }
    if frames.content(doing).await? == CONTENT {
        return Ok(());
    }
    let what = "the message that was received is not the one that was sent";
    Err(Cause::of(Reason::UnexpectedAnswer, what))
}

/// Publishes the message through the default exchange, which sends it to the queue of this name.
async fn publish(frames: &mut AmqpFrames, queue: &str) -> Result<(), Cause> {
    let doing = "publishing a message";
    let select = SentArguments::default().byte(0);
    frames.call(CHANNEL, MethodId::CONFIRM_SELECT, select, doing).await?;
    frames.expect(MethodId::CONFIRM_SELECT_OK, doing).await?;
    // A field of earlier versions comes first, and options last.
    let arguments = SentArguments::default().short(0).short_text("").short_text(queue).byte(0);
    let publish = method(CHANNEL, MethodId::PUBLISH, arguments);
    frames.send(&[publish, content(CHANNEL, BASIC, CONTENT)].concat(), doing).await?;
    match frames.method(doing).await?.id {
        MethodId::ACK => Ok(()),
        MethodId::NACK => {
            let what = "the server could not take the message that was published";
            Err(Cause::of(Reason::ServerError, what))
        }
        _ => Err(unexpected("it is no confirmation", doing)),
    }
}
