#![doc = include_str!("../README.md")]

use allclear_aws::dynamo::DynamoStore;
use allclear_aws::site::S3Site;
use allclear_engine::Failure;
use allclear_engine::publish::Handler;
use allclear_runtime::lambda::{self, Invocation};
use serde_json::Value;

type Generator = Handler<DynamoStore, S3Site>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::prepare("generator");
    Box::pin(lambda::serve(begin().await, handle)).await
}

async fn begin() -> Result<Generator, Failure> {
    let cloud = lambda::cloud()?;
    let store = lambda::store(&cloud)?;
    let site = S3Site::new(cloud, lambda::setting("ALLCLEAR_SITE_BUCKET")?, None);
    let mut handler = Handler::new(store, site, lambda::page_every()?);
    handler.warm_up().await;
    Ok(handler)
}

async fn handle(
    generator: &mut Generator,
    event: Value,
    Invocation { now, .. }: Invocation,
) -> Result<(), Failure> {
    lambda::schedule(&event)?;
    generator.handle(now).await
}
