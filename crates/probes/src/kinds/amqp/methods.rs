//! Frames on a connection: methods, and the contents of messages after them.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::format::{MethodId, ReceivedArguments, SentArguments};
use super::refusal::{self, AmqpStep};
use crate::excerpt::excerpt;
use crate::service::Wire;

/// The most bytes of the content of a frame, which the client asks for too.
pub(super) const MAX_FRAME_BYTES: u32 = 128 * 1024;

/// The bytes before the content of a frame: its type, its channel and its length.
const HEAD_BYTES: usize = 7;

/// The last byte of each frame.
const FRAME_END: u8 = 0xce;

// The types of frames.
const METHOD: u8 = 1;
const HEADER: u8 = 2;
const BODY: u8 = 3;
const HEARTBEAT: u8 = 8;

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

/// A method that was received, with its arguments.
#[derive(Debug)]
pub(super) struct ReceivedMethod {
    pub(super) id: MethodId,
    arguments: Vec<u8>,
}

/// A frame that was received.
#[derive(Debug)]
enum ReceivedFrame {
    Method(ReceivedMethod),
    /// The beginning of the content of a message, with its length.
    Header(u64),
    Body(Vec<u8>),
    Heartbeat,
}

impl ReceivedMethod {
    pub(super) fn arguments(&self) -> ReceivedArguments<'_> {
        ReceivedArguments(&self.arguments)
    }
}

impl AmqpFrames {
    pub(super) fn new(wire: Wire) -> Self {
        Self { wire, step: AmqpStep::Login }
    }

    /// Sends bytes.
    pub(super) async fn send(&mut self, bytes: &[u8], doing: &str) -> Result<(), Cause> {
        let watch = self.wire.watch();
        let sent = async {
            self.wire.write_all(bytes).await?;
            self.wire.flush().await
        };
        sent.await.map_err(|error| watch.cause_or(doing, &error))
    }

    /// Sends a method on a channel.
    pub(super) async fn call(
        &mut self,
        channel: u16,
        id: MethodId,
        arguments: SentArguments,
        doing: &str,
    ) -> Result<(), Cause> {
        self.send(&method(channel, id, arguments), doing).await
    }

    /// Receives this method.
    pub(super) async fn expect(
        &mut self,
        id: MethodId,
        doing: &str,
    ) -> Result<ReceivedMethod, Cause> {
        let received = self.method(doing).await?;
        if received.id == id { Ok(received) } else { Err(unexpected("another method came", doing)) }
    }

    /// Receives the next method. A refusal of the server is the cause, also that of publishing.
    pub(super) async fn method(&mut self, doing: &str) -> Result<ReceivedMethod, Cause> {
        loop {
            match self.frame(doing).await? {
                ReceivedFrame::Method(method) => return self.unless_refused(method, doing).await,
                ReceivedFrame::Heartbeat => {}
                ReceivedFrame::Header(_) | ReceivedFrame::Body(_) => {
                    return Err(unexpected("a message came without its method", doing));
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
                ReceivedFrame::Header(n_bytes) => wanted = Some(n_bytes),
                ReceivedFrame::Body(part) => content.extend(part),
                ReceivedFrame::Heartbeat => {}
                ReceivedFrame::Method(method) => {
                    self.unless_refused(method, doing).await?;
                    return Err(unexpected("a method came within a message", doing));
                }
            }
        }
        Ok(content)
    }

    async fn unless_refused(
        &mut self,
        method: ReceivedMethod,
        doing: &str,
    ) -> Result<ReceivedMethod, Cause> {
        let mut arguments = method.arguments();
        let (channel, answer) = match method.id {
            MethodId::CLOSE => (CONNECTION, MethodId::CLOSE_OK),
            MethodId::CHANNEL_CLOSE => (CHANNEL, MethodId::CHANNEL_CLOSE_OK),
            MethodId::BLOCKED => {
                let why = arguments.short_text().unwrap_or_default();
                let why = excerpt(&why);
                let what = format!("the server blocks all that publish while {doing}: {why}");
                return Err(Cause::of(Reason::ReadOnly, what));
            }
            _ => return Ok(method),
        };
        let code = arguments.short().unwrap_or_default();
        let text = arguments.short_text().unwrap_or_default();
        let _ = self.call(channel, answer, SentArguments::default(), doing).await;
        Err(refusal::cause(self.step, code, &text, doing))
    }

    async fn frame(&mut self, doing: &str) -> Result<ReceivedFrame, Cause> {
        let watch = self.wire.watch();
        let broken = |error: std::io::Error| watch.cause_or(doing, &error);
        let mut head = [0; HEAD_BYTES];
        self.wire.read_exact(&mut head).await.map_err(broken)?;
        // The answer to an unknown version is no frame.
        if head.starts_with(b"AMQP") {
            return Err(unexpected("the server speaks another version of the protocol", doing));
        }
        let [kind, _, _, length @ ..] = head;
        let length = u32::from_be_bytes(length);
        if length > MAX_FRAME_BYTES {
            let what = format!("a frame has {length} bytes, and {MAX_FRAME_BYTES} are agreed");
            return Err(unexpected(&what, doing));
        }
        let mut content = Vec::new();
        let n_rest = u64::from(length) + 1;
        (&mut self.wire).take(n_rest).read_to_end(&mut content).await.map_err(broken)?;
        if (content.len() as u64) < n_rest {
            return Err(watch.cause_or(doing, &"a frame is cut off"));
        }
        if content.pop() != Some(FRAME_END) {
            return Err(unexpected("a frame has no end", doing));
        }
        read(kind, content).ok_or_else(|| unexpected("a frame breaks the protocol", doing))
    }
}

fn read(kind: u8, content: Vec<u8>) -> Option<ReceivedFrame> {
    let mut fields = ReceivedArguments(&content);
    match kind {
        METHOD => {
            let id = MethodId(fields.short()?, fields.short()?);
            let arguments = fields.0.to_vec();
            Some(ReceivedFrame::Method(ReceivedMethod { id, arguments }))
        }
        HEADER => {
            let _class_and_weight = fields.take(4)?;
            fields.number(8).map(ReceivedFrame::Header)
        }
        BODY => Some(ReceivedFrame::Body(content)),
        HEARTBEAT => Some(ReceivedFrame::Heartbeat),
        _ => None,
    }
}

/// Returns the frame of a method.
pub(super) fn method(channel: u16, id: MethodId, arguments: SentArguments) -> Vec<u8> {
    let MethodId(class, number) = id;
    let head = SentArguments::default().short(class).short(number).into_bytes();
    frame(METHOD, channel, &[head, arguments.into_bytes()].concat())
}

/// Returns the frames of the content of a message, which has no properties.
pub(super) fn content(channel: u16, class: u16, content: &[u8]) -> Vec<u8> {
    let n_bytes = content.len() as u64;
    let header = SentArguments::default().short(class).short(0).into_bytes();
    let header = [&header[..], &n_bytes.to_be_bytes(), &[0, 0]].concat();
    [frame(HEADER, channel, &header), frame(BODY, channel, content)].concat()
}

fn frame(kind: u8, channel: u16, content: &[u8]) -> Vec<u8> {
    let head = SentArguments::default().byte(kind).short(channel);
    head.long_text(content).byte(FRAME_END).into_bytes()
}

/// Returns the cause of an answer that the protocol does not allow here.
pub(super) fn unexpected(what: &str, doing: &str) -> Cause {
    Cause::of(Reason::ResponseInvalid, format!("the answer cannot be read while {doing}: {what}"))
}
