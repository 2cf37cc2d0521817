//! Keys of known forms, independent of their value.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::REDACTED;

/// The shortest part without a separator that shows an issued key.
const MIN_RUN_CHARS: usize = 10;

/// The length from which a part of a key needs no digit.
const LONG_RUN_CHARS: usize = 20;

/// The length from which a part of mixed case counts as random.
const MIXED_RUN_CHARS: usize = 6;

/// Returns `text` without texts that have the form of a key.
pub(super) fn redact(text: &str) -> Cow<'_, str> {
    PATTERN.replace_all(text, |found: &Captures<'_>| {
        let part = |name| found.name(name).map(|part| part.as_str());
        let guess = part("guess").or_else(|| part("prefixed"));
        let is_innocent = part("emphasis").is_some()
            || guess.is_some_and(|guess| !looks_issued(guess))
            || part("credentials").is_some_and(is_placeholder);
        if is_innocent {
            return found.get(0).map_or("", |whole| whole.as_str()).to_owned();
        }
        let label = found.iter().skip(1).flatten().next().filter(|_| guess.is_none());
        format!("{}{REDACTED}", label.map_or("", |label| label.as_str()))
    })
}

/// Returns true if the part of a key after its prefix was drawn at random: `Ab3dEf6h`, and not a
/// name such as `grok-4-completions`.
///
/// Names consist of short words. A random part has a long run without a separator, with a digit in
/// it, or a run of mixed case with one.
#[must_use]
pub fn looks_issued(key: &str) -> bool {
    key.split(|c: char| !c.is_ascii_alphanumeric()).any(|run| {
        let has_digit = run.bytes().any(|byte| byte.is_ascii_digit());
        // A capital at the beginning may be that of a word.
        let inner = run.get(1..).unwrap_or_default();
        let is_mixed = inner.bytes().any(|byte| byte.is_ascii_uppercase())
            && run.bytes().any(|byte| byte.is_ascii_lowercase());
        run.len() >= LONG_RUN_CHARS
            || (has_digit && run.len() >= MIN_RUN_CHARS && !is_date(run))
            || (has_digit && is_mixed && run.len() >= MIXED_RUN_CHARS)
    })
}

/// Returns true for a time in digits: `20241022` or `20241022153000`.
fn is_date(run: &str) -> bool {
    run.len() <= 14 && run.starts_with("20") && run.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns true if the words after `bearer` or `basic` name the method: `basic authentication`.
fn is_placeholder(credentials: &str) -> bool {
    ["authentication", "authorization", "challenge", "credentials"]
        .iter()
        .any(|word| word.eq_ignore_ascii_case(credentials.trim_end_matches('.')))
}

/// The places of credentials, the forms in which providers issue keys, and partly masked keys, because the
/// visible rest narrows down the masked part. The text of a group without a name stays.
///
/// The classes are ASCII, because Unicode classes make a large text several hundred times slower.
#[expect(clippy::expect_used, reason = "a constant pattern that the tests compile")]
static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        // The user part of a URL, and webhooks.
        r"(?i-u)(://)(?u:[^/\s:@])+:(?u:[^/\s@])+@",
        r"|(hooks\.slack\.com/services/)[a-z0-9/]+",
        // Headers, as they are and in JSON.
        r#"|(\b(?:proxy-authorization|authorization|(?:x-)?api-key|subscription-key|x-goog-api-key)[\\"']*\s*[:=]"#,
        r#"[\s\\"']*(?:(?:bearer|basic)\s+)?)(?u:[^\s"'\\,;\[])+"#,
        r"|(\b(?:bearer|basic)\s+)(?P<credentials>[a-z0-9._~+/=-]{8,})",
        // Query parameters, and signatures.
        r"|([?&](?:key|api[_-]?key|token|access_token|sig|signature|password|",
        r#"x-amz-signature|x-amz-security-token)=)(?u:[^&\s"'<>\[])+"#,
        r"|(\bsignature=)[0-9a-f]{32,}",
        // Keys, by the prefixes under which they are issued.
        r"|\bsk-(?:proj|svcacct|admin|service|none|ant|or)-[\w-]{12,}",
        r"|\b[spr]k[-_](?:live|test)[-_][\w-]{8,}|\bwhsec_[\w+/=-]{12,}",
        r"|(?P<guess>\b(?:sk|pk|rk)[-_][a-z0-9_-]{16,})",
        r"|\b(?:hf|api_org)_[a-z0-9]{30,}",
        r"|(?P<prefixed>\b(?:gsk_|xai-|tgp_v1_|glpat-|xox[abeprs]-|xapp-|gh[oprsu]_|github_pat_|",
        r"npm_|pypi-|pplx-|r8_|nvapi-|csk-|fw_|dop_v1_|shpat_|lin_api_|dckr_pat_|vck_)[\w-]{20,})",
        r"|\bdapi[0-9a-f]{32}|\bSG\.[\w-]{16,}\.[\w-]{16,}|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}(?:\.[\w-]*)?",
        // Webhooks of Discord, Teams and Telegram, and private keys.
        r"|(\b(?:discord|discordapp)\.com/api/webhooks/)[\w/-]+",
        r"|(\bwebhook\.office\.com/)(?u:[^\s'>])+|(\bapi\.telegram\.org/bot)[\w:-]+",
        r"|(-----BEGIN [A-Z ]*PRIVATE KEY-----)(?u:[^-])+",
        r"|bedrock-api-key-[a-z0-9+/=]{20,}",
        r"|(?-i:\bAIza[\w-]{30,}|\bAQ\.[\w-]{20,}|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b)",
        r"|(?-i:\bABSK[A-Za-z0-9+/=]{40,})",
        // Masked keys. Words between two asterisks on each side are only emphasized.
        r"|(?P<emphasis>\*\*[a-z][a-z ]*\*\*)",
        r#"|(?u:[^\s*"'`(:=])+\*{2,}(?u:[^\s"'`)])*|\*{2,}[a-z0-9](?u:[^\s"'`)])*"#,
        r"|\b(?:sk|gsk|xai|hf|pk|rk)[-_][\w-]*(?:\.{3}|…)[\w-]{2,}",
    ))
    .expect("the pattern is valid")
});
