//! The interface of the kinds of action.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use jiff::Timestamp;

use super::ActionSpec;
use crate::channel::JoinedKinds;
use crate::checker::ParamProblem;
use crate::delivery::{DeliveryId, Notification};
use crate::id::SecretName;
use crate::secret::Secrets;
use crate::send_error::SendError;

/// The input of one execution.
#[derive(Debug, Clone, Copy)]
pub struct ExecutionInput<'a> {
    /// The alert that the action mends, as a notification.
    pub notification: &'a Notification,
    /// The id of the attempt. Receivers drop duplicates by it.
    pub delivery: &'a DeliveryId,
    /// The secrets that [`ActionExecutor::secrets`] asked for.
    pub secrets: &'a Secrets,
    /// The time of the execution.
    pub now: Timestamp,
    /// The time limit, which the executor keeps. The caller cuts off an execution that exceeds it.
    pub timeout: Duration,
}

/// The future of one execution. An error with [`SendError::may_have_arrived`] has an unknown result.
pub type Executing<'a> = Pin<Box<dyn Future<Output = Result<(), SendError>> + Send + 'a>>;

/// The places where a kind of action can be executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecutionPlace {
    /// Everywhere.
    Anywhere,
    /// Only on the machine that runs `allclear up`, not in a function on AWS.
    Machine,
}

/// One configured action of a kind.
pub trait ActionExecutor: Send + Sync {
    /// Returns the effect for people, as an imperative: ``restart the systemd unit `nginx.service` ``.
    fn effect(&self) -> String;

    /// Returns the places where it can be executed.
    fn place(&self) -> ExecutionPlace {
        ExecutionPlace::Anywhere
    }

    /// Returns the names of the secrets that it needs.
    fn secrets(&self) -> Vec<SecretName>;

    /// Executes the action once. Succeeds only if the action has confirmed.
    fn execute<'a>(&'a self, input: ExecutionInput<'a>) -> Executing<'a>;
}

/// An executor, or all problems of its parameters.
pub type BuiltExecutor = Result<Box<dyn ActionExecutor>, Vec<ParamProblem>>;

impl ActionSpec {
    /// Returns the problem of a kind that is not among `known`.
    #[must_use]
    pub fn unknown_kind(&self, known: &[&str]) -> Vec<ParamProblem> {
        let what = format!("unknown kind of action `{}`", self.kind);
        let hint = format!("known: {}", known.join(", "));
        vec![ParamProblem::at([], what, Some(&hint))]
    }
}

/// The available kinds of action.
pub trait ActionKinds: Send + Sync {
    /// Returns the names of the kinds, in the order of the documentation.
    fn names(&self) -> Vec<&'static str>;

    /// Builds the executor of `spec`. The error lists all problems of its parameters.
    ///
    /// # Errors
    ///
    /// Fails with all problems of the parameters, or if the kind is unknown.
    fn build(&self, spec: &ActionSpec) -> BuiltExecutor;
}

/// The kinds of action, with the schemas of their parameters. A separate trait, because a program that only
/// executes does not link schemas.
pub trait ActionSchemas: ActionKinds {
    /// Returns the JSON Schema of a kind's parameters; `None` for an unknown kind.
    fn schema(&self, kind: &str) -> Option<serde_json::Value>;
}

/// No kinds of action, for programs that execute none.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoActions;

impl ActionKinds for NoActions {
    fn names(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn build(&self, spec: &ActionSpec) -> BuiltExecutor {
        Err(spec.unknown_kind(&[]))
    }
}

impl ActionSchemas for NoActions {
    fn schema(&self, _: &str) -> Option<serde_json::Value> {
        None
    }
}

impl<A: ActionKinds, B: ActionKinds> ActionKinds for JoinedKinds<A, B> {
    fn names(&self) -> Vec<&'static str> {
        [self.0.names(), self.1.names()].concat()
    }

    fn build(&self, spec: &ActionSpec) -> BuiltExecutor {
        let has = |names: Vec<&str>| names.contains(&spec.kind.as_str());
        if has(self.0.names()) {
            self.0.build(spec)
        } else if has(self.1.names()) {
            self.1.build(spec)
        } else {
            Err(spec.unknown_kind(&ActionKinds::names(self)))
        }
    }
}

impl<A: ActionSchemas, B: ActionSchemas> ActionSchemas for JoinedKinds<A, B> {
    fn schema(&self, kind: &str) -> Option<serde_json::Value> {
        self.0.schema(kind).or_else(|| self.1.schema(kind))
    }
}
