//! Tests of the template of a webhook's body.

use allclear_core::delivery::Notification;
use allclear_simulator::Behavior;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::notices;
use crate::sending::{Inbox, build, deliver, secrets};

/// Sends a notification with this template; returns the content type and the body that arrive.
async fn posted(notification: &Notification, mut params: Value) -> (String, String) {
    let inbox = Inbox::that(Behavior::Ok).await;
    params["url"] = json!(inbox.url);
    let sender = build("webhook", params).unwrap_or_else(|problems| panic!("{problems:?}"));
    deliver(&*sender, notification, &secrets([("key", "whsec")])).await.unwrap();
    let received = inbox.only_message();
    (received.headers["content-type"].clone(), received.text())
}

/// Returns the only problem of the parameters with its hint.
fn problem(mut params: Value) -> String {
    params["url"] = json!("https://example.com/hook");
    let Err(problems) = build("webhook", params) else { panic!("no problem") };
    assert_eq!(problems.len(), 1, "{problems:?}");
    let one = &problems[0];
    format!("{}: {}: {}", one.path.join("."), one.what, one.hint.as_deref().unwrap_or_default())
}

#[tokio::test]
async fn a_template_writes_values_as_json() {
    let body = r#"{"text": {{ title ~ ": " ~ message }}, "tags": {{ alerts | map(attribute="rule") | list }},
        "group": {{ monitor.group }}, "others": {{ n_others }}, "again": {{ monitor | tojson }}}"#;
    let (content_type, text) = posted(&notices::hostile(), json!({ "body": body })).await;
    assert_eq!(content_type, "application/json");
    let parsed: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        parsed["text"],
        "<!channel> & ipa\n[31mred is unhealthy: <script>alert(1)</script>\n\
         <https://evil.example|click>\nStatus: healthy"
    );
    assert_eq!(parsed["tags"], json!(["service_down"]));
    assert_eq!(parsed["others"], 0);
    assert_eq!(parsed["again"]["id"], "openai-api");
}

#[tokio::test]
async fn a_template_can_loop_over_the_monitors_of_a_group() {
    let body = "{{ severity | upper }} {{ title }}\n\
                {% for other in others %}- {{ other.name }}: {{ other.message }}\n{% endfor %}\
                {% if acknowledged %}by {{ acknowledged.author }}{% endif %}";
    let params = json!({ "body": body, "content_type": "text/plain; charset=utf-8" });
    let (content_type, text) = posted(&notices::group_partly_resolved(), params).await;
    assert_eq!(content_type, "text/plain; charset=utf-8");
    assert_snapshot!(text, @"
    CRITICAL Partly resolved: Shop 1 and 7 more are healthy, 4 still failing
    - Shop 2: connection refused
    - Shop 3: answered in 4210 ms, expected within 800 ms
    - Shop 4: connection refused
    - Shop 5: connection refused
    - Shop 6: answered in 4210 ms, expected within 800 ms
    - Shop 7: connection refused
    - Shop 8: connection refused
    ");
}

#[tokio::test]
async fn values_are_escaped_for_the_format_of_the_body() {
    let html = json!({ "body": "<p>{{ message }}</p>", "content_type": "text/html" });
    let (_, text) = posted(&notices::hostile(), html).await;
    assert!(text.starts_with("<p>&lt;script&gt;alert(1)&lt;&#x2f;script&gt;"), "{text}");
    let form = json!({
        "body": "text={{ title | urlencode }}",
        "content_type": "application/x-www-form-urlencoded",
    });
    let (_, text) = posted(&notices::down(), form).await;
    assert_eq!(text, "text=OpenAI%20API%20is%20unhealthy");
}

#[tokio::test]
async fn a_templated_body_is_signed_as_it_is_sent() {
    let inbox = Inbox::that(Behavior::Ok).await;
    let params = json!({ "url": inbox.url, "body": "{{ title }}", "secret": "secret:key" });
    let sender = build("webhook", params).unwrap();
    deliver(&*sender, &notices::down(), &secrets([("key", "whsec_test")])).await.unwrap();
    let received = inbox.only_message();
    assert_eq!(received.text(), "\"OpenAI API is unhealthy\"");
    // `printf '1760000130."OpenAI API is unhealthy"' | openssl dgst -sha256 -hmac whsec_test`
    assert_eq!(
        received.headers["x-allclear-signature"],
        "t=1760000130,v1=f7bbb880063c829fd83425ecd01f9f22a40cd7370e6a8a9a4b67c6c924ab9f09"
    );
}

#[test]
fn a_wrong_template_is_refused_with_its_line_and_the_remedy() {
    assert_snapshot!(problem(json!({ "body": "{\n\"text\": {{ title }\n}" })), @"body: the template fails in line 2: syntax error: unexpected `}`, expected end of variable block: see https://docs.rs/minijinja/latest/minijinja/syntax");
    assert_snapshot!(problem(json!({ "body": "{\"text\": {{ titel }}}" })), @"body: the template uses `titel` in line 1, which is no field of the message: the fields are acknowledged, actions, alert_group, alerts, at, attempt, config_end, config_ended, delivery_id, fault, kind, message, monitor, n_others, n_reminder, others, page_url, provider_status, reason, remaining, root, runbook, severity, since, status, still_firing, title, version");
    assert_snapshot!(problem(json!({ "body": "{\"text\":\n {{ monitor.nam }}}" })), @"body: the template fails in line 2: undefined value: `monitor.nam` is undefined: correct the name. A part that is `null` in some messages needs a test: `{% if acknowledged %}{{ acknowledged.author }}{% endif %}`");
    assert_snapshot!(problem(json!({ "body": "{\"by\": {{ acknowledged.author }}}" })), @"body: the template fails in line 1: undefined value: `acknowledged.author` is undefined: correct the name. A part that is `null` in some messages needs a test: `{% if acknowledged %}{{ acknowledged.author }}{% endif %}`");
    assert_snapshot!(problem(json!({ "body": "{\"text\": \"{{ title }}\"}" })), @r#"body: the template does not render JSON for a firing notice: expected `,` or `}` at line 1 column 12: values are written as JSON, with their quotes: write `{"text": {{ title }}}`, and join texts with `~`; for another format, set `content_type`"#);
    assert_snapshot!(problem(json!({ "body": "{\"text\": {{ title | shout }}}" })), @"body: the template fails in line 1: unknown filter: filter shout is unknown: the filters are those of https://docs.rs/minijinja/latest/minijinja/filters");
    assert_snapshot!(problem(json!({ "body": "{% if kind == 'never' %}\n{{ nam }}{% endif %}1" })), @"body: the template uses `nam` in line 2, which is no field of the message: the fields are acknowledged, actions, alert_group, alerts, at, attempt, config_end, config_ended, delivery_id, fault, kind, message, monitor, n_others, n_reminder, others, page_url, provider_status, reason, remaining, root, runbook, severity, since, status, still_firing, title, version");
    assert_snapshot!(problem(json!({ "body": "{% for a in range(10000) %}{% for b in range(10000) %}{% endfor %}{% endfor %}1" })), @"body: the template fails in line 1: engine ran out of fuel: shorten its loops");
    assert_snapshot!(problem(json!({ "body": "x", "content_type": "plain" })), @"content_type: `plain` is not a media type: write for example `text/plain`");
    assert_snapshot!(problem(json!({ "content_type": "text/plain" })), @"content_type: `content_type` is set and `body` is not: leave it out, or set `body`");
}
