//! `container`: a restart through the API of Docker, which Podman serves too.

use std::path::PathBuf;
use std::time::Duration;

use allclear_core::action::{
    ActionExecutor, BuiltExecutor, Executing, ExecutionInput, ExecutionPlace,
};
use allclear_core::checker::ParamProblem;
use allclear_core::duration;
use allclear_core::id::SecretName;
use allclear_core::params;
use allclear_core::send_error::SendError;
use allclear_core::text;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use tokio::net::UnixStream;

use super::command::not_absolute;

const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// The longest time that the container gets to stop before the engine kills it.
const MAX_STOP: Duration = Duration::from_secs(10);

const MAX_ANSWER_BYTES: usize = 64 * 1024;
const MAX_QUOTED_CHARS: usize = 200;

/// Restarts a container through the API of Docker or Podman. The user that runs `allclear up` must have access to the
/// socket.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// The name or the id of the container: `shop-api`.
    name: String,
    /// The Unix socket of the API: `/run/podman/podman.sock` for Podman. Default: `/var/run/docker.sock`.
    #[serde(default)]
    socket: Option<String>,
}

struct ContainerAction {
    name: String,
    socket: PathBuf,
}

pub(super) fn build(params: &Value) -> BuiltExecutor {
    let Params { name, socket } = params::read(params)?;
    let socket = socket.unwrap_or_else(|| DEFAULT_SOCKET.to_owned());
    let mut problems = Vec::new();
    if !is_name(&name) {
        let what = format!("`{name}` is not the name of a container");
        problems.push(ParamProblem::at(["name"], what, Some("write it as `docker ps` shows it")));
    }
    problems.extend(not_absolute("socket", &["socket"], &socket));
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Box::new(ContainerAction { name, socket: PathBuf::from(socket) }))
}

/// Checks for a name that is one segment of a path.
fn is_name(name: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(is_allowed)
}

impl ActionExecutor for ContainerAction {
    fn effect(&self) -> String {
        format!("restart the container `{}`", self.name)
    }

    fn place(&self) -> ExecutionPlace {
        ExecutionPlace::Machine
    }

    fn secrets(&self) -> Vec<SecretName> {
        Vec::new()
    }

    fn execute<'a>(&'a self, input: ExecutionInput<'a>) -> Executing<'a> {
        Box::pin(async move {
            let limit = input.timeout;
            tokio::time::timeout(limit, self.restart(limit)).await.unwrap_or_else(|_| {
                let limit = duration::format(limit);
                let what = format!("the container engine did not answer within {limit}");
                Err(SendError::unanswered(what))
            })
        })
    }
}

impl ContainerAction {
    async fn restart(&self, limit: Duration) -> Result<(), SendError> {
        let socket = self.socket.display();
        let stream = UnixStream::connect(&self.socket).await.map_err(|error| {
            SendError::permanent(format!(
                "no connection to the container engine at `{socket}`: {error}"
            ))
        })?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| {
                SendError::permanent(format!("`{socket}` does not speak HTTP: {error}"))
            })?;
        // The stop must leave time for the start.
        let stop = MAX_STOP.min(limit / 2).as_secs();
        let request = Request::post(format!("/containers/{}/restart?t={stop}", self.name))
            .header("host", "localhost")
            .body(Empty::<Bytes>::new())
            .map_err(|error| SendError::permanent(format!("invalid request: {error}")))?;
        let exchange = async {
            let response = sender.send_request(request).await?;
            Ok::<_, hyper::Error>((response.status(), answer(response.into_body()).await))
        };
        let lost = |error: hyper::Error| {
            let what = format!("the container engine closed the connection: {error}");
            SendError::unanswered(what)
        };
        let (status, message) = tokio::select! {
            answered = exchange => answered.map_err(lost)?,
            ended = connection => {
                let why = ended.err().map_or_else(String::new, |error| format!(": {error}"));
                let what = format!("the container engine closed the connection{why}");
                return Err(SendError::unanswered(what));
            }
        };
        self.judge(status, &message)
    }

    fn judge(&self, status: StatusCode, message: &str) -> Result<(), SendError> {
        if status.is_success() {
            return Ok(());
        }
        let message = text::one_line(message, MAX_QUOTED_CHARS);
        let status = status.as_u16();
        let what = format!("the container engine answered {status} for `{}`: {message}", self.name);
        Err(SendError::permanent(what))
    }
}

/// Returns the message of an answer: `{"message": "No such container: a"}`.
async fn answer(body: Incoming) -> String {
    let Ok(body) = Limited::new(body, MAX_ANSWER_BYTES).collect().await else {
        return String::new();
    };
    let bytes = body.to_bytes();
    let document: Option<Value> = serde_json::from_slice(&bytes).ok();
    let message = document.as_ref().and_then(|one| one.get("message")).and_then(Value::as_str);
    message.map_or_else(|| String::from_utf8_lossy(&bytes).into_owned(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_segment_of_a_path() {
        for name in ["shop-api", "a", "web_1.prod"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "../images", "a/b", "-x", "a?t=1", "ä"] {
            assert!(!is_name(name), "{name}");
        }
    }
}
