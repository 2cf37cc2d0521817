//! Pictures: a URL, or bytes of a known format as base64.

use super::base64_text;

/// The characters of base64 that are decoded to recognize the format.
const HEAD: usize = 64;

/// Checks whether a text is the address of a picture.
pub(super) fn is_url(text: &str) -> bool {
    if let Some((kind, data)) = text.split_once(',')
        && kind.starts_with("data:image/")
    {
        return kind.ends_with(";base64") && is_base64(data);
    }
    url::Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Checks whether a text is base64 that begins like a picture.
pub(super) fn is_base64(text: &str) -> bool {
    let head = text.get(..HEAD.min(text.len())).unwrap_or_default();
    base64_text::decode(head).is_some_and(|bytes| is_picture(&bytes))
}

fn is_picture(bytes: &[u8]) -> bool {
    let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(&b"WEBP"[..]);
    let is_container = bytes.get(4..8) == Some(&b"ftyp"[..]);
    is_webp
        || is_container
        || [&b"\x89PNG"[..], b"\xff\xd8\xff", b"GIF8", b"BM", b"<svg", b"<?xml"]
            .iter()
            .any(|magic| bytes.starts_with(magic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_urls_or_bytes_of_a_known_format() {
        assert!(is_url("https://cdn.example/a.png"));
        assert!(is_url("data:image/png;base64,iVBORw0KGgo="));
        assert!(!is_url("data:image/png;base64,"));
        assert!(!is_url("no address") && !is_url("file:///a.png"));
        assert!(is_base64("iVBORw0KGgoAAAANSUhEUg"));
        assert!(is_base64("/9j/4AAQSkZJRg=="));
        assert!(!is_base64("") && !is_base64("aGVsbG8=") && !is_base64("not base64!"));
    }
}
