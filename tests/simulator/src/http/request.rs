//! A parser of requests, for the part of HTTP/1.1 that clients send.

use std::collections::BTreeMap;
use std::io;

use bytes::{Buf, Bytes, BytesMut};
use http::Version;
use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::Received;

const MAX_HEAD_BYTES: usize = 64 * 1024;
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query, unchanged.
    pub(crate) target: String,
    pub(crate) body: Bytes,
    pub(crate) keep_alive: bool,
    head: Bytes,
}

pub(crate) enum ReadError {
    Io(io::Error),
    /// The status code of the response, and the reason.
    Refused(u16, &'static str),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Request {
    /// Reads the next request; `None` if the client closed the connection before one began.
    pub(crate) async fn read<W>(
        wire: &mut W,
        buffer: &mut BytesMut,
    ) -> Result<Option<Self>, ReadError>
    where
        W: AsyncRead + AsyncWrite + Unpin,
    {
        let mut searched = 0;
        let head_bytes = loop {
            if let Some(at) = find(buffer, b"\r\n\r\n", searched) {
                break at + 4;
            }
            searched = buffer.len().saturating_sub(3);
            if buffer.len() > MAX_HEAD_BYTES {
                return Err(ReadError::Refused(431, "the head has more than 64 KiB: send less"));
            }
            if fill(wire, buffer).await? == 0 {
                return if buffer.is_empty() { Ok(None) } else { Err(unexpected_end()) };
            }
        };
        let head = buffer.split_to(head_bytes).freeze();
        let (method, target, version) = request_line(&head)
            .ok_or(ReadError::Refused(400, "the first line is not an HTTP/1 request"))?;
        let framing = Framing::of(&head, version)?;
        let mut request =
            Self { method, target, body: Bytes::new(), keep_alive: framing.keep_alive, head };
        if framing.expects_continue {
            wire.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        request.body = match framing.length {
            Length::Known(0) => Bytes::new(),
            Length::Known(n) => take(wire, buffer, n).await?,
            Length::Chunked => chunks(wire, buffer).await?,
        };
        Ok(Some(request))
    }

    /// Returns the first segment of the path.
    pub(crate) fn endpoint(&self) -> &str {
        endpoint(&self.target)
    }

    /// Returns the path without the query.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// Returns the second segment of the path: the name of an inbox.
    pub(crate) fn inbox(&self) -> &str {
        self.path().split('/').nth(2).unwrap_or_default()
    }

    pub(crate) fn received(&self, at: Timestamp) -> Received {
        let mut headers: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in lines(&self.head) {
            let name = String::from_utf8_lossy(name).to_ascii_lowercase();
            let value = String::from_utf8_lossy(value);
            headers
                .entry(name)
                .and_modify(|values| {
                    values.push_str(", ");
                    values.push_str(&value);
                })
                .or_insert_with(|| value.clone().into_owned());
        }
        Received {
            at,
            method: self.method.clone(),
            path: self.target.clone(),
            headers,
            body: self.body.to_vec(),
        }
    }
}

/// Returns the first segment of a request's target.
pub(crate) fn endpoint(target: &str) -> &str {
    target.trim_start_matches('/').split(['/', '?']).next().unwrap_or_default()
}

enum Length {
    Known(usize),
    Chunked,
}

/// The framing of the body according to the head.
struct Framing {
    keep_alive: bool,
    length: Length,
    expects_continue: bool,
}

impl Framing {
    fn of(head: &[u8], version: Version) -> Result<Self, ReadError> {
        let mut framing = Self {
            keep_alive: version == Version::HTTP_11,
            length: Length::Known(0),
            expects_continue: false,
        };
        for (name, value) in lines(head) {
            if name.eq_ignore_ascii_case(b"connection") {
                framing.keep_alive = if version == Version::HTTP_11 {
                    !has_token(value, b"close")
                } else {
                    has_token(value, b"keep-alive")
                };
            } else if name.eq_ignore_ascii_case(b"content-length") {
                let n = std::str::from_utf8(value).ok().and_then(|value| value.parse().ok());
                match n {
                    Some(n) if n <= MAX_BODY_BYTES => framing.length = Length::Known(n),
                    Some(_) => return Err(too_large()),
                    None => {
                        return Err(ReadError::Refused(400, "`content-length` is not a number"));
                    }
                }
            } else if name.eq_ignore_ascii_case(b"transfer-encoding")
                && has_token(value, b"chunked")
            {
                framing.length = Length::Chunked;
            } else if name.eq_ignore_ascii_case(b"expect") {
                framing.expects_continue = value.eq_ignore_ascii_case(b"100-continue");
            }
        }
        Ok(framing)
    }
}

/// Parses method, target and version.
fn request_line(head: &[u8]) -> Option<(String, String, Version)> {
    let line = head.get(..find(head, b"\r\n", 0)?)?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    // The absolute form of the target, with scheme and host, is for proxies and not supported.
    if words.next().is_some()
        || method.is_empty()
        || !target.starts_with('/')
        || !version.starts_with("HTTP/1.")
    {
        return None;
    }
    let version = if version == "HTTP/1.0" { Version::HTTP_10 } else { Version::HTTP_11 };
    Some((method.to_owned(), target.to_owned(), version))
}

/// Returns the header lines: name and value.
fn lines(head: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    head.split(|&byte| byte == b'\n').skip(1).filter_map(|line| {
        let colon = line.iter().position(|&byte| byte == b':')?;
        Some((line.get(..colon)?, line.get(colon + 1..)?.trim_ascii()))
    })
}

fn has_token(value: &[u8], token: &[u8]) -> bool {
    value.split(|&byte| byte == b',').any(|part| part.trim_ascii().eq_ignore_ascii_case(token))
}

async fn chunks<W: AsyncRead + Unpin>(
    wire: &mut W,
    buffer: &mut BytesMut,
) -> Result<Bytes, ReadError> {
    let mut body = BytesMut::new();
    loop {
        let line = take_line(wire, buffer).await?;
        let size = line.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
        let size =
            std::str::from_utf8(size).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let size =
            size.ok_or(ReadError::Refused(400, "the size of a chunk is not a hexadecimal number"))?;
        if size == 0 {
            // Trailers, which end with an empty line.
            while !take_line(wire, buffer).await?.is_empty() {}
            return Ok(body.freeze());
        }
        if size > MAX_BODY_BYTES - body.len() {
            return Err(too_large());
        }
        body.extend_from_slice(&take(wire, buffer, size).await?);
        take_line(wire, buffer).await?;
    }
}

async fn take_line<W: AsyncRead + Unpin>(
    wire: &mut W,
    buffer: &mut BytesMut,
) -> Result<Bytes, ReadError> {
    loop {
        if let Some(at) = find(buffer, b"\r\n", 0) {
            let line = buffer.split_to(at).freeze();
            buffer.advance(2);
            return Ok(line);
        }
        if buffer.len() > MAX_HEAD_BYTES {
            return Err(ReadError::Refused(400, "a line between two chunks has more than 64 KiB"));
        }
        if fill(wire, buffer).await? == 0 {
            return Err(unexpected_end());
        }
    }
}

async fn take<W: AsyncRead + Unpin>(
    wire: &mut W,
    buffer: &mut BytesMut,
    n: usize,
) -> Result<Bytes, ReadError> {
    while buffer.len() < n {
        if fill(wire, buffer).await? == 0 {
            return Err(unexpected_end());
        }
    }
    Ok(buffer.split_to(n).freeze())
}

async fn fill<W: AsyncRead + Unpin>(wire: &mut W, buffer: &mut BytesMut) -> io::Result<usize> {
    buffer.reserve(1024);
    wire.read_buf(buffer).await
}

fn find(haystack: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let found = haystack.get(from..)?.windows(needle.len()).position(|window| window == needle)?;
    Some(from + found)
}

fn unexpected_end() -> ReadError {
    ReadError::Io(io::ErrorKind::UnexpectedEof.into())
}

fn too_large() -> ReadError {
    ReadError::Refused(413, "the body has more than 16 MiB: send less")
}
