//! The evaluator on AWS Lambda: its adapters, and the loop that asks for events.

use allclear_aws::aside::SqsAside;
use allclear_aws::dynamo::DynamoStore;
use allclear_aws::invoke::LambdaFunction;
use allclear_aws::shell::{self, Invocation};
use allclear_evaluator::Handler;
use allclear_invocation::{Failure, Unfinished};
use serde_json::Value;

type Evaluator = Handler<DynamoStore, SqsAside, LambdaFunction>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    shell::prepare("evaluator");
    Box::pin(shell::serve(begin().await, handle)).await
}

async fn begin() -> Result<Evaluator, Failure> {
    let cloud = shell::cloud()?;
    let aside = SqsAside::new(cloud.sqs(), shell::setting("ALLCLEAR_ASIDE_QUEUE")?);
    let generator = LambdaFunction::new(&cloud, shell::setting("ALLCLEAR_GENERATOR")?);
    let mut handler = Handler::new(shell::store(&cloud)?, aside, generator);
    handler.warm_up().await;
    Ok(handler)
}

async fn handle(
    evaluator: &mut Evaluator,
    event: Value,
    Invocation { now, .. }: Invocation,
) -> Result<Unfinished, Failure> {
    evaluator.handle(&shell::wake(&event)?, now).await
}
