//! The limit of repeated errors in the log.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The least interval between two log lines of the same error.
const LOG_EVERY: Duration = Duration::from_mins(1);

/// The last error of each source, and the time at which it was logged.
#[derive(Debug, Default)]
pub(crate) struct ErrorLog(Mutex<HashMap<&'static str, (String, Instant)>>);

impl ErrorLog {
    /// Returns false if the last error of `source` has the same text and was logged within the last minute.
    /// Otherwise records this one as logged now.
    pub(crate) fn admits(&self, source: &'static str, text: &str) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_repeated =
            |(logged, at): &(String, Instant)| logged == text && at.elapsed() < LOG_EVERY;
        if last.get(source).is_some_and(is_repeated) {
            return false;
        }
        last.insert(source, (text.to_owned(), Instant::now()));
        true
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_same_error_of_a_source_is_logged_once_a_minute() {
        let log = ErrorLog::default();
        let mut n_logged = 0;
        for _ in 0..180 {
            n_logged += u32::from(log.admits("evaluator", "database is locked"));
            advance(Duration::from_secs(1)).await;
        }
        assert_eq!(n_logged, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn another_error_and_another_source_are_logged_at_once() {
        let log = ErrorLog::default();
        assert!(log.admits("evaluator", "database is locked"));
        assert!(log.admits("generator", "database is locked"));
        assert!(log.admits("evaluator", "database or disk is full"));
        assert!(!log.admits("evaluator", "database or disk is full"));
        assert!(!log.admits("generator", "database is locked"));
    }
}
