//! Work whose cost a target chooses, off the threads that serve everything else.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread::available_parallelism;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Costly works at a time: half of the processors are left to everything else.
static COSTLY: LazyLock<Semaphore> = LazyLock::new(|| {
    let n_processors = available_parallelism().map_or(1, usize::from);
    Semaphore::new((n_processors / 2).max(1))
});

/// Runs `work` on a thread for such work, in its turn. When the caller is dropped, the flag that
/// `work` gets is set. Returns `None` if `work` panicked.
pub(crate) async fn run<T: Send + 'static>(
    work: impl FnOnce(&AtomicBool) -> T + Send + 'static,
) -> Option<T> {
    let permit = COSTLY.acquire().await.ok()?;
    let stop = StopOnDrop(Arc::default());
    let flag = Arc::clone(&stop.0);
    let task = spawn_blocking(move || {
        let result = work(&flag);
        drop(permit);
        result
    });
    task.await.ok()
}

/// Sets its flag when it is dropped.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
