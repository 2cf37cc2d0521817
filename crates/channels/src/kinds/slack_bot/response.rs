//! The answers of the Web API: 200 with `ok`, also for most errors.

use crate::answers::{AnswerForm, Reaction, Refusal, by_header, by_ok};

/// The answers: <https://docs.slack.dev/apis/web-api/#responses>.
pub(super) const ANSWERS: AnswerForm = AnswerForm {
    name: "Slack",
    verdict: |_, document| by_ok(document, "error"),
    reactions: REACTIONS,
    refusals: &[400, 413],
    asked_for: by_header,
};

/// The errors: <https://docs.slack.dev/reference/methods/chat.postMessage#errors>. An operator can invite the bot,
/// replace the token, add a scope or unlock the channel while the delivery is owed. A message that Slack does not accept
/// stays as it is.
const REACTIONS: &[(&str, Reaction)] = &[
    // The channel or the account was closed on purpose.
    ("is_archived", Reaction::GiveUp),
    ("team_not_found", Reaction::GiveUp),
    // The message or the method is not accepted.
    ("as_user_not_supported", Reaction::GiveUp),
    ("attachment_payload_limit_exceeded", Reaction::GiveUp),
    ("deprecated_endpoint", Reaction::GiveUp),
    ("invalid_arguments", Reaction::GiveUp),
    ("invalid_attachments", Reaction::GiveUp),
    ("invalid_blocks", Reaction::GiveUp),
    ("invalid_json", Reaction::GiveUp),
    ("message_too_long", Reaction::GiveUp),
    ("method_deprecated", Reaction::GiveUp),
    ("msg_blocks_too_long", Reaction::GiveUp),
    ("msg_too_long", Reaction::GiveUp),
    ("no_text", Reaction::GiveUp),
    ("too_many_attachments", Reaction::GiveUp),
    // An operator can invite the bot or change the settings of the channel. Slack also answers
    // `channel_not_found` for a private channel without the bot.
    ("channel_not_found", Reaction::Retry),
    ("not_in_channel", Reaction::Retry),
    ("restricted_action", Reaction::Retry),
    ("restricted_action_non_threadable_channel", Reaction::Retry),
    ("restricted_action_read_only_channel", Reaction::Retry),
    ("restricted_action_thread_locked", Reaction::Retry),
    ("restricted_action_thread_only_channel", Reaction::Retry),
    ("team_access_not_granted", Reaction::Retry),
    ("thread_not_found", Reaction::Retry),
    // An operator can replace the token or give it what it lacks.
    ("access_denied", Reaction::Retry),
    ("account_inactive", Reaction::Retry),
    ("ekm_access_denied", Reaction::Retry),
    ("enterprise_is_restricted", Reaction::Retry),
    ("invalid_auth", Reaction::Retry),
    ("missing_scope", Reaction::Retry),
    ("no_permission", Reaction::Retry),
    ("not_allowed_token_type", Reaction::Retry),
    ("not_authed", Reaction::Retry),
    ("org_login_required", Reaction::Retry),
    ("token_expired", Reaction::Retry),
    ("token_revoked", Reaction::Retry),
    ("two_factor_setup_required", Reaction::Retry),
    // The trouble of Slack passes.
    ("accesslimited", Reaction::Retry),
    ("external_channel_migrating", Reaction::Retry),
    ("fatal_error", Reaction::Retry),
    ("internal_error", Reaction::Retry),
    ("message_limit_exceeded", Reaction::Retry),
    ("rate_limited", Reaction::Retry),
    ("ratelimited", Reaction::Retry),
    ("request_timeout", Reaction::Retry),
    ("service_unavailable", Reaction::Retry),
    ("team_added_to_org", Reaction::Retry),
];

/// The errors of an update after which only another message can show the state.
const NOT_EDITABLE: [&str; 4] =
    ["cant_update_message", "edit_window_closed", "message_not_found", "cant_edit_message"];

/// Returns true if the message can no longer be changed.
pub(super) fn is_not_editable(refusal: &Refusal) -> bool {
    refusal.code.as_deref().is_some_and(|code| NOT_EDITABLE.contains(&code))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use allclear_core::send_error::SendError;

    use super::*;
    use crate::answers::tests::check;
    use crate::client::ChannelResponse;

    #[test]
    fn each_documented_error_has_its_reaction() {
        let give_up = Some(Reaction::GiveUp);
        let retry = Some(Reaction::Retry);
        check(
            &ANSWERS,
            &[
                (200, r#"{"ok":true,"channel":"C1","ts":"1.2"}"#, None),
                (200, "ok", retry),
                (200, "", retry),
                (200, r#"{"ok":false,"error":"is_archived"}"#, give_up),
                (200, r#"{"ok":false,"error":"msg_too_long"}"#, give_up),
                (200, r#"{"ok":false,"error":"invalid_arguments"}"#, give_up),
                (200, r#"{"ok":false,"error":"channel_not_found"}"#, retry),
                (200, r#"{"ok":false,"error":"not_in_channel"}"#, retry),
                (200, r#"{"ok":false,"error":"invalid_auth"}"#, retry),
                (200, r#"{"ok":false,"error":"token_revoked"}"#, retry),
                (200, r#"{"ok":false,"error":"missing_scope","needed":"chat:write"}"#, retry),
                (200, r#"{"ok":false,"error":"ratelimited"}"#, retry),
                (200, r#"{"ok":false,"error":"something_new"}"#, retry),
                (200, r#"{"ok":false}"#, retry),
                (429, r#"{"ok":false,"error":"ratelimited"}"#, retry),
                (500, "", retry),
                (503, r#"{"ok":false,"error":"service_unavailable"}"#, retry),
            ],
        );
    }

    #[test]
    fn a_rate_limit_has_a_retry_time() {
        for status in [200, 429] {
            let limited = ChannelResponse::of(status, r#"{"ok":false,"error":"ratelimited"}"#);
            let retry_after = Some(Duration::from_secs(30));
            let answer = ChannelResponse { retry_after, ..limited };
            let error: SendError = ANSWERS.judge(&answer).unwrap_err().into();
            assert_eq!((error.retry_after, error.is_permanent()), (retry_after, false));
        }
    }

    #[test]
    fn a_message_that_is_gone_is_not_editable() {
        let refusal = |error: &str| {
            let body = format!(r#"{{"ok":false,"error":"{error}"}}"#);
            ANSWERS.judge(&ChannelResponse::of(200, &body)).unwrap_err()
        };
        assert!(is_not_editable(&refusal("message_not_found")));
        assert!(is_not_editable(&refusal("edit_window_closed")));
        assert!(!is_not_editable(&refusal("ratelimited")));
    }
}
