//! Secrets that were pasted into the config instead of their names.

use allclear_core::id::MonitorId;
use allclear_core::redact::looks_issued;
use toml::de::DeTable;

use crate::document;
use crate::finding::{Finding, Span};

/// The prefixes of issued keys, with the minimum number of characters that follow in a real one.
const KEY_PREFIXES: [(&str, usize); 17] = [
    ("sk-", 16),
    ("sk_", 16),
    ("rk_", 16),
    ("gsk_", 16),
    ("xai-", 16),
    ("hf_", 16),
    ("ghp_", 16),
    ("github_pat_", 16),
    ("glpat-", 16),
    ("xoxa-", 12),
    ("xoxb-", 12),
    ("xoxp-", 12),
    ("xoxr-", 12),
    ("xoxs-", 12),
    ("xapp-", 12),
    ("AKIA", 16),
    ("AIza", 30),
];

/// Keys of parameters and headers whose values are always secrets.
const SECRET_KEYS: [&str; 6] =
    ["api-key", "api_key", "authorization", "password", "proxy-authorization", "x-api-key"];

/// Keys whose values are ids or refer to ids.
const ID_KEYS: [&str; 8] =
    ["channels", "depends_on", "group", "groups", "id", "monitors", "rules", "tags"];

/// The remedy for a secret that was pasted.
pub(crate) const HINT: &str =
    "write `secret:a-name` and keep the value under that name outside of the config";

/// The strings of a config that look like secrets.
#[derive(Debug, Default)]
pub(crate) struct Pasted {
    /// Strings that are not allowed in a config. Their values are not quoted.
    pub(crate) secrets: Vec<Finding>,
    /// Ids that look like secrets. They only cause warnings, because ids are public anyway and a
    /// provider's prefix alone does not make a name a secret.
    pub(crate) ids: Vec<Finding>,
}

/// Finds the strings that look like secrets.
pub(crate) fn pasted(root: &DeTable<'_>) -> Pasted {
    let mut pasted = Pasted::default();
    for (key, node) in root {
        document::each_text(key.get_ref(), node, &mut |key, node, text| {
            let is_id = ID_KEYS.contains(&key) && check_id(text);
            if is_id && holds_issued_key(text) {
                let finding = Finding::new(node.span(), format!("`{key}` looks like a secret"));
                pasted.ids.push(finding.hint("replace the key if it is one: ids are public"));
            } else if is_pasted(key, text) {
                pasted.secrets.push(finding(key, node.span()));
            }
        });
    }
    pasted
}

/// Checks whether `text` under `key` is a secret in place of the name of one.
pub(crate) fn is_pasted(key: &str, text: &str) -> bool {
    let is_id = ID_KEYS.contains(&key) && check_id(text);
    !is_id && looks_secret(key, text)
}

fn check_id(text: &str) -> bool {
    MonitorId::new(text).is_ok()
}

fn finding(key: &str, span: Span) -> Finding {
    Finding::new(span, format!("`{key}` holds a secret")).hint(HINT)
}

fn looks_secret(key: &str, text: &str) -> bool {
    let is_name = text.trim_start().starts_with("secret:");
    (is_secret_key(key) && !text.contains("secret:") && !text.is_empty())
        || (!is_name && (holds_issued_key(text) || has_secret_form(text)))
}

/// Checks whether the values under `key` are always secrets.
pub(crate) fn is_secret_key(key: &str) -> bool {
    SECRET_KEYS.iter().any(|secret| key.eq_ignore_ascii_case(secret))
}

fn holds_issued_key(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    text.split(|c: char| !is_part(c)).any(|word| {
        // A name such as `xai-grok-4-completions` consists of words.
        KEY_PREFIXES.iter().any(|(prefix, n_after)| {
            word.strip_prefix(prefix)
                .is_some_and(|rest| rest.len() >= *n_after && looks_issued(rest))
        })
    })
}

fn has_secret_form(text: &str) -> bool {
    let after = |mark: &str| text.split_once(mark).map(|(_, rest)| rest);
    let user_part = after("://").and_then(|rest| rest.split(['/', '?', '#']).next());
    let has_password = user_part.and_then(|part| part.rsplit_once('@')).is_some_and(|(user, _)| {
        user.split_once(':').is_some_and(|(_, password)| !password.is_empty())
    });
    has_password
        || after("hooks.slack.com/services/").is_some_and(|rest| rest.len() > 8)
        || (text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_distinguished_from_names() {
        for (key, text) in [
            ("x", "sk-proj-abcdefghij1234567890"),
            ("X-Api-Key", "abc"),
            ("authorization", "Bearer abcdefgh"),
            ("webhook_url", "https://hooks.slack.com/services/T00/B00/abc"),
            ("url", "https://ann:pass@example.com/x"),
            ("body", "{\"key\": \"gsk_abcdefghijklmnop1234\"}"),
            ("cert", "-----BEGIN RSA PRIVATE KEY-----\nabc"),
        ] {
            assert!(looks_secret(key, text), "{key} = {text}");
        }
        for (key, text) in [
            ("api_key", "secret:openai"),
            ("authorization", "Bearer secret:openai"),
            ("name", "sk-learn-model-server-check"),
            ("name", "xai-grok-4-completions"),
            ("model", "xai-grok-4-fast-reasoning-latest-20250825"),
            ("url", "https://ann@example.com/a:b@c"),
            ("description", "basic functionality; passwords: ask ann"),
            ("expect", "status == 401 && body.contains('sk-')"),
        ] {
            assert!(!looks_secret(key, text), "{key} = {text}");
        }
    }
}
