//! The bytes of a mail, and its envelope.

use std::time::SystemTime;

use allclear_core::Timestamp;
use allclear_core::email::{AUTO_SUBMITTED, Email};
use allclear_core::send_error::SendError;
use lettre::Message;
use lettre::address::Envelope;
use lettre::message::MultiPart;
use lettre::message::header::{HeaderName, HeaderValue};

use super::params::MailSettings;

/// A mail as it is handed over to the server.
#[derive(Debug)]
pub(super) struct Mail {
    /// The addresses of sender and recipients.
    pub(super) envelope: Envelope,
    /// Headers and body; only ASCII.
    pub(super) content: Vec<u8>,
}

/// Builds the mail. The ids are in the domain of the sender.
pub(super) fn mail(
    email: &Email,
    settings: &MailSettings,
    now: Timestamp,
) -> Result<Mail, SendError> {
    let domain = settings.from.email.domain();
    let id = |local: &str| format!("<{local}@{domain}>");
    let mut message = Message::builder()
        .from(settings.from.clone())
        .subject(email.subject.clone())
        .date(SystemTime::from(now))
        .message_id(Some(id(&email.id)));
    for to in &settings.to {
        message = message.to(to.clone());
    }
    if let Some(first) = &email.first_id {
        message = message.in_reply_to(id(first)).references(id(first));
    }
    let (name, value) = AUTO_SUBMITTED;
    let name = HeaderName::new_from_ascii_str(name);
    let message = message.raw_header(HeaderValue::new(name, value.to_owned()));
    let parts = MultiPart::alternative_plain_html(email.text.clone(), email.html.clone());
    let message = message
        .multipart(parts)
        .map_err(|error| SendError::permanent(format!("cannot build the mail: {error}")))?;
    Ok(Mail { envelope: message.envelope().clone(), content: message.formatted() })
}
