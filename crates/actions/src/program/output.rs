//! The end of the output of a program.

use std::collections::VecDeque;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, ChildStderr, ChildStdout};

/// The most bytes that are kept: the last ones, because programs report their failure last.
const MAX_BYTES: usize = 4096;

/// The end of the standard output and of the standard error of a program, as they arrive.
pub(super) struct OutputTail {
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    tail: VecDeque<u8>,
}

impl OutputTail {
    /// Takes the output of a program.
    pub(super) fn of(child: &mut Child) -> Self {
        Self { stdout: child.stdout.take(), stderr: child.stderr.take(), tail: VecDeque::new() }
    }

    /// Reads the output. Never returns, also not at its end.
    pub(super) async fn read_forever(&mut self) {
        self.read_to_end().await;
        std::future::pending::<()>().await;
    }

    /// Reads the output to its end.
    pub(super) async fn read_to_end(&mut self) {
        let (mut of_stdout, mut of_stderr) = ([0; 1024], [0; 1024]);
        while self.stdout.is_some() || self.stderr.is_some() {
            tokio::select! {
                n = read(&mut self.stdout, &mut of_stdout), if self.stdout.is_some() => {
                    keep(&mut self.tail, of_stdout.get(..n).unwrap_or_default());
                }
                n = read(&mut self.stderr, &mut of_stderr), if self.stderr.is_some() => {
                    keep(&mut self.tail, of_stderr.get(..n).unwrap_or_default());
                }
            }
        }
    }

    /// Returns the end of the output.
    pub(super) fn into_text(self) -> String {
        String::from_utf8_lossy(&Vec::from(self.tail)).into_owned()
    }
}

/// Reads a piece of a pipe, and closes the pipe at its end. Returns the number of bytes.
async fn read<R: AsyncRead + Unpin>(pipe: &mut Option<R>, buffer: &mut [u8]) -> usize {
    let Some(open) = pipe else { return 0 };
    let n = open.read(buffer).await.unwrap_or_default();
    if n == 0 {
        *pipe = None;
    }
    n
}

fn keep(tail: &mut VecDeque<u8>, bytes: &[u8]) {
    tail.extend(bytes);
    let surplus = tail.len().saturating_sub(MAX_BYTES);
    tail.drain(..surplus);
}
