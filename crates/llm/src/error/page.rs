//! HTML pages and plain text in place of an answer.

use super::Form;

/// The most characters between the words "error code" and the code itself.
const MAX_DISTANCE: usize = 60;

/// Checks whether a text is an HTML page.
pub(super) fn is_html(text: &str) -> bool {
    let start: String = text.chars().take(512).collect::<String>().to_ascii_lowercase();
    start.starts_with("<!doctype html")
        || start.starts_with("<html")
        || start.contains("<html")
        || start.contains("<head")
        || start.contains("<body")
}

/// Returns a description of a page with its title.
pub(super) fn title(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let found = lower.find("<title").and_then(|at| {
        let start = at + lower.get(at..)?.find('>')? + 1;
        let end = start + lower.get(start..)?.find('<')?;
        text.get(start..end)
    });
    match found.map(str::trim) {
        Some(title) if !title.is_empty() => format!("an HTML page: {title}"),
        _ => "an HTML page".to_owned(),
    }
}

/// Returns the code of Cloudflare's own error in the form `cloudflare_1020`. Its text answers are
/// `error code: 1020`; its pages name the code beside the word "Cloudflare".
pub(super) fn cloudflare_code(text: &str, form: Form) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let code = match form {
        Form::Text => lower.strip_prefix("error code:").map(str::trim).and_then(leading_code)?,
        Form::Html if lower.contains("cloudflare") => ["cf-error-code", "error code", ">error 1"]
            .into_iter()
            .find_map(|mark| code_behind(&lower, mark))?,
        Form::Html | Form::Json | Form::Empty => return None,
    };
    Some(format!("cloudflare_{code}"))
}

/// Returns the first code that closely follows `mark`.
fn code_behind(text: &str, mark: &str) -> Option<String> {
    let (_, rest) = text.split_once(mark)?;
    // The mark may end within the code.
    let rest = if mark.ends_with('1') { format!("1{rest}") } else { rest.to_owned() };
    let start = rest.char_indices().take(MAX_DISTANCE).find(|(_, char)| char.is_ascii_digit())?.0;
    leading_code(rest.get(start..)?)
}

/// Returns the three or four digits that `text` begins with.
fn leading_code(text: &str) -> Option<String> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).take(5).collect();
    (3..=4).contains(&digits.len()).then_some(digits)
}
