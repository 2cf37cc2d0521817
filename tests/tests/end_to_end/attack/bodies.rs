//! Hostile bodies of HTTP answers, with conditions that force the check to read them.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

use super::server::{Hostile, answer, endless};

const READ_BODY: &str =
    "check.http = { url = URL, expect = \"body != 'x'\", max_body_bytes = 1000000 }";
const READ_JSON: &str =
    "check.http = { url = URL, expect = \"json.status == 'ok'\", max_body_bytes = 10000000 }";
const COMPARE_ITEMS: &str = "check.http = { url = URL, max_body_bytes = 10000000, \
     expect = \"json.items.all(item, item.version == json.version)\" }";
const MATCH_BODY: &str =
    "check.http = { url = URL, expect = \"body.matches('(a|aa)+$')\", max_body_bytes = 2000000 }";
const SEARCH_BODY: &str = "check.http = { url = URL, max_body_bytes = 10000000, \
     expect = \"json.items.exists(a, json.items.exists(b, a.name == b.missing))\" }";

fn message(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn json(body: &str) -> Vec<u8> {
    message("content-type: application/json\r\n", body.as_bytes())
}

fn items(n: usize) -> String {
    let mut text = "{\"version\":\"1\",\"items\":[".to_owned();
    for index in 0..n {
        let comma = if index == 0 { "" } else { "," };
        write!(
            text,
            "{comma}{{\"id\":{index},\"name\":\"item number {index}\",\"version\":\"1\"}}"
        )
        .unwrap();
    }
    text.push_str("]}");
    text
}

fn keys(n: usize) -> String {
    let mut text = "{\"status\":\"ok\"".to_owned();
    for index in 0..n {
        write!(text, ",\"{index}\":0").unwrap();
    }
    text.push('}');
    text
}

fn zeros(n_megabytes: usize, mut encoder: impl std::io::Write) {
    let megabyte = vec![0; 1 << 20];
    for _ in 0..n_megabytes {
        encoder.write_all(&megabyte).unwrap();
    }
}

fn gzip_bomb() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    zeros(200, &mut encoder);
    encoder.finish().unwrap()
}

fn gzip_in_gzip_bomb() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&gzip_bomb()).unwrap();
    encoder.finish().unwrap()
}

fn zlib_bomb() -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    zeros(200, &mut encoder);
    encoder.finish().unwrap()
}

/// Returns a Zstandard frame of blocks that each repeat one byte 128 KiB times (RFC 8878, section
/// 3.1.1).
fn zstd_bomb() -> Vec<u8> {
    const BLOCK_BYTES: u32 = 128 * 1024;
    // The magic number, a descriptor without options, and a window of 1 MiB.
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50];
    for index in 0..2_000_u32 {
        let is_last = u32::from(index == 1_999);
        let header = (BLOCK_BYTES << 3) | (1 << 1) | is_last;
        frame.extend_from_slice(&header.to_le_bytes()[..3]);
        frame.push(b'a');
    }
    frame
}

pub(super) async fn attacks() -> Vec<Hostile> {
    let encoded = |name: &str| format!("content-encoding: {name}\r\n");
    vec![
        answer("body-8000-items", COMPARE_ITEMS, json(&items(8_000))).await,
        answer("body-items-squared", SEARCH_BODY, json(&items(8_000))).await,
        answer("body-500000-keys", READ_JSON, json(&keys(500_000))).await,
        answer("body-deep-arrays", READ_JSON, json(&"[".repeat(2_000_000))).await,
        answer("body-deep-objects", READ_JSON, json(&"{\"a\":".repeat(500_000))).await,
        answer("body-long-number", READ_JSON, json(&"9".repeat(2_000_000))).await,
        answer(
            "body-regex",
            MATCH_BODY,
            message("", format!("{}b", "a".repeat(1_000_000)).as_bytes()),
        )
        .await,
        answer("body-gzip", READ_BODY, message(&encoded("gzip"), &gzip_bomb())).await,
        answer("body-gzip-twice", READ_BODY, message(&encoded("gzip, gzip"), &gzip_in_gzip_bomb()))
            .await,
        answer("body-deflate", READ_BODY, message(&encoded("deflate"), &zlib_bomb())).await,
        answer("body-zstd", READ_BODY, message(&encoded("zstd"), &zstd_bomb())).await,
        answer("body-many-encodings", READ_BODY, message(&encoded(&"gzip,".repeat(500)), b"x"))
            .await,
        answer("body-latin", READ_BODY, message("", &vec![0xe9; 900_000])).await,
        endless(
            "body-small-chunks",
            READ_BODY,
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            b"1\r\na\r\n",
        )
        .await,
        endless(
            "body-chunk-extensions",
            READ_BODY,
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1",
            b";extension=value",
        )
        .await,
        endless(
            "body-trailers",
            READ_BODY,
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n",
            b"x-trailer: value\r\n",
        )
        .await,
    ]
}
