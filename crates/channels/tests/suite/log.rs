//! Tests of the channel `log`: the lines that it writes.

use std::io::Write;
use std::sync::{Arc, Mutex};

use allclear_core::delivery::Notification;
use insta::assert_snapshot;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::notices;
use crate::sending::{build, deliver, secrets};

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Written {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn logged(notification: &Notification) -> String {
    let written = Written::default();
    let log =
        tracing_subscriber::fmt().with_writer(written.clone()).without_time().with_ansi(false);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    tracing::subscriber::with_default(log.finish(), || {
        let sender = build("log", json!({})).unwrap();
        runtime.block_on(deliver(&*sender, notification, &secrets([]))).unwrap();
    });
    String::from_utf8(written.0.lock().unwrap().clone()).unwrap()
}

#[test]
fn each_notification_is_one_line_at_the_level_of_its_severity() {
    assert_snapshot!(logged(&notices::down()), @"ERROR allclear::notification: [critical] OpenAI API is unhealthy | status 503, want 200 | Since: 2025-10-09 08:53:20 UTC, for 2m | Cause: the service itself failed delivery=5c1f0e9a7d3b2c4e6f8a9b0d");
    assert_snapshot!(logged(&notices::slow()), @" WARN allclear::notification: [warning] OpenAI API is degraded | answered in 4210 ms, expected within 800 ms | Since: 2025-10-09 08:53:20 UTC, for 2m | Cause: the service itself failed delivery=5c1f0e9a7d3b2c4e6f8a9b0d");
    assert_snapshot!(logged(&notices::all_clear()), @" INFO allclear::notification: All clear: OpenAI API is healthy | was: status 503, want 200 | Duration: 12m30s, from 2025-10-09 08:53:20 UTC to 2025-10-09 09:05:50 UTC | Cause: the service itself failed delivery=5c1f0e9a7d3b2c4e6f8a9b0d");
    assert_snapshot!(logged(&notices::recovery()), @" INFO allclear::notification: [info] OpenAI API is healthy again | healthy after 1m30s | At: 2025-10-09 08:54:50 UTC delivery=5c1f0e9a7d3b2c4e6f8a9b0d");
}
