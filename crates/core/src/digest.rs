//! Short digests, by which receivers and stores identify records.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

const N_BYTES: usize = 12;

/// Returns 24 hexadecimal digits that depend on all `parts`, each of which ends with a line break.
#[must_use]
pub fn hexadecimal<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
        hash.update("\n");
    }
    let mut text = String::with_capacity(2 * N_BYTES);
    for byte in hash.finalize().iter().take(N_BYTES) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
