//! The judgement of answers: the forms in which the services report errors, and the reaction to each error.

use std::time::Duration;

use allclear_core::send_error::SendError;
use serde_json::Value;

use crate::client::ChannelResponse;

/// The statuses that refuse a message permanently: the service has read it and rejects it, or the destination is
/// gone. Every other status, also a missing page or a refused token, can be repaired within the day for which a
/// delivery is owed.
pub(crate) const REFUSALS: &[u16] = &[400, 410, 413, 415, 422];

/// The reaction to an error of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reaction {
    /// No further try can help.
    GiveUp,
    /// Another try can help, also because an operator can repair the cause.
    Retry,
    /// Another try can help after this wait, which the service documents.
    RetryAfter(Duration),
}

/// The content of an answer, apart from its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AnswerVerdict {
    /// The service confirms the message.
    Accepted,
    /// The service reports the error with this code.
    Refused(String),
    /// The answer has neither form.
    Unclear,
}

/// The form of the answers of one service.
pub(crate) struct AnswerForm {
    /// Its name in error messages.
    pub(crate) name: &'static str,
    /// Reads the text of an answer and its JSON document, which is `null` for other texts.
    pub(crate) verdict: fn(&str, &Value) -> AnswerVerdict,
    /// The codes of its errors. Unknown ones are judged by the status.
    pub(crate) reactions: &'static [(&'static str, Reaction)],
    /// The statuses that refuse a message permanently.
    pub(crate) refusals: &'static [u16],
    /// Reads the wait that the JSON document asks for.
    pub(crate) asked_for: fn(&Value) -> Option<Duration>,
}

/// An answer that is no confirmation.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) error: SendError,
    /// The code of the error; `None` if the answer has none.
    pub(crate) code: Option<String>,
}

impl From<Refusal> for SendError {
    fn from(refusal: Refusal) -> Self {
        refusal.error
    }
}

impl AnswerForm {
    /// Judges an answer. Returns the JSON document of a confirmation, `null` if it is no JSON.
    pub(crate) fn judge(&self, answer: &ChannelResponse) -> Result<Value, Refusal> {
        let content = answer.content.trim_start_matches('\u{feff}').trim();
        let document = serde_json::from_str(content).unwrap_or(Value::Null);
        let verdict = (self.verdict)(content, &document);
        let is_success = answer.status.is_success();
        if is_success && verdict == AnswerVerdict::Accepted && !is_html(content) {
            return Ok(document);
        }
        let code = match verdict {
            AnswerVerdict::Refused(code) => Some(code),
            AnswerVerdict::Accepted | AnswerVerdict::Unclear => None,
        };
        let name = self.name;
        if is_success && code.is_none() && is_html(content) {
            let message = format!(
                "{name} {} with an HTML page: does the URL lead to a login page?",
                answer.status_words()
            );
            return Err(Refusal { error: SendError::transient(message), code });
        }
        let message = if is_success && code.is_none() {
            format!("{name} {} without a confirmation", answer.words())
        } else {
            format!("{name} {}", answer.words())
        };
        let reaction = self.reaction(answer.status.as_u16(), code.as_deref());
        let asked_for = answer.retry_after.or_else(|| (self.asked_for)(&document));
        let (permanent, documented) = match reaction {
            Reaction::GiveUp => (true, None),
            Reaction::Retry => (false, None),
            Reaction::RetryAfter(wait) => (false, Some(wait)),
        };
        let retry_after = asked_for.or(documented);
        let error = SendError { permanent, retry_after, ..SendError::transient(message) };
        Err(Refusal { error, code })
    }

    fn reaction(&self, status: u16, code: Option<&str>) -> Reaction {
        let known = self.reactions.iter().find(|(known, _)| Some(*known) == code);
        match known {
            // A rate limit passes, whatever the body of the answer states.
            _ if status == 429 => match known {
                Some((_, Reaction::RetryAfter(wait))) => Reaction::RetryAfter(*wait),
                Some((_, Reaction::GiveUp | Reaction::Retry)) | None => Reaction::Retry,
            },
            Some((_, reaction)) => *reaction,
            None if self.refusals.contains(&status) => Reaction::GiveUp,
            None => Reaction::Retry,
        }
    }
}

/// Reads a verdict from a document with a number under `key`, which is 0 for a success.
pub(crate) fn by_number(document: &Value, key: &str) -> AnswerVerdict {
    match document.get(key).and_then(Value::as_i64) {
        Some(0) => AnswerVerdict::Accepted,
        Some(code) => AnswerVerdict::Refused(code.to_string()),
        None => AnswerVerdict::Unclear,
    }
}

/// Reads a verdict from a document with `ok`, and the code of the error under `key`.
pub(crate) fn by_ok(document: &Value, key: &str) -> AnswerVerdict {
    match document.get("ok").and_then(Value::as_bool) {
        Some(true) => AnswerVerdict::Accepted,
        Some(false) => {
            let code = document.get(key).and_then(Value::as_str).unwrap_or_default();
            AnswerVerdict::Refused(code.to_owned())
        }
        None => AnswerVerdict::Unclear,
    }
}

/// Reads no wait, for services that use the header `Retry-After`.
pub(crate) fn by_header(_: &Value) -> Option<Duration> {
    None
}

/// Reads a number of seconds, also with a fraction. An invalid number asks for no wait.
pub(crate) fn seconds(value: Option<&Value>) -> Option<Duration> {
    Duration::try_from_secs_f64(value?.as_f64()?).ok()
}

/// Returns true for an HTML page. The media type does not decide, because Slack sends its `ok` as HTML.
fn is_html(content: &str) -> bool {
    let begins =
        |tag: &&str| content.get(..tag.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(tag));
    ["<!doctype html", "<html", "<head", "<body", "<!--"].iter().any(begins)
}

/// Support for the tests of the services.
#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Checks each status and body against the wanted result: `None` for a delivery, otherwise the reaction.
    pub(crate) fn check(service: &AnswerForm, table: &[(u16, &str, Option<Reaction>)]) {
        for (status, body, wanted) in table {
            let found = service.judge(&ChannelResponse::of(*status, body)).err().map(reaction_of);
            assert_eq!(found, *wanted, "{} {status} {body}", service.name);
        }
    }

    fn reaction_of(refusal: Refusal) -> Reaction {
        let error = SendError::from(refusal);
        match (error.is_permanent(), error.retry_after) {
            (true, _) => Reaction::GiveUp,
            (false, None) => Reaction::Retry,
            (false, Some(wait)) => Reaction::RetryAfter(wait),
        }
    }

    const PLAIN: AnswerForm = AnswerForm {
        name: "Plain",
        verdict: |_, _| AnswerVerdict::Accepted,
        reactions: &[],
        refusals: REFUSALS,
        asked_for: by_header,
    };

    #[test]
    fn a_status_decides_without_a_known_code() {
        let give_up = Some(Reaction::GiveUp);
        let retry = Some(Reaction::Retry);
        for (status, wanted) in [
            (200, None),
            (202, None),
            (204, None),
            (302, retry),
            (400, give_up),
            (401, retry),
            (403, retry),
            (404, retry),
            (410, give_up),
            (413, give_up),
            (429, retry),
            (500, retry),
        ] {
            check(&PLAIN, &[(status, "", wanted)]);
        }
    }

    #[test]
    fn a_web_page_is_no_confirmation() {
        for page in ["<!DOCTYPE html><html>Sign in</html>", "\n<html lang=en>", "<!-- x --><p>"] {
            let error: SendError = PLAIN.judge(&ChannelResponse::of(200, page)).unwrap_err().into();
            let wanted = "Plain answered 200 with an HTML page: does the URL lead to a login page?";
            assert_eq!(error, SendError::transient(wanted));
        }
    }

    #[test]
    fn a_success_without_a_confirmation_is_named() {
        let strict = AnswerForm { verdict: |_, document| by_number(document, "code"), ..PLAIN };
        let answer = ChannelResponse::of(200, "fine");
        let error: SendError = strict.judge(&answer).unwrap_err().into();
        assert_eq!(error, SendError::transient("Plain answered 200: fine without a confirmation"));
    }

    #[test]
    fn a_wait_is_a_number_of_seconds() {
        let wait = |value: Value| seconds(Some(&value));
        assert_eq!(wait(14.into()), Some(Duration::from_secs(14)));
        assert_eq!(wait(0.5.into()), Some(Duration::from_millis(500)));
        assert_eq!(wait((-1).into()), None);
        assert_eq!(wait("14".into()), None);
        assert_eq!(seconds(None), None);
    }
}
