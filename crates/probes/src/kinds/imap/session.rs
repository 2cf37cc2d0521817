//! The commands of an attempt.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;

use super::ImapDialog;
use super::response::{ImapCapabilities, ImapCommand, ImapLine, ImapStatus, reason};
use crate::excerpt::excerpt;
use crate::kinds::mail::{Encryption, MailLogin, begin_tls};
use crate::service::{ReadValue, ServiceAttempt, ServiceReading, TextWire};

/// The tag of each command: there is only one under way.
const TAG: &str = "a1";

/// The most lines of a response.
const MAX_LINES: usize = 200;

/// Speaks with the server.
pub(super) async fn talk(
    dialog: &ImapDialog,
    line: &mut ServiceAttempt<'_>,
) -> Result<ServiceReading, Cause> {
    let mut session = ImapSession { text: dialog.encryption.open(line).await? };
    let mut reading = ServiceReading::default();
    let greeting = session.greeting().await?;
    reading.set("banner", ReadValue::Text(greeting.text));
    let mut capabilities = session.capabilities().await?;
    if dialog.encryption == Encryption::StartTls {
        if greeting.is_logged_in {
            let what = "the server has logged the connection in already, so that TLS cannot begin";
            return Err(Cause::of(Reason::TlsNotOffered, what));
        }
        if !capabilities.has("STARTTLS") {
            let what = "the server does not offer `STARTTLS`";
            return Err(Cause::of(Reason::TlsNotOffered, what));
        }
        let doing = "waiting for the answer to STARTTLS";
        session.ask("STARTTLS", ImapCommand::StartTls, doing).await?;
        session.text = begin_tls(session.text, line).await?;
        // What was said before TLS may come from another party.
        capabilities = session.capabilities().await?;
    }
    line.answered();
    if let Some(account) = dialog.login.as_ref().filter(|_| !greeting.is_logged_in) {
        let password = account.password(line)?;
        session.log_in((account, password), &capabilities).await?;
    }
    reading.set("auth_mechanisms", ReadValue::Texts(capabilities.auth_mechanisms()));
    reading.set("capabilities", ReadValue::Texts(capabilities.into_names()));
    session.text.leave(format!("{TAG} LOGOUT\r\n").as_bytes()).await;
    Ok(reading)
}

/// A connection on which commands are sent.
struct ImapSession {
    text: TextWire,
}

/// The greeting of a server.
struct ImapGreeting {
    text: String,
    is_logged_in: bool,
}

/// The answer to a command that was not refused.
#[derive(Default)]
struct ImapAnswer {
    capabilities: Option<ImapCapabilities>,
    /// If true, the server waits for the rest of the command.
    wants_more: bool,
}

impl ImapSession {
    async fn greeting(&mut self) -> Result<ImapGreeting, Cause> {
        let doing = "waiting for the greeting";
        let line = self.text.line(doing).await?;
        let is_logged_in = match ImapLine::read(&line, TAG) {
            Some(ImapLine::Status { is_tagged: false, status, code, text }) => match status {
                ImapStatus::Ok => false,
                ImapStatus::PreAuth => true,
                ImapStatus::No | ImapStatus::Bad | ImapStatus::Bye => {
                    let reason = reason(status, code, text, ImapCommand::Greeting);
                    let what = format!("the server refused the connection: `{}`", excerpt(&line));
                    return Err(Cause::of(reason, what));
                }
            },
            Some(_) | None => return Err(invalid(&line, doing)),
        };
        let text = line.strip_prefix("* ").unwrap_or(&line);
        Ok(ImapGreeting { text: text.to_owned(), is_logged_in })
    }

    async fn capabilities(&mut self) -> Result<ImapCapabilities, Cause> {
        let doing = "waiting for the answer to CAPABILITY";
        let answer = self.ask("CAPABILITY", ImapCommand::Capability, doing).await?;
        answer.capabilities.ok_or_else(|| {
            let what = "the answer to CAPABILITY has no capabilities";
            Cause::of(Reason::ResponseInvalid, what)
        })
    }

    async fn log_in(
        &mut self,
        (account, password): (&MailLogin, &str),
        capabilities: &ImapCapabilities,
    ) -> Result<(), Cause> {
        let doing = "logging in";
        let words = quoted(&account.user).zip(quoted(password));
        let has_plain = capabilities.has("AUTH=PLAIN");
        if let Some((user, password)) = words.filter(|_| !capabilities.has("LOGINDISABLED")) {
            let command = format!("LOGIN {user} {password}");
            self.ask(&command, ImapCommand::Login, doing).await?;
            return Ok(());
        }
        if has_plain {
            let answer = self.ask("AUTHENTICATE PLAIN", ImapCommand::Login, doing).await?;
            if answer.wants_more {
                let message = format!("{}\r\n", account.plain(password));
                self.text.send(message.as_bytes(), doing).await?;
                self.answer(ImapCommand::Login, doing).await?;
            }
            return Ok(());
        }
        Err(no_login(capabilities))
    }

    async fn ask(
        &mut self,
        command: &str,
        kind: ImapCommand,
        doing: &str,
    ) -> Result<ImapAnswer, Cause> {
        self.text.send(format!("{TAG} {command}\r\n").as_bytes(), doing).await?;
        self.answer(kind, doing).await
    }

    async fn answer(&mut self, command: ImapCommand, doing: &str) -> Result<ImapAnswer, Cause> {
        let mut answer = ImapAnswer::default();
        for _ in 0..MAX_LINES {
            let line = self.text.line(doing).await?;
            match ImapLine::read(&line, TAG) {
                Some(ImapLine::Capabilities(words)) => {
                    answer.capabilities = Some(ImapCapabilities::read(words));
                }
                Some(ImapLine::Continuation) => {
                    answer.wants_more = true;
                    return Ok(answer);
                }
                Some(ImapLine::Status { is_tagged: true, status: ImapStatus::Ok, .. }) => {
                    return Ok(answer);
                }
                Some(ImapLine::Status { is_tagged, status, code, text }) => {
                    if is_tagged || status == ImapStatus::Bye {
                        let reason = reason(status, code, text, command);
                        let what =
                            format!("the server refused while {doing}: `{}`", excerpt(&line));
                        return Err(Cause::of(reason, what));
                    }
                }
                Some(ImapLine::Other) => {}
                None => return Err(invalid(&line, doing)),
            }
        }
        let what = format!("an answer of more than {MAX_LINES} lines came while {doing}");
        Err(Cause::of(Reason::ResponseTooLarge, what))
    }
}

fn invalid(line: &str, doing: &str) -> Cause {
    let what = format!("no response of IMAP came while {doing}: `{}`", excerpt(line));
    Cause::of(Reason::ResponseInvalid, what)
}

/// Returns the cause if the server offers no login that the check can make.
fn no_login(capabilities: &ImapCapabilities) -> Cause {
    let (reason, what) = if !capabilities.has("LOGINDISABLED") {
        let what = "the user or the password has letters that are not ASCII, which needs the \
                    mechanism PLAIN, and the server does not offer it";
        (Reason::ProbeInvalid, what)
    } else if capabilities.has("STARTTLS") {
        (Reason::TlsRequired, "the server offers no login before TLS")
    } else {
        (Reason::CapabilityMissing, "the server offers no login with a password")
    };
    Cause::of(reason, what)
}

/// Returns a text in quotes; `None` if it cannot be written so.
fn quoted(text: &str) -> Option<String> {
    let is_plain = text.chars().all(|c| c.is_ascii() && !c.is_ascii_control());
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    is_plain.then(|| format!("\"{escaped}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_in_a_password_do_not_end_it() {
        assert_eq!(quoted(r#"a"b\c"#).as_deref(), Some(r#""a\"b\\c""#));
        assert_eq!(quoted("a\r\nb"), None);
        assert_eq!(quoted("é"), None);
    }
}
