#![doc = include_str!("../README.md")]

mod kinds;

use allclear_aws::{dead_letter::SqsDeadLetters, dynamo::DynamoStore, invoke::LambdaFunction};
use allclear_engine::{BatchItemFailures, InvocationFailure, notify::NotifyHandler};
use allclear_runtime::lambda::{self, LambdaInvocation, StackSecrets};
use serde_json::Value;

use self::kinds::NotifierKinds;

type NotifierFunction =
    NotifyHandler<DynamoStore, StackSecrets, NotifierKinds, SqsDeadLetters, LambdaFunction>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::prepare("notifier");
    Box::pin(lambda::serve(begin().await, handle)).await
}

async fn begin() -> Result<NotifierFunction, InvocationFailure> {
    let cloud = lambda::cloud()?;
    let (kinds, actions) = kinds::kinds(&cloud)?;
    let (store, secrets) = (lambda::store(&cloud)?, lambda::secrets(&cloud));
    let dead_letters = lambda::dead_letters(&cloud)?;
    let evaluator = LambdaFunction::new(&cloud, lambda::setting("ALLCLEAR_EVALUATOR")?);
    let handler = NotifyHandler::new(store, secrets, kinds, dead_letters, evaluator);
    let mut handler = handler.with_actions(Box::new(actions));
    handler.warm_up().await;
    Ok(handler)
}

async fn handle(
    notifier: &mut NotifierFunction,
    event: Value,
    LambdaInvocation { now, time }: LambdaInvocation,
) -> Result<BatchItemFailures, InvocationFailure> {
    lambda::woken(&event, async |trigger| notifier.handle(trigger, now, time).await).await
}
