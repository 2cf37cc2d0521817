//! One endpoint or inbox: its script and the recorded requests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::Behavior;
use crate::lock::lock;
use crate::script::{Player, Script};

/// A request that an inbox has recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// The time at which it was read completely.
    pub at: Timestamp,
    /// The method.
    pub method: String,
    /// The path with the query.
    pub path: String,
    /// The header lines, names in lower case; the values of a repeated name are joined by `, `.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Received {
    /// Returns the body as text. Invalid UTF-8 is replaced by U+FFFD.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Parses the body as JSON.
    ///
    /// # Errors
    ///
    /// Fails if the body is not valid JSON.
    pub fn json(&self) -> serde_json::Result<serde_json::Value> {
        serde_json::from_slice(&self.body)
    }
}

/// The behavior for one request.
#[derive(Debug)]
pub(crate) struct ScriptTurn {
    /// `None` is [`Behavior::Ok`], so that the usual case needs no allocation.
    pub(crate) behavior: Option<Arc<Behavior>>,
    /// The number of the request since the behavior took effect, from 1.
    pub(crate) number: u64,
}

#[derive(Debug)]
pub(crate) struct Endpoint {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    player: Player,
    hits: Vec<Duration>,
    received: Vec<Received>,
}

impl Endpoint {
    pub(crate) fn new(script: Script, now: Duration) -> Self {
        let state =
            State { player: Player::start(script, now), hits: Vec::new(), received: Vec::new() };
        Self { state: Mutex::new(state), changed: Notify::new() }
    }

    /// Starts another script; recorded requests are kept.
    pub(crate) fn play(&self, script: Script, now: Duration) {
        lock(&self.state).player = Player::start(script, now);
    }

    /// Records a request and returns the behavior for it.
    pub(crate) fn hit(&self, now: Duration, received: Option<Received>) -> ScriptTurn {
        let turn = {
            let mut state = lock(&self.state);
            state.hits.push(now);
            state.received.extend(received);
            let (behavior, number) = state.player.next(now);
            ScriptTurn { behavior, number }
        };
        self.changed.notify_waiters();
        turn
    }

    pub(crate) fn hits(&self) -> Vec<Duration> {
        lock(&self.state).hits.clone()
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        lock(&self.state).received.clone()
    }

    pub(crate) fn clear(&self) {
        let mut state = lock(&self.state);
        state.hits.clear();
        state.received.clear();
    }

    /// Waits until `n` requests are recorded.
    pub(crate) async fn wait_for(&self, n: usize) {
        loop {
            let changed = self.changed.notified();
            let mut changed = std::pin::pin!(changed);
            // Enabled before the check, so that a hit between the check and the wait is not missed.
            changed.as_mut().enable();
            if lock(&self.state).hits.len() >= n {
                return;
            }
            changed.await;
        }
    }
}
