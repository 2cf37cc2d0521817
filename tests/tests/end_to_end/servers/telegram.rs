//! `telegram-test-api`, which imitates the Bot API of Telegram, as the receiver of an outage and its end.

use std::process::Command;
use std::time::Duration;

use allclear_simulator::Behavior;
use serde_json::{Value, json};

use crate::servers::{Server, installed};
use crate::stage::{Stage, eventually, exchange, monitor};

const TOKEN: &str = "123456:AAF-telegram-0123456789";

/// The time limit for a notice after a change: two checks at intervals of 10 s, and the wait of its group.
const NOTIFIED_WITHIN: Duration = Duration::from_secs(90);

/// The launcher of the server, whose package has no command.
const LAUNCHER: &str = r#"
const TelegramServer = require(process.argv[1]);
const after = (name) => process.argv[process.argv.indexOf(name) + 1];
new TelegramServer({ host: after("--host"), port: Number(after("--port")) }).start();
"#;

const CONFIG: &str = r#"
[defaults]
interval = "10s"
timeout = "5s"
confirm = { failures = 1, successes = 1 }

[[rule]]
id = "service_down"
for = "0s"

[[channel]]
id = "team"
send.telegram = { token = "secret:telegram", chat_id = "-1001", api_url = "{url}" }
"#;

/// Returns the messages that the server has received from the bot.
async fn messages(server: &Server) -> Vec<Value> {
    let body = json!({ "token": TOKEN }).to_string();
    let address = server.address();
    let request = format!(
        "POST /getUpdatesHistory HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let response = exchange(&address, request.as_bytes()).await;
    let history: Value = serde_json::from_str(response.text()).unwrap();
    history["result"].as_array().unwrap().clone()
}

async fn at_least(server: &Server, n: usize) -> Vec<Value> {
    eventually(&format!("{n} messages"), NOTIFIED_WITHIN, async || {
        let received = messages(server).await;
        (received.len() >= n).then_some(received)
    })
    .await
}

#[tokio::test]
async fn an_outage_and_its_end_are_a_message_and_a_reply() {
    let mut stage = Stage::new().await;
    stage.secret("telegram", TOKEN);
    let mut telegram = Command::new("node");
    telegram.args(["-e", LAUNCHER, "--"]);
    telegram.arg(installed("node/node_modules/telegram-test-api/lib/index.js"));
    let server = Server::start(telegram).await;
    let api = monitor(&stage.simulator, "api", "");
    stage.config(&format!("{}{api}", CONFIG.replace("{url}", &server.url(""))));
    stage.simulator.set("api", Behavior::status(503));
    let _up = stage.up().await;
    let first = at_least(&server, 1).await.remove(0);
    let text = first["message"]["text"].as_str().unwrap();
    assert!(text.starts_with("🔴 <b>api is unhealthy</b>\n"), "{text}");
    assert_eq!(first["message"]["parse_mode"], "HTML");
    stage.simulator.set("api", Behavior::Ok);
    let end = eventually("the all-clear", NOTIFIED_WITHIN, async || {
        let received = messages(&server).await;
        let is_end = |one: &Value| one["message"]["text"].as_str().unwrap().contains("All clear");
        received.into_iter().find(is_end)
    })
    .await;
    assert_eq!(end["message"]["reply_parameters"]["message_id"], first["messageId"]);
}
