//! Conversion of a behavior to a reply that does not depend on the version of HTTP.

use std::time::Duration;

use bytes::Bytes;

use super::bomb;
use crate::Behavior;
use crate::endpoint::ScriptTurn;
use crate::llm::{Ending, LlmBehavior, Piece};

/// The reply to send: the result of a behavior after its delays and turns.
#[derive(Debug)]
pub(crate) enum Reply {
    Ok,
    Whole(Answer),
    Hang,
    Reset,
    Close,
    HalfBody,
    Drip {
        bytes: u64,
        bytes_per_second: u64,
    },
    EndlessBody,
    HugeHeader {
        bytes: u64,
    },
    Garbage,
    /// A body in pieces, which replaces the body of its head.
    Stream {
        head: Answer,
        pieces: Vec<Piece>,
        ending: Ending,
    },
    /// A reply that only a provider can build.
    Llm(Box<LlmBehavior>),
}

/// A complete response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(code: u16, body: &serde_json::Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self { code, headers, body: body.to_string().into() }
    }

    fn redirect(to: &str) -> Self {
        Self {
            code: 302,
            headers: vec![("location".to_owned(), to.to_owned())],
            body: Bytes::new(),
        }
    }
}

impl Reply {
    /// Waits for the delays of a behavior, and returns the reply.
    pub(crate) async fn to(turn: ScriptTurn, target: &str) -> Self {
        let Some(behavior) = turn.behavior else { return Self::Ok };
        let mut behavior = &*behavior;
        loop {
            behavior = match behavior {
                Behavior::Delay { ms, then } => {
                    tokio::time::sleep(Duration::from_millis(*ms)).await;
                    then
                }
                Behavior::Flap { every, fault }
                    if *every > 0 && turn.number.is_multiple_of(*every) =>
                {
                    fault
                }
                Behavior::Flap { .. } | Behavior::Ok => return Self::Ok,
                Behavior::Status { code, headers, body } => {
                    let headers =
                        headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
                    return Self::Whole(Answer { code: *code, headers, body: body.clone().into() });
                }
                Behavior::Json { status, body } => return Self::Whole(Answer::json(*status, body)),
                Behavior::Hang => return Self::Hang,
                Behavior::Reset => return Self::Reset,
                Behavior::Close => return Self::Close,
                Behavior::HalfBody => return Self::HalfBody,
                &Behavior::Drip { bytes, bytes_per_second } => {
                    return Self::Drip { bytes, bytes_per_second };
                }
                Behavior::EndlessBody => return Self::EndlessBody,
                &Behavior::HugeHeader { bytes } => return Self::HugeHeader { bytes },
                Behavior::InvalidUtf8 => {
                    let headers =
                        vec![("content-type".to_owned(), "text/plain; charset=utf-8".to_owned())];
                    let body = Bytes::from_static(b"ok \xff\xfe\xc3\x28 \xed\xa0\x80");
                    return Self::Whole(Answer { code: 200, headers, body });
                }
                Behavior::RedirectLoop => return Self::Whole(Answer::redirect(target)),
                Behavior::Redirect { to } => return Self::Whole(Answer::redirect(to)),
                Behavior::GzipBomb => {
                    let headers = vec![("content-encoding".to_owned(), "gzip".to_owned())];
                    return Self::Whole(Answer { code: 200, headers, body: bomb::gzip() });
                }
                Behavior::Garbage => return Self::Garbage,
                Behavior::Llm(behavior) => return Self::Llm(behavior.clone()),
            };
        }
    }
}
