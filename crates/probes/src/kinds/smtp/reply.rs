//! The replies of an SMTP server, and the meaning of those that refuse. Pure.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;

use crate::excerpt::excerpt;
use crate::service::{ReadValue, ServiceReading};

/// The command that a reply refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SmtpCommand {
    /// None: the greeting.
    Greeting,
    Hello,
    StartTls,
    Login,
}

/// A reply: its code, and its lines without the code.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SmtpReply {
    pub(super) code: u16,
    pub(super) lines: Vec<String>,
}

/// A line of a reply.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SmtpLine<'a> {
    pub(super) code: u16,
    pub(super) is_last: bool,
    pub(super) text: &'a str,
}

impl<'a> SmtpLine<'a> {
    /// Reads a line; `None` if it is none of a reply.
    pub(super) fn read(line: &'a str) -> Option<Self> {
        let (code, rest) = line.split_at_checked(3)?;
        let is_code = code.bytes().all(|byte| byte.is_ascii_digit()) && code >= "200";
        let (is_last, text) = match rest.split_at_checked(1) {
            None => (true, ""),
            Some((" ", text)) => (true, text),
            Some(("-", text)) => (false, text),
            Some(_) => return None,
        };
        Some(Self { code: code.parse().ok().filter(|_| is_code)?, is_last, text })
    }
}

impl SmtpReply {
    /// Returns its text in one line.
    pub(super) fn text(&self) -> String {
        self.lines.join(" ")
    }

    /// Returns the reply itself if it accepts the command.
    pub(super) fn accepted(self, command: SmtpCommand) -> Result<Self, Cause> {
        let wanted = match command {
            SmtpCommand::Greeting | SmtpCommand::StartTls => 220,
            SmtpCommand::Hello => 250,
            SmtpCommand::Login => 235,
        };
        if self.code == wanted { Ok(self) } else { Err(self.refused(command)) }
    }

    /// Returns the cause of a reply that refuses the command.
    pub(super) fn refused(&self, command: SmtpCommand) -> Cause {
        let text = self.text();
        let subject = match command {
            SmtpCommand::Greeting => "the connection",
            SmtpCommand::Hello => "`EHLO`",
            SmtpCommand::StartTls => "`STARTTLS`",
            SmtpCommand::Login => "the login",
        };
        let what = excerpt(&format!("{} {text}", self.code));
        let what = format!("the server refused {subject}: `{what}`");
        Cause::of(reason(self.code, &text, command), what)
    }

    /// Adds the extensions in a reply to `EHLO`. Its first line is a greeting.
    pub(super) fn add_extensions_to(&self, reading: &mut ServiceReading) {
        let lines = self.lines.iter().skip(1);
        let mut names = Vec::new();
        for line in lines {
            let mut words = line.split_ascii_whitespace();
            let Some(name) = words.next() else { continue };
            let name = name.to_ascii_uppercase();
            if name == "SIZE"
                && let Some(limit) = words.next().and_then(|word| word.parse::<f64>().ok())
                && limit > 0.0
            {
                reading.set("size_limit_bytes", ReadValue::Number(limit));
            }
            names.push(name);
        }
        reading.set("extensions", ReadValue::Texts(names));
        reading.set("auth_mechanisms", ReadValue::Texts(self.auth_mechanisms()));
    }

    /// Returns true if a reply to `EHLO` has the extension.
    pub(super) fn has_extension(&self, name: &str) -> bool {
        let mut names = self.lines.iter().skip(1).filter_map(|line| line.split(' ').next());
        names.any(|known| known.eq_ignore_ascii_case(name))
    }

    /// Returns the mechanisms of logins in a reply to `EHLO`.
    pub(super) fn auth_mechanisms(&self) -> Vec<String> {
        let mut all = Vec::new();
        for line in self.lines.iter().skip(1) {
            // The second form is that of servers before the standard.
            let Some((name, rest)) = line.split_once([' ', '=']) else { continue };
            if name.eq_ignore_ascii_case("AUTH") {
                all.extend(rest.split_ascii_whitespace().map(str::to_ascii_uppercase));
            }
        }
        all.sort();
        all.dedup();
        all
    }
}

fn reason(code: u16, text: &str, command: SmtpCommand) -> Reason {
    let lower = text.to_ascii_lowercase();
    let mentions = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let is_full = mentions(&["too many", "connection limit", "maximum connections", "concurrent"]);
    if code == 421 && is_full {
        return Reason::TooManyConnections;
    }
    if mentions(&["starttls", "must issue a start", "encryption required"])
        && matches!(code, 530 | 538 | 554)
    {
        return Reason::TlsRequired;
    }
    match (code, command) {
        (521 | 550 | 554, SmtpCommand::Greeting | SmtpCommand::Hello)
            if mentions(&["block", "blacklist", "denylist", "listed", "reputation", "spam"]) =>
        {
            Reason::RegionBlocked
        }
        (421 | 454, SmtpCommand::StartTls) | (454, SmtpCommand::Hello) => Reason::TlsFailed,
        (_, SmtpCommand::Greeting) | (421, _) => Reason::NotReady,
        (500 | 502, _) | (504, SmtpCommand::Login) => Reason::CapabilityMissing,
        (432 | 530 | 534 | 535, SmtpCommand::Login) => Reason::AuthInvalid,
        (400..500, _) => Reason::ServerError,
        (500..600, SmtpCommand::Login) => Reason::Permission,
        (500..600, SmtpCommand::StartTls) => Reason::TlsNotOffered,
        (500..600, SmtpCommand::Hello) => Reason::ProbeInvalid,
        (_, SmtpCommand::Hello | SmtpCommand::StartTls | SmtpCommand::Login) => {
            Reason::UnexpectedAnswer
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SmtpCommand::{Greeting, Hello, Login, StartTls};
    use super::*;

    #[test]
    fn each_refusal_has_its_reason() {
        for (line, command, wanted) in [
            ("421 4.7.0 mx: Error: too many connections", Greeting, Reason::TooManyConnections),
            ("421 4.3.2 System not accepting network messages", Greeting, Reason::NotReady),
            ("554 5.7.1 Blocked by the list of example.org", Greeting, Reason::RegionBlocked),
            ("554 No SMTP service here", Greeting, Reason::NotReady),
            ("502 5.5.2 Command not recognized", Hello, Reason::CapabilityMissing),
            ("501 5.5.4 Syntactically invalid argument", Hello, Reason::ProbeInvalid),
            ("454 4.7.0 TLS not available due to local problem", StartTls, Reason::TlsFailed),
            ("501 5.5.4 Syntax error", StartTls, Reason::TlsNotOffered),
            ("535 5.7.8 Authentication credentials invalid", Login, Reason::AuthInvalid),
            ("530 5.7.0 Must issue a STARTTLS command first", Login, Reason::TlsRequired),
            ("538 5.7.11 Encryption required for this mechanism", Login, Reason::TlsRequired),
            ("454 4.7.0 Temporary authentication failure", Login, Reason::ServerError),
            ("504 5.5.4 Unrecognized authentication type", Login, Reason::CapabilityMissing),
            ("525 5.7.13 User account disabled", Login, Reason::Permission),
            ("421 4.4.2 Timeout", Login, Reason::NotReady),
            ("299 hello", Hello, Reason::UnexpectedAnswer),
        ] {
            let read = SmtpLine::read(line).unwrap();
            assert_eq!(reason(read.code, read.text, command), wanted, "{line}");
        }
    }

    #[test]
    fn lines_that_are_no_reply_are_refused() {
        for line in ["", "22", "abc hello", "+OK", "150 soon", "220hello", "$999", "é20 x"] {
            assert_eq!(SmtpLine::read(line), None, "{line}");
        }
        let bare = SmtpLine { code: 250, is_last: true, text: "" };
        assert_eq!(SmtpLine::read("250"), Some(bare));
    }

    #[test]
    fn the_extensions_become_variables() {
        let lines =
            ["mx greets you", "SIZE 52428800", "AUTH PLAIN LOGIN", "auth=LOGIN", "SMTPUTF8"];
        let reply = SmtpReply { code: 250, lines: lines.map(str::to_owned).to_vec() };
        let mut reading = ServiceReading::default();
        reply.add_extensions_to(&mut reading);
        let shown = |name| reading.get(name).unwrap().to_string();
        assert_eq!(shown("size_limit_bytes"), "52428800");
        assert_eq!(shown("auth_mechanisms"), "[\"LOGIN\", \"PLAIN\"]");
        assert!(reply.has_extension("smtputf8") && !reply.has_extension("STARTTLS"));
    }
}
