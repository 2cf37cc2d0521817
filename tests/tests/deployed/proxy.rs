//! The proxy that the environment of the prober names.

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::outage::CONFIG;
use crate::stack::{Function, Stack};

#[tokio::test]
async fn the_prober_uses_the_proxy_of_its_environment() {
    let stack = Stack::new("proxy").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let changed = [("HTTP_PROXY", proxy.as_str()), ("NO_PROXY", "127.0.0.1,localhost")];
    stack.set_variables(Function::Prober, &changed).await;
    // A name that nothing resolves: only a proxy can reach it.
    let check = "check.http = { url = \"http://shop.invalid/health\" }";
    stack.apply(&format!("{CONFIG}\n[[monitor]]\nid = \"shop\"\n{check}\n")).await;

    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
        String::from_utf8(head).unwrap()
    });
    let answer = stack.invoke(Function::Prober, &json!({ "monitors": ["shop"] })).await;
    assert_eq!(answer.answer["outcomes"][0]["status"], "healthy", "{answer:?}");
    let head = asked.await.unwrap();
    assert!(head.starts_with("GET http://shop.invalid/health HTTP/1.1\r\n"), "{head}");
}
