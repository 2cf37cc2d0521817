//! The messages of ntfy.

use insta::assert_snapshot;

use super::{structure, text};
use crate::groups;

#[tokio::test]
async fn a_group_of_alerts_and_its_end() {
    assert_snapshot!(text("ntfy", &groups::update()).await, @r#"
    5 rotating_light [critical] Update: OpenAI API and 5 more are failing (host db1.example.com)
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
    Runbook: https://wiki.example.com/db1?a=1&b=2
    Status page: https://status.example.com
    click: https://status.example.com
    "#);
    assert_snapshot!(text("ntfy", &groups::over()).await, @r#"
    3 white_check_mark All clear: OpenAI API and 2 more are healthy
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
    Runbook: https://wiki.example.com/db1?a=1&b=2
    Status page: https://status.example.com
    click: https://status.example.com
    "#);
}

#[tokio::test]
async fn hostile_text_is_shown_as_text() {
    assert_snapshot!(text("ntfy", &groups::hostile()).await, @r#"
    5 rotating_light [critical] OpenAI API and 1 more are failing (host </b><b>x</b> <!channel> <@all> <users/all> <at>Ann</at> @everyone @ann [click](https://evil.example) **b** _i_ `c` ||s|| # h **Status**: healthy > quoted)
    > </b><b>x</b> <!channel> <＠all> <users/all> <at>Ann</at> ＠everyone ＠ann ［click］(https：//evil.example) **b** _i_ `c` ||s|| # h
    > **Status**: healthy
    > > quoted
    Status: unhealthy
    Severity: critical
    Since: 2025-10-09 08:53:20 UTC
    Group: LLM providers
    Cause: the service itself failed
    Provider status: </b><b>x</b> <!channel> <＠all> <users/all> <at>Ann</at> ＠everyone ＠ann ［click］(https：//evil.example) **b** _i_ `c` ||s|| # h **Status**: healthy > quoted
    Rules:
    • service_down (critical): status == "unhealthy"
    In common: host </b><b>x</b> <!channel> <＠all> <users/all> <at>Ann</at> ＠everyone ＠ann ［click］(https：//evil.example) **b** _i_ `c` ||s|| # h **Status**: healthy > quoted
    Remedy: Read the log of the service at the time of the outcome. If the status is correct, write it into `expect`. See `allclear explain http_status`.
    Also failing:
    • Cart is unhealthy: </b><b>x</b> <!channel> <＠all> <users/all> <at>Ann</at> ＠everyone ＠ann ［click］(https：//evil.example) **b** _i_ `c` ||s|| # h **Status**: healthy > quoted
    Runbook: https://wiki.example.com/db1?a=1&b=2
    Status page: https://status.example.com
    click: https://status.example.com
    "#);
}

#[tokio::test]
async fn the_structure_of_a_request() {
    assert_snapshot!(structure("ntfy").await, @r#"
    {
      "click": "https://status.example.com",
      "message": "> answered in 4210 ms, expected within 800 ms\nStatus: degraded\nSeverity: warning\nSince: 2025-10-09 08:53:20 UTC\nCause: the service itself failed\nRules:\n• high_response_time (warning): response_time_ms > expected_response_time_ms * 2\nRemedy: Compare the values in the message with `degraded`. See `allclear explain degraded_condition`.\nStatus page: https://status.example.com",
      "priority": 3,
      "tags": ["warning"],
      "title": "[warning] OpenAI API is degraded",
      "topic": "alerts-q7w8e9"
    }
    "#);
}
