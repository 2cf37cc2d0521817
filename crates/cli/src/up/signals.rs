//! Signals: requests to end, and to load the config again.

use crate::output;

/// Waits for an interrupt or a request to end.
pub(crate) async fn until_stopped() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}

/// The meaning of a hangup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hangup {
    /// The terminal was closed.
    TerminalGone,
    /// An operator or a service manager asks for the config to be loaded again.
    Reload,
}

/// Receives hangups (SIGHUP). As long as the value lives, none ends the process.
pub(crate) struct Hangups {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
    began_on_terminal: bool,
}

impl Hangups {
    /// Receives them from now on.
    pub(crate) fn new() -> Self {
        Self {
            #[cfg(unix)]
            signal: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok(),
            began_on_terminal: output::is_terminal(),
        }
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) -> Hangup {
        #[cfg(unix)]
        if let Some(signal) = &mut self.signal
            && signal.recv().await.is_some()
        {
            return if self.began_on_terminal && !output::is_terminal() {
                Hangup::TerminalGone
            } else {
                Hangup::Reload
            };
        }
        std::future::pending().await
    }
}
