#![doc = include_str!("../README.md")]

use allclear_aws::dynamo::DynamoStore;
use allclear_aws::site::S3Site;
use allclear_engine::InvocationFailure;
use allclear_engine::publish::PublishHandler;
use allclear_runtime::lambda::{self, LambdaInvocation};
use serde_json::Value;

type GeneratorFunction = PublishHandler<DynamoStore, S3Site>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::prepare("generator");
    Box::pin(lambda::serve(begin().await, handle)).await
}

async fn begin() -> Result<GeneratorFunction, InvocationFailure> {
    let cloud = lambda::cloud()?;
    let store = lambda::store(&cloud)?;
    let site = S3Site::new(cloud, lambda::setting("ALLCLEAR_SITE_BUCKET")?, None);
    let handler = PublishHandler::new(store, site, lambda::publish_options()?);
    let mut handler = handler.with_kinds(allclear_probes::kinds());
    handler.warm_up().await;
    Ok(handler)
}

async fn handle(
    generator: &mut GeneratorFunction,
    event: Value,
    LambdaInvocation { now, .. }: LambdaInvocation,
) -> Result<(), InvocationFailure> {
    lambda::scheduled(&event)?;
    generator.handle(now).await
}
