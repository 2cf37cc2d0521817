//! The messages of Telegram.

use insta::assert_snapshot;

use super::{structure, text};
use crate::groups;

#[tokio::test]
async fn a_group_of_alerts_and_its_end() {
    assert_snapshot!(text("telegram", &groups::update()).await, @r#"
    🔴 <b>Update: OpenAI API and 5 more are failing (host db1.example.com)</b>
    <code>status 503, want 200</code>
    <b>Status</b>: unhealthy
    <b>Severity</b>: critical
    <b>Since</b>: 2025-10-09 08:53:20 UTC
    <b>Group</b>: LLM providers
    <b>Cause</b>: the service itself failed
    <b>Rules</b>:
    • <code>service_down (critical): status == &quot;unhealthy&quot;</code>
    <b>In common</b>: <code>host db1.example.com</code>
    <b>Remedy</b>: Read the log of the service at the time of the outcome. If the status is correct, write it into `expect`. See `allclear explain http_status`.
    <b>Also failing</b>:
    • <code>Search is unhealthy: connection refused</code>
    • <code>Cart is unhealthy: connection refused</code>
    • <code>and 3 more</code>
    <a href="https://wiki.example.com/db1?a=1&amp;b=2">Runbook</a>
    <a href="https://status.example.com">Status page</a>
    "#);
    assert_snapshot!(text("telegram", &groups::over()).await, @r#"
    ✅ <b>All clear: OpenAI API and 2 more are healthy</b>
    <code>status 503, want 200</code>
    <b>Status</b>: healthy
    <b>Severity</b>: critical
    <b>Duration</b>: 12m30s
    <b>Group</b>: LLM providers
    <b>Cause</b>: the service itself failed
    <b>Resolved</b>:
    • <code>service_down (critical): status == &quot;unhealthy&quot;</code>
    <b>In common</b>: <code>host db1.example.com</code>
    <b>Also resolved</b>:
    • <code>Search is unhealthy: connection refused</code>
    • <code>Cart is unhealthy: connection refused</code>
    <a href="https://wiki.example.com/db1?a=1&amp;b=2">Runbook</a>
    <a href="https://status.example.com">Status page</a>
    "#);
}

#[tokio::test]
async fn hostile_text_is_shown_as_text() {
    assert_snapshot!(text("telegram", &groups::hostile()).await, @r#"
    🔴 <b>OpenAI API and 1 more are failing (host &lt;/b&gt;&lt;b&gt;x&lt;/b&gt; &lt;!channel&gt; &lt;＠all&gt; &lt;users/all&gt; &lt;at&gt;Ann&lt;/at&gt; ＠everyone ＠ann [click](https://evil.example) **b** _i_ `c` ||s|| # h **Status**: healthy &gt; quoted)</b>
    <code>&lt;/b&gt;&lt;b&gt;x&lt;/b&gt; &lt;!channel&gt; &lt;＠all&gt; &lt;users/all&gt; &lt;at&gt;Ann&lt;/at&gt; ＠everyone ＠ann [click](https://evil.example) **b** _i_ `c` ||s|| # h</code>
    <code>**Status**: healthy</code>
    <code>&gt; quoted</code>
    <b>Status</b>: unhealthy
    <b>Severity</b>: critical
    <b>Since</b>: 2025-10-09 08:53:20 UTC
    <b>Group</b>: LLM providers
    <b>Cause</b>: the service itself failed
    <b>Provider status</b>: <code>&lt;/b&gt;&lt;b&gt;x&lt;/b&gt; &lt;!channel&gt; &lt;＠all&gt; &lt;users/all&gt; &lt;at&gt;Ann&lt;/at&gt; ＠everyone ＠ann [click](https://evil.example) **b** _i_ `c` ||s|| # h **Status**: healthy &gt; quoted</code>
    <b>Rules</b>:
    • <code>service_down (critical): status == &quot;unhealthy&quot;</code>
    <b>In common</b>: <code>host &lt;/b&gt;&lt;b&gt;x&lt;/b&gt; &lt;!channel&gt; &lt;＠all&gt; &lt;users/all&gt; &lt;at&gt;Ann&lt;/at&gt; ＠everyone ＠ann [click](https://evil.example) **b** _i_ `c` ||s|| # h **Status**: healthy &gt; quoted</code>
    <b>Remedy</b>: Read the log of the service at the time of the outcome. If the status is correct, write it into `expect`. See `allclear explain http_status`.
    <b>Also failing</b>:
    • <code>Cart is unhealthy: &lt;/b&gt;&lt;b&gt;x&lt;/b&gt; &lt;!channel&gt; &lt;＠all&gt; &lt;users/all&gt; &lt;at&gt;Ann&lt;/at&gt; ＠everyone ＠ann [click](https://evil.example) **b** _i_ `c` ||s|| # h **Status**: healthy &gt; quoted</code>
    <a href="https://wiki.example.com/db1?a=1&amp;b=2">Runbook</a>
    <a href="https://status.example.com">Status page</a>
    "#);
}

#[tokio::test]
async fn the_structure_of_a_request() {
    assert_snapshot!(structure("telegram").await, @r#"
    {
      "chat_id": "-1001",
      "link_preview_options": {"is_disabled":true},
      "parse_mode": "HTML",
      "text": "🟡 <b>OpenAI API is degraded</b>\n<code>answered in 4210 ms, expected within 800 ms</code>\n<b>Status</b>: degraded\n<b>Severity</b>: warning\n<b>Since</b>: 2025-10-09 08:53:20 UTC\n<b>Cause</b>: the service itself failed\n<b>Rules</b>:\n• <code>high_response_time (warning): response_time_ms &gt; expected_response_time_ms * 2</code>\n<b>Remedy</b>: Compare the values in the message with `degraded`. See `allclear explain degraded_condition`.\n<a href=\"https://status.example.com\">Status page</a>"
    }
    "#);
}
