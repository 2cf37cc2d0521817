//! `ecs`: a new deployment of a service, which replaces its tasks.

use allclear_core::action::{ActionExecutor, BuiltExecutor, Executing, ExecutionInput};
use allclear_core::id::SecretName;
use allclear_core::params;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{AwsConnection, error, not_a_name, region_of_arn};
use crate::cloud::AwsService;
use crate::signed::Signed;
use crate::signed::protocol::ApiOperation;

const UPDATE_SERVICE: ApiOperation = ApiOperation {
    version: "1.1",
    prefix: "AmazonEC2ContainerServiceV20141113",
    name: "UpdateService",
};

/// Starts a new deployment of an ECS service with the same task definition, which replaces its tasks. It succeeds when
/// ECS has accepted the deployment. The notifier must be allowed to update the service.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The name or the ARN of the cluster: `prod`. An ARN may name another region. Default: `default`.
    #[serde(default)]
    cluster: Option<String>,
    /// The name of the service: `shop-api`.
    service: String,
}

struct EcsAction {
    connection: AwsConnection,
    cluster: String,
    service: String,
}

pub(super) fn build(connection: AwsConnection, params: &Value) -> BuiltExecutor {
    let Params { cluster, service } = params::read(params)?;
    let cluster = cluster.unwrap_or_else(|| "default".to_owned());
    let problems = [not_a_name("cluster", &cluster), not_a_name("service", &service)];
    let problems: Vec<_> = problems.into_iter().flatten().collect();
    if problems.is_empty() {
        Ok(Box::new(EcsAction { connection, cluster, service }))
    } else {
        Err(problems)
    }
}

impl ActionExecutor for EcsAction {
    fn effect(&self) -> String {
        format!("redeploy the ECS service `{}` of the cluster `{}`", self.service, self.cluster)
    }

    fn secrets(&self) -> Vec<SecretName> {
        Vec::new()
    }

    fn execute<'a>(&'a self, input: ExecutionInput<'a>) -> Executing<'a> {
        Box::pin(async move {
            let region = region_of_arn(&self.cluster);
            let cloud = self.connection.for_one_request(region, input.timeout)?;
            let request = json!({
                "cluster": self.cluster,
                "service": self.service,
                "forceNewDeployment": true,
            });
            let sent = Signed::new(cloud, AwsService::Ecs).json(UPDATE_SERVICE, &request).await;
            sent.map(|_| ()).map_err(|error| error::of_call(&error, "ecs:UpdateService"))
        })
    }
}
