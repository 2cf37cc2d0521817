//! The meaning of an answer of Slack, or of a chat that takes messages in Slack's form.

use allclear_core::send_error::SendError;
use serde_json::Value;

use crate::client::ChannelResponse;

/// The error texts of Slack, each with whether it is permanent. A 2xx is a failure only if it holds
/// one of these or a JSON error, because the text of a success differs between chats.
const ERRORS: [(&str, bool); 17] = [
    ("action_prohibited", true),
    ("channel_is_archived", true),
    ("channel_not_found", true),
    ("invalid_blocks", true),
    ("invalid_payload", true),
    ("invalid_token", true),
    ("missing_text_or_fallback_or_attachments", true),
    ("no_active_hooks", true),
    ("no_service", true),
    ("no_team", true),
    ("no_text", true),
    ("posting_to_general_channel_denied", true),
    ("team_disabled", true),
    ("user_not_found", true),
    ("rate_limited", false),
    ("ratelimited", false),
    ("rollup_error", false),
];

/// Judges an answer.
///
/// A 2xx is a delivery unless it holds an error text of Slack, JSON with `ok` or `success` false,
/// or an HTML page, which comes from a login page or a proxy.
pub(super) fn judge(answer: &ChannelResponse) -> Result<(), SendError> {
    let error = error_of(&answer.content);
    if answer.status.is_success() {
        if error.is_none() && !is_html(&answer.content) {
            return Ok(());
        }
        if error.is_none() {
            let message = format!(
                "Slack {} with an HTML page instead of `ok`: does the URL lead to a login page?",
                answer.status_words()
            );
            return Err(SendError::transient(message));
        }
    }
    let is_permanent = match answer.status.as_u16() {
        429 => false,
        400 | 403 | 404 | 410 => true,
        _ => error.is_some_and(|error| is_permanent(&error)),
    };
    let message = format!("Slack {}", answer.words());
    let error = SendError { permanent: is_permanent, ..SendError::transient(message) };
    Err(SendError { retry_after: answer.retry_after, ..error })
}

/// Returns the error text of an answer: a known one of Slack, or the one in a JSON error.
fn error_of(content: &str) -> Option<String> {
    let content = content.trim_start_matches('\u{feff}').trim();
    if let Some((error, _)) = ERRORS.iter().find(|(error, _)| *error == content) {
        return Some((*error).to_owned());
    }
    let Ok(Value::Object(fields)) = serde_json::from_str(content) else { return None };
    let is_false = |key: &str| fields.get(key) == Some(&Value::Bool(false));
    let text = fields.get("error").and_then(Value::as_str).unwrap_or_default();
    (is_false("ok") || is_false("success")).then(|| text.to_owned())
}

fn is_permanent(error: &str) -> bool {
    ERRORS.iter().any(|(known, is_permanent)| *known == error && *is_permanent)
}

/// Returns true for an HTML page. The media type does not decide, because Slack sends its `ok` as
/// HTML.
fn is_html(content: &str) -> bool {
    let content = content.trim_start_matches('\u{feff}').trim_start();
    let begins =
        |tag: &&str| content.get(..tag.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(tag));
    ["<!doctype html", "<html", "<head", "<body", "<!--"].iter().any(begins)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn answer(status: u16, body: &str) -> ChannelResponse {
        ChannelResponse::of(status, body)
    }

    #[test]
    fn a_plain_success_is_accepted_from_any_chat() {
        for body in [
            "ok",
            " ok\n",
            "OK",
            "",
            r#"{"success":true}"#,
            r#"{"ok":true,"channel":"C1","ts":"1"}"#,
            r#"{"result":"success","msg":""}"#,
            r#"{"id":"k3x"}"#,
            "\u{feff}{\"success\":true}",
            "Message sent",
            "[]",
        ] {
            assert_eq!(judge(&answer(200, body)), Ok(()), "{body}");
        }
        assert_eq!(judge(&answer(201, "")), Ok(()));
        assert_eq!(judge(&answer(204, "")), Ok(()));
        assert!(judge(&answer(500, "ok")).is_err());
        assert!(judge(&answer(302, "ok")).is_err());
    }

    #[test]
    fn an_error_text_is_a_failure_with_any_status() {
        for (status, body, is_permanent) in [
            (200, "no_service", true),
            (200, "channel_is_archived\n", true),
            (200, "rate_limited", false),
            (200, r#"{"ok":false,"error":"channel_not_found"}"#, true),
            (200, r#"{"ok":false,"error":"ratelimited"}"#, false),
            (200, r#"{"success":false,"error":"Invalid integration id"}"#, false),
            (400, "invalid_payload", true),
            (403, "action_prohibited", true),
            (403, "invalid_token", true),
            (404, "channel_not_found", true),
            (404, "no_service", true),
            (404, "", true),
            (410, "channel_is_archived", true),
            (500, "no_team", true),
            (500, "rollup_error", false),
            (503, "", false),
            (429, "rate_limited", false),
            (429, "invalid_payload", false),
            (408, "", false),
            (302, "", false),
        ] {
            let error = judge(&answer(status, body)).unwrap_err();
            assert_eq!(error.is_permanent(), is_permanent, "{status} {body}");
        }
    }

    #[test]
    fn a_web_page_is_a_failure_with_its_own_message() {
        for page in ["<!DOCTYPE html><html>Sign in</html>", "\n<html lang=en>", "<!-- x --><p>"] {
            let error = judge(&answer(200, page)).unwrap_err();
            let wanted = "Slack answered 200 with an HTML page instead of `ok`: does the URL lead \
                          to a login page?";
            assert_eq!(error, SendError::transient(wanted));
        }
    }

    #[test]
    fn a_rate_limit_has_a_retry_time() {
        let retry_after = Some(Duration::from_secs(30));
        let error = judge(&ChannelResponse { retry_after, ..answer(429, "") }).unwrap_err();
        assert_eq!(error.retry_after, retry_after);
    }
}
