#![doc = include_str!("../README.md")]

use allclear_aws::aside::SqsAside;
use allclear_aws::dynamo::DynamoStore;
use allclear_aws::sns::SnsKinds;
use allclear_channels::{Channels, ProxySettings, Settings};
use allclear_core::channel::Both;
use allclear_engine::notify::Handler;
use allclear_engine::{BatchItemFailures, Code, Failure};
use allclear_runtime::lambda::{self, Invocation, StackSecrets};
use serde_json::Value;

type Notifier = Handler<DynamoStore, StackSecrets, Both<Channels, SnsKinds>, SqsAside>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::prepare("notifier");
    Box::pin(lambda::serve(begin().await, handle)).await
}

async fn begin() -> Result<Notifier, Failure> {
    let cloud = lambda::cloud()?;
    let aside = SqsAside::new(&cloud, lambda::setting("ALLCLEAR_ASIDE_QUEUE")?);
    let proxies = ProxySettings::from_environment(lambda::optional);
    let settings = Settings { proxies, ..Settings::new(lambda::trusted_roots()) };
    let channels =
        Channels::new(settings).map_err(|error| Failure::of(Code::EnvironmentMissing, &error))?;
    let sns = SnsKinds::new(lambda::optional("ALLCLEAR_TOPIC"), Some(&cloud));
    let (store, secrets) = (lambda::store(&cloud)?, lambda::secrets(&cloud));
    let mut handler = Handler::new(store, secrets, Both(channels, sns), aside);
    handler.warm_up().await;
    Ok(handler)
}

async fn handle(
    notifier: &mut Notifier,
    event: Value,
    Invocation { now, time }: Invocation,
) -> Result<BatchItemFailures, Failure> {
    let trigger = lambda::wake(&event)?;
    let unfinished = notifier.handle(&trigger, now, time).await?;
    lambda::numbered(&trigger).map(|()| unfinished)
}
