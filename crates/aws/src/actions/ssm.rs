//! `ssm`: a command on instances that Systems Manager runs.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::action::{ActionExecutor, BuiltExecutor, Executing, ExecutionInput};
use allclear_core::checker::ParamProblem;
use allclear_core::id::SecretName;
use allclear_core::params;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{AwsConnection, error, not_a_name, region_of_arn};
use crate::cloud::AwsService;
use crate::signed::Signed;
use crate::signed::protocol::ApiOperation;

const SEND_COMMAND: ApiOperation =
    ApiOperation { version: "1.1", prefix: "AmazonSSM", name: "SendCommand" };

/// The shortest time for which a command may wait for its instance, which is the limit of Systems Manager.
const MIN_DELIVERY: Duration = Duration::from_secs(30);

/// The longest time for which a command may wait for its instance. A late command would restart a healthy service.
const MAX_DELIVERY: Duration = Duration::from_mins(5);

/// Runs a document of Systems Manager on instances. It succeeds when Systems Manager has accepted the command; its end on
/// the instances is not waited for. The notifier must be allowed to send the command.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The name or the ARN of the document: `AWS-RunShellScript`. An ARN may name another region.
    document: String,
    /// The ids of the instances: `["i-0123456789abcdef0"]`.
    #[schemars(length(min = 1, max = 50))]
    instances: Vec<String>,
    /// The parameters of the document: `{ commands = ["systemctl restart shop"] }`.
    #[serde(default)]
    parameters: BTreeMap<String, Vec<String>>,
}

struct SsmAction {
    connection: AwsConnection,
    params: Params,
}

pub(super) fn build(connection: AwsConnection, params: &Value) -> BuiltExecutor {
    let params: Params = params::read(params)?;
    let mut problems: Vec<ParamProblem> =
        not_a_name("document", &params.document).into_iter().collect();
    for (position, instance) in params.instances.iter().enumerate() {
        if !is_instance(instance) {
            let what = format!("`{instance}` is not the id of an instance");
            let (at, hint) = (position.to_string(), "write it as `i-0123456789abcdef0`");
            problems.push(ParamProblem::at(["instances", &at], what, Some(hint)));
        }
    }
    if problems.is_empty() { Ok(Box::new(SsmAction { connection, params })) } else { Err(problems) }
}

/// Checks for the id of an instance, or of a machine outside of EC2.
fn is_instance(id: &str) -> bool {
    let digits = id.strip_prefix("i-").or_else(|| id.strip_prefix("mi-"));
    digits.is_some_and(|it| it.len() >= 8 && it.chars().all(|c| c.is_ascii_hexdigit()))
}

impl ActionExecutor for SsmAction {
    fn effect(&self) -> String {
        let Params { document, instances, .. } = &self.params;
        format!("run the SSM document `{document}` on {}", instances.join(", "))
    }

    fn secrets(&self) -> Vec<SecretName> {
        Vec::new()
    }

    fn execute<'a>(&'a self, input: ExecutionInput<'a>) -> Executing<'a> {
        Box::pin(async move {
            let Params { document, instances, parameters } = &self.params;
            let region = region_of_arn(document);
            let cloud = self.connection.for_one_request(region, input.timeout)?;
            let request = json!({
                "DocumentName": document,
                "InstanceIds": instances,
                "Parameters": parameters,
                "TimeoutSeconds": input.timeout.clamp(MIN_DELIVERY, MAX_DELIVERY).as_secs(),
                "Comment": format!("Allclear {}", input.delivery),
            });
            let sent = Signed::new(cloud, AwsService::Ssm).json(SEND_COMMAND, &request).await;
            sent.map(|_| ()).map_err(|error| error::of_call(&error, "ssm:SendCommand"))
        })
    }
}
