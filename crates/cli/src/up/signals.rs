//! The signals that ask the process to end, or to load the config again.
//!
//! They are received from the moment on at which the values here are made, which is the first thing
//! that `up` does: a signal that comes while it starts ends it as cleanly as a later one.

use crate::output;

/// The signals that a process that watches receives.
pub(crate) struct ProcessSignals {
    pub(crate) stops: Stops,
    pub(crate) hangups: Hangups,
}

impl ProcessSignals {
    /// Receives the signals from now on.
    pub(crate) fn install() -> Self {
        Self { stops: Stops::install(), hangups: Hangups::install() }
    }
}

/// Receives interrupts (SIGINT) and requests to end (SIGTERM).
pub(crate) struct Stops {
    #[cfg(unix)]
    interrupt: Option<tokio::signal::unix::Signal>,
    #[cfg(unix)]
    terminate: Option<tokio::signal::unix::Signal>,
}

impl Stops {
    /// Receives them from now on. None of them ends the process any more.
    pub(crate) fn install() -> Self {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let (interrupt, terminate) = (SignalKind::interrupt(), SignalKind::terminate());
            Self { interrupt: signal(interrupt).ok(), terminate: signal(terminate).ok() }
        }
        #[cfg(not(unix))]
        Self {}
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            () = received(self.interrupt.as_mut()) => {}
            () = received(self.terminate.as_mut()) => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}

/// Waits for a signal; forever if it cannot be received.
#[cfg(unix)]
async fn received(signal: Option<&mut tokio::signal::unix::Signal>) {
    let received = match signal {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if received.is_none() {
        std::future::pending::<()>().await;
    }
}

/// Waits for an interrupt or a request to end.
pub(crate) async fn until_stopped() {
    Stops::install().next().await;
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
    pub(crate) fn install() -> Self {
        Self {
            #[cfg(unix)]
            signal: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok(),
            began_on_terminal: output::is_terminal(),
        }
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) -> Hangup {
        #[cfg(unix)]
        received(self.signal.as_mut()).await;
        #[cfg(not(unix))]
        std::future::pending::<()>().await;
        if self.began_on_terminal && !output::is_terminal() {
            Hangup::TerminalGone
        } else {
            Hangup::Reload
        }
    }
}
