//! A client that sends requests to providers and decodes chunks.

use allclear_simulator::Simulator;

use crate::client::{Answer, cut, exchange};

/// Header lines: name and value.
pub(crate) type Headers<'a> = &'a [(&'a str, &'a str)];

/// A request and its key.
pub(crate) struct LlmRequest<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) headers: Headers<'a>,
    pub(crate) body: &'a str,
}

/// The response.
pub(crate) struct LlmAnswer {
    pub(crate) answer: Answer,
    /// The chunks of the body; one if it was not chunked.
    pub(crate) chunks: Vec<Vec<u8>>,
    /// True if it ended regularly.
    pub(crate) is_complete: bool,
}

impl LlmAnswer {
    pub(crate) fn body(&self) -> Vec<u8> {
        self.chunks.concat()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body()).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body()).unwrap()
    }
}

pub(crate) async fn ask(simulator: &Simulator, ask: &LlmRequest<'_>) -> LlmAnswer {
    let mut headers = String::new();
    for (name, value) in ask.headers {
        headers.extend([name, ": ", value, "\r\n"]);
    }
    let request = format!(
        "{} /llm/{} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{}",
        ask.method,
        ask.path,
        ask.body.len(),
        ask.body,
    );
    let bytes = exchange(simulator.http_address(), request.as_bytes()).await.unwrap();
    let answer = cut(&bytes);
    let (chunks, is_complete) = if answer.header("transfer-encoding") == Some("chunked") {
        dechunk(&answer.body)
    } else {
        (vec![answer.body.clone()], true)
    };
    LlmAnswer { answer, chunks, is_complete }
}

fn dechunk(mut bytes: &[u8]) -> (Vec<Vec<u8>>, bool) {
    let mut chunks = Vec::new();
    while let Some(at) = bytes.windows(2).position(|window| window == b"\r\n") {
        let size = std::str::from_utf8(&bytes[..at]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return (chunks, true);
        }
        chunks.push(bytes[at + 2..at + 2 + size].to_vec());
        bytes = &bytes[at + 4 + size..];
    }
    (chunks, false)
}
