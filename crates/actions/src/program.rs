//! Running a program: without a shell, limited in time and output, in a process group of its own.

mod output;

use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use allclear_core::action::ExecutionInput;
use allclear_core::duration;
use allclear_core::redact::Redactor;
use allclear_core::send_error::SendError;
use allclear_core::text;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};

use self::output::OutputTail;

/// The search path of programs, the same on each machine.
const SEARCH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The most characters of the output that an error quotes.
const MAX_QUOTED_CHARS: usize = 300;

/// The time for which the output of a program that has exited is read. A process that it left in the background may keep
/// the output open.
const DRAIN_FOR: Duration = Duration::from_millis(200);

/// A program with its arguments.
#[derive(Debug)]
pub(crate) struct Program {
    /// The absolute path.
    pub(crate) path: PathBuf,
    pub(crate) arguments: Vec<String>,
    /// The working directory; `None` for `/`.
    pub(crate) directory: Option<PathBuf>,
}

impl Program {
    /// Runs the program with `variables` in its environment. Succeeds if it exits with 0 in time.
    pub(crate) async fn run(
        &self,
        variables: &[(String, String)],
        input: ExecutionInput<'_>,
    ) -> Result<(), SendError> {
        let mut command = Command::new(&self.path);
        command
            .args(&self.arguments)
            .current_dir(self.directory.as_deref().unwrap_or("/".as_ref()))
            .env_clear()
            .env("PATH", SEARCH_PATH)
            .envs(facts(&input))
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let path = self.path.display();
        let child = command.spawn().map_err(|error| {
            SendError::permanent(format!("`{path}` cannot be started: {error}"))
        })?;
        let ended = wait(child, input.timeout).await;
        let redactor = Redactor::new(input.secrets);
        let quoted = |output: &str| {
            let output = text::end_in_one_line(&redactor.redact(output), MAX_QUOTED_CHARS);
            if output.is_empty() { output } else { format!(": {output}") }
        };
        match ended {
            Ended::Exited(status, _) if status.success() => Ok(()),
            Ended::Exited(status, output) => {
                Err(SendError::permanent(format!("`{path}` {}{}", how(status), quoted(&output))))
            }
            Ended::Killed(output) => {
                let limit = duration::format(input.timeout);
                let what = format!("`{path}` was killed after {limit}{}", quoted(&output));
                Err(SendError::permanent(what))
            }
            Ended::Lost(error) => {
                let what = format!("the end of `{path}` cannot be observed: {error}");
                Err(SendError::unanswered(what))
            }
        }
    }
}

/// Returns the facts about the alert that every program receives.
fn facts(input: &ExecutionInput<'_>) -> Vec<(&'static str, String)> {
    let notification = input.notification;
    let attempt = notification.details.attempt.as_ref();
    let rule = notification.alerts.first().map(|alert| alert.rule.to_string());
    vec![
        ("ALLCLEAR_ACTION", attempt.map(|one| one.action.to_string()).unwrap_or_default()),
        ("ALLCLEAR_ATTEMPT", attempt.map(|one| one.number.to_string()).unwrap_or_default()),
        ("ALLCLEAR_DELIVERY", input.delivery.to_string()),
        ("ALLCLEAR_MONITOR", notification.monitor.to_string()),
        ("ALLCLEAR_RULE", rule.unwrap_or_default()),
        ("ALLCLEAR_SEVERITY", notification.severity.to_string()),
    ]
}

/// The end of a program, with the end of its output.
enum Ended {
    Exited(ExitStatus, String),
    /// Its time was over.
    Killed(String),
    /// The system did not tell its end.
    Lost(std::io::Error),
}

/// Waits for a program, and kills its process group when its time is over.
async fn wait(mut child: Child, limit: Duration) -> Ended {
    let mut group = ProcessGroup::of(&child);
    let mut output = OutputTail::of(&mut child);
    let waiting = async {
        // The output is read all the time, so that a full pipe blocks no program.
        tokio::select! {
            status = child.wait() => status,
            () = output.read_forever() => std::future::pending().await,
        }
    };
    let Ok(status) = tokio::time::timeout(limit, waiting).await else {
        group.kill();
        let _ = child.wait().await;
        return Ended::Killed(output.into_text());
    };
    // Processes in the background are part of the effect: a restart script may have started a server.
    group.release();
    let _ = tokio::time::timeout(DRAIN_FOR, output.read_to_end()).await;
    match status {
        Ok(status) => Ended::Exited(status, output.into_text()),
        Err(error) => Ended::Lost(error),
    }
}

/// Returns the end of a program as words: `exited with 3`.
fn how(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exited with {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "ended without an exit status".to_owned(),
    }
}

/// The process group of a program. It is killed when this is dropped, unless it was released: an execution may be cut off
/// at any time.
struct ProcessGroup(Option<Pid>);

impl ProcessGroup {
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }

    fn kill(&mut self) {
        if let Some(id) = self.0.take() {
            // Fails if the group has ended.
            let _ = kill_process_group(id, Signal::KILL);
        }
    }

    fn release(&mut self) {
        self.0 = None;
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.kill();
    }
}
