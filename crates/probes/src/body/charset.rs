//! The charset of a body: from its byte order mark, else from `content-type`, else UTF-8.

use encoding_rs::{CoderResult, Encoding, UTF_8};
use http::header::{CONTENT_TYPE, HeaderMap};

/// The input of one step, in bytes.
const STEP_BYTES: usize = 64 * 1024;

/// The largest body whose syntax is looked at a second time for a message, in bytes.
const MAX_DIAGNOSED_BYTES: usize = 1024 * 1024;

/// Decodes a body to UTF-8, without a byte order mark. A body that is declared as UTF-8 or not at
/// all stays as it is, valid or not.
pub(crate) async fn to_utf8(headers: &HeaderMap, mut body: Vec<u8>) -> Vec<u8> {
    let (encoding, mark_bytes) = Encoding::for_bom(&body)
        .unwrap_or_else(|| (declared(headers).and_then(Result::ok).unwrap_or(UTF_8), 0));
    if encoding == UTF_8 {
        if mark_bytes > 0 {
            body.drain(..mark_bytes);
        }
        return body;
    }
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(body.len());
    let mut rest = body.get(mark_bytes..).unwrap_or_default();
    loop {
        let (piece, after) = rest.split_at(rest.len().min(STEP_BYTES));
        let room = decoder.max_utf8_buffer_length(piece.len()).unwrap_or(piece.len());
        text.reserve(room);
        let (result, n_read, _) = decoder.decode_to_string(piece, &mut text, after.is_empty());
        match result {
            CoderResult::InputEmpty if after.is_empty() => return text.into_bytes(),
            CoderResult::InputEmpty => rest = after,
            CoderResult::OutputFull => rest = rest.get(n_read..).unwrap_or_default(),
        }
        tokio::task::yield_now().await;
    }
}

/// Returns the charset that `content-type` declares: the encoding, or the label if it is unknown.
fn declared(headers: &HeaderMap) -> Option<Result<&'static Encoding, &str>> {
    let content_type = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let label = content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    })?;
    Some(Encoding::for_label(label.as_bytes()).ok_or(label))
}

/// Says why a decoded body is not JSON, as far as its first bytes show it. Completes "the body is
/// not JSON".
pub(crate) fn why_not_json(headers: &HeaderMap, body: &[u8]) -> String {
    let charset = declared(headers);
    if let Some(Err(label)) = charset {
        let label = crate::excerpt::excerpt(label);
        return format!(": its charset `{label}` is unknown");
    }
    let undeclared = if charset.is_none() { " without a declared charset" } else { "" };
    let beginning = body.trim_ascii_start();
    match body {
        [] => return ": it is empty".to_owned(),
        [0x1f, 0x8b, ..] => return ": it looks like gzip without a `content-encoding`".to_owned(),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            return ": it looks like zstd without a `content-encoding`".to_owned();
        }
        [0, 0, 0, _, ..] | [_, 0, 0, 0, ..] => return ": it looks like UTF-32".to_owned(),
        [0, _, ..] | [_, 0, ..] => return format!(": it looks like UTF-16{undeclared}"),
        _ => {}
    }
    if beginning.is_empty() {
        return ": it is only white space".to_owned();
    }
    if beginning.starts_with(b"<") {
        return ": it looks like HTML or XML".to_owned();
    }
    if std::str::from_utf8(body).is_err() {
        return format!(": it is not UTF-8{undeclared}");
    }
    if body.len() > MAX_DIAGNOSED_BYTES {
        return String::new();
    }
    match serde_json::from_slice::<serde::de::IgnoredAny>(body) {
        Err(error) if error.is_eof() => ": it ends within a value".to_owned(),
        Err(error) => format!(": at line {} column {}", error.line(), error.column()),
        // The body is valid, but nested too deeply to read values from it.
        Ok(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(content_type: &str) -> HeaderMap {
        [(CONTENT_TYPE, content_type.parse().unwrap())].into_iter().collect()
    }

    async fn decoded(content_type: &str, body: &[u8]) -> String {
        String::from_utf8(to_utf8(&headers(content_type), body.to_vec()).await).unwrap()
    }

    #[tokio::test]
    async fn a_byte_order_mark_is_skipped_and_overrides_the_declared_charset() {
        assert_eq!(decoded("application/json", b"\xef\xbb\xbf{}").await, "{}");
        assert_eq!(decoded("text/plain; charset=latin1", b"\xef\xbb\xbf\xc3\xa4").await, "ä");
        assert_eq!(decoded("text/plain", b"\xff\xfe{\0}\0").await, "{}");
        assert_eq!(decoded("text/plain", b"\xfe\xff\0{\0}").await, "{}");
    }

    #[tokio::test]
    async fn the_declared_charset_is_decoded() {
        for (charset, bytes) in [
            ("ISO-8859-1", &b"\xe4"[..]),
            ("\"iso-8859-15\"", b"\xe4"),
            ("utf-16le", b"\xe4\0"),
            ("UTF-16BE", b"\0\xe4"),
            ("windows-1252; x=y", b"\xe4"),
        ] {
            assert_eq!(decoded(&format!("text/plain; charset={charset}"), bytes).await, "ä");
        }
        assert_eq!(decoded("a/b;charset=Shift_JIS", b"\x93\xfa\x96\x7b").await, "日本");
    }

    #[tokio::test]
    async fn a_long_body_is_decoded_across_its_steps() {
        let text = "日".repeat(STEP_BYTES);
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decoded("text/plain; charset=utf-16le", &bytes[..bytes.len()]).await, text);
        let odd = [b"x".as_slice(), &bytes].concat();
        let latin = decoded("text/plain; charset=latin1", &odd).await;
        assert_eq!(latin.chars().count(), odd.len());
    }

    #[tokio::test]
    async fn a_utf8_body_is_unchanged() {
        let broken = b"ok \xff".to_vec();
        assert_eq!(to_utf8(&headers("text/plain; charset=utf-8"), broken.clone()).await, broken);
        assert_eq!(to_utf8(&headers("text/plain; charset=klingon"), broken.clone()).await, broken);
    }

    #[test]
    fn a_body_that_is_not_json_is_named() {
        for (content_type, body, expected) in [
            ("text/plain", &b"{\0}\0"[..], "it looks like UTF-16 without a declared charset"),
            ("text/plain", b"\0{\0}", "it looks like UTF-16 without a declared charset"),
            ("text/plain", b"{\0\0\0}\0\0\0", "UTF-32"),
            ("text/plain", b"", "empty"),
            ("text/plain", b"  \n", "white space"),
            ("text/plain", b"\n<!doctype html>", "HTML"),
            ("text/plain", b"\x1f\x8b\x08\0", "gzip"),
            ("text/plain", b"{\"a\":\"\xe4\"}", "not UTF-8 without a declared charset"),
            ("text/plain; charset=klingon", b"{", "`klingon` is unknown"),
            ("text/plain", b"{\"a\": [1, 2", "ends within a value"),
            ("text/plain", b"{\"a\": nope}", "line 1 column 8"),
        ] {
            let why = why_not_json(&headers(content_type), body);
            assert!(why.contains(expected), "{why} is not {expected}");
        }
    }
}
