//! Hostile name servers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::UdpSocket;

use super::server::Hostile;

/// Length of the head of a message (RFC 1035, section 4.1.1).
const HEAD_BYTES: usize = 12;

/// Starts a name server that answers each question with the messages that `reply` returns.
async fn serve(id: &'static str, reply: fn(&[u8]) -> Vec<Vec<u8>>) -> Hostile {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let n_questions = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&n_questions);
    let server = tokio::spawn(async move {
        let mut question = [0; 4_096];
        while let Ok((n, client)) = socket.recv_from(&mut question).await {
            counter.fetch_add(1, Ordering::Relaxed);
            for message in reply(&question[..n]) {
                let _ = socket.send_to(&message, client).await;
            }
        }
    });
    let check = format!("check.dns = {{ name = \"hostile.example\", resolver = \"{address}\" }}");
    Hostile::new(id, check, n_questions, server)
}

/// Turns a question into an answer that announces `n_answers` records and contains `records`.
fn answer(question: &[u8], n_answers: u16, records: &[u8]) -> Vec<u8> {
    let name_end = question[HEAD_BYTES..].iter().position(|byte| *byte == 0).unwrap();
    let mut message = question[..HEAD_BYTES + name_end + 5].to_vec();
    message[2] |= 0x80;
    message[6..8].copy_from_slice(&n_answers.to_be_bytes());
    message[8..HEAD_BYTES].fill(0);
    message.extend_from_slice(records);
    message
}

pub(super) async fn attacks() -> Vec<Hostile> {
    vec![
        serve("dns-garbage", |_| vec![vec![0xff; 500]; 200]).await,
        // A name that is a compression pointer to itself.
        serve("dns-loop", |question| {
            let here = u16::try_from(answer(question, 1, &[]).len()).unwrap();
            let pointer = (0xc000 | here).to_be_bytes();
            vec![answer(
                question,
                1,
                &[&pointer[..], &[0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 1, 2, 3, 4]].concat(),
            )]
        })
        .await,
        // The head announces more records than follow.
        serve("dns-count", |question| vec![answer(question, u16::MAX, &[])]).await,
        // An endless series of answers to a different question.
        serve("dns-wrong-id", |question| {
            let mut message = answer(question, 0, &[]);
            message[0] ^= 0x55;
            vec![message; 500]
        })
        .await,
        // The answer is marked as truncated, but nothing listens on TCP.
        serve("dns-truncated", |question| {
            let mut message = answer(question, 0, &[]);
            message[2] |= 0x02;
            vec![message]
        })
        .await,
    ]
}
