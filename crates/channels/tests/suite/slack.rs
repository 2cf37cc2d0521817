//! Tests of the messages that Slack receives.

use allclear_core::delivery::Notification;
use allclear_simulator::Behavior;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::notices;
use crate::sending::{Inbox, build, deliver, secrets};

async fn posted(notification: &Notification, mut params: Value) -> Value {
    let inbox = Inbox::that(Behavior::Ok).await;
    params["webhook_url"] = json!("secret:slack");
    let sender = build("slack", params).unwrap();
    deliver(&*sender, notification, &secrets([("slack", &inbox.url)])).await.unwrap();
    inbox.only_message().json().unwrap()
}

fn pretty(payload: &Value) -> String {
    serde_json::to_string_pretty(payload).unwrap()
}

#[tokio::test]
async fn an_outage_is_one_attachment() {
    assert_snapshot!(pretty(&posted(&notices::down(), json!({})).await), @r##"
    {
      "attachments": [
        {
          "color": "#b71c1c",
          "fallback": "[critical] OpenAI API is unhealthy",
          "fields": [
            {
              "short": true,
              "title": "Status",
              "value": "unhealthy"
            },
            {
              "short": true,
              "title": "Severity",
              "value": "critical"
            },
            {
              "short": true,
              "title": "Since",
              "value": "<!date^1760000000^{date_short_pretty} {time_secs}|2025-10-09 08:53:20 UTC>"
            },
            {
              "short": true,
              "title": "Group",
              "value": "LLM providers"
            },
            {
              "short": false,
              "title": "Cause",
              "value": "the service itself failed"
            },
            {
              "short": false,
              "title": "Rules",
              "value": "service_down (critical): status == \"unhealthy\"\nlow_uptime (warning): uptime_percentage &lt; 95.0"
            },
            {
              "short": false,
              "title": "Remedy",
              "value": "Read the log of the service at the time of the outcome. If the status is correct, write it into `expect`. See `allclear explain http_status`."
            },
            {
              "short": false,
              "title": "Status page",
              "value": "https://status.example.com"
            }
          ],
          "footer": "Allclear",
          "text": "status 503, want 200",
          "title": "OpenAI API is unhealthy",
          "title_link": "https://status.example.com",
          "ts": 1760000120
        }
      ]
    }
    "##);
}

#[tokio::test]
async fn an_all_clear_is_green_and_has_the_duration() {
    assert_snapshot!(pretty(&posted(&notices::all_clear(), json!({})).await), @r##"
    {
      "attachments": [
        {
          "color": "#2e7d32",
          "fallback": "All clear: OpenAI API is healthy",
          "fields": [
            {
              "short": true,
              "title": "Status",
              "value": "healthy"
            },
            {
              "short": true,
              "title": "Severity",
              "value": "critical"
            },
            {
              "short": true,
              "title": "Duration",
              "value": "12m30s"
            },
            {
              "short": true,
              "title": "Group",
              "value": "LLM providers"
            },
            {
              "short": false,
              "title": "Cause",
              "value": "the service itself failed"
            },
            {
              "short": false,
              "title": "Resolved",
              "value": "service_down (critical): status == \"unhealthy\"\nlow_uptime (warning): uptime_percentage &lt; 95.0"
            },
            {
              "short": false,
              "title": "Status page",
              "value": "https://status.example.com"
            }
          ],
          "footer": "Allclear",
          "text": "status 503, want 200",
          "title": "All clear: OpenAI API is healthy",
          "title_link": "https://status.example.com",
          "ts": 1760000750
        }
      ]
    }
    "##);
}

#[tokio::test]
async fn a_partial_resolution_lists_the_rules_that_fire() {
    assert_snapshot!(pretty(&posted(&notices::partly_resolved(), json!({})).await), @r##"
    {
      "attachments": [
        {
          "color": "#2e7d32",
          "fallback": "Resolved: service_down on OpenAI API",
          "fields": [
            {
              "short": true,
              "title": "Status",
              "value": "healthy"
            },
            {
              "short": true,
              "title": "Severity",
              "value": "critical"
            },
            {
              "short": true,
              "title": "Duration",
              "value": "12m30s"
            },
            {
              "short": true,
              "title": "Group",
              "value": "LLM providers"
            },
            {
              "short": false,
              "title": "Cause",
              "value": "the service itself failed"
            },
            {
              "short": false,
              "title": "Resolved",
              "value": "service_down (critical): status == \"unhealthy\""
            },
            {
              "short": false,
              "title": "Still firing",
              "value": "low_uptime (warning): uptime_percentage &lt; 95.0"
            },
            {
              "short": false,
              "title": "Status page",
              "value": "https://status.example.com"
            }
          ],
          "footer": "Allclear",
          "text": "status 503, want 200",
          "title": "Resolved: service_down on OpenAI API",
          "title_link": "https://status.example.com",
          "ts": 1760000750
        }
      ]
    }
    "##);
}

#[tokio::test]
async fn impaired_monitoring_has_no_group_and_names_no_service() {
    assert_snapshot!(pretty(&posted(&notices::impaired(), json!({})).await), @r##"
    {
      "attachments": [
        {
          "color": "#e65100",
          "fallback": "[error] Monitoring impaired",
          "fields": [
            {
              "short": true,
              "title": "Status",
              "value": "unknown"
            },
            {
              "short": true,
              "title": "Severity",
              "value": "error"
            },
            {
              "short": true,
              "title": "Since",
              "value": "<!date^1760000000^{date_short_pretty} {time_secs}|2025-10-09 08:53:20 UTC>"
            },
            {
              "short": false,
              "title": "Cause",
              "value": "the monitor could not measure"
            },
            {
              "short": false,
              "title": "Rules",
              "value": "monitoring_impaired (error)"
            },
            {
              "short": false,
              "title": "Remedy",
              "value": "Repair the network or the name servers of the machine of the monitor. See `allclear explain monitoring_impaired`."
            },
            {
              "short": false,
              "title": "Status page",
              "value": "https://status.example.com"
            }
          ],
          "footer": "Allclear",
          "text": "16 of 17 unrelated targets could not be reached at all",
          "title": "Monitoring impaired",
          "title_link": "https://status.example.com",
          "ts": 1760000120
        }
      ]
    }
    "##);
}

#[tokio::test]
async fn hostile_text_creates_no_mention_and_no_link() {
    let payload = posted(&notices::hostile(), json!({ "mention": "<!here>" })).await;
    assert_snapshot!(pretty(&payload), @r##"
    {
      "attachments": [
        {
          "color": "#b71c1c",
          "fallback": "[critical] &lt;!channel&gt; &amp; ipa [31mred is unhealthy",
          "fields": [
            {
              "short": true,
              "title": "Status",
              "value": "unhealthy"
            },
            {
              "short": true,
              "title": "Severity",
              "value": "critical"
            },
            {
              "short": true,
              "title": "Since",
              "value": "<!date^1760000000^{date_short_pretty} {time_secs}|2025-10-09 08:53:20 UTC>"
            },
            {
              "short": true,
              "title": "Group",
              "value": "&lt;@U024BE7LH&gt; Status: healthy"
            },
            {
              "short": false,
              "title": "Cause",
              "value": "the service itself failed"
            },
            {
              "short": false,
              "title": "Rules",
              "value": "service_down (critical): body == \"&lt;!here&gt;\" &amp;&amp; true"
            },
            {
              "short": false,
              "title": "Remedy",
              "value": "Read the log of the service at the time of the outcome. If the status is correct, write it into `expect`. See `allclear explain http_status`."
            },
            {
              "short": false,
              "title": "Status page",
              "value": "https://status.example.com"
            }
          ],
          "footer": "Allclear",
          "text": "&lt;script&gt;alert(1)&lt;/script&gt;\n&lt;https：//evil.example|click&gt;\nStatus: healthy",
          "title": "&lt;!channel&gt; &amp; ipa [31mred is unhealthy",
          "title_link": "https://status.example.com",
          "ts": 1760000120
        }
      ],
      "text": "<!here>"
    }
    "##);
}

#[tokio::test]
async fn the_config_sets_channel_name_and_mention() {
    let style = json!({ "channel": "#alerts", "username": "Allclear", "mention": "<!here>" });
    let payload = posted(&notices::down(), style.clone()).await;
    assert_eq!(payload["channel"], "#alerts");
    assert_eq!(payload["username"], "Allclear");
    assert_eq!(payload["text"], "<!here>");
    for calm in [notices::slow(), notices::all_clear(), notices::recovery()] {
        assert_eq!(posted(&calm, style.clone()).await.get("text"), None);
    }
}

#[tokio::test]
async fn each_severity_has_its_color() {
    let mut colors = Vec::new();
    for severity in allclear_core::status::Severity::ALL {
        let payload = posted(&Notification { severity, ..notices::down() }, json!({})).await;
        colors.push(payload["attachments"][0]["color"].as_str().unwrap().to_owned());
    }
    assert_eq!(colors, ["#1565c0", "#f9a825", "#e65100", "#b71c1c"]);
}

#[tokio::test]
async fn a_long_message_stays_within_the_limits_of_slack() {
    let payload = posted(&notices::endless(), json!({})).await;
    assert!(payload.to_string().len() < 40_000);
    let text = payload["attachments"][0]["text"].as_str().unwrap();
    assert!(text.ends_with("&lt;…"), "an escaped character is cut in two");
}

#[tokio::test]
async fn a_summary_is_a_text_without_fields() {
    let payload = posted(&notices::summary(), json!({ "mention": "<!here>" })).await;
    let attachment = &payload["attachments"][0];
    assert_eq!(attachment["title"], "Daily summary, 2025-10-10");
    assert!(attachment["text"].as_str().unwrap().starts_with("OpenAI API: uptime 99.31 %"));
    assert_eq!(attachment["fields"].as_array().unwrap().len(), 1, "{attachment}");
    assert_eq!(payload.get("text"), None, "nobody is called for it");
}

#[tokio::test]
async fn the_provider_status_is_a_field() {
    let payload = posted(&notices::believed(), json!({})).await;
    let fields = payload["attachments"][0]["fields"].as_array().unwrap();
    let word = fields.iter().find(|field| field["title"] == "Provider status").unwrap();
    assert_eq!(
        word["value"],
        "The provider reports: operational; we detected the problem 12m ago."
    );
}
