#![doc = include_str!("../README.md")]

use allclear_aws::dead_letter::SqsDeadLetters;
use allclear_aws::dynamo::DynamoStore;
use allclear_aws::invoke::LambdaFunction;
use allclear_engine::evaluate::EvaluateHandler;
use allclear_engine::{BatchItemFailures, InvocationFailure};
use allclear_runtime::lambda::{self, LambdaInvocation};
use serde_json::Value;

type EvaluatorFunction = EvaluateHandler<DynamoStore, SqsDeadLetters, LambdaFunction>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::prepare("evaluator");
    Box::pin(lambda::serve(begin().await, handle)).await
}

async fn begin() -> Result<EvaluatorFunction, InvocationFailure> {
    let cloud = lambda::cloud()?;
    let dead_letters = lambda::dead_letters(&cloud)?;
    let generator = LambdaFunction::new(&cloud, lambda::setting("ALLCLEAR_GENERATOR")?);
    let handler = EvaluateHandler::new(lambda::store(&cloud)?, dead_letters, generator);
    let mut handler = handler.with_kinds(allclear_probes::kinds());
    handler.warm_up().await;
    Ok(handler)
}

async fn handle(
    evaluator: &mut EvaluatorFunction,
    event: Value,
    LambdaInvocation { now, .. }: LambdaInvocation,
) -> Result<BatchItemFailures, InvocationFailure> {
    lambda::woken(&event, async |trigger| evaluator.handle(trigger, now).await).await
}
