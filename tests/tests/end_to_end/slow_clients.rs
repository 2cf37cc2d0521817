//! Malicious and slow clients of the server of `allclear up`: they hold connections open, never
//! read, guess tokens, or are still sending at its shutdown.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::server::{TOKEN, served};
use crate::stage::{PATIENCE, Up, eventually};

/// The longest time for the page while the server is attacked: half of the time for which the
/// attackers can hold their connections, on a machine that is busy with other tests.
const PAGE_WITHIN: Duration = Duration::from_secs(5);

/// The longest time that a client may hold a connection without progress. The server allows 10 s;
/// the rest is a margin for a machine that is busy with other tests.
const CLOSED_WITHIN: Duration = Duration::from_mins(1);

/// The memory limit of a debug build; a release build needs far less.
const MAX_MEMORY_KB: u64 = 120_000;

/// Opens `n` connections and sends these bytes on each.
async fn clients(up: &Up, n: usize, bytes: &[u8]) -> Vec<TcpStream> {
    let mut clients = Vec::new();
    for _ in 0..n {
        let socket = TcpSocket::new_v4().unwrap();
        // With a small receive buffer, the server's writes soon block on a client that does not
        // read.
        socket.set_recv_buffer_size(4_096).unwrap();
        let mut client = socket.connect(up.address().parse().unwrap()).await.unwrap();
        // The server may close the connection while a greedy client is still sending requests.
        let _ = timeout(Duration::from_millis(200), client.write_all(bytes)).await;
        clients.push(client);
    }
    clients
}

async fn assert_page_is_quick(up: &Up) {
    let began = Instant::now();
    assert_eq!(up.get("/").await.status, 200);
    assert!(began.elapsed() < PAGE_WITHIN, "the page took {:?}", began.elapsed());
}

/// Returns the number of open sockets of the process.
fn n_sockets(up: &Up) -> usize {
    let entries = std::fs::read_dir(format!("/proc/{}/fd", up.process.id())).unwrap();
    let links = entries.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    links.filter(|link| link.to_string_lossy().starts_with("socket:")).count()
}

#[tokio::test]
async fn clients_that_never_read_are_closed_and_memory_stays_bounded() {
    let (_stage, up) = served().await;
    let n_before = n_sockets(&up);
    let ask = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
    // The answers to the modest clients fit into the buffers of the system; those to the greedy
    // ones do not.
    let modest = clients(&up, 480, ask.repeat(4).as_bytes()).await;
    let greedy = clients(&up, 20, ask.repeat(400).as_bytes()).await;
    assert_page_is_quick(&up).await;
    assert!(n_sockets(&up) > n_before + 100, "{} sockets", n_sockets(&up));
    eventually("clients that do not read to be closed", CLOSED_WITHIN, async || {
        (n_sockets(&up) <= n_before + 5).then_some(())
    })
    .await;
    let peak_kb = up.process.peak_memory_kb().unwrap();
    println!("at most {peak_kb} kB");
    assert!(peak_kb < MAX_MEMORY_KB, "{peak_kb} kB");
    drop((modest, greedy));
}

#[tokio::test]
async fn idle_and_slow_clients_are_closed_and_do_not_block_others() {
    let (_stage, up) = served().await;
    let n_before = n_sockets(&up);
    let halves = clients(&up, 300, b"GET / HTTP/1.1\r\nhost: a\r\nx: ").await;
    // More connections than the server holds at once: it closes the oldest ones.
    let silent = clients(&up, 400, b"").await;
    assert_page_is_quick(&up).await;
    assert!(n_sockets(&up) <= n_before + 520, "{} sockets", n_sockets(&up));
    for mut client in silent.into_iter().rev().take(5).chain(halves.into_iter().take(5)) {
        let closed = timeout(CLOSED_WITHIN, client.read_to_end(&mut Vec::new())).await;
        closed.expect("the connection stays open").ok();
    }
    eventually("idle connections to be closed", CLOSED_WITHIN, async || {
        (n_sockets(&up) <= n_before + 5).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_client_that_guesses_tokens_is_refused_and_valid_tokens_are_accepted() {
    let (_stage, up) = served().await;
    let mut client = TcpStream::connect(up.address()).await.unwrap();
    let mut statuses = Vec::new();
    for n in 0..3_000 {
        let ask = format!("POST /heartbeat/0123456789abcdef-{n} HTTP/1.1\r\nhost: a\r\n\r\n");
        client.write_all(ask.as_bytes()).await.unwrap();
        let mut response = vec![0; 2_000];
        let n_read = timeout(PATIENCE, client.read(&mut response)).await.unwrap().unwrap();
        let response = String::from_utf8_lossy(&response[..n_read]).into_owned();
        statuses.push(response.split(' ').nth(1).unwrap().to_owned());
        if statuses.last().unwrap() == "429" {
            assert!(response.contains("retry-after: 60"), "{response}");
            // Each further guess needs a new connection.
            client = TcpStream::connect(up.address()).await.unwrap();
        }
    }
    let n_with = |status: &str| statuses.iter().filter(|one| *one == status).count();
    assert_eq!((n_with("404"), n_with("429")), (10, 2_990));
    assert_eq!(up.post(&format!("/heartbeat/{TOKEN}"), "").await.status, 200);
    assert_eq!(up.post(&format!("/heartbeat/{TOKEN}/fail"), "").await.status, 200);
    assert_eq!(up.post("/heartbeat/0123456789abcdef-nightlx", "").await.status, 429);
}

#[tokio::test]
async fn a_heartbeat_during_the_shutdown_is_recorded() {
    let (stage, up) = served().await;
    let mut idle = clients(&up, 1, b"").await.remove(0);
    let mut job = TcpStream::connect(up.address()).await.unwrap();
    let head = format!(
        "POST /heartbeat/{TOKEN}/fail HTTP/1.1\r\nhost: a\r\ncontent-length: 12\r\n\r\ndisk "
    );
    job.write_all(head.as_bytes()).await.unwrap();
    // Connections are served in order of arrival, so this answer comes after the job's head was
    // read.
    assert_eq!(up.get("/").await.status, 200);
    let answered = async {
        // At shutdown the server closes a connection without a request.
        timeout(PATIENCE, idle.read_to_end(&mut Vec::new())).await.unwrap().unwrap();
        job.write_all(b"is full").await.unwrap();
        let mut response = String::new();
        timeout(PATIENCE, job.read_to_string(&mut response)).await.unwrap().unwrap();
        response
    };
    let (ended, response) = tokio::join!(up.process.terminated(Duration::from_secs(15)), answered);
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let said = stage.run(&["check", "nightly", "--json"]).await;
    assert!(said.stdout.contains("disk is full"), "{said:?}");
}
