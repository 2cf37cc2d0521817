//! The generator on AWS Lambda: its adapters, and the loop that asks for events.

use allclear_aws::dynamo::DynamoStore;
use allclear_aws::shell::{self, Invocation};
use allclear_aws::site::S3Site;
use allclear_generator::Handler;
use allclear_invocation::Failure;
use serde_json::Value;

type Generator = Handler<DynamoStore, S3Site>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    shell::prepare("generator");
    Box::pin(shell::serve(begin().await, handle)).await
}

async fn begin() -> Result<Generator, Failure> {
    let cloud = shell::cloud()?;
    let store = shell::store(&cloud)?;
    let site = S3Site::new(cloud, shell::setting("ALLCLEAR_SITE_BUCKET")?, None);
    let mut handler = Handler::new(store, site, shell::page_every()?);
    handler.warm_up().await;
    Ok(handler)
}

async fn handle(
    generator: &mut Generator,
    _event: Value,
    Invocation { now, .. }: Invocation,
) -> Result<(), Failure> {
    generator.handle(now).await
}
