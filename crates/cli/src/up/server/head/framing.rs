//! The length of a request, and the reasons to refuse a head. Pure.

use http::{Method, StatusCode, Uri};

use super::HeadRefusal;

/// The most header lines of a request, as the HTTP library has it.
const MAX_HEADERS: usize = 100;

const BAD: StatusCode = StatusCode::BAD_REQUEST;

/// The answer to a head with too many bytes or lines.
pub(super) const TOO_LARGE: HeadRefusal = HeadRefusal::new(
    StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
    "the head of the request is too large",
);

/// The answer to a head that does not end in time.
pub(super) const TOO_SLOW: HeadRefusal = HeadRefusal::new(
    StatusCode::REQUEST_TIMEOUT,
    "the head of the request did not arrive in time; send it again",
);

const MALFORMED: HeadRefusal =
    HeadRefusal::new(BAD, "the head of the request is not valid HTTP/1.1");

/// Two servers may read such a request differently, and take a part of it for another request.
const TWO_LENGTHS: HeadRefusal = HeadRefusal::new(
    BAD,
    "the request has both `Transfer-Encoding` and `Content-Length`: leave one of them out",
);

const BAD_LENGTH: HeadRefusal =
    HeadRefusal::new(BAD, "`Content-Length` is not one number of bytes: send it once, in digits");

const BAD_ENCODING: HeadRefusal =
    HeadRefusal::new(BAD, "the only supported `Transfer-Encoding` is `chunked`, in HTTP/1.1");

const HOSTS: HeadRefusal = HeadRefusal::new(BAD, "the request needs one `Host` header");

/// The end of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// After so many bytes behind its head.
    Length(u64),
    /// With its last chunk.
    Chunked,
}

/// The state of a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeadParse {
    Partial,
    Whole { n_head: usize, framing: Framing },
}

/// Parses a head as the HTTP library does, and refuses a head that the library would answer without
/// a message or silently change.
pub(super) fn parse(bytes: &[u8]) -> Result<HeadParse, HeadRefusal> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let n_head = match request.parse(bytes) {
        Ok(httparse::Status::Complete(n_head)) => n_head,
        Ok(httparse::Status::Partial) => return Ok(HeadParse::Partial),
        Err(httparse::Error::TooManyHeaders) => return Err(TOO_LARGE),
        Err(_) => return Err(MALFORMED),
    };
    let (method, path) = (request.method.unwrap_or_default(), request.path.unwrap_or_default());
    if Method::from_bytes(method.as_bytes()).is_err() || Uri::try_from(path).is_err() {
        return Err(MALFORMED);
    }
    let is_http_11 = request.version == Some(1);
    let values = |name: &str| -> Vec<&[u8]> {
        let named = request.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
        named.map(|header| header.value).collect()
    };
    let n_hosts = values("host").len();
    if n_hosts > 1 || (n_hosts == 0 && is_http_11) {
        return Err(HOSTS);
    }
    let framing =
        match (values("transfer-encoding").as_slice(), values("content-length").as_slice()) {
            ([], []) => Framing::Length(0),
            ([], [length]) => Framing::Length(length_of(length).ok_or(BAD_LENGTH)?),
            ([], _) => return Err(BAD_LENGTH),
            ([coding], []) if is_http_11 && coding.eq_ignore_ascii_case(b"chunked") => {
                Framing::Chunked
            }
            (_, []) => return Err(BAD_ENCODING),
            (_, _) => return Err(TWO_LENGTHS),
        };
    Ok(HeadParse::Whole { n_head, framing })
}

/// Reads digits alone: no sign, no list.
fn length_of(value: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?;
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The result for a head of so many bytes.
    type Wanted<'a> = &'a dyn Fn(usize) -> Result<HeadParse, HeadRefusal>;

    #[test]
    fn a_head_has_one_host_and_one_length() {
        let whole = |framing| move |n_head| Ok(HeadParse::Whole { n_head, framing });
        let none = whole(Framing::Length(0));
        let rows: &[(&str, Wanted<'_>)] = &[
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", &none),
            ("GET / HTTP/1.0\r\n\r\n", &none),
            ("GET / HTTP/1.1\nhost: a\n\n", &none),
            ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 7\r\n\r\n", &whole(Framing::Length(7))),
            (
                "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: Chunked\r\n\r\n",
                &whole(Framing::Chunked),
            ),
            ("GET / HTTP/1.1\r\nhost: a\r\n", &|_| Ok(HeadParse::Partial)),
            ("GET / HTTP/1.1\r\n\r\n", &|_| Err(HOSTS)),
            ("GET / HTTP/1.1\r\nhost: a\r\nhost: a\r\n\r\n", &|_| Err(HOSTS)),
            (
                "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ncontent-length: \
                 7\r\n\r\n",
                &|_| Err(TWO_LENGTHS),
            ),
            (
                "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 7\r\ntransfer-encoding: \
                 gzip\r\n\r\n",
                &|_| Err(TWO_LENGTHS),
            ),
            (
                "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 7\r\ncontent-length: 7\r\n\r\n",
                &|_| Err(BAD_LENGTH),
            ),
            ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: +7\r\n\r\n", &|_| Err(BAD_LENGTH)),
            ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 7, 7\r\n\r\n", &|_| Err(BAD_LENGTH)),
            ("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n", &|_| {
                Err(BAD_ENCODING)
            }),
            ("POST / HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n", &|_| {
                Err(BAD_ENCODING)
            }),
            ("GET / HTTP/9\r\n\r\n", &|_| Err(MALFORMED)),
            ("\u{16}\u{3}\u{1}", &|_| Err(MALFORMED)),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &|_| Err(MALFORMED)),
        ];
        for (head, wanted) in rows {
            assert_eq!(parse(head.as_bytes()), wanted(head.len()), "{head:?}");
        }
        let many = format!("GET / HTTP/1.1\r\nhost: a\r\n{}\r\n", "x: 1\r\n".repeat(100));
        assert_eq!(parse(many.as_bytes()), Err(TOO_LARGE));
    }
}
