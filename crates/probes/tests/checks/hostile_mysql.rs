//! A MySQL server that accepts the login and then requests a file of the machine of the monitor.

use std::time::Duration;

use allclear_core::reason::Reason;
use allclear_core::status::Fault;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{FindingExt, bench};

const LIMIT: Duration = Duration::from_secs(10);

/// The command that ends a session.
const QUIT: u8 = 1;

fn packet(sequence: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    [&[length, 0, 0, sequence][..], payload].concat()
}

async fn received(stream: &mut TcpStream) -> Vec<u8> {
    let mut head = [0; 4];
    if stream.read_exact(&mut head).await.is_err() {
        return Vec::new();
    }
    let mut payload = vec![0; usize::from(head[0]) + 256 * usize::from(head[1])];
    stream.read_exact(&mut payload).await.unwrap();
    payload
}

/// Serves one connection, and returns the packets that follow the request for the file.
async fn serve(mut stream: TcpStream, plugin: &str) -> Vec<Vec<u8>> {
    let greeting = [
        &b"\x0a8.0.36\0\x01\0\0\0ABCDEFGH\0\xff\xf7\x2d\x02\0\x0f\0\x15"[..],
        &[0; 10],
        b"IJKLMNOPQRST\0",
        plugin.as_bytes(),
        b"\0",
    ]
    .concat();
    stream.write_all(&packet(0, &greeting)).await.unwrap();
    received(&mut stream).await;
    if plugin == "mysql_clear_password" {
        let change = b"\xfemysql_clear_password\0";
        stream.write_all(&packet(2, change)).await.unwrap();
    } else {
        stream.write_all(&packet(2, b"\0\0\0\x02\0\0\0")).await.unwrap();
        while !received(&mut stream).await.starts_with(b"\x03SELECT") {
            stream.write_all(&packet(1, b"\0\0\0\x02\0\0\0")).await.unwrap();
        }
        stream.write_all(&packet(1, b"\xfb/etc/hostname")).await.unwrap();
    }
    let mut after = Vec::new();
    loop {
        let packet = received(&mut stream).await;
        if packet.is_empty() {
            return after;
        }
        after.push(packet);
    }
}

#[tokio::test]
async fn no_file_of_the_monitor_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let params = json!({ "address": listener.local_addr().unwrap(), "user": "watcher" });
    let serving = tokio::spawn(async move {
        serve(listener.accept().await.unwrap().0, "mysql_native_password").await
    });
    let finding = bench().await.check_within(LIMIT, "mysql", params).await;
    let cause = finding.cause();
    assert_eq!((cause.fault, cause.reason), (Fault::Target, Reason::ResponseInvalid), "{cause:?}");
    assert_eq!(serving.await.unwrap(), [[QUIT]]);
}

#[tokio::test]
async fn a_password_in_clear_text_is_not_sent_without_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let params = json!({ "address": listener.local_addr().unwrap(), "user": "watcher" });
    let serving = tokio::spawn(async move {
        serve(listener.accept().await.unwrap().0, "mysql_clear_password").await
    });
    let finding = bench().await.check_within(LIMIT, "mysql", params).await;
    let cause = finding.cause();
    assert_eq!((cause.fault, cause.reason), (Fault::Request, Reason::TlsRequired), "{cause:?}");
    assert_eq!(serving.await.unwrap(), Vec::<Vec<u8>>::new());
}
