//! The messages of Teams.

use insta::assert_snapshot;

use super::{structure, text};
use crate::groups;

#[tokio::test]
async fn a_group_of_alerts_and_its_end() {
    assert_snapshot!(text("teams", &groups::update()).await, @r#"
    attention | **Update: OpenAI API and 5 more are failing (host db1.example.com)**
    emphasis | status 503, want 200
    **Status: **unhealthy
    **Severity: **critical
    **Since: **2025-10-09 08:53:20 UTC
    **Group: **LLM providers
    **Cause: **the service itself failed
    **Rules:**
    • service_down (critical): status == "unhealthy"
    **In common: **host db1.example.com
    **Remedy: **Read the log of the service at the time of the outcome. If the status is correct, write it into `expect`. See `allclear explain http_status`.
    **Also failing:**
    • Search is unhealthy: connection refused
    • Cart is unhealthy: connection refused
    • and 3 more
    [Runbook] https://wiki.example.com/db1?a=1&b=2
    [Status page] https://status.example.com
    "#);
    assert_snapshot!(text("teams", &groups::over()).await, @r#"
    good | **All clear: OpenAI API and 2 more are healthy**
    emphasis | status 503, want 200
    **Status: **healthy
    **Severity: **critical
    **Duration: **12m30s
    **Group: **LLM providers
    **Cause: **the service itself failed
    **Resolved:**
    • service_down (critical): status == "unhealthy"
    **In common: **host db1.example.com
    **Also resolved:**
    • Search is unhealthy: connection refused
    • Cart is unhealthy: connection refused
    [Runbook] https://wiki.example.com/db1?a=1&b=2
    [Status page] https://status.example.com
    "#);
}

#[tokio::test]
async fn hostile_text_is_shown_as_text() {
    assert_snapshot!(text("teams", &groups::hostile()).await, @r#"
    attention | **OpenAI API and 1 more are failing (host </b><b>x</b> <!channel> <@all> <users/all> <at>Ann</at> @everyone @ann [click](https://evil.example) **b** _i_ `c` ||s|| # h **Status**: healthy > quoted)**
    emphasis | </b><b>x</b> <!channel> <@all> <users/all> <at>Ann</at> @everyone @ann [click](https://evil.example) **b** _i_ `c` ||s|| # h
    emphasis | **Status**: healthy
    emphasis | > quoted
    **Status: **unhealthy
    **Severity: **critical
    **Since: **2025-10-09 08:53:20 UTC
    **Group: **LLM providers
    **Cause: **the service itself failed
    **Provider status: **</b><b>x</b> <!channel> <@all> <users/all> <at>Ann</at> @everyone @ann [click](https://evil.example) **b** _i_ `c` ||s|| # h **Status**: healthy > quoted
    **Rules:**
    • service_down (critical): status == "unhealthy"
    **In common: **host </b><b>x</b> <!channel> <@all> <users/all> <at>Ann</at> @everyone @ann [click](https://evil.example) **b** _i_ `c` ||s|| # h **Status**: healthy > quoted
    **Remedy: **Read the log of the service at the time of the outcome. If the status is correct, write it into `expect`. See `allclear explain http_status`.
    **Also failing:**
    • Cart is unhealthy: </b><b>x</b> <!channel> <@all> <users/all> <at>Ann</at> @everyone @ann [click](https://evil.example) **b** _i_ `c` ||s|| # h **Status**: healthy > quoted
    [Runbook] https://wiki.example.com/db1?a=1&b=2
    [Status page] https://status.example.com
    "#);
}

#[tokio::test]
async fn the_structure_of_a_request() {
    assert_snapshot!(structure("teams").await, @r#"
    {
      "attachments": [
        {
          "content": {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "actions": [{"title":"Status page","type":"Action.OpenUrl","url":"https://status.example.com"}],
            "body": [
              {
                "bleed": true,
                "items": [
                  {
                    "inlines": [{"text":"OpenAI API is degraded","type":"TextRun","weight":"Bolder"}],
                    "spacing": "Small",
                    "type": "RichTextBlock"
                  }
                ],
                "style": "warning",
                "type": "Container"
              },
              {
                "items": [
                  {
                    "inlines": [{"text":"answered in 4210 ms, expected within 800 ms","type":"TextRun"}],
                    "spacing": "Small",
                    "type": "RichTextBlock"
                  }
                ],
                "style": "emphasis",
                "type": "Container"
              },
              {
                "inlines": [{"text":"Status: ","type":"TextRun","weight":"Bolder"},{"text":"degraded","type":"TextRun"}],
                "spacing": "Small",
                "type": "RichTextBlock"
              },
              {
                "inlines": [{"text":"Severity: ","type":"TextRun","weight":"Bolder"},{"text":"warning","type":"TextRun"}],
                "spacing": "Small",
                "type": "RichTextBlock"
              },
              {
                "inlines": [{"text":"Since: ","type":"TextRun","weight":"Bolder"},{"text":"2025-10-09 08:53:20 UTC","type":"TextRun"}],
                "spacing": "Small",
                "type": "RichTextBlock"
              },
              {
                "inlines": [{"text":"Cause: ","type":"TextRun","weight":"Bolder"},{"text":"the service itself failed","type":"TextRun"}],
                "spacing": "Small",
                "type": "RichTextBlock"
              },
              {"inlines":[{"text":"Rules:","type":"TextRun","weight":"Bolder"}],"spacing":"Small","type":"RichTextBlock"},
              {
                "inlines": [{"text":"• high_response_time (warning): response_time_ms > expected_response_time_ms * 2","type":"TextRun"}],
                "spacing": "Small",
                "type": "RichTextBlock"
              },
              {
                "inlines": [
                  {"text":"Remedy: ","type":"TextRun","weight":"Bolder"},
                  {
                    "text": "Compare the values in the message with `degraded`. See `allclear explain degraded_condition`.",
                    "type": "TextRun"
                  }
                ],
                "spacing": "Small",
                "type": "RichTextBlock"
              }
            ],
            "fallbackText": "[warning] OpenAI API is degraded",
            "msteams": {"width":"Full"},
            "type": "AdaptiveCard",
            "version": "1.4"
          },
          "contentType": "application/vnd.microsoft.card.adaptive",
          "contentUrl": null
        }
      ],
      "type": "message"
    }
    "#);
}
