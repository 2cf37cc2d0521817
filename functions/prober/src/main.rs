#![doc = include_str!("../README.md")]

use std::sync::Arc;

use allclear_aws::dynamo::DynamoStore;
use allclear_aws::signing::Signer;
use allclear_core::ports::SignRequest;
use allclear_engine::InvocationFailure;
use allclear_engine::probe::ProbeHandler;
use allclear_probes::{ProbeSettings, Probes};
use allclear_runtime::lambda::{self, LambdaInvocation, StackSecrets};
use serde_json::Value;

type ProberFunction = ProbeHandler<DynamoStore, StackSecrets, Probes>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::prepare("prober");
    Box::pin(lambda::serve(begin().await, handle)).await
}

async fn begin() -> Result<ProberFunction, InvocationFailure> {
    let cloud = lambda::cloud()?;
    let signer: Option<Arc<dyn SignRequest>> = Some(Arc::new(Signer::new(&cloud)));
    let settings = ProbeSettings::new(lambda::trusted_roots()).in_region(cloud.region());
    let probes = Probes::new(ProbeSettings { signer, proxies: lambda::proxies(), ..settings });
    let (store, secrets) = (lambda::store(&cloud)?, lambda::secrets(&cloud));
    let mut handler = ProbeHandler::new(store, secrets, probes, lambda::region(&cloud)?);
    handler.warm_up().await;
    Ok(handler)
}

async fn handle(
    prober: &mut ProberFunction,
    event: Value,
    LambdaInvocation { now, time }: LambdaInvocation,
) -> Result<Value, InvocationFailure> {
    prober.handle(&event, now, time).await
}
