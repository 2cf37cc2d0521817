//! The content security policy of the pages.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

use crate::script::script;
use crate::stylesheet::stylesheet;

/// Allows the one style sheet and the one script by their hashes, the drawn icon, and reading
/// the site's own files; nothing else.
pub(crate) fn content_security_policy() -> String {
    policy_of(stylesheet(), script())
}

/// Allows this style sheet and this script.
pub(crate) fn policy_of(stylesheet: &str, script: &str) -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; connect-src 'self'; \
         base-uri 'none'; form-action 'none'",
        hash(stylesheet),
        hash(script)
    )
}
