//! The messages of Google Chat.

use insta::assert_snapshot;

use super::{structure, text};
use crate::groups;

#[tokio::test]
async fn a_group_of_alerts_and_its_end() {
    assert_snapshot!(text("google_chat", &groups::update()).await, @r#"
    [critical] Update: OpenAI API and 5 more are failing (host db1.example.com)
    🔴 Update: OpenAI API and 5 more are failing (host db1.example.com)
    status 503, want 200
    Status: unhealthy
    Severity: critical
    Since: 2025-10-09 08:53:20 UTC
    Group: LLM providers
    Cause: the service itself failed
    Rules: service_down (critical): status == "unhealthy"
    In common: host db1.example.com
    Remedy: Read the log of the service at the time of the outcome. If the status is correct, write it into `expect`. See `allclear explain http_status`.
    Also failing: Search is unhealthy: connection refused<br>Cart is unhealthy: connection refused<br>and 3 more
    [Runbook] https://wiki.example.com/db1?a=1&b=2
    [Status page] https://status.example.com
    "#);
    assert_snapshot!(text("google_chat", &groups::over()).await, @r#"
    All clear: OpenAI API and 2 more are healthy
    ✅ All clear: OpenAI API and 2 more are healthy
    status 503, want 200
    Status: healthy
    Severity: critical
    Duration: 12m30s
    Group: LLM providers
    Cause: the service itself failed
    Resolved: service_down (critical): status == "unhealthy"
    In common: host db1.example.com
    Also resolved: Search is unhealthy: connection refused<br>Cart is unhealthy: connection refused
    [Runbook] https://wiki.example.com/db1?a=1&b=2
    [Status page] https://status.example.com
    "#);
}

#[tokio::test]
async fn hostile_text_is_shown_as_text() {
    assert_snapshot!(text("google_chat", &groups::hostile()).await, @r#"
    [critical] OpenAI API and 1 more are failing (host ＜/b＞＜b＞x＜/b＞ ＜!channel＞ ＜@all＞ ＜users/all＞ ＜at＞Ann＜/at＞ @everyone @ann [click](https://evil.example) **b** _i_ `c` ||s|| # h **Status**: healthy ＞ quoted)
    🔴 OpenAI API and 1 more are failing (host ＜/b＞＜b＞x＜/b＞ ＜!channel＞ ＜@all＞ ＜users/all＞ ＜at＞Ann＜/at＞ @everyone @ann [click](https://evil.example) **b** _i_ `c` ||s|| # h **Status**: healthy ＞ quoted)
    &lt;/b&gt;&lt;b&gt;x&lt;/b&gt; &lt;!channel&gt; &lt;＠all&gt; &lt;users/all&gt; &lt;at&gt;Ann&lt;/at&gt; ＠everyone ＠ann ［click］(https：//evil.example) **b** _i_ `c` ||s|| # h<br>**Status**: healthy<br>&gt; quoted
    Status: unhealthy
    Severity: critical
    Since: 2025-10-09 08:53:20 UTC
    Group: LLM providers
    Cause: the service itself failed
    Provider status: &lt;/b&gt;&lt;b&gt;x&lt;/b&gt; &lt;!channel&gt; &lt;＠all&gt; &lt;users/all&gt; &lt;at&gt;Ann&lt;/at&gt; ＠everyone ＠ann ［click］(https：//evil.example) **b** _i_ `c` ||s|| # h **Status**: healthy &gt; quoted
    Rules: service_down (critical): status == "unhealthy"
    In common: host &lt;/b&gt;&lt;b&gt;x&lt;/b&gt; &lt;!channel&gt; &lt;＠all&gt; &lt;users/all&gt; &lt;at&gt;Ann&lt;/at&gt; ＠everyone ＠ann ［click］(https：//evil.example) **b** _i_ `c` ||s|| # h **Status**: healthy &gt; quoted
    Remedy: Read the log of the service at the time of the outcome. If the status is correct, write it into `expect`. See `allclear explain http_status`.
    Also failing: Cart is unhealthy: &lt;/b&gt;&lt;b&gt;x&lt;/b&gt; &lt;!channel&gt; &lt;＠all&gt; &lt;users/all&gt; &lt;at&gt;Ann&lt;/at&gt; ＠everyone ＠ann ［click］(https：//evil.example) **b** _i_ `c` ||s|| # h **Status**: healthy &gt; quoted
    [Runbook] https://wiki.example.com/db1?a=1&b=2
    [Status page] https://status.example.com
    "#);
}

#[tokio::test]
async fn the_structure_of_a_request() {
    assert_snapshot!(structure("google_chat").await, @r#"
    {
      "cardsV2": [
        {
          "card": {
            "header": {"title":"🟡 OpenAI API is degraded"},
            "sections": [
              {"widgets":[{"textParagraph":{"text":"answered in 4210 ms, expected within 800 ms"}}]},
              {
                "widgets": [
                  {"decoratedText":{"text":"degraded","topLabel":"Status","wrapText":true}},
                  {"decoratedText":{"text":"warning","topLabel":"Severity","wrapText":true}},
                  {"decoratedText":{"text":"2025-10-09 08:53:20 UTC","topLabel":"Since","wrapText":true}},
                  {"decoratedText":{"text":"the service itself failed","topLabel":"Cause","wrapText":true}},
                  {
                    "decoratedText": {
                      "text": "high_response_time (warning): response_time_ms &gt; expected_response_time_ms * 2",
                      "topLabel": "Rules",
                      "wrapText": true
                    }
                  },
                  {
                    "decoratedText": {
                      "text": "Compare the values in the message with `degraded`. See `allclear explain degraded_condition`.",
                      "topLabel": "Remedy",
                      "wrapText": true
                    }
                  },
                  {
                    "buttonList": {"buttons":[{"onClick":{"openLink":{"url":"https://status.example.com"}},"text":"Status page"}]}
                  }
                ]
              }
            ]
          },
          "cardId": "allclear"
        }
      ],
      "fallbackText": "[warning] OpenAI API is degraded"
    }
    "#);
}
