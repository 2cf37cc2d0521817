//! The output of a program, limited in size.

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, ChildStderr, ChildStdout};

use crate::excerpt::excerpt_of_bytes;

/// The most bytes of each output that are kept.
const MAX_KEPT_BYTES: usize = 64 * 1024;

/// The most bytes that a program may write in all.
const MAX_WRITTEN_BYTES: usize = 1024 * 1024;

/// The beginning of the standard output and of the standard error of a program, as they arrive.
#[derive(Debug, Default)]
pub(super) struct PluginOutput {
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    written: Vec<u8>,
    errors: Vec<u8>,
    n_read: usize,
}

impl PluginOutput {
    /// Takes the output of a program.
    pub(super) fn of(child: &mut Child) -> Self {
        Self { stdout: child.stdout.take(), stderr: child.stderr.take(), ..Self::default() }
    }

    /// Reads the output. Returns only if the program writes more than it may.
    pub(super) async fn read_to_limit(&mut self) {
        self.read_to_end().await;
        if self.n_read <= MAX_WRITTEN_BYTES {
            std::future::pending::<()>().await;
        }
    }

    /// Reads the output to its end or its limit.
    pub(super) async fn read_to_end(&mut self) {
        let (mut of_stdout, mut of_stderr) = ([0; 4096], [0; 1024]);
        while (self.stdout.is_some() || self.stderr.is_some()) && self.n_read <= MAX_WRITTEN_BYTES {
            tokio::select! {
                n = next(&mut self.stdout, &mut of_stdout), if self.stdout.is_some() => {
                    keep(&mut self.written, of_stdout.get(..n).unwrap_or_default());
                    self.n_read += n;
                }
                n = next(&mut self.stderr, &mut of_stderr), if self.stderr.is_some() => {
                    keep(&mut self.errors, of_stderr.get(..n).unwrap_or_default());
                    self.n_read += n;
                }
            }
        }
    }

    /// Returns the beginning of the standard output.
    pub(super) fn written(&self) -> &[u8] {
        &self.written
    }

    /// Returns an excerpt of the standard output, of the standard error without one; `None` without both.
    pub(super) fn quoted(&self) -> Option<String> {
        [&self.written, &self.errors]
            .map(|bytes| excerpt_of_bytes(bytes.trim_ascii()))
            .into_iter()
            .find(|text| !text.is_empty())
    }

    /// Returns `what` with an excerpt of the output.
    pub(super) fn quoted_after(&self, what: String) -> String {
        match self.quoted() {
            Some(quoted) => format!("{what}: {quoted}"),
            None => what,
        }
    }
}

/// Reads a piece of a pipe, and closes the pipe at its end. Returns the number of bytes.
async fn next<R: AsyncRead + Unpin>(pipe: &mut Option<R>, buffer: &mut [u8]) -> usize {
    let Some(open) = pipe else { return 0 };
    let n_bytes = open.read(buffer).await.unwrap_or_default();
    if n_bytes == 0 {
        *pipe = None;
    }
    n_bytes
}

fn keep(kept: &mut Vec<u8>, bytes: &[u8]) {
    let room = MAX_KEPT_BYTES.saturating_sub(kept.len());
    kept.extend(bytes.iter().take(room));
}
