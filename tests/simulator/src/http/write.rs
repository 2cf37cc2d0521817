//! Sends a reply as HTTP/1.1 or as faulty bytes.

use std::io;
use std::time::Duration;

use http::StatusCode;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::MissedTickBehavior;

use super::Wire;
use super::reply::{Answer, Reply};
use super::request::Request;
use crate::llm::{Ending, Piece};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok";
const OK_CLOSE: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
const HALF_BODY_HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 1000\r\n\r\n";
const CHUNKED_HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n";
const GARBAGE: &[u8] = b"\x00\x01\xff\xfeno protocol that you know\r\n\r\n\xde\xad\xbe\xef\r\n\r\n";
/// The size of one write of filler, in bytes.
const BLOCK_BYTES: usize = 16 * 1024;

/// Sends the reply. Returns whether the connection is kept.
pub(super) async fn reply(
    wire: &mut impl Wire,
    request: &Request,
    reply: Reply,
) -> io::Result<bool> {
    let keep_alive = request.keep_alive;
    let goes_on = match reply {
        Reply::Ok if request.method != "HEAD" => {
            wire.write_all(if keep_alive { OK } else { OK_CLOSE }).await?;
            keep_alive
        }
        Reply::Ok => {
            let answer = Answer { code: 200, headers: Vec::new(), body: "ok".into() };
            whole(wire, request, &answer).await?
        }
        Reply::Whole(answer) => whole(wire, request, &answer).await?,
        Reply::Hang => {
            wait_for_close(wire).await?;
            false
        }
        Reply::Reset => {
            // Dropped without a shutdown, which would send FIN first.
            wire.reset_when_dropped()?;
            return Ok(false);
        }
        Reply::Close => false,
        Reply::HalfBody => {
            wire.write_all(HALF_BODY_HEAD).await?;
            wire.write_all(&[b'x'; 500]).await?;
            false
        }
        Reply::Drip { bytes, bytes_per_second } => {
            drip(wire, bytes, bytes_per_second).await?;
            keep_alive
        }
        Reply::EndlessBody => endless(wire).await?,
        Reply::HugeHeader { bytes } => {
            huge_header(wire, bytes).await?;
            keep_alive
        }
        Reply::Garbage => {
            wire.write_all(GARBAGE).await?;
            false
        }
        Reply::Stream { head, pieces, ending } => {
            stream(wire, request, head, pieces, ending).await? && keep_alive
        }
        Reply::Llm(_) => {
            let why = "an `llm` behavior is for the endpoints below /llm/ only";
            let answer = Answer { code: 500, headers: Vec::new(), body: why.into() };
            whole(wire, request, &answer).await?
        }
    };
    wire.flush().await?;
    if !goes_on {
        wire.shutdown().await?;
    }
    Ok(goes_on)
}

/// Refuses an unreadable request, and ends the sending side.
pub(super) async fn error(wire: &mut impl Wire, code: u16, why: &'static str) -> io::Result<()> {
    let answer = Answer {
        code,
        headers: vec![("connection".to_owned(), "close".to_owned())],
        body: why.into(),
    };
    wire.write_all(&encode(&answer, &answer.body)).await?;
    wire.shutdown().await
}

/// Waits until the other side closes. Received data is discarded.
pub(crate) async fn wait_for_close<W: AsyncRead + Unpin>(wire: &mut W) -> io::Result<()> {
    // Small, because each of thousands of hanging connections holds one.
    let mut buffer = [0; 64];
    while wire.read(&mut buffer).await? > 0 {}
    Ok(())
}

async fn whole(wire: &mut impl Wire, request: &Request, answer: &Answer) -> io::Result<bool> {
    let mut bytes = encode(answer, if request.method == "HEAD" { b"" } else { &answer.body });
    if !request.keep_alive {
        // The position after the status line.
        let at = bytes.windows(2).position(|window| window == b"\r\n").unwrap_or(0) + 2;
        bytes.splice(at..at, *b"connection: close\r\n");
    }
    wire.write_all(&bytes).await?;
    Ok(request.keep_alive)
}

/// Sends each piece as a chunk of its own. Returns whether the body ended regularly.
async fn stream(
    wire: &mut impl Wire,
    request: &Request,
    mut head: Answer,
    pieces: Vec<Piece>,
    ending: Ending,
) -> io::Result<bool> {
    head.headers.push(("transfer-encoding".to_owned(), "chunked".to_owned()));
    whole(wire, request, &head).await?;
    wire.flush().await?;
    for piece in pieces {
        match piece {
            Piece::Wait(time) => tokio::time::sleep(time).await,
            Piece::Send(bytes) => {
                let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
                chunk.extend_from_slice(&bytes);
                chunk.extend_from_slice(b"\r\n");
                wire.write_all(&chunk).await?;
                wire.flush().await?;
            }
        }
    }
    match ending {
        Ending::Complete => wire.write_all(b"0\r\n\r\n").await?,
        Ending::Hang => wait_for_close(wire).await?,
        Ending::Cut => {}
    }
    Ok(ending == Ending::Complete)
}

/// Returns the head of an answer, and `body` after it.
fn encode(answer: &Answer, body: &[u8]) -> Vec<u8> {
    let reason = StatusCode::from_u16(answer.code)
        .ok()
        .and_then(|code| code.canonical_reason())
        .unwrap_or_default();
    let given =
        |name: &str| answer.headers.iter().any(|(header, _)| header.eq_ignore_ascii_case(name));
    let mut bytes = Vec::with_capacity(256 + answer.body.len());
    bytes.extend_from_slice(format!("HTTP/1.1 {} {reason}\r\n", answer.code).as_bytes());
    for (name, value) in &answer.headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    if !given("content-type") {
        bytes.extend_from_slice(b"content-type: text/plain\r\n");
    }
    // These responses have no body, and some clients refuse a length of 0 in a 204.
    let bodiless = matches!(answer.code, 100..=199 | 204 | 304) && answer.body.is_empty();
    if !bodiless && !given("content-length") && !given("transfer-encoding") {
        bytes.extend_from_slice(format!("content-length: {}\r\n", answer.body.len()).as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}

async fn drip(wire: &mut impl Wire, bytes: u64, bytes_per_second: u64) -> io::Result<()> {
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {bytes}\r\n\r\n");
    wire.write_all(head.as_bytes()).await?;
    wire.flush().await?;
    if bytes_per_second == 0 {
        return wait_for_close(wire).await;
    }
    // Single bytes up to 20 per second, else 20 portions per second.
    let portion = bytes_per_second.div_ceil(20);
    let pause =
        Duration::from_secs(1).mul_f64(approximate(portion) / approximate(bytes_per_second));
    let mut ticks = tokio::time::interval(pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut left = bytes;
    while left > 0 {
        ticks.tick().await;
        let now = portion.min(left);
        filler(wire, now).await?;
        wire.flush().await?;
        left -= now;
    }
    Ok(())
}

async fn endless(wire: &mut impl Wire) -> io::Result<bool> {
    wire.write_all(CHUNKED_HEAD).await?;
    let mut chunk = format!("{BLOCK_BYTES:x}\r\n").into_bytes();
    chunk.extend_from_slice(&[b'x'; BLOCK_BYTES]);
    chunk.extend_from_slice(b"\r\n");
    loop {
        wire.write_all(&chunk).await?;
    }
}

async fn huge_header(wire: &mut impl Wire, bytes: u64) -> io::Result<()> {
    wire.write_all(b"HTTP/1.1 200 OK\r\nx-huge: ").await?;
    filler(wire, bytes).await?;
    wire.write_all(b"\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok").await
}

async fn filler<W: AsyncWrite + Unpin>(wire: &mut W, bytes: u64) -> io::Result<()> {
    let mut source = tokio::io::repeat(b'x').take(bytes);
    tokio::io::copy(&mut source, wire).await.map(drop)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a rate need not be exact beyond 2^53 bytes in a second"
)]
fn approximate(n: u64) -> f64 {
    n as f64
}
