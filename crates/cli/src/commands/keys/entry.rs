//! How a value comes in: typed without being shown, or through a pipe, and never as an argument.

use std::io::{IsTerminal as _, Read};

use allclear_core::id::SecretName;
use anyhow::Context as _;
use secrecy::SecretString;

/// The longest value, in bytes: what a secret of Secrets Manager can hold.
const MAX_BYTES: u64 = 65_536;

/// Asks for the value of `name` at the terminal, or takes it from the pipe at standard input.
pub(super) fn read(name: &SecretName) -> anyhow::Result<SecretString> {
    let text = if std::io::stdin().is_terminal() {
        rpassword::prompt_password(format!("Value of `{name}` (it is not shown): "))
            .context("the value could not be read from the terminal; pipe it in instead")?
    } else {
        from_pipe(std::io::stdin())?
    };
    value(text)
}

fn from_pipe(pipe: impl Read) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    pipe.take(MAX_BYTES + 1).read_to_end(&mut bytes).context("standard input cannot be read")?;
    anyhow::ensure!(
        bytes.len() as u64 <= MAX_BYTES,
        "the value is longer than {MAX_BYTES} bytes; is it the right file?"
    );
    // The error would show where the value is no text, and so a part of it.
    String::from_utf8(bytes).map_err(|_| anyhow::anyhow!("the value is no text in UTF-8"))
}

/// The value without the end of its line, which an editor or `echo` adds.
fn value(mut text: String) -> anyhow::Result<SecretString> {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    anyhow::ensure!(!text.trim().is_empty(), "nothing was kept: the value is empty");
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn only_the_end_of_the_line_is_taken_off() {
        for (text, expected) in
            [("sk-1", "sk-1"), ("sk-1\n", "sk-1"), ("sk-1\r\n", "sk-1"), (" a\nb\n", " a\nb")]
        {
            assert_eq!(value(text.to_owned()).unwrap().expose_secret(), expected);
        }
        for nothing in ["", "\n", " \n"] {
            assert!(value(nothing.to_owned()).is_err());
        }
    }

    #[test]
    fn what_is_too_long_or_no_text_is_refused_without_being_shown() {
        let long = vec![b'x'; 65_537];
        assert!(from_pipe(long.as_slice()).unwrap_err().to_string().contains("longer"));
        let said = from_pipe(&b"secret\xff"[..]).unwrap_err();
        assert!(!format!("{said:?}").contains("secret"), "{said:?}");
        assert_eq!(from_pipe(&b"sk-1\n"[..]).unwrap(), "sk-1\n");
    }
}
