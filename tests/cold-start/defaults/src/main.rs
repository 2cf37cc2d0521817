//! Reads the config and the secret, and writes a run, in the way of the examples of the AWS crates.

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let table = aws_sdk_dynamodb::Client::new(&config);
    let secrets = aws_sdk_secretsmanager::Client::new(&config);
    let text = |text: &str| AttributeValue::S(text.to_owned());
    for key in ["current", "v00000000000000000001"] {
        let item = table.get_item().table_name("allclear").key("pk", text("config"));
        item.key("sk", text(key)).send().await?;
    }
    secrets.get_secret_value().secret_id("allclear").send().await?;
    let (table, text) = (&table, &text);
    run(service_fn(move |event: LambdaEvent<Value>| async move {
        let time = event.payload["scheduled_time"].as_str().unwrap_or_default().to_owned();
        let current = table.get_item().table_name("allclear").key("pk", text("config"));
        current.key("sk", text("current")).send().await?;
        let run = table.put_item().table_name("allclear").item("pk", text("run#main"));
        run.item("sk", text(&format!("{time}#local#main"))).send().await?;
        Ok::<_, Error>(json!({}))
    }))
    .await
}
