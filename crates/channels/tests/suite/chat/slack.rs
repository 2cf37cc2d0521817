//! The messages of Slack.

use insta::assert_snapshot;

use super::text;
use crate::groups;

#[tokio::test]
async fn a_group_of_alerts_and_its_end() {
    assert_snapshot!(text("slack", &groups::update()).await, @r#"
    #b71c1c Update: OpenAI API and 5 more are failing (host db1.example.com)
    status 503, want 200
    Status: unhealthy
    Severity: critical
    Since: <!date^1760000000^{date_short_pretty} {time_secs}|2025-10-09 08:53:20 UTC>
    Group: LLM providers
    Cause: the service itself failed
    Rules: service_down (critical): status == "unhealthy"
    In common: host db1.example.com
    Remedy: Read the log of the service at the time of the outcome. If the status is correct, write it into `expect`. See `allclear explain http_status`.
    Also failing:
    Search is unhealthy: connection refused
    Cart is unhealthy: connection refused
    and 3 more
    Runbook: https://wiki.example.com/db1?a=1&amp;b=2
    Status page: https://status.example.com
    "#);
    assert_snapshot!(text("slack", &groups::over()).await, @r#"
    #2e7d32 All clear: OpenAI API and 2 more are healthy
    status 503, want 200
    Status: healthy
    Severity: critical
    Duration: 12m30s
    Group: LLM providers
    Cause: the service itself failed
    Resolved: service_down (critical): status == "unhealthy"
    In common: host db1.example.com
    Also resolved:
    Search is unhealthy: connection refused
    Cart is unhealthy: connection refused
    Runbook: https://wiki.example.com/db1?a=1&amp;b=2
    Status page: https://status.example.com
    "#);
}

#[tokio::test]
async fn hostile_text_is_shown_as_text() {
    assert_snapshot!(text("slack", &groups::hostile()).await, @r#"
    #b71c1c OpenAI API and 1 more are failing (host &lt;/b&gt;&lt;b&gt;x&lt;/b&gt; &lt;!channel&gt; &lt;@all&gt; &lt;users/all&gt; &lt;at&gt;Ann&lt;/at&gt; @everyone @ann [click](https://evil.example) **b** _i_ `c` ||s|| # h **Status**: healthy &gt; quoted)
    &lt;/b&gt;&lt;b&gt;x&lt;/b&gt; &lt;!channel&gt; &lt;＠all&gt; &lt;users/all&gt; &lt;at&gt;Ann&lt;/at&gt; ＠everyone ＠ann ［click］(https：//evil.example) **b** _i_ `c` ||s|| # h
    **Status**: healthy
    &gt; quoted
    Status: unhealthy
    Severity: critical
    Since: <!date^1760000000^{date_short_pretty} {time_secs}|2025-10-09 08:53:20 UTC>
    Group: LLM providers
    Cause: the service itself failed
    Provider status: &lt;/b&gt;&lt;b&gt;x&lt;/b&gt; &lt;!channel&gt; &lt;＠all&gt; &lt;users/all&gt; &lt;at&gt;Ann&lt;/at&gt; ＠everyone ＠ann ［click］(https：//evil.example) **b** _i_ `c` ||s|| # h **Status**: healthy &gt; quoted
    Rules: service_down (critical): status == "unhealthy"
    In common: host &lt;/b&gt;&lt;b&gt;x&lt;/b&gt; &lt;!channel&gt; &lt;＠all&gt; &lt;users/all&gt; &lt;at&gt;Ann&lt;/at&gt; ＠everyone ＠ann ［click］(https：//evil.example) **b** _i_ `c` ||s|| # h **Status**: healthy &gt; quoted
    Remedy: Read the log of the service at the time of the outcome. If the status is correct, write it into `expect`. See `allclear explain http_status`.
    Also failing: Cart is unhealthy: &lt;/b&gt;&lt;b&gt;x&lt;/b&gt; &lt;!channel&gt; &lt;＠all&gt; &lt;users/all&gt; &lt;at&gt;Ann&lt;/at&gt; ＠everyone ＠ann ［click］(https：//evil.example) **b** _i_ `c` ||s|| # h **Status**: healthy &gt; quoted
    Runbook: https://wiki.example.com/db1?a=1&amp;b=2
    Status page: https://status.example.com
    "#);
}
