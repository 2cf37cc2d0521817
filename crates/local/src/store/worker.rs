//! A thread that owns a connection and runs one job after the other on it, so that no call of
//! SQLite blocks the async runtime.

use std::sync::mpsc;
use std::thread::{Builder, JoinHandle};

use rusqlite::Connection;
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// A handle to the thread. Dropping it waits until the thread has finished its accepted jobs.
pub(super) struct Worker {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts a thread called `name` that owns `connection`.
    pub(super) fn start(name: &str, mut connection: Connection) -> std::io::Result<Self> {
        let (jobs, inbox) = mpsc::channel::<Job>();
        let thread = Builder::new().name(name.to_owned()).spawn(move || {
            for job in inbox {
                job(&mut connection);
            }
        })?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Runs `job` on the thread and returns its result; `None` if the thread has ended. The job
    /// runs even if the caller no longer waits.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, result) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // The caller may have stopped waiting.
            let _ = answer.send(job(connection));
        });
        self.jobs.as_ref()?.send(job).ok()?;
        result.await.ok()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the store panicked");
        }
    }
}
