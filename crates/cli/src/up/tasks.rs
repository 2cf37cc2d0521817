//! The tasks of a process that watches.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;

use crate::up::engine::Engine;

/// The tasks. Those of the handlers are replaced when the config is loaded again.
#[derive(Default)]
pub(crate) struct Tasks {
    /// The server, which stays.
    pub(crate) serving: JoinSet<()>,
    /// The handlers that can be stopped at any time.
    pub(crate) loops: JoinSet<()>,
    /// The notifiers, which finish the current delivery.
    pub(crate) notifying: JoinSet<()>,
    /// The checks under way.
    pub(crate) checks: JoinSet<()>,
}

impl Tasks {
    /// Starts the handlers. The notifiers wait for those of the last config, which were closed.
    pub(crate) fn start(&mut self, engine: &Arc<Engine>) {
        let earlier = std::mem::take(&mut self.notifying);
        self.notifying.spawn(Arc::clone(engine).notify_after(earlier));
        self.loops.spawn(Arc::clone(engine).evaluate_always());
        self.loops.spawn(Arc::clone(engine).publish_always());
        self.loops.spawn(Arc::clone(engine).prune_always());
        self.loops.spawn(Arc::clone(engine).flush_always());
    }

    /// Waits until one of the tasks that never end has ended.
    pub(crate) async fn ended(
        loops: &mut JoinSet<()>,
        notifying: &mut JoinSet<()>,
        serving: &mut JoinSet<()>,
    ) -> Result<(), JoinError> {
        tokio::select! {
            Some(ended) = loops.join_next() => ended,
            Some(ended) = notifying.join_next() => ended,
            Some(ended) = serving.join_next() => ended,
            else => std::future::pending().await,
        }
    }

    /// Waits for the checks and notifications that are under way, for at most `patience`.
    pub(crate) async fn finish(&mut self, patience: Duration) {
        let Self { checks, notifying, .. } = self;
        let finished = async {
            tokio::join!(until_empty(checks), until_empty(notifying));
        };
        let _ = timeout(patience, finished).await;
        checks.abort_all();
    }

    /// Stops all of them.
    pub(crate) async fn shutdown(&mut self) {
        self.loops.shutdown().await;
        self.notifying.shutdown().await;
        self.serving.shutdown().await;
    }
}

async fn until_empty(tasks: &mut JoinSet<()>) {
    while tasks.join_next().await.is_some() {}
}
