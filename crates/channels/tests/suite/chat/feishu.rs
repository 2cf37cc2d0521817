//! The messages of Feishu.

use insta::assert_snapshot;

use super::{structure, text};
use crate::groups;

#[tokio::test]
async fn a_group_of_alerts_and_its_end() {
    assert_snapshot!(text("feishu", &groups::update()).await, @r#"
    red Update: OpenAI API and 5 more are failing (host db1.example.com)
    > status 503, want 200
    Status: unhealthy
    Severity: critical
    Since: 2025-10-09 08:53:20 UTC
    Group: LLM providers
    Cause: the service itself failed
    Rules:
    • service_down (critical): status == "unhealthy"
    In common: host db1.example.com
    Remedy: Read the log of the service at the time of the outcome. If the status is correct, write it into `expect`. See `allclear explain http_status`.
    Also failing:
    • Search is unhealthy: connection refused
    • Cart is unhealthy: connection refused
    • and 3 more
    [Runbook] https://wiki.example.com/db1?a=1&b=2
    [Status page] https://status.example.com
    "#);
    assert_snapshot!(text("feishu", &groups::over()).await, @r#"
    green All clear: OpenAI API and 2 more are healthy
    > status 503, want 200
    Status: healthy
    Severity: critical
    Duration: 12m30s
    Group: LLM providers
    Cause: the service itself failed
    Resolved:
    • service_down (critical): status == "unhealthy"
    In common: host db1.example.com
    Also resolved:
    • Search is unhealthy: connection refused
    • Cart is unhealthy: connection refused
    [Runbook] https://wiki.example.com/db1?a=1&b=2
    [Status page] https://status.example.com
    "#);
}

#[tokio::test]
async fn hostile_text_is_shown_as_text() {
    assert_snapshot!(text("feishu", &groups::hostile()).await, @r#"
    red OpenAI API and 1 more are failing (host </b><b>x</b> <!channel> <@all> <users/all> <at>Ann</at> @everyone @ann [click](https://evil.example) **b** _i_ `c` ||s|| # h **Status**: healthy > quoted)
    > </b><b>x</b> <!channel> <@all> <users/all> <at>Ann</at> @everyone @ann [click](https://evil.example) **b** _i_ `c` ||s|| # h
    > **Status**: healthy
    > > quoted
    Status: unhealthy
    Severity: critical
    Since: 2025-10-09 08:53:20 UTC
    Group: LLM providers
    Cause: the service itself failed
    Provider status: </b><b>x</b> <!channel> <@all> <users/all> <at>Ann</at> @everyone @ann [click](https://evil.example) **b** _i_ `c` ||s|| # h **Status**: healthy > quoted
    Rules:
    • service_down (critical): status == "unhealthy"
    In common: host </b><b>x</b> <!channel> <@all> <users/all> <at>Ann</at> @everyone @ann [click](https://evil.example) **b** _i_ `c` ||s|| # h **Status**: healthy > quoted
    Remedy: Read the log of the service at the time of the outcome. If the status is correct, write it into `expect`. See `allclear explain http_status`.
    Also failing:
    • Cart is unhealthy: </b><b>x</b> <!channel> <@all> <users/all> <at>Ann</at> @everyone @ann [click](https://evil.example) **b** _i_ `c` ||s|| # h **Status**: healthy > quoted
    [Runbook] https://wiki.example.com/db1?a=1&b=2
    [Status page] https://status.example.com
    "#);
}

#[tokio::test]
async fn the_structure_of_a_request() {
    assert_snapshot!(structure("feishu").await, @r#"
    {
      "card": {
        "config": {"wide_screen_mode":true},
        "elements": [
          {"tag":"div","text":{"content":"> answered in 4210 ms, expected within 800 ms","tag":"plain_text"}},
          {
            "fields": [
              {"is_short":true,"text":{"content":"Status: degraded","tag":"plain_text"}},
              {"is_short":true,"text":{"content":"Severity: warning","tag":"plain_text"}},
              {"is_short":true,"text":{"content":"Since: 2025-10-09 08:53:20 UTC","tag":"plain_text"}},
              {"is_short":false,"text":{"content":"Cause: the service itself failed","tag":"plain_text"}},
              {
                "is_short": false,
                "text": {
                  "content": "Rules:\n• high_response_time (warning): response_time_ms > expected_response_time_ms * 2",
                  "tag": "plain_text"
                }
              },
              {
                "is_short": false,
                "text": {
                  "content": "Remedy: Compare the values in the message with `degraded`. See `allclear explain degraded_condition`.",
                  "tag": "plain_text"
                }
              }
            ],
            "tag": "div"
          },
          {
            "actions": [
              {
                "tag": "button",
                "text": {"content":"Status page","tag":"plain_text"},
                "type": "default",
                "url": "https://status.example.com"
              }
            ],
            "tag": "action"
          }
        ],
        "header": {"template":"yellow","title":{"content":"OpenAI API is degraded","tag":"plain_text"}}
      },
      "msg_type": "interactive",
      "sign": "D+Bo7JI45Ee6ujX4rYiTC7QjRCkA+L9co/tqJz2N5Ak=",
      "timestamp": "1760000130"
    }
    "#);
}
