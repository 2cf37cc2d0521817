//! The meaning of an answer of Slack, or of a chat that takes messages in Slack's form.

use serde_json::Value;

use crate::answers::{AnswerForm, AnswerVerdict, Reaction, by_header};

/// The answers of incoming webhooks.
///
/// A 2xx is a delivery unless it holds an error text of Slack or JSON with `ok` or `success` false, because the
/// text of a success differs between chats: `ok` in Slack and Mattermost, `{"success":true}` in Rocket.Chat.
pub(super) const ANSWERS: AnswerForm = AnswerForm {
    name: "Slack",
    verdict,
    reactions: REACTIONS,
    refusals: &[400, 403, 404, 410],
    asked_for: by_header,
};

/// The error texts of Slack:
/// <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/>.
const REACTIONS: &[(&str, Reaction)] = &[
    ("action_prohibited", Reaction::GiveUp),
    ("channel_is_archived", Reaction::GiveUp),
    ("channel_not_found", Reaction::GiveUp),
    ("invalid_blocks", Reaction::GiveUp),
    ("invalid_payload", Reaction::GiveUp),
    ("invalid_token", Reaction::GiveUp),
    ("missing_text_or_fallback_or_attachments", Reaction::GiveUp),
    ("no_active_hooks", Reaction::GiveUp),
    ("no_service", Reaction::GiveUp),
    ("no_team", Reaction::GiveUp),
    ("no_text", Reaction::GiveUp),
    ("posting_to_general_channel_denied", Reaction::GiveUp),
    ("team_disabled", Reaction::GiveUp),
    ("user_not_found", Reaction::GiveUp),
    ("rate_limited", Reaction::Retry),
    ("ratelimited", Reaction::Retry),
    ("rollup_error", Reaction::Retry),
];

fn verdict(content: &str, document: &Value) -> AnswerVerdict {
    if let Some((error, _)) = REACTIONS.iter().find(|(error, _)| *error == content) {
        return AnswerVerdict::Refused((*error).to_owned());
    }
    let is_false = |key: &str| document.get(key) == Some(&Value::Bool(false));
    if !is_false("ok") && !is_false("success") {
        return AnswerVerdict::Accepted;
    }
    let error = document.get("error").and_then(Value::as_str).unwrap_or_default();
    AnswerVerdict::Refused(error.to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use allclear_core::send_error::SendError;

    use super::*;
    use crate::answers::tests::check;
    use crate::client::ChannelResponse;

    const GIVE_UP: Option<Reaction> = Some(Reaction::GiveUp);
    const RETRY: Option<Reaction> = Some(Reaction::Retry);

    #[test]
    fn a_plain_success_is_accepted_from_any_chat() {
        for body in [
            "ok",
            " ok\n",
            "OK",
            "",
            r#"{"success":true}"#,
            r#"{"ok":true}"#,
            r#"{"ok":true,"channel":"C1","ts":"1"}"#,
            r#"{"result":"success","msg":""}"#,
            r#"{"id":"k3x"}"#,
            "\u{feff}{\"success\":true}",
            "Message sent",
            "[]",
        ] {
            check(&ANSWERS, &[(200, body, None)]);
        }
        check(
            &ANSWERS,
            &[(201, "", None), (204, "", None), (500, "ok", RETRY), (302, "ok", RETRY)],
        );
    }

    #[test]
    fn an_error_text_is_a_failure_with_any_status() {
        check(
            &ANSWERS,
            &[
                (200, "no_service", GIVE_UP),
                (200, "channel_is_archived\n", GIVE_UP),
                (200, "rate_limited", RETRY),
                (200, r#"{"ok":false,"error":"channel_not_found"}"#, GIVE_UP),
                (200, r#"{"ok":false,"error":"ratelimited"}"#, RETRY),
                (200, r#"{"ok":false}"#, RETRY),
                (200, r#"{"success":false,"error":"Invalid integration id"}"#, RETRY),
                (400, "invalid_payload", GIVE_UP),
                (400, r#"{"success":false,"error":"Invalid integration id"}"#, GIVE_UP),
                (403, "action_prohibited", GIVE_UP),
                (403, "invalid_token", GIVE_UP),
                (404, "channel_not_found", GIVE_UP),
                (404, "no_service", GIVE_UP),
                (404, "", GIVE_UP),
                (410, "channel_is_archived", GIVE_UP),
                (500, "no_team", GIVE_UP),
                (500, "rollup_error", RETRY),
                (503, "", RETRY),
                (429, "rate_limited", RETRY),
                (429, "invalid_payload", RETRY),
                (408, "", RETRY),
                (302, "", RETRY),
            ],
        );
    }

    #[test]
    fn a_rate_limit_has_a_retry_time() {
        let retry_after = Some(Duration::from_secs(30));
        let answer = ChannelResponse { retry_after, ..ChannelResponse::of(429, "") };
        let error: SendError = ANSWERS.judge(&answer).unwrap_err().into();
        assert_eq!(error.retry_after, retry_after);
    }
}
