//! The prober on AWS Lambda: its adapters, and the loop that asks for events.

use std::sync::Arc;

use allclear_aws::dynamo::DynamoStore;
use allclear_aws::shell::{self, Invocation, StackSecrets};
use allclear_aws::signing::Signer;
use allclear_core::ports::SignRequest;
use allclear_invocation::Failure;
use allclear_prober::Handler;
use allclear_probes::{ProbeSettings, Probes, ProxySettings};
use serde_json::Value;

type Prober = Handler<DynamoStore, StackSecrets, Probes>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    shell::prepare("prober");
    Box::pin(shell::serve(begin().await, handle)).await
}

async fn begin() -> Result<Prober, Failure> {
    let cloud = shell::cloud()?;
    let signer: Arc<dyn SignRequest> = Arc::new(Signer::new(&cloud));
    let proxies = ProxySettings::from_environment(shell::variable);
    let settings = ProbeSettings { proxies, ..ProbeSettings::new(shell::trusted_roots()) };
    let probes = Probes::new(ProbeSettings { signer: Some(signer), ..settings });
    let (store, secrets) = (shell::store(&cloud)?, shell::secrets(&cloud));
    let mut handler = Handler::new(store, secrets, probes, shell::region(&cloud)?);
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
