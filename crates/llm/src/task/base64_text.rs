//! Base64 as answers hold it: with or without padding, in the usual or the URL alphabet.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const USUAL: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);
const OF_URLS: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);

/// Decodes a text; `None` if it is no base64, or empty.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    let bytes = USUAL.decode(text).or_else(|_| OF_URLS.decode(text)).ok()?;
    (!bytes.is_empty()).then_some(bytes)
}
