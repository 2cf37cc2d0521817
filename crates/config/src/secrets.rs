//! Secrets that were pasted into the config instead of their names.

use allclear_core::id::MonitorId;
use toml::de::DeTable;

use crate::document;
use crate::secret_form::{has_secret_form, holds_issued_key, is_secret_key};
use crate::spanned_error::{Span, SpannedError};

/// The remedy for a secret in the config.
pub(crate) const HINT: &str =
    "write `secret:a-name` and keep the value under that name outside of the config";

/// Keys whose values are ids or refer to ids.
const ID_KEYS: [&str; 8] =
    ["channels", "depends_on", "group", "groups", "id", "monitors", "rules", "tags"];

/// The strings of a config that look like secrets.
#[derive(Debug, Default)]
pub(crate) struct LiteralSecrets {
    /// Strings that are not allowed in a config. Their values are not quoted.
    pub(crate) secrets: Vec<SpannedError>,
    /// Ids that look like secrets. They only cause warnings, because ids are public anyway and a
    /// provider's prefix alone does not make a name a secret.
    pub(crate) ids: Vec<SpannedError>,
}

/// Finds the strings that look like secrets.
pub(crate) fn pasted(root: &DeTable<'_>) -> LiteralSecrets {
    let mut pasted = LiteralSecrets::default();
    for (key, node) in root {
        document::each_text(key.get_ref(), node, &mut |key, node, text| {
            let is_id = ID_KEYS.contains(&key) && check_id(text);
            if is_id && holds_issued_key(text) {
                let finding =
                    SpannedError::new(node.span(), format!("`{key}` looks like a secret"));
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

fn finding(key: &str, span: Span) -> SpannedError {
    SpannedError::new(span, format!("`{key}` holds a secret")).hint(HINT)
}

fn looks_secret(key: &str, text: &str) -> bool {
    let is_name = text.trim_start().starts_with("secret:");
    // A placeholder stands for a secret, or for a value that a check captures.
    let is_named = text.contains("secret:") || text.contains("{{");
    (is_secret_key(key) && !is_named && !text.is_empty())
        || (!is_name && (holds_issued_key(text) || has_secret_form(text)))
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
            ("authorization", "{{x}} sk-proj-abcdefghij1234567890"),
            ("cert", "-----BEGIN RSA PRIVATE KEY-----\nabc"),
        ] {
            assert!(looks_secret(key, text), "{key} = {text}");
        }
        for (key, text) in [
            ("api_key", "secret:openai"),
            ("authorization", "Bearer secret:openai"),
            ("authorization", "Bearer {{token}}"),
            ("x-api-key", "{{key}}"),
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
