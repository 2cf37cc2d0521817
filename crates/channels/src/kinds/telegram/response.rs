//! The answers of the Bot API of Telegram.

use std::time::Duration;

use serde_json::Value;

use crate::answers::{AnswerForm, AnswerVerdict, REFUSALS, Reaction, seconds};

/// The answers: <https://core.telegram.org/bots/api#making-requests>.
pub(super) const ANSWERS: AnswerForm =
    AnswerForm { name: "Telegram", verdict, reactions: REACTIONS, refusals: REFUSALS, asked_for };

/// The parts of error descriptions. The numbers of errors are those of HTTP, and 400 stands for causes of either
/// kind: an operator can add the bot to the chat or give it its rights while the delivery is owed.
const REACTIONS: &[(&str, Reaction)] = &[
    ("chat not found", Reaction::Retry),
    ("bot was kicked", Reaction::Retry),
    ("bot was blocked by the user", Reaction::Retry),
    ("bot is not a member", Reaction::Retry),
    ("have no rights to send", Reaction::Retry),
    ("not enough rights", Reaction::Retry),
    ("need administrator rights", Reaction::Retry),
    ("message thread not found", Reaction::Retry),
    ("TOPIC_CLOSED", Reaction::Retry),
    ("TOPIC_DELETED", Reaction::Retry),
    ("upgraded to a supergroup", Reaction::Retry),
    ("user is deactivated", Reaction::GiveUp),
    ("group chat was deactivated", Reaction::GiveUp),
    ("can't parse entities", Reaction::GiveUp),
    ("message is too long", Reaction::GiveUp),
    ("message text is empty", Reaction::GiveUp),
];

fn verdict(_: &str, document: &Value) -> AnswerVerdict {
    match document.get("ok").and_then(Value::as_bool) {
        Some(true) => AnswerVerdict::Accepted,
        Some(false) => {
            let description = document.get("description").and_then(Value::as_str);
            let description = description.unwrap_or_default();
            let known = REACTIONS.iter().find(|(part, _)| description.contains(part));
            AnswerVerdict::Refused(known.map_or(description, |(part, _)| part).to_owned())
        }
        None => AnswerVerdict::Unclear,
    }
}

fn asked_for(document: &Value) -> Option<Duration> {
    seconds(document.pointer("/parameters/retry_after"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::tests::check;

    #[test]
    fn each_documented_error_has_its_reaction() {
        let give_up = Some(Reaction::GiveUp);
        let retry = Some(Reaction::Retry);
        let after = Some(Reaction::RetryAfter(Duration::from_secs(14)));
        check(
            &ANSWERS,
            &[
                (200, r#"{"ok":true,"result":{"message_id":7}}"#, None),
                (200, "", retry),
                (200, "ok", retry),
                (
                    400,
                    r#"{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}"#,
                    retry,
                ),
                (
                    400,
                    r#"{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-1001}}"#,
                    retry,
                ),
                (
                    400,
                    r#"{"ok":false,"error_code":400,"description":"Bad Request: can't parse entities: Unsupported start tag"}"#,
                    give_up,
                ),
                (
                    400,
                    r#"{"ok":false,"error_code":400,"description":"Bad Request: message is too long"}"#,
                    give_up,
                ),
                (
                    400,
                    r#"{"ok":false,"error_code":400,"description":"Bad Request: not enough rights to send text messages to the chat"}"#,
                    retry,
                ),
                (
                    400,
                    r#"{"ok":false,"error_code":400,"description":"Bad Request: something new"}"#,
                    give_up,
                ),
                (401, r#"{"ok":false,"error_code":401,"description":"Unauthorized"}"#, retry),
                (
                    403,
                    r#"{"ok":false,"error_code":403,"description":"Forbidden: bot was kicked from the supergroup chat"}"#,
                    retry,
                ),
                (
                    403,
                    r#"{"ok":false,"error_code":403,"description":"Forbidden: user is deactivated"}"#,
                    give_up,
                ),
                (404, r#"{"ok":false,"error_code":404,"description":"Not Found"}"#, retry),
                (
                    429,
                    r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 14","parameters":{"retry_after":14}}"#,
                    after,
                ),
                (502, "<html>Bad Gateway</html>", retry),
            ],
        );
    }
}
