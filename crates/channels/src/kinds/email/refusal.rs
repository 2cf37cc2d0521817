//! The meaning of a negative reply of a mail server.

use std::error::Error as _;

use allclear_core::send_error::SendError;
use allclear_core::text;
use lettre::transport::smtp;

/// The most characters of a reply that an error quotes.
const MAX_QUOTED_CHARS: usize = 200;

/// A step of the dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SmtpStep {
    /// The connection, up to the encryption.
    Greeting,
    /// The login.
    Login,
    /// The address of the sender.
    Sender,
    /// The address of a recipient.
    Recipient,
    /// The mail.
    Content,
}

impl SmtpStep {
    /// Returns the object of the refusal.
    fn object(self) -> &'static str {
        match self {
            Self::Greeting => "the connection",
            Self::Login => "the login",
            Self::Sender => "the sender",
            Self::Recipient => "the recipient",
            Self::Content => "the mail",
        }
    }

    /// Returns the remedy, if the operator has to act.
    fn remedy(self) -> &'static str {
        match self {
            Self::Login => ": check `user` and the secret of `password`",
            Self::Sender => ": check `from`, and `user` if the server requires a login",
            Self::Greeting | Self::Recipient | Self::Content => "",
        }
    }
}

/// Returns the error of a negative reply.
///
/// A refusal is permanent only if it concerns the message: a recipient that does not exist, or content that the server
/// refuses. A refused login or sender can be repaired within the day for which the delivery is owed, and so can a
/// server that relays no mail without a login, which replies with the enhanced code 5.7.
pub(super) fn refused(step: SmtpStep, code: u16, reply: &str) -> SendError {
    let is_permanent = match (step, code) {
        (_, ..500)
        | (SmtpStep::Greeting | SmtpStep::Login | SmtpStep::Sender, _)
        | (SmtpStep::Recipient | SmtpStep::Content, 530 | 535 | 538) => false,
        (SmtpStep::Recipient, 554) => reply.starts_with("5.1."),
        (SmtpStep::Recipient, _) => !reply.starts_with("5.7."),
        (SmtpStep::Content, _) => true,
    };
    let quoted = text::one_line(reply, MAX_QUOTED_CHARS);
    let (object, remedy) = (step.object(), step.remedy());
    let message = format!("the mail server refuses {object} ({code} {quoted}){remedy}");
    SendError { permanent: is_permanent, ..SendError::transient(message) }
}

/// Returns the error of a failed command.
pub(super) fn failed(step: SmtpStep, error: &smtp::Error) -> SendError {
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    if let Some(code) = error.status() {
        return refused(step, u16::from(code), &cause);
    }
    let object = step.object();
    let cause = text::one_line(&cause, MAX_QUOTED_CHARS);
    if error.is_client() && step == SmtpStep::Login {
        return SendError::transient(
            "the mail server offers no login with PLAIN or LOGIN over this connection: check `tls` \
             and `port`",
        );
    }
    SendError::transient(format!("the connection to the mail server broke at {object}: {cause}"))
}

/// Returns the error of a connection that broke before the encryption.
pub(super) fn broken(error: &std::io::Error) -> SendError {
    SendError::transient(format!("the connection to the mail server broke: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_permanent_only_if_it_concerns_the_message() {
        for (step, code, reply, is_permanent) in [
            (SmtpStep::Greeting, 421, "4.7.0 try later", false),
            (SmtpStep::Greeting, 554, "no service", false),
            (SmtpStep::Login, 454, "4.7.0 temporary", false),
            (SmtpStep::Login, 535, "5.7.8 wrong password", false),
            (SmtpStep::Login, 534, "5.7.9 password too weak", false),
            (SmtpStep::Sender, 451, "greylisted", false),
            (SmtpStep::Sender, 530, "5.7.0 authentication required", false),
            (SmtpStep::Sender, 550, "5.7.1 sender not owned by user", false),
            (SmtpStep::Recipient, 450, "4.2.0 greylisted", false),
            (SmtpStep::Recipient, 452, "4.2.2 mailbox full", false),
            (SmtpStep::Recipient, 530, "5.7.0 authentication required", false),
            (SmtpStep::Recipient, 550, "5.1.1 no such user", true),
            (SmtpStep::Recipient, 550, "No such user here", true),
            (SmtpStep::Recipient, 550, "5.7.1 relaying denied", false),
            (SmtpStep::Recipient, 551, "5.1.6 moved", true),
            (SmtpStep::Recipient, 553, "5.1.3 bad address", true),
            (SmtpStep::Recipient, 554, "5.7.1 relay access denied", false),
            (SmtpStep::Recipient, 554, "Relay access denied", false),
            (SmtpStep::Recipient, 554, "5.1.1 unknown", true),
            (SmtpStep::Content, 451, "4.3.0 local error", false),
            (SmtpStep::Content, 452, "4.3.1 disk full", false),
            (SmtpStep::Content, 530, "5.7.0 must issue STARTTLS", false),
            (SmtpStep::Content, 550, "5.7.1 spam", true),
            (SmtpStep::Content, 552, "5.3.4 too large", true),
            (SmtpStep::Content, 554, "5.6.0 refused", true),
        ] {
            let error = refused(step, code, reply);
            assert_eq!(error.is_permanent(), is_permanent, "{step:?} {code} {reply}");
        }
    }

    #[test]
    fn a_refusal_quotes_the_reply_and_has_a_remedy() {
        assert_eq!(
            refused(SmtpStep::Login, 535, "5.7.8 Bad\r\ncredentials").message,
            "the mail server refuses the login (535 5.7.8 Bad credentials): check `user` and the \
             secret of `password`"
        );
        assert_eq!(
            refused(SmtpStep::Recipient, 550, "5.1.1 no such user").message,
            "the mail server refuses the recipient (550 5.1.1 no such user)"
        );
    }
}
