//! The text of an error with its causes.

use std::error::Error;

/// Returns the error and its causes, from the outermost, each once.
#[must_use]
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    for cause in causes(error) {
        let cause = cause.to_string();
        // Some errors of other crates end with their cause.
        if !text.ends_with(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

/// Returns the causes of an error, from the outermost.
pub fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    fn next<'a>(cause: &&'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
        let cause: &'a (dyn Error + 'static) = *cause;
        cause.source()
    }
    std::iter::successors(error.source(), next)
}

/// Returns the innermost cause, or the error if it has none. It is for errors whose outer texts repeat an
/// address or name the layers of a library.
#[must_use]
pub fn root<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    causes(error).last().unwrap_or(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: &'static str,
        source: Option<Box<Layer>>,
    }

    #[test]
    fn a_chain_has_each_cause_once_and_ends_with_the_root() {
        let layer = |text, source| Layer { text, source };
        let inner = layer("refused", None);
        let middle = layer("no answer: refused", Some(Box::new(inner)));
        let outer = layer("load `state`", Some(Box::new(middle)));
        assert_eq!(chain(&outer), "load `state`: no answer: refused");
        assert_eq!(root(&outer).to_string(), "refused");
        assert_eq!(root(&layer("alone", None)).to_string(), "alone");
    }
}
