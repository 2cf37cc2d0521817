//! What an answer of Slack means.

use allclear_core::channel::SendError;

use crate::client::Answer;

/// What Slack says in the body when a webhook will not work again as it stands, whatever the status
/// code beside it.
const FOR_GOOD: [&str; 11] = [
    "action_prohibited",
    "channel_is_archived",
    "channel_not_found",
    "invalid_blocks",
    "invalid_payload",
    "invalid_token",
    "missing_text_or_fallback_or_attachments",
    "no_active_hooks",
    "no_service",
    "no_team",
    "user_not_found",
];

/// Delivered only where Slack says `ok`: a 200 that says anything else has dropped the message, or
/// comes from somebody in between.
pub(super) fn judge(answer: &Answer) -> Result<(), SendError> {
    if answer.status.is_success() && answer.body == "ok" {
        return Ok(());
    }
    let is_for_good = match answer.status.as_u16() {
        429 => false,
        400 | 403 | 404 | 410 => true,
        _ => FOR_GOOD.contains(&answer.body.as_str()),
    };
    let said_ok = if answer.status.is_success() { " instead of `ok`" } else { "" };
    let message = format!("Slack {}{said_ok}", answer.words());
    Err(SendError { message, permanent: is_for_good, retry_after: answer.retry_after })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::StatusCode;

    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        let status = StatusCode::from_u16(status).unwrap();
        Answer { status, retry_after: None, body: body.to_owned() }
    }

    #[test]
    fn only_ok_is_delivered() {
        assert_eq!(judge(&answer(200, "ok")), Ok(()));
        let error = judge(&answer(200, "no_service")).unwrap_err();
        assert_eq!(error.message, "Slack answered 200: no_service instead of `ok`");
        assert!(error.is_permanent());
        assert!(!judge(&answer(200, "<html>Sign in</html>")).unwrap_err().is_permanent());
        assert!(judge(&answer(500, "ok")).is_err());
    }

    #[test]
    fn slack_says_itself_what_trying_again_cannot_help() {
        for (status, body, is_permanent) in [
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
    fn a_rate_limit_says_how_long() {
        let retry_after = Some(Duration::from_secs(30));
        let error = judge(&Answer { retry_after, ..answer(429, "") }).unwrap_err();
        assert_eq!(error.retry_after, retry_after);
    }
}
