//! The responses of an IMAP server, and the meaning of those that refuse. Pure.

use allclear_core::reason::Reason;

/// A line of a server, as far as the check understands it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ImapLine<'a> {
    /// A status, of a command or of the connection.
    Status {
        is_tagged: bool,
        status: ImapStatus,
        /// The code in brackets, such as `ALERT`, with its arguments.
        code: Option<&'a str>,
        text: &'a str,
    },
    /// The capabilities of the server.
    Capabilities(&'a str),
    /// The request for the rest of a command.
    Continuation,
    /// Other data.
    Other,
}

/// The status in a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ImapStatus {
    Ok,
    No,
    Bad,
    PreAuth,
    Bye,
}

impl<'a> ImapLine<'a> {
    /// Reads a line; `None` if it is none of IMAP. `tag` is that of the command under way.
    pub(super) fn read(line: &'a str, tag: &str) -> Option<Self> {
        if line.starts_with('+') {
            return Some(Self::Continuation);
        }
        let (first, rest) = line.split_once(' ')?;
        let is_tagged = match first {
            "*" => false,
            _ if first == tag => true,
            _ => return None,
        };
        let (word, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let Some(status) = ImapStatus::read(word) else {
            let is_known = !is_tagged && word.eq_ignore_ascii_case("CAPABILITY");
            return if is_known {
                Some(Self::Capabilities(rest))
            } else {
                Some(Self::Other).filter(|_| !is_tagged)
            };
        };
        let code = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let (code, text) = match code {
            Some((code, text)) => (Some(code), text.trim_start()),
            None => (None, rest),
        };
        Some(Self::Status { is_tagged, status, code, text })
    }
}

impl ImapStatus {
    fn read(word: &str) -> Option<Self> {
        let known = [
            ("OK", Self::Ok),
            ("NO", Self::No),
            ("BAD", Self::Bad),
            ("PREAUTH", Self::PreAuth),
            ("BYE", Self::Bye),
        ];
        let found = known.into_iter().find(|(name, _)| word.eq_ignore_ascii_case(name));
        found.map(|(_, status)| status)
    }
}

/// The capabilities of a server.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct ImapCapabilities(Vec<String>);

impl ImapCapabilities {
    /// Reads the words after `CAPABILITY`.
    pub(super) fn read(words: &str) -> Self {
        Self(words.split_ascii_whitespace().map(str::to_ascii_uppercase).collect())
    }

    /// Returns true if the server has the capability.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|known| known == name)
    }

    /// Returns the mechanisms of logins.
    pub(super) fn auth_mechanisms(&self) -> Vec<String> {
        self.0.iter().filter_map(|name| name.strip_prefix("AUTH=")).map(str::to_owned).collect()
    }

    /// Returns all names.
    pub(super) fn into_names(self) -> Vec<String> {
        self.0
    }
}

/// The command that a response refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ImapCommand {
    /// None: the greeting.
    Greeting,
    Capability,
    StartTls,
    Login,
}

/// Returns the reason of a response that refuses a command.
pub(super) fn reason(
    status: ImapStatus,
    code: Option<&str>,
    text: &str,
    command: ImapCommand,
) -> Reason {
    let name = code.and_then(|code| code.split(' ').next()).unwrap_or_default();
    let lower = text.to_ascii_lowercase();
    let is_full = ["too many", "maximum number", "connection limit", "exceeded"]
        .iter()
        .any(|words| lower.contains(words));
    match (name.to_ascii_uppercase().as_str(), status, command) {
        ("AUTHENTICATIONFAILED" | "EXPIRED", ..) => Reason::AuthInvalid,
        ("AUTHORIZATIONFAILED" | "CONTACTADMIN" | "NOPERM", ..) => Reason::Permission,
        ("PRIVACYREQUIRED", ..) => Reason::TlsRequired,
        ("UNAVAILABLE" | "INUSE", ..) => Reason::NotReady,
        ("SERVERBUG" | "CORRUPTION", ..) => Reason::ServerError,
        ("LIMIT", ..) => Reason::TooManyConnections,
        (_, ImapStatus::Bye, _) | (_, _, ImapCommand::Greeting) if is_full => {
            Reason::TooManyConnections
        }
        (_, ImapStatus::Bye, _) | (_, _, ImapCommand::Greeting) => Reason::NotReady,
        (_, ImapStatus::No, ImapCommand::Login) => Reason::AuthInvalid,
        (_, _, ImapCommand::StartTls) => Reason::TlsNotOffered,
        (_, ImapStatus::Bad, ImapCommand::Login) => Reason::ProbeInvalid,
        (_, _, ImapCommand::Capability | ImapCommand::Login) => Reason::UnexpectedAnswer,
    }
}

#[cfg(test)]
mod tests {
    use super::ImapCommand::{Capability, Greeting, Login, StartTls};
    use super::*;

    #[test]
    fn each_refusal_has_its_reason() {
        for (line, command, wanted) in [
            ("a1 NO [AUTHENTICATIONFAILED] Authentication failed.", Login, Reason::AuthInvalid),
            ("a1 NO Invalid credentials", Login, Reason::AuthInvalid),
            ("a1 NO [AUTHORIZATIONFAILED] no such user", Login, Reason::Permission),
            ("a1 NO [PRIVACYREQUIRED] Plaintext is disallowed", Login, Reason::TlsRequired),
            ("a1 NO [UNAVAILABLE] Temporary failure", Login, Reason::NotReady),
            ("a1 NO [SERVERBUG] Internal error", Login, Reason::ServerError),
            ("a1 BAD Error in IMAP command", Login, Reason::ProbeInvalid),
            ("a1 BAD Unknown command", StartTls, Reason::TlsNotOffered),
            ("a1 BAD Unknown command", Capability, Reason::UnexpectedAnswer),
            ("* BYE Too many connections", Greeting, Reason::TooManyConnections),
            ("* BYE Server shutting down.", Login, Reason::NotReady),
            ("* NO hello", Greeting, Reason::NotReady),
            (
                "a1 NO [LIMIT] Maximum number of connections from user+IP exceeded",
                Login,
                Reason::TooManyConnections,
            ),
        ] {
            let Some(ImapLine::Status { status, code, text, .. }) = ImapLine::read(line, "a1")
            else {
                panic!("{line}");
            };
            assert_eq!(reason(status, code, text, command), wanted, "{line}");
        }
    }

    #[test]
    fn lines_are_told_apart() {
        let read = |line| ImapLine::read(line, "a1");
        assert_eq!(read("+ "), Some(ImapLine::Continuation));
        assert_eq!(read("* CAPABILITY IMAP4rev1"), Some(ImapLine::Capabilities("IMAP4rev1")));
        assert_eq!(read("* 3 EXISTS"), Some(ImapLine::Other));
        let greeting = ImapLine::Status {
            is_tagged: false,
            status: ImapStatus::Ok,
            code: Some("CAPABILITY IMAP4rev1 IDLE"),
            text: "ready",
        };
        assert_eq!(read("* OK [CAPABILITY IMAP4rev1 IDLE] ready"), Some(greeting));
        for line in ["", "a1", "a2 OK done", "a1 DONE", "220 mx", "$9999"] {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    fn mechanisms_are_among_the_capabilities() {
        let all = ImapCapabilities::read("IMAP4rev1 auth=plain AUTH=LOGIN Idle");
        assert_eq!(all.auth_mechanisms(), ["PLAIN", "LOGIN"]);
        assert!(all.has("IDLE") && !all.has("LOGINDISABLED"));
    }
}
