//! The content security policy of the pages.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

use crate::script::script;
use crate::stylesheet::{stylesheet, subpage_stylesheet};

/// Allows the one style sheet and the one script by their hashes, the drawn icon, and reading
/// the site's own files; nothing else.
pub(crate) fn content_security_policy() -> String {
    policy_of(stylesheet(), script())
}

/// Allows the style sheet of the pages of services, of months and of the calendar, which have no script.
pub(crate) fn subpage_policy() -> String {
    format!(
        "default-src 'none'; style-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        hash(subpage_stylesheet())
    )
}

/// Allows this style sheet and this script.
pub(crate) fn policy_of(stylesheet: &str, script: &str) -> String {
    format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; connect-src 'self'; \
         base-uri 'none'; form-action 'none'",
        hash(stylesheet),
        hash(script)
    )
}

fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}
