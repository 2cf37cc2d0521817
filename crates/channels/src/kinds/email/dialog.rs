//! The dialog with the mail server, from the login to the confirmation of the mail.

use std::time::Duration;

use allclear_core::send_error::SendError;
use allclear_core::text;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};

use super::content::Mail;
use super::refusal::{self, SmtpStep};

/// The time for the farewell, after which the connection is closed without it.
const QUIT_TIMEOUT: Duration = Duration::from_millis(500);

/// The methods of login that are used, in this order.
const MECHANISMS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];

/// The progress of a dialog, which decides whether an interrupted mail may have arrived.
#[derive(Debug, Default)]
pub(super) struct HandoverProgress {
    has_sent_content: bool,
}

impl HandoverProgress {
    /// Returns the error of a dialog that was interrupted here.
    pub(super) fn interrupted(&self, what: String) -> SendError {
        if self.has_sent_content { SendError::unanswered(what) } else { SendError::transient(what) }
    }
}

/// Hands the mail over. Succeeds if the server has confirmed it for at least one recipient.
pub(super) async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    mail: &Mail,
    credentials: Option<Credentials>,
    progress: &mut HandoverProgress,
) -> Result<(), SendError> {
    if let Some(credentials) = credentials {
        let accepted = connection.auth(&MECHANISMS, &credentials).await;
        accepted.map_err(|error| refusal::failed(SmtpStep::Login, &error))?;
    }
    let from = MailFrom::new(mail.envelope.from().cloned(), Vec::new());
    connection.command(from).await.map_err(|error| refusal::failed(SmtpStep::Sender, &error))?;
    let mut refused = Vec::new();
    for to in mail.envelope.to() {
        if let Err(error) = connection.command(Rcpt::new(to.clone(), Vec::new())).await {
            let failure = refusal::failed(SmtpStep::Recipient, &error);
            if error.status().is_none() {
                return Err(failure);
            }
            refused.push((to.to_string(), failure));
        }
    }
    if refused.len() == mail.envelope.to().len() {
        return Err(all_refused(refused));
    }
    connection.command(Data).await.map_err(|error| refusal::failed(SmtpStep::Content, &error))?;
    progress.has_sent_content = true;
    connection.message(&mail.content).await.map_err(|error| {
        let failure = refusal::failed(SmtpStep::Content, &error);
        SendError { may_have_arrived: error.status().is_none(), ..failure }
    })?;
    for (to, failure) in refused {
        tracing::warn!("{}", text::one_line(&format!("no mail to {to}: {}", failure.message), 500));
    }
    Ok(())
}

/// Returns the error of a mail without an accepted recipient. It is permanent only if all refusals are.
fn all_refused(refused: Vec<(String, SendError)>) -> SendError {
    let errors: Vec<SendError> = refused.into_iter().map(|(_, error)| error).collect();
    let temporary = errors.iter().find(|error| !error.is_permanent()).cloned();
    let first = temporary.or_else(|| errors.into_iter().next());
    first.unwrap_or_else(|| SendError::permanent("the mail has no recipient"))
}

/// Says goodbye. The mail is confirmed, so that no failure matters.
pub(super) async fn quit(connection: &mut AsyncSmtpConnection) {
    let _ = tokio::time::timeout(QUIT_TIMEOUT, connection.quit()).await;
}
