use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

use super::*;

const LIMITS: HeadLimits = HeadLimits { max_bytes: 1_000, timeout: Duration::from_millis(50) };

/// Sends `requests` in parts of `n` bytes, and returns the bytes passed on until the end, and the
/// refusal.
async fn passed(requests: &[u8], n: usize) -> (String, Option<u16>) {
    let (mut client, stream) = duplex(64);
    let refused = Refused::default();
    let mut heads = CheckedHeads::new(stream, LIMITS, refused.clone());
    let send = async {
        for part in requests.chunks(n) {
            if client.write_all(part).await.is_err() {
                break;
            }
        }
        client.shutdown().await.unwrap();
    };
    let read = async {
        let mut passed = Vec::new();
        // Behind a refused request nothing comes, not even an end.
        while !passed.ends_with(REFUSED_HEAD) && heads.read_buf(&mut passed).await.unwrap() > 0 {}
        drop(heads);
        String::from_utf8(passed).unwrap()
    };
    let ((), passed) = tokio::join!(send, read);
    (passed, refused.get().map(|refusal| refusal.status.as_u16()))
}

const GET: &str = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
const POST: &str = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nno\r\n\r\nhead";
const CHUNKED: &str =
    "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
const NO_HOST: &str = "GET / HTTP/1.1\r\n\r\n";

#[tokio::test]
async fn valid_requests_pass_unchanged_in_any_split_of_packets() {
    let requests = [GET, POST, GET, POST, CHUNKED].concat();
    let requests = requests.replace("no\r\n\r\nhead", "no\r\n\r\nhea");
    for n in [1, 2, 7, 50, 1_000] {
        assert_eq!(passed(requests.as_bytes(), n).await, (requests.clone(), None), "{n}");
    }
}

#[tokio::test]
async fn a_refusal_follows_the_responses_of_earlier_requests() {
    let good = [GET, GET].concat();
    let replaced = format!("{good}{}", std::str::from_utf8(REFUSED_HEAD).unwrap());
    for n in [1, 30, 1_000] {
        let requests = [&good, NO_HOST, GET].concat();
        assert_eq!(passed(requests.as_bytes(), n).await, (replaced.clone(), Some(400)), "{n}");
    }
    let long = format!("{good}GET / HTTP/1.1\r\nx: {}", "x".repeat(2_000));
    assert_eq!(passed(long.as_bytes(), 100).await, (replaced, Some(431)));
}

#[tokio::test]
async fn an_incomplete_head_times_out_and_an_idle_connection_does_not() {
    let (mut client, stream) = duplex(64);
    let refused = Refused::default();
    let mut heads = CheckedHeads::new(stream, LIMITS, refused.clone());
    let mut passed = Vec::new();
    let silent = tokio::time::timeout(LIMITS.timeout * 3, heads.read_buf(&mut passed)).await;
    assert!(silent.is_err() && refused.get().is_none());
    client.write_all(b"GET / HT").await.unwrap();
    assert!(heads.read_buf(&mut passed).await.unwrap() > 0);
    assert_eq!(passed, REFUSED_HEAD);
    assert_eq!(refused.get().unwrap().status, StatusCode::REQUEST_TIMEOUT);
}
