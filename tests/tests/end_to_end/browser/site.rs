//! A web server with one page and an adjustable clock.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use allclear_status_site::{Snapshot, render};
use jiff::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The server. Dropping the value stops it.
pub(super) struct Site {
    port: u16,
    served: Arc<Mutex<Served>>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Served {
    page: String,
    date: String,
}

impl Site {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let served = Arc::<Mutex<Served>>::default();
        let shared = Arc::clone(&served);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let served = Arc::clone(&shared);
                tokio::spawn(async move {
                    // A browser opens connections that it does not use.
                    let _ = answer(stream, &served).await;
                });
            }
        });
        Self { port, served, task }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Serves the page of this snapshot from now on, with `now` as the server's time.
    pub(super) fn publish(&self, snapshot: &Snapshot, now: Timestamp) {
        let page = render(snapshot).pop().unwrap();
        assert_eq!(page.path, "index.html");
        self.answer(&String::from_utf8(page.bytes).unwrap());
        self.set_clock(now);
    }

    /// Serves this text instead of the page.
    pub(super) fn answer(&self, html: &str) {
        html.clone_into(&mut self.served.lock().unwrap().page);
    }

    pub(super) fn set_clock(&self, now: Timestamp) {
        self.served.lock().unwrap().date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(mut stream: TcpStream, served: &Mutex<Served>) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let (status, page, date) = {
        let served = served.lock().unwrap();
        let is_page = head.starts_with(b"GET / ");
        let page = if is_page { served.page.clone() } else { String::new() };
        (if is_page { "200 OK" } else { "404 Not Found" }, page, served.date.clone())
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ndate: {date}\r\ncontent-type: text/html; charset=utf-8\r\n\
         cache-control: public, max-age=15, must-revalidate\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n",
        page.len()
    );
    stream.write_all(format!("{head}{page}").as_bytes()).await?;
    stream.shutdown().await
}
