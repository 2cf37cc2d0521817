use allclear_simulator::{Behavior, Step};

use crate::client::{cut, exchange, get, send, simulator, soon};

#[tokio::test]
async fn inbox_answers_ok_and_keeps_requests() {
    let simulator = simulator().await;
    let request =
        b"POST /_inbox/slack?thread=1 HTTP/1.1\r\nHost: x\r\nX-Signature: a\r\nx-signature: b\r\n\
        Connection: close\r\nContent-Length: 14\r\n\r\n{\"text\": \"hi\"}";
    let answer = cut(&exchange(simulator.http_address(), request).await.unwrap());
    assert_eq!((answer.code(), answer.text()), (200, "ok"));
    let received = simulator.inbox("slack");
    let [received] = received.as_slice() else { panic!("{received:?}") };
    assert_eq!(
        (received.method.as_str(), received.path.as_str()),
        ("POST", "/_inbox/slack?thread=1")
    );
    assert_eq!(received.headers["x-signature"], "a, b");
    assert_eq!(received.text(), r#"{"text": "hi"}"#);
    assert_eq!(received.json().unwrap()["text"], "hi");
}

#[tokio::test]
async fn chunked_body_is_put_together() {
    let simulator = simulator().await;
    let request = b"POST /_inbox/hook HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n\
        5\r\nhello\r\n6;note=1\r\n world\r\n0\r\n\r\n";
    exchange(simulator.http_address(), request).await.unwrap();
    assert_eq!(simulator.inbox("hook")[0].text(), "hello world");
}

#[tokio::test]
async fn client_that_expects_100_continue_gets_it() {
    let simulator = simulator().await;
    let request =
        b"POST /_inbox/hook HTTP/1.1\r\nhost: x\r\nconnection: close\r\nexpect: 100-continue\r\n\
        content-length: 2\r\n\r\nhi";
    let bytes = exchange(simulator.http_address(), request).await.unwrap();
    assert!(bytes.starts_with(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
    assert_eq!(simulator.inbox("hook")[0].text(), "hi");
}

#[tokio::test]
async fn inbox_follows_its_script_and_still_records() {
    let simulator = simulator().await;
    let steps = vec![
        Step::requests(Behavior::status(500), 1),
        Step::requests(Behavior::status(429).with_header("retry-after", "1"), 1),
        Step::requests(Behavior::text(200, "no_service"), 1),
        Step::forever(Behavior::Ok),
    ];
    simulator.script_inbox("slack", steps);
    let mut answers = Vec::new();
    for _ in 0..4 {
        let answer = send(&simulator, "POST", "/_inbox/slack", "{}").await;
        answers.push((answer.code(), answer.text().to_owned()));
    }
    let expected = [(500, ""), (429, ""), (200, "no_service"), (200, "ok")];
    assert_eq!(answers, expected.map(|(code, text)| (code, text.to_owned())));
    assert_eq!(simulator.inbox("slack").len(), 4);
}

#[tokio::test]
async fn inbox_can_be_waited_for() {
    let simulator = simulator().await;
    let posts = async {
        send(&simulator, "POST", "/_inbox/slack", "one").await;
        send(&simulator, "POST", "/_inbox/slack", "two").await;
    };
    let (received, ()) =
        soon(async { tokio::join!(simulator.wait_for_inbox("slack", 2), posts) }).await;
    assert_eq!(
        received.iter().map(allclear_simulator::Received::text).collect::<Vec<_>>(),
        ["one", "two"]
    );
}

#[tokio::test]
async fn inbox_and_endpoint_of_one_name_are_independent() {
    let simulator = simulator().await;
    simulator.set_inbox("slack", Behavior::status(500));
    assert_eq!(get(&simulator, "/slack").await.code(), 200);
    assert_eq!(send(&simulator, "POST", "/_inbox/slack", "").await.code(), 500);
    assert_eq!(simulator.hits("slack").len(), 1);
}
