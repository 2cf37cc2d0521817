//! The content security policy of the pages. Each page contains its own one; the header of a server adds what only a header
//! can say.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

/// The policy in the header of every page. A browser enforces it beside that of the page, which allows inline styles and
/// scripts by their hashes alone.
pub(crate) const OF_HEADER: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                                    img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'";

/// Allows this style sheet and this script by their hashes, images within the page, and reading the site's own files;
/// nothing else. Programs that check a page read `robots.txt` from within it, so each page may read.
pub(crate) fn content_security_policy(stylesheet: &str, script: Option<&str>) -> String {
    let scripts = script.map(|script| format!("script-src {}; ", hash(script))).unwrap_or_default();
    format!(
        "default-src 'none'; style-src {}; {scripts}img-src data:; connect-src 'self'; \
         base-uri 'none'; form-action 'none'",
        hash(stylesheet)
    )
}

fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}
