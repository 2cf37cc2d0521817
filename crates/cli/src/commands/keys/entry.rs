//! Input of a secret value: typed without echo or read from a pipe, never an argument.

use std::io::{IsTerminal as _, Read};

use allclear_core::id::SecretName;
use anyhow::Context as _;
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use secrecy::SecretString;

use crate::output;
use crate::up::until_stopped;

/// The longest value, in bytes: the limit of Secrets Manager.
const MAX_BYTES: u64 = 65_536;

/// The conventional exit code of a process that was interrupted.
const INTERRUPTED: i32 = 130;

/// Asks for the value of `name` at the terminal, or takes it from the pipe at standard input.
pub(super) async fn read(name: &SecretName) -> anyhow::Result<SecretString> {
    let text = if std::io::stdin().is_terminal() {
        from_terminal(name).await?
    } else {
        from_pipe(std::io::stdin())?
    };
    value(text)
}

/// Reads a value from the terminal without echo. An interrupt restores the echo.
async fn from_terminal(name: &SecretName) -> anyhow::Result<String> {
    let before = tcgetattr(std::io::stdin()).ok();
    let prompt = format!("Value of `{name}` (it is not shown): ");
    let asked = tokio::task::spawn_blocking(|| rpassword::prompt_password(prompt));
    tokio::select! {
        text = asked => {
            text?.context("cannot read the value from the terminal; pipe it in instead")
        }
        () = until_stopped() => {
            if let Some(before) = before {
                let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &before);
            }
            output::note("");
            output::note("nothing was stored");
            // The thread that waits for the line would keep the process.
            std::process::exit(INTERRUPTED)
        }
    }
}

fn from_pipe(pipe: impl Read) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    pipe.take(MAX_BYTES + 1).read_to_end(&mut bytes).context("cannot read standard input")?;
    anyhow::ensure!(
        bytes.len() as u64 <= MAX_BYTES,
        "the value is longer than {MAX_BYTES} bytes; is it the right file?"
    );
    // The error would show where the value is no text, and so a part of it.
    String::from_utf8(bytes).map_err(|_| anyhow::anyhow!("the value is not valid UTF-8"))
}

/// Returns the value without the end of its line, which an editor or `echo` adds.
fn value(mut text: String) -> anyhow::Result<SecretString> {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    anyhow::ensure!(!text.trim().is_empty(), "nothing was stored: the value is empty");
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn only_the_line_break_is_removed() {
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
    fn values_that_are_too_long_or_not_text_are_refused_without_quoting() {
        let long = vec![b'x'; 65_537];
        assert!(from_pipe(long.as_slice()).unwrap_err().to_string().contains("longer"));
        let error = from_pipe(&b"secret\xff"[..]).unwrap_err();
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        assert_eq!(from_pipe(&b"sk-1\n"[..]).unwrap(), "sk-1\n");
    }
}
