//! The notifier on AWS Lambda: its adapters, and the loop that asks for events.

use allclear_aws::aside::SqsAside;
use allclear_aws::dynamo::DynamoStore;
use allclear_aws::shell::{self, Invocation, StackSecrets};
use allclear_aws::sns::SnsKinds;
use allclear_channels::{Channels, ProxySettings, Settings};
use allclear_core::channel::Both;
use allclear_invocation::{Code, Failure, Unfinished};
use allclear_notifier::Handler;
use serde_json::Value;

type Notifier = Handler<DynamoStore, StackSecrets, Both<Channels, SnsKinds>, SqsAside>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    shell::prepare("notifier");
    Box::pin(shell::serve(begin().await, handle)).await
}

async fn begin() -> Result<Notifier, Failure> {
    let cloud = shell::cloud()?;
    let aside = SqsAside::new(cloud.sqs(), shell::setting("ALLCLEAR_ASIDE_QUEUE")?);
    let proxies = ProxySettings::from_environment(shell::optional);
    let settings = Settings { proxies, ..Settings::new(shell::trusted_roots()) };
    let channels =
        Channels::new(settings).map_err(|error| Failure::of(Code::EnvironmentMissing, &error))?;
    let sns = SnsKinds::new(shell::optional("ALLCLEAR_TOPIC"), Some(cloud.sns()));
    let (store, secrets) = (shell::store(&cloud)?, shell::secrets(&cloud));
    let mut handler = Handler::new(store, secrets, Both(channels, sns), aside);
    handler.warm_up().await;
    Ok(handler)
}

async fn handle(
    notifier: &mut Notifier,
    event: Value,
    Invocation { now, time }: Invocation,
) -> Result<Unfinished, Failure> {
    notifier.handle(&shell::wake(&event)?, now, time).await
}
