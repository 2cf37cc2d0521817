//! Texts on the command line that may begin with a hyphen.

/// Accepts a text that begins with a hyphen, and refuses a single word that is a misspelled option, or an option in the
/// place of a missing text.
pub(crate) fn sentence(text: &str) -> Result<String, String> {
    let is_long = text.strip_prefix("--").is_some_and(|word| !word.contains(' '));
    let is_short = text.len() == 2 && text.starts_with('-') && !text.ends_with(' ');
    if is_long || is_short {
        return Err("it looks like an option: begin the text with another character".to_owned());
    }
    Ok(text.to_owned())
}
