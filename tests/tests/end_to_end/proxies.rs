//! Proxies from the environment of the command.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::stage::{PATIENCE, Process, Stage};

#[tokio::test]
async fn the_command_uses_the_proxy_of_its_environment() {
    let stage = Stage::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let proxy = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
        String::from_utf8(head).unwrap()
    });
    // A name that does not resolve, so that only a proxy can reach it.
    stage.config(
        "[[monitor]]\nid = \"shop\"\ncheck.http = { url = \"http://shop.invalid/health\" }\n",
    );
    let mut command = stage.command(&["check"]);
    for name in ["NO_PROXY", "no_proxy", "http_proxy", "ALL_PROXY", "all_proxy"] {
        command.env_remove(name);
    }
    command.env("HTTP_PROXY", format!("http://{address}"));
    let finished = Process::start(command).finished(PATIENCE).await;
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let head = proxy.await.unwrap();
    assert!(head.starts_with("GET http://shop.invalid/health HTTP/1.1\r\n"), "{head}");
}
