//! What looks like a secret, whoever's it is.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::REDACTED;

/// `text` without what looks like a secret.
pub(super) fn redact(text: &str) -> Cow<'_, str> {
    PATTERN.replace_all(text, |found: &Captures<'_>| {
        let part = |name| found.name(name).map(|part| part.as_str());
        let has_digit = |text: &str| text.contains(|c: char| c.is_ascii_digit());
        let is_innocent = part("emphasis").is_some()
            || part("guess").is_some_and(|guess| !has_digit(guess))
            || part("credentials").is_some_and(is_a_word_for_them);
        if is_innocent {
            return found.get(0).map_or("", |whole| whole.as_str()).to_owned();
        }
        let is_guess = part("guess").is_some();
        let label = found.iter().skip(1).flatten().next().filter(|_| !is_guess);
        format!("{}{REDACTED}", label.map_or("", |label| label.as_str()))
    })
}

/// Whether what follows `bearer` or `basic` only says what is wanted: `basic authentication`.
fn is_a_word_for_them(credentials: &str) -> bool {
    ["authentication", "authorization", "challenge", "credentials"]
        .iter()
        .any(|word| word.eq_ignore_ascii_case(credentials.trim_end_matches('.')))
}

/// Where credentials stand, the forms under which providers issue keys, and keys of which a part is
/// masked: what is left of those narrows down the rest. What a group without a name holds stays.
#[expect(clippy::expect_used, reason = "a constant pattern that the tests compile")]
static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        // The user part of a URL, and webhooks.
        r"(?i)(://)[^/\s:@]+:[^/\s@]+@",
        r"|(hooks\.slack\.com/services/)[a-z0-9/]+",
        // Headers, as they are and in JSON.
        r#"|(\b(?:proxy-authorization|authorization|(?:x-)?api-key|subscription-key|x-goog-api-key)[\\"']*\s*[:=]"#,
        r#"[\s\\"']*(?:(?:bearer|basic)\s+)?)[^\s"'\\,;\[]+"#,
        r"|(\b(?:bearer|basic)\s+)(?P<credentials>[a-z0-9._~+/=-]{8,})",
        // Parameters of a query, and signatures.
        r"|([?&](?:key|api[_-]?key|token|access_token|sig|signature|password|",
        r#"x-amz-signature|x-amz-security-token)=)[^&\s"'<>\[]+"#,
        r"|(\bsignature=)[0-9a-f]{32,}",
        // Keys, by the prefixes under which they are issued.
        r"|\bsk-(?:proj|svcacct|admin|service|none|ant|or)-[\w-]{12,}",
        r"|\b[spr]k[-_](?:live|test)[-_][\w-]{8,}",
        r"|(?P<guess>\b(?:sk|pk|rk)[-_][a-z0-9_-]{16,})",
        r"|\b(?:hf|api_org)_[a-z0-9]{30,}",
        r"|\b(?:gsk_|xai-|tgp_v1_|glpat-|xox[abprs]-|gh[opsu]_|github_pat_)[\w-]{20,}",
        r"|\b(?:pplx-|fw_|csk-|nvapi-|r8_|vck_)[\w-]{20,}|\bdapi[0-9a-f]{32}",
        r"|bedrock-api-key-[a-z0-9+/=]{20,}",
        r"|(?-i:\bAIza[\w-]{30,}|\bAQ\.[\w-]{20,}|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b)",
        r"|(?-i:\bABSK[A-Za-z0-9+/=]{40,})",
        // Masked keys. Words between two stars on each side are only emphasized.
        r"|(?P<emphasis>\*\*[a-z][a-z ]*\*\*)",
        r#"|[^\s*"'`(:=]+\*{2,}[^\s"'`)]*|\*{2,}[a-z0-9][^\s"'`)]*"#,
        r"|\b(?:sk|gsk|xai|hf|pk|rk)[-_][\w-]*(?:\.{3}|…)[\w-]{2,}",
    ))
    .expect("the pattern is valid")
});
