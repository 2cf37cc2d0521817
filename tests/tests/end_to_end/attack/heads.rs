//! Hostile heads of HTTP answers, and servers that speak neither HTTP nor TLS.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use super::server::{Hostile, answer, drain, endless, repeat, serve};

const PLAIN: &str = "check.http = { url = URL }";

fn repeated(start: &str, part: &str, n: usize) -> Vec<u8> {
    format!("{start}{}\r\n", part.repeat(n)).into_bytes()
}

async fn cookies() -> Hostile {
    let cookie = format!("set-cookie: name={}; path=/\r\n", "v".repeat(4_000));
    let start = "HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n";
    answer("head-cookies", PLAIN, repeated(start, &cookie, 14)).await
}

async fn slow_head() -> Hostile {
    let check = |address| format!("check.http = {{ url = \"http://{address}/\" }}");
    serve("head-drip", check, |mut stream| async move {
        for byte in b"HTTP/1.1 200 OK\r\n".iter().cycle() {
            stream.write_u8(*byte).await?;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    })
    .await
}

/// Starts a server that answers a TLS handshake with `start` and then repeats `part`.
async fn not_tls(id: &'static str, start: &'static [u8], part: &'static [u8]) -> Hostile {
    let check = |address| format!("check.tls = {{ address = \"{address}\" }}");
    serve(id, check, move |mut stream| async move {
        stream.write_all(start).await?;
        if part.is_empty() { drain(&mut stream).await } else { repeat(&mut stream, part).await }
    })
    .await
}

async fn banner() -> Hostile {
    let check = |address| format!("check.tcp = {{ address = \"{address}\", expect = \"ready\" }}");
    serve("tcp-banner", check, |mut stream| async move { repeat(&mut stream, b"banner ").await })
        .await
}

pub(super) async fn attacks() -> Vec<Hostile> {
    let ok = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n";
    vec![
        answer("head-10000-headers", PLAIN, repeated(ok, "x-header: value\r\n", 10_000)).await,
        answer("head-long-location", PLAIN, {
            let location = format!("location: /{}\r\n", "a".repeat(60_000));
            repeated("HTTP/1.1 302 Found\r\ncontent-length: 0\r\n", &location, 1)
        })
        .await,
        answer("head-two-lengths", PLAIN, repeated(ok, "content-length: 7\r\n", 1)).await,
        answer("head-length-overflow", PLAIN, {
            b"HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551615\r\n\r\nx".to_vec()
        })
        .await,
        answer("head-status", PLAIN, b"HTTP/1.1 99999 Many\r\n\r\n".to_vec()).await,
        answer("head-nul", PLAIN, b"HTTP/1.1 200 OK\r\nx-nul: a\0b\r\n\r\n".to_vec()).await,
        answer("head-garbage", PLAIN, vec![0x80; 100_000]).await,
        endless("head-endless-line", PLAIN, b"HTTP/1.1 200 OK\r\nx-long: ", b"aaaaaaaa").await,
        endless("head-endless-1xx", PLAIN, b"", b"HTTP/1.1 103 Early Hints\r\n\r\n").await,
        cookies().await,
        slow_head().await,
        // Record types and lengths of RFC 8446, section 5.1.
        not_tls("tls-garbage", b"", b"\x80\x81\x82\x83").await,
        not_tls("tls-silence", b"", b"").await,
        not_tls("tls-huge-record", b"\x16\x03\x03\xff\xff", b"\x00").await,
        not_tls("tls-huge-message", b"\x16\x03\x03\x40\x00\x02\xff\xff\xff", b"\x00").await,
        not_tls("tls-alerts", b"", b"\x15\x03\x03\x00\x02\x01\x5a").await,
        not_tls("tls-empty-records", b"", b"\x16\x03\x03\x00\x00").await,
        banner().await,
    ]
}
