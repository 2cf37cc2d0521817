//! AmqpFrames on a connection: methods, and the contents of messages after them.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use amq_protocol::frame::{AMQPFrame, WriteContext, gen_frame, parse_frame};
use amq_protocol::protocol::{AMQPClass, channel, connection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::refusal::{self, AmqpStep};
use crate::excerpt::excerpt;
use crate::service::Wire;

/// The most bytes of the content of a frame, which the client asks for too.
pub(super) const MAX_FRAME_BYTES: u32 = 128 * 1024;

/// The bytes before the content of a frame: its type, its channel and its length.
const HEAD_BYTES: usize = 7;

/// The channel of methods of the connection, and that of all others.
pub(super) const CONNECTION: u16 = 0;
pub(super) const CHANNEL: u16 = 1;

/// A connection on which frames are sent.
#[derive(Debug)]
pub(super) struct AmqpFrames {
    wire: Wire,
    /// The part of the conversation, for the meaning of a refusal.
    pub(super) step: AmqpStep,
}

impl AmqpFrames {
    pub(super) fn new(wire: Wire) -> Self {
        Self { wire, step: AmqpStep::Login }
    }

    /// Sends frames.
    pub(super) async fn send(&mut self, frames: &[AMQPFrame], doing: &str) -> Result<(), Cause> {
        let mut bytes = Vec::new();
        for frame in frames {
            let context = WriteContext::from(Vec::new());
            let written = gen_frame(frame)(context)
                .map_err(|error| Cause::of(Reason::CheckFailed, error.to_string()))?;
            bytes.extend(written.into_inner().0);
        }
        let watch = self.wire.watch();
        let sent = async {
            self.wire.write_all(&bytes).await?;
            self.wire.flush().await
        };
        sent.await.map_err(|error| watch.cause_or(doing, &error))
    }

    /// Sends a method on a channel.
    pub(super) async fn call(
        &mut self,
        channel: u16,
        method: AMQPClass,
        doing: &str,
    ) -> Result<(), Cause> {
        self.send(&[AMQPFrame::Method(channel, method)], doing).await
    }

    /// Receives the next method. A refusal of the server is the cause, also that of publishing.
    pub(super) async fn method(&mut self, doing: &str) -> Result<AMQPClass, Cause> {
        loop {
            match self.frame(doing).await? {
                AMQPFrame::Method(_, method) => return self.unless_refused(method, doing).await,
                AMQPFrame::Heartbeat => {}
                AMQPFrame::ProtocolHeader(version) => {
                    let what =
                        format!("the server speaks another version of the protocol: {version}");
                    return Err(Cause::of(Reason::ResponseInvalid, what));
                }
                AMQPFrame::Header(..) | AMQPFrame::Body(..) | AMQPFrame::InvalidHeartbeat(_) => {
                    return Err(unexpected("a frame without a method", doing));
                }
            }
        }
    }

    /// Receives the content of a message, after the method that announces it.
    pub(super) async fn content(&mut self, doing: &str) -> Result<Vec<u8>, Cause> {
        let mut content = Vec::new();
        let mut wanted = None;
        while wanted.is_none_or(|wanted| (content.len() as u64) < wanted) {
            match self.frame(doing).await? {
                AMQPFrame::Header(_, header) => wanted = Some(header.body_size),
                AMQPFrame::Body(_, part) if !part.is_empty() => content.extend(part),
                AMQPFrame::Heartbeat => {}
                AMQPFrame::Method(_, method) => {
                    self.unless_refused(method, doing).await?;
                    return Err(unexpected("a method within a message", doing));
                }
                AMQPFrame::Body(..)
                | AMQPFrame::ProtocolHeader(_)
                | AMQPFrame::InvalidHeartbeat(_) => {
                    return Err(unexpected("a frame that is no part of a message", doing));
                }
            }
        }
        Ok(content)
    }

    async fn unless_refused(&mut self, method: AMQPClass, doing: &str) -> Result<AMQPClass, Cause> {
        let (channel, answer, code, text) = match &method {
            AMQPClass::Connection(connection::AMQPMethod::Close(close)) => {
                let ok = connection::AMQPMethod::CloseOk(connection::CloseOk {});
                (CONNECTION, AMQPClass::Connection(ok), close.reply_code, &close.reply_text)
            }
            AMQPClass::Channel(channel::AMQPMethod::Close(close)) => {
                let ok = channel::AMQPMethod::CloseOk(channel::CloseOk {});
                (CHANNEL, AMQPClass::Channel(ok), close.reply_code, &close.reply_text)
            }
            AMQPClass::Connection(connection::AMQPMethod::Blocked(blocked)) => {
                let why = excerpt(blocked.reason.as_str());
                let what = format!("the server blocks all that publish while {doing}: {why}");
                return Err(Cause::of(Reason::ReadOnly, what));
            }
            AMQPClass::Basic(_)
            | AMQPClass::Connection(_)
            | AMQPClass::Channel(_)
            | AMQPClass::Access(_)
            | AMQPClass::Exchange(_)
            | AMQPClass::Queue(_)
            | AMQPClass::Tx(_)
            | AMQPClass::Confirm(_) => return Ok(method),
        };
        let cause = refusal::cause(self.step, code, text.as_str(), doing);
        let _ = self.call(channel, answer, doing).await;
        Err(cause)
    }

    async fn frame(&mut self, doing: &str) -> Result<AMQPFrame, Cause> {
        let watch = self.wire.watch();
        let broken = |error: std::io::Error| watch.cause_or(doing, &error);
        let mut frame = vec![0; HEAD_BYTES];
        self.wire.read_exact(&mut frame).await.map_err(broken)?;
        // The answer to an unknown version has no length. It is one byte longer than the head of a frame.
        let n_rest = match frame.as_slice() {
            [b'A', b'M', b'Q', b'P', ..] => 1,
            [_, _, _, length @ ..] => {
                let length = length.iter().fold(0, |length, byte| length << 8 | u32::from(*byte));
                if length > MAX_FRAME_BYTES {
                    let what =
                        format!("a frame of {length} bytes, and {MAX_FRAME_BYTES} are agreed");
                    return Err(unexpected(&what, doing));
                }
                // The end of the frame.
                u64::from(length) + 1
            }
            _ => return Err(unexpected("a frame without a head", doing)),
        };
        (&mut self.wire).take(n_rest).read_to_end(&mut frame).await.map_err(broken)?;
        match parse_frame(frame.as_slice()) {
            Ok((_, frame)) => Ok(frame),
            Err(_) => Err(watch.cause_or(doing, &"a frame breaks the protocol")),
        }
    }
}

/// Returns the cause of an answer that the protocol does not allow here.
pub(super) fn unexpected(what: &str, doing: &str) -> Cause {
    Cause::of(Reason::ResponseInvalid, format!("the answer cannot be read while {doing}: {what}"))
}
