//! The `llm` check against an endpoint.

use allclear_simulator::Behavior;
use serde_json::json;

use crate::support::{Found, bench};

const STREAM: &str = concat!(
    "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n",
    "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Pong\"}}]}\n\n",
    "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    "data: {\"id\":\"c1\",\"choices\":[],\"usage\":{\"prompt_tokens\":8,\"completion_tokens\":4}}\n\n",
    "data: [DONE]\n\n",
);

#[tokio::test]
async fn first() {
    let bench = bench().await;
    let stream = Behavior::text(200, STREAM).with_header("content-type", "text/event-stream");
    bench.simulator.set("v1", stream);
    let finding = bench
        .check_llm(
            &[("openai", "sk-test-1234567890")],
            json!({
                "provider": "openai",
                "base_url": bench.simulator.https_url("/v1"),
                "api_key": "secret:openai",
                "model": "gpt-6-luna",
                "steps": { "reach": "off", "key": "off", "models": "off", "status_page": "off" },
            }),
        )
        .await;
    println!("{finding:#?}");
    finding.assert_healthy();
}
