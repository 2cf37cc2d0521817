//! The content security policy of the pages. Each page contains its own one; the header of a server adds what only a header
//! can say.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

/// The part of the policy that also stands in the header.
pub(crate) const EVERYWHERE: &str = "base-uri 'none'; form-action 'none'";

/// Allows this style sheet and this script by their hashes and images within the page, and for the script reading the
/// site's own files; nothing else.
pub(crate) fn content_security_policy(stylesheet: &str, script: Option<&str>) -> String {
    let scripts = script.map(|script| format!("script-src {}; ", hash(script))).unwrap_or_default();
    let reads = if script.is_some() { "connect-src 'self'; " } else { "" };
    format!(
        "default-src 'none'; style-src {}; {scripts}img-src data:; {reads}{EVERYWHERE}",
        hash(stylesheet)
    )
}

fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}
