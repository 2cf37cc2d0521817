//! The messages of Discord.

use insta::assert_snapshot;

use super::{structure, text};
use crate::groups;

#[tokio::test]
async fn a_group_of_alerts_and_its_end() {
    assert_snapshot!(text("discord", &groups::update()).await, @r#"
    #b71c1c Update\: OpenAI API and 5 more are failing \(host db1.example.com\)
    > status 503, want 200
    Status: unhealthy
    Severity: critical
    Since: <t:1760000000:f>
    Group: LLM providers
    Cause: the service itself failed
    Rules: service\_down \(critical\)\: status == "unhealthy"
    In common: host db1.example.com
    Remedy: Read the log of the service at the time of the outcome. If the status is correct, write it into \`expect\`. See \`allclear explain http\_status\`.
    Also failing:
    Search is unhealthy\: connection refused
    Cart is unhealthy\: connection refused
    and 3 more
    Runbook: https://wiki.example.com/db1?a=1&b=2
    Status page: https://status.example.com
    "#);
    assert_snapshot!(text("discord", &groups::over()).await, @r#"
    #2e7d32 All clear\: OpenAI API and 2 more are healthy
    > status 503, want 200
    Status: healthy
    Severity: critical
    Duration: 12m30s
    Group: LLM providers
    Cause: the service itself failed
    Resolved: service\_down \(critical\)\: status == "unhealthy"
    In common: host db1.example.com
    Also resolved:
    Search is unhealthy\: connection refused
    Cart is unhealthy\: connection refused
    Runbook: https://wiki.example.com/db1?a=1&b=2
    Status page: https://status.example.com
    "#);
}

#[tokio::test]
async fn hostile_text_is_shown_as_text() {
    assert_snapshot!(text("discord", &groups::hostile()).await, @r#"
    #b71c1c OpenAI API and 1 more are failing \(host \</b\>\<b\>x\</b\> \<!channel\> \<\@all\> \<users/all\> \<at\>Ann\</at\> \@everyone \@ann \[click\]\(https\://evil.example\) \*\*b\*\* \_i\_ \`c\` \|\|s\|\| \# h \*\*Status\*\*\: healthy \> quoted\)
    > \</b\>\<b\>x\</b\> \<!channel\> \<\@all\> \<users/all\> \<at\>Ann\</at\> \@everyone \@ann \[click\]\(https\://evil.example\) \*\*b\*\* \_i\_ \`c\` \|\|s\|\| \# h
    > \*\*Status\*\*\: healthy
    > \> quoted
    Status: unhealthy
    Severity: critical
    Since: <t:1760000000:f>
    Group: LLM providers
    Cause: the service itself failed
    Provider status: \</b\>\<b\>x\</b\> \<!channel\> \<\@all\> \<users/all\> \<at\>Ann\</at\> \@everyone \@ann \[click\]\(https\://evil.example\) \*\*b\*\* \_i\_ \`c\` \|\|s\|\| \# h \*\*Status\*\*\: healthy \> quoted
    Rules: service\_down \(critical\)\: status == "unhealthy"
    In common: host \</b\>\<b\>x\</b\> \<!channel\> \<\@all\> \<users/all\> \<at\>Ann\</at\> \@everyone \@ann \[click\]\(https\://evil.example\) \*\*b\*\* \_i\_ \`c\` \|\|s\|\| \# h \*\*Status\*\*\: healthy \> quoted
    Remedy: Read the log of the service at the time of the outcome. If the status is correct, write it into \`expect\`. See \`allclear explain http\_status\`.
    Also failing: Cart is unhealthy\: \</b\>\<b\>x\</b\> \<!channel\> \<\@all\> \<users/all\> \<at\>Ann\</at\> \@everyone \@ann \[click\]\(https\://evil.example\) \*\*b\*\* \_i\_ \`c\` \|\|s\|\| \# h \*\*Status\*\*\: healthy \> quoted
    Runbook: https://wiki.example.com/db1?a=1&b=2
    Status page: https://status.example.com
    "#);
}

#[tokio::test]
async fn the_structure_of_a_request() {
    assert_snapshot!(structure("discord").await, @r#"
    {
      "allowed_mentions": {"parse":[]},
      "embeds": [
        {
          "color": 16361509,
          "description": "> answered in 4210 ms, expected within 800 ms",
          "fields": [
            {"inline":true,"name":"Status","value":"degraded"},
            {"inline":true,"name":"Severity","value":"warning"},
            {"inline":true,"name":"Since","value":"<t:1760000000:f>"},
            {"inline":false,"name":"Cause","value":"the service itself failed"},
            {
              "inline": false,
              "name": "Rules",
              "value": "high\\_response\\_time \\(warning\\)\\: response\\_time\\_ms \\> expected\\_response\\_time\\_ms \\* 2"
            },
            {
              "inline": false,
              "name": "Remedy",
              "value": "Compare the values in the message with \\`degraded\\`. See \\`allclear explain degraded\\_condition\\`."
            },
            {"inline":false,"name":"Status page","value":"https://status.example.com"}
          ],
          "footer": {"text":"Allclear"},
          "timestamp": "2025-10-09T08:55:20Z",
          "title": "OpenAI API is degraded",
          "url": "https://status.example.com"
        }
      ]
    }
    "#);
}
