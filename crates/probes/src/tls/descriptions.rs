//! Plain words for the codes of TLS and X.509, whose crates have only names of variants.

use std::fmt::Debug;

/// Returns the name of an enum's variant in lower-case words joined by `separator`:
/// `HandshakeFailure` becomes `handshake_failure`. Fields of the variant are left out.
pub(super) fn name(variant: &impl Debug, separator: char) -> String {
    let debug = format!("{variant:?}");
    let mut text = String::with_capacity(debug.len() + 8);
    let mut before = ' ';
    for c in debug.chars().take_while(char::is_ascii_alphanumeric) {
        let begins_word = c.is_ascii_uppercase() && before.is_ascii_lowercase();
        if begins_word {
            text.push(separator);
        }
        text.push(c.to_ascii_lowercase());
        before = c;
    }
    text
}

#[cfg(test)]
mod tests {
    use rustls::{AlertDescription, PeerIncompatible};

    use super::*;

    #[test]
    fn variants_become_text_without_their_fields() {
        assert_eq!(name(&AlertDescription::HandshakeFailure, '_'), "handshake_failure");
        assert_eq!(name(&AlertDescription::UnknownCA, '_'), "unknown_ca");
        let incompatible = PeerIncompatible::ServerDoesNotSupportTls12Or13;
        assert_eq!(name(&incompatible, ' '), "server does not support tls12or13");
        assert_eq!(name(&Some(5), ' '), "some");
    }
}
