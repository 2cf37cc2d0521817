#![doc = include_str!("../README.md")]

use allclear_aws::dynamo::DynamoStore;
use allclear_aws::site::S3Site;
use allclear_engine::publish::{Href, PublishHandler, PublishOptions};
use allclear_engine::{Code, InvocationFailure};
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
    let mut handler = PublishHandler::new(store, site, options()?);
    handler.warm_up().await;
    Ok(handler)
}

fn options() -> Result<PublishOptions, InvocationFailure> {
    let address = lambda::setting("ALLCLEAR_PAGE_URL")?;
    let address = Href::parse(&address)
        .map_err(|error| InvocationFailure::new(Code::EnvironmentMissing, error.to_string()))?;
    Ok(PublishOptions { every: lambda::page_every()?, address })
}

async fn handle(
    generator: &mut GeneratorFunction,
    event: Value,
    LambdaInvocation { now, .. }: LambdaInvocation,
) -> Result<(), InvocationFailure> {
    lambda::scheduled(&event)?;
    generator.handle(now).await
}
