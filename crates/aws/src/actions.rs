//! The kinds of action of AWS: `lambda` invokes a function, `ecs` redeploys a service, `ssm` runs a command on instances.
//!
//! Each sends one request and never repeats it, because a repeated one would be a second execution.

mod ecs;
mod error;
mod lambda;
mod ssm;

use std::time::Duration;

use allclear_core::action::{ActionKinds, ActionSchemas, ActionSpec, BuiltExecutor};
use allclear_core::checker::ParamProblem;
use allclear_core::params::schema;
use allclear_core::send_error::SendError;
use serde_json::Value;

use crate::cloud::{CallPolicy, Cloud};

/// The kinds of action of AWS, with the connection that they share.
///
/// Without a connection, the parameters of actions can be checked, but nothing can be executed.
#[derive(Debug, Clone, Default)]
pub struct AwsActions {
    cloud: Option<Cloud>,
}

struct AwsActionKind {
    name: &'static str,
    build: fn(AwsConnection, &Value) -> BuiltExecutor,
    schema: fn() -> Value,
}

const KINDS: [AwsActionKind; 3] = [
    AwsActionKind { name: "lambda", build: lambda::build, schema: schema::<lambda::Params> },
    AwsActionKind { name: "ecs", build: ecs::build, schema: schema::<ecs::Params> },
    AwsActionKind { name: "ssm", build: ssm::build, schema: schema::<ssm::Params> },
];

impl AwsActions {
    /// Creates the kinds.
    #[must_use]
    pub fn new(cloud: Option<&Cloud>) -> Self {
        Self { cloud: cloud.cloned() }
    }
}

impl ActionKinds for AwsActions {
    fn names(&self) -> Vec<&'static str> {
        KINDS.iter().map(|kind| kind.name).collect()
    }

    fn build(&self, spec: &ActionSpec) -> BuiltExecutor {
        match KINDS.iter().find(|kind| kind.name == spec.kind) {
            Some(kind) => (kind.build)(AwsConnection(self.cloud.clone()), &spec.params),
            None => Err(spec.unknown_kind(&self.names())),
        }
    }
}

impl ActionSchemas for AwsActions {
    fn schema(&self, kind: &str) -> Option<Value> {
        KINDS.iter().find(|one| one.name == kind).map(|kind| (kind.schema)())
    }
}

/// The connection of an action; `None` where parameters are only checked.
struct AwsConnection(Option<Cloud>);

impl AwsConnection {
    /// Returns the connection for one request that takes at most `limit`, without retries.
    fn for_one_request(&self, region: Option<&str>, limit: Duration) -> Result<Cloud, SendError> {
        let cloud = self.0.as_ref().ok_or_else(|| {
            SendError::permanent("an action of AWS needs credentials of AWS: set them")
        })?;
        let once = CallPolicy { attempt: limit, total: limit, tries: 1, ..cloud.call_policy() };
        let cloud = cloud.with_call_policy(once);
        Ok(region.map_or_else(|| cloud.clone(), |region| cloud.in_region(region)))
    }
}

/// Returns the region of an ARN; `None` for a plain name.
fn region_of_arn(name: &str) -> Option<&str> {
    let region = name.strip_prefix("arn:")?.split(':').nth(2)?;
    (!region.is_empty()).then_some(region)
}

/// Checks for a name of AWS or an ARN: letters, digits and the characters that ARNs have.
fn is_name_or_arn(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-_.:/".contains(c);
    !text.is_empty() && text.len() <= 512 && text.chars().all(is_allowed)
}

/// Reports a parameter that is no name of AWS.
fn not_a_name(key: &str, text: &str) -> Option<ParamProblem> {
    let what = format!("`{text}` is not a name or an ARN");
    (!is_name_or_arn(text)).then(|| {
        ParamProblem::at([key], what, Some("use letters, digits and `-`, `_`, `.`, `:`, `/`"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_names_its_region() {
        let arn = "arn:aws:ecs:eu-west-1:123456789012:service/shop/api";
        assert_eq!(region_of_arn(arn), Some("eu-west-1"));
        assert_eq!(region_of_arn("shop"), None);
        assert_eq!(region_of_arn("arn:aws:iam::123456789012:role/x"), None);
        assert!(is_name_or_arn(arn) && !is_name_or_arn("a b") && !is_name_or_arn(""));
    }
}
