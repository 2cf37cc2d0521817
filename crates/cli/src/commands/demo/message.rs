//! A message to Slack as a person reads it, without Slack.

use allclear_simulator::Received;
use serde_json::Value;

/// Returns the lines of the message; a request that is no message is returned as it came.
pub(super) fn lines(received: &Received) -> Vec<String> {
    let attachment = received.json().ok().and_then(|json| json.pointer("/attachments/0").cloned());
    let Some(attachment) = attachment else { return vec![received.text()] };
    let text = |value: &Value, key: &str| {
        let text = value.get(key).and_then(Value::as_str).unwrap_or_default();
        plain(text)
    };
    let mut lines = vec![text(&attachment, "title"), text(&attachment, "text")];
    for field in attachment.get("fields").and_then(Value::as_array).into_iter().flatten() {
        let value = text(field, "value").replace('\n', "; ");
        lines.push(format!("{}: {value}", text(field, "title")));
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// Returns the text without Slack's markup: `<!date^…|in words>` becomes its words.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<!date^") {
        let (markup, behind) = after.split_once('>').unwrap_or((after, ""));
        plain.push_str(before);
        plain.push_str(markup.rsplit('|').next().unwrap_or_default());
        rest = behind;
    }
    plain.push_str(rest);
    plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_rendered_like_in_slack() {
        assert_eq!(
            plain("since <!date^1795300000^{time}|10:26 UTC>, 1 &lt; 2"),
            "since 10:26 UTC, 1 < 2"
        );
        assert_eq!(plain("&amp;lt;"), "&lt;");
        assert_eq!(plain("cut <!date^17953"), "cut 17953");
    }
}
