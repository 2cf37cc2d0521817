//! Bodies with content encodings and charsets.

use std::io::Write;
use std::time::{Duration, Instant};

use allclear_core::outcome::Finding;
use allclear_core::reason::Reason;
use allclear_simulator::Behavior;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use serde_json::{Value, json};

use crate::support::{FindingExt, answer, bench, scripted_server};

const OK: &[u8] = br#"{"status":"ok"}"#;
const IS_OK: &str = "json.status == 'ok'";
/// The same body, compressed by a reference encoder.
const OK_IN_BROTLI: &[u8] = b"\x0b\x07\x80{\"status\":\"ok\"}\x03";

pub(crate) fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zlib(plain: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn raw_deflate(plain: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(plain: &[u8]) -> Vec<u8> {
    compress_to_vec(plain, CompressionLevel::Fastest)
}

/// Encodes Brotli without compression: a window of 16 bits, one stored block, and an empty last
/// block.
pub(crate) fn stored_brotli(plain: &[u8]) -> Vec<u8> {
    let length = u32::try_from(plain.len() - 1).unwrap();
    assert!(length < 1 << 16);
    // One bit for the window size, then: not the last block, four nibbles of length, stored.
    let head = length << 4 | 1 << 20;
    let mut encoded = head.to_le_bytes()[..3].to_vec();
    encoded.extend_from_slice(plain);
    encoded.push(3);
    encoded
}

/// Returns 64 MiB of zeros, compressed.
fn brotli_bomb() -> Vec<u8> {
    let hex = "cbffff3ff82700e2b14020f7fe8fffff7ff04f00c4611180eefd1fffffffe09f0088c30200ddfb3ffeffff\
               c13f0110870500baf77ffcffff837f02200e0b0074effff8ffff07ff04401c1600e8defff1ffff0ffe0980\
               382c00d0bdffcbffff3ffc1300715800a07bff07";
    let digits = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

/// Returns a gigabyte, compressed into blocks that repeat one byte.
fn zstd_bomb() -> Vec<u8> {
    // Magic, no flags, a window of 8 MiB.
    let mut bomb = vec![0x28, 0xb5, 0x2f, 0xfd, 0, 0x68];
    for n in 0..8192u32 {
        let head = (128 * 1024) << 3 | 1 << 1 | u32::from(n == 8191);
        bomb.extend_from_slice(&head.to_le_bytes()[..3]);
        bomb.push(b'x');
    }
    bomb
}

async fn check(headers: &str, body: Vec<u8>, mut params: Value) -> Finding {
    let headers = headers.to_owned();
    let server = scripted_server(move |_| answer("200 OK", &headers, &body)).await;
    params["url"] = json!(format!("http://{}/", server.address));
    bench().await.check("http", params).await
}

async fn check_encoded(encoding: &str, body: Vec<u8>, params: Value) -> Finding {
    check(&format!("content-encoding: {encoding}\r\n"), body, params).await
}

#[tokio::test]
async fn each_content_encoding_is_decoded() {
    for (encoding, body) in [
        ("gzip", gzip(OK)),
        ("GZIP", gzip(OK)),
        ("x-gzip", gzip(OK)),
        ("deflate", zlib(OK)),
        ("deflate", raw_deflate(OK)),
        ("br", OK_IN_BROTLI.to_vec()),
        ("zstd", zstd(OK)),
        ("identity", OK.to_vec()),
        ("gzip, deflate, gzip", gzip(&zlib(&gzip(OK)))),
    ] {
        let finding = check_encoded(encoding, body.clone(), json!({ "expect": IS_OK })).await;
        finding.assert_healthy();
        let came = i64::try_from(body.len()).unwrap();
        assert_eq!(finding.metric("body_bytes"), Some(came), "as it came over the network");
    }
}

#[tokio::test]
async fn a_large_body_is_decoded_completely() {
    let numbers: Vec<u32> = (0..100_000).collect();
    let plain = json!({ "numbers": numbers }).to_string();
    let expect = "size(json.numbers) == 100000 && body.endsWith('99999]}')";
    for (encoding, body) in [
        ("gzip", gzip(plain.as_bytes())),
        ("deflate", zlib(plain.as_bytes())),
        ("zstd", zstd(plain.as_bytes())),
        ("zstd, gzip", gzip(&zstd(plain.as_bytes()))),
    ] {
        check_encoded(encoding, body, json!({ "expect": expect })).await.assert_healthy();
    }
}

#[tokio::test]
async fn members_of_gzip_and_frames_of_zstd_follow_each_other() {
    let halves = OK.split_at(5);
    let gzipped = [gzip(halves.0), gzip(halves.1)].concat();
    let padded = [gzipped.clone(), vec![0; 100]].concat();
    let skippable = b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec();
    let zstd = [skippable, zstd(halves.0), zstd(halves.1)].concat();
    for (encoding, body) in [("gzip", gzipped), ("gzip", padded), ("zstd", zstd)] {
        check_encoded(encoding, body, json!({ "expect": IS_OK })).await.assert_healthy();
    }
}

#[tokio::test]
async fn an_empty_body_needs_no_encoding() {
    for encoding in ["gzip", "deflate", "br", "zstd"] {
        check_encoded(encoding, Vec::new(), json!({ "expect": "body == ''" }))
            .await
            .assert_healthy();
    }
}

#[tokio::test]
async fn a_bomb_is_cut_at_the_limit() {
    let nested = gzip(&gzip(&vec![0; 8 * 1024 * 1024]));
    for (encoding, body) in [
        ("br", brotli_bomb()),
        ("zstd", zstd_bomb()),
        ("gzip", gzip(&vec![0; 8 * 1024 * 1024])),
        ("deflate", zlib(&vec![0; 8 * 1024 * 1024])),
        ("gzip, gzip", nested),
    ] {
        let finding = check_encoded(encoding, body, json!({ "expect": "body == 'x'" })).await;
        let message = finding.assert_down(Reason::ResponseTooLarge);
        assert!(message.contains("the decoded body is larger than 1048576 bytes"), "{message}");
    }
    let bench = bench().await;
    bench.simulator.set("svc", Behavior::GzipBomb);
    let url = bench.simulator.http_url("/svc");
    let params = json!({ "url": url, "expect": "body == 'x'", "max_body_bytes": 16 * 1024 * 1024 });
    bench.check("http", params).await.assert_down(Reason::ResponseTooLarge);
}

#[tokio::test]
async fn nested_encodings_are_bounded() {
    // The outer encoding produces much data, from which the inner one produces nothing.
    let mut inner = gzip(b"ok");
    inner.resize(8 * 1024 * 1024, 0);
    let finding =
        check_encoded("gzip, gzip", gzip(&inner), json!({ "expect": "body == 'ok'" })).await;
    finding.assert_down(Reason::ResponseTooLarge);
}

#[tokio::test]
async fn other_checks_go_on_while_a_bomb_is_decoded() {
    let bench = bench().await;
    bench.simulator.set("svc", Behavior::GzipBomb);
    let url = bench.simulator.http_url("/svc");
    let params = json!({ "url": url, "expect": "body == 'x'", "max_body_bytes": 16 * 1024 * 1024 });
    let mut n_turns = 0;
    let others = async {
        loop {
            tokio::task::yield_now().await;
            n_turns += 1;
        }
    };
    tokio::select! {
        finding = bench.check("http", params) => { finding.assert_down(Reason::ResponseTooLarge); }
        () = others => unreachable!(),
    }
    // At least one for each step of at most 32 KiB.
    assert!(n_turns >= 512, "{n_turns}");
}

#[tokio::test]
async fn a_body_in_chunks_of_one_byte_is_decoded_cheaply() {
    let plain = json!({ "status": "ok", "numbers": (0..3_000).collect::<Vec<u32>>() }).to_string();
    for (encoding, body) in [("gzip", gzip(plain.as_bytes())), ("zstd", zstd(plain.as_bytes()))] {
        let mut chunked = format!(
            "HTTP/1.1 200 OK\r\ncontent-encoding: {encoding}\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        .into_bytes();
        for byte in body {
            chunked.extend([b'1', b'\r', b'\n', byte, b'\r', b'\n']);
        }
        chunked.extend(b"0\r\n\r\n");
        let server = scripted_server(move |_| chunked.clone()).await;
        let url = format!("http://{}/", server.address);
        let begun = Instant::now();
        let finding = bench().await.check("http", json!({ "url": url, "expect": IS_OK })).await;
        finding.assert_healthy();
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn a_truncated_or_corrupt_encoding_is_the_targets_fault() {
    let gzipped = gzip(OK);
    for (encoding, body) in [
        ("gzip", gzipped[..gzipped.len() - 9].to_vec()),
        ("gzip", gzipped[..gzipped.len() - 1].to_vec()),
        ("gzip", gzipped[..5].to_vec()),
        ("deflate", zlib(OK)[..8].to_vec()),
        ("deflate", vec![0x78]),
        ("br", OK_IN_BROTLI[..9].to_vec()),
        ("zstd", zstd(OK)[..9].to_vec()),
    ] {
        let finding = check_encoded(encoding, body, json!({ "expect": IS_OK })).await;
        let message = finding.assert_down(Reason::ResponseTruncated);
        assert!(message.contains(&format!("its {encoding} encoding is truncated")), "{message}");
    }
    let mut wrong_sum = gzip(OK);
    let at = wrong_sum.len() - 8;
    wrong_sum[at] ^= 1;
    for (encoding, body) in [
        ("gzip", wrong_sum),
        ("gzip", OK.to_vec()),
        ("deflate", b"<html></html>".to_vec()),
        ("br", vec![0xff; 64]),
        ("zstd", gzip(OK)),
        // A window of a terabyte.
        ("zstd", vec![0x28, 0xb5, 0x2f, 0xfd, 0, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]),
    ] {
        let finding = check_encoded(encoding, body, json!({ "expect": IS_OK })).await;
        let message = finding.assert_down(Reason::ResponseInvalid);
        let expected = format!("the body does not match its `content-encoding`, {encoding}");
        assert!(message.starts_with(&expected), "{message}");
    }
}

#[tokio::test]
async fn an_unknown_encoding_and_too_many_are_named() {
    let finding = check_encoded("compress", OK.to_vec(), json!({ "expect": IS_OK })).await;
    let message = finding.assert_down(Reason::ResponseInvalid);
    assert!(message.contains("`compress`") && message.contains("zstd"), "{message}");
    let many = "gzip, ".repeat(4);
    let finding = check_encoded(&many, OK.to_vec(), json!({ "expect": IS_OK })).await;
    let message = finding.assert_down(Reason::ResponseInvalid);
    assert!(message.contains("more than 3 content encodings"), "{message}");
    // A body that no condition uses does not have to be decoded.
    check_encoded("compress", OK.to_vec(), json!({})).await.assert_healthy();
}

#[tokio::test]
async fn the_body_is_text_in_its_declared_charset() {
    for (content_type, body) in [
        ("application/json", &b"\xef\xbb\xbf{\"status\":\"ok\",\"x\":\"\xc3\xa4\"}"[..]),
        ("application/json; charset=ISO-8859-1", b"{\"status\":\"ok\",\"x\":\"\xe4\"}"),
    ] {
        let headers = format!("content-type: {content_type}\r\n");
        let expect = "json.status == 'ok' && json.x == 'ä' && body.contains('ä')";
        check(&headers, body.to_vec(), json!({ "expect": expect })).await.assert_healthy();
    }
    let utf16: Vec<u8> = "{\"status\":\"ok\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xff\xfe".to_vec(), utf16.clone()].concat();
    check("", marked, json!({ "expect": IS_OK })).await.assert_healthy();
    let headers = "content-type: text/plain; charset=Shift_JIS\r\n";
    let expect = json!({ "expect": "body == '日本'" });
    check(headers, b"\x93\xfa\x96\x7b".to_vec(), expect).await.assert_healthy();
    let finding = check("", utf16, json!({ "expect": IS_OK })).await;
    let message = finding.assert_down(Reason::AssertionFailed);
    let expected = "the body is not JSON: it looks like UTF-16 without a declared charset";
    assert!(message.contains(expected), "{message}");
}
