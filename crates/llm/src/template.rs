//! Templates of addresses: `/model/{model}/converse`.

/// Replaces each `{name}` in the template by its value, percent-encoded; `None` if one is missing.
pub(crate) fn fill<'a>(template: &str, value: &dyn Fn(&str) -> Option<&'a str>) -> Option<String> {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        filled.push_str(before);
        filled.push_str(&encode(value(name)?));
        rest = after;
    }
    filled.push_str(rest);
    Some(filled)
}

/// Returns whether the template names this value.
pub(crate) fn names(template: &str, name: &str) -> bool {
    named(template).any(|found| found == name)
}

/// Returns the names of the values that the template needs.
pub(crate) fn named(template: &str) -> impl Iterator<Item = &str> {
    template.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0))
}

/// Encodes every byte except letters, digits, `-`, `.`, `_` and `~`, as in `%3A`.
fn encode(value: &str) -> String {
    let mut encoded = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.extend([byte >> 4, byte & 15].map(|half| {
                char::from_digit(half.into(), 16).unwrap_or_default().to_ascii_uppercase()
            }));
        }
    }
    encoded
}
