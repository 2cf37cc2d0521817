#![doc = include_str!("../README.md")]

use allclear_aws::dead_letter::SqsDeadLetters;
use allclear_aws::dynamo::DynamoStore;
use allclear_aws::sns::SnsKinds;
use allclear_channels::{ChannelSettings, Channels, ProxySettings};
use allclear_core::channel::JoinedKinds;
use allclear_engine::notify::NotifyHandler;
use allclear_engine::{BatchItemFailures, Code, InvocationFailure};
use allclear_runtime::lambda::{self, LambdaInvocation, StackSecrets};
use serde_json::Value;

type NotifierFunction =
    NotifyHandler<DynamoStore, StackSecrets, JoinedKinds<Channels, SnsKinds>, SqsDeadLetters>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::prepare("notifier");
    Box::pin(lambda::serve(begin().await, handle)).await
}

async fn begin() -> Result<NotifierFunction, InvocationFailure> {
    let cloud = lambda::cloud()?;
    let dead_letters = SqsDeadLetters::new(&cloud, lambda::setting("ALLCLEAR_DEAD_LETTER_QUEUE")?);
    let proxies = ProxySettings::from_environment(lambda::optional);
    let settings = ChannelSettings { proxies, ..ChannelSettings::new(lambda::trusted_roots()) };
    let channels = Channels::new(settings)
        .map_err(|error| InvocationFailure::of(Code::EnvironmentMissing, &error))?;
    let sns = SnsKinds::new(lambda::optional("ALLCLEAR_TOPIC"), Some(&cloud));
    let (store, secrets) = (lambda::store(&cloud)?, lambda::secrets(&cloud));
    let mut handler = NotifyHandler::new(store, secrets, JoinedKinds(channels, sns), dead_letters);
    handler.warm_up().await;
    Ok(handler)
}

async fn handle(
    notifier: &mut NotifierFunction,
    event: Value,
    LambdaInvocation { now, time }: LambdaInvocation,
) -> Result<BatchItemFailures, InvocationFailure> {
    let trigger = lambda::wake(&event)?;
    let unfinished = notifier.handle(&trigger, now, time).await?;
    lambda::numbered(&trigger).map(|()| unfinished)
}
