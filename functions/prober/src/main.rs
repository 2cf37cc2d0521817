#![doc = include_str!("../README.md")]

use std::sync::Arc;

use allclear_aws::dynamo::DynamoStore;
use allclear_aws::signing::Signer;
use allclear_core::ports::SignRequest;
use allclear_engine::Failure;
use allclear_engine::probe::Handler;
use allclear_probes::{ProbeSettings, Probes, ProxySettings};
use allclear_runtime::lambda::{self, Invocation, StackSecrets};
use serde_json::Value;

type Prober = Handler<DynamoStore, StackSecrets, Probes>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::prepare("prober");
    Box::pin(lambda::serve(begin().await, handle)).await
}

async fn begin() -> Result<Prober, Failure> {
    let cloud = lambda::cloud()?;
    let signer: Arc<dyn SignRequest> = Arc::new(Signer::new(&cloud));
    let proxies = ProxySettings::from_environment(lambda::variable);
    let settings = ProbeSettings { proxies, ..ProbeSettings::new(lambda::trusted_roots()) };
    let probes = Probes::new(ProbeSettings { signer: Some(signer), ..settings });
    let (store, secrets) = (lambda::store(&cloud)?, lambda::secrets(&cloud));
    let mut handler = Handler::new(store, secrets, probes, lambda::region(&cloud)?);
    handler.warm_up().await;
    Ok(handler)
}

async fn handle(
    prober: &mut Prober,
    event: Value,
    Invocation { now, time }: Invocation,
) -> Result<Value, Failure> {
    prober.handle(&event, now, time).await
}
