#![doc = include_str!("../README.md")]

use allclear_aws::aside::SqsAside;
use allclear_aws::dynamo::DynamoStore;
use allclear_aws::invoke::LambdaFunction;
use allclear_engine::evaluate::Handler;
use allclear_engine::{BatchItemFailures, Failure};
use allclear_runtime::lambda::{self, Invocation};
use serde_json::Value;

type Evaluator = Handler<DynamoStore, SqsAside, LambdaFunction>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::prepare("evaluator");
    Box::pin(lambda::serve(begin().await, handle)).await
}

async fn begin() -> Result<Evaluator, Failure> {
    let cloud = lambda::cloud()?;
    let aside = SqsAside::new(&cloud, lambda::setting("ALLCLEAR_ASIDE_QUEUE")?);
    let generator = LambdaFunction::new(&cloud, lambda::setting("ALLCLEAR_GENERATOR")?);
    let handler = Handler::new(lambda::store(&cloud)?, aside, generator);
    let mut handler = handler.with_kinds(allclear_probes::kinds());
    handler.warm_up().await;
    Ok(handler)
}

async fn handle(
    evaluator: &mut Evaluator,
    event: Value,
    Invocation { now, .. }: Invocation,
) -> Result<BatchItemFailures, Failure> {
    let trigger = lambda::wake(&event)?;
    let unfinished = evaluator.handle(&trigger, now).await?;
    lambda::numbered(&trigger).map(|()| unfinished)
}
