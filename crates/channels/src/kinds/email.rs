//! `email`: a mail over SMTP, with a text part and an HTML part.
//!
//! `params` reads the parameters, `content` builds the mail, `connection` opens the encrypted connection, `dialog`
//! hands the mail over, and `refusal` judges the replies of the server.

mod connection;
mod content;
mod dialog;
mod params;
mod refusal;

use std::time::Duration;

use allclear_core::channel::{Envelope, SendLimits, SendRate, Sender, Sending};
use allclear_core::checker::ParamProblem;
use allclear_core::duration;
use allclear_core::email;
use allclear_core::id::SecretName;
use allclear_core::redact::Redactor;
use allclear_core::send_error::SendError;
use lettre::transport::smtp::authentication::Credentials;

use self::params::MailSettings;
pub(crate) use self::params::Params;
use crate::client::ChannelClient;
use crate::value;

#[derive(Debug)]
struct Mailer {
    client: ChannelClient,
    settings: MailSettings,
}

pub(crate) fn build(
    client: &ChannelClient,
    params: &serde_json::Value,
) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
    let settings = params::read(params)?;
    Ok(Box::new(Mailer { client: client.clone(), settings }))
}

/// No standard limits the rate. Submission servers commonly accept 30 mails a minute from one sender.
const LIMITS: SendLimits =
    SendLimits { at_once: 2, rate: Some(SendRate { interval: Duration::from_secs(2), burst: 10 }) };

impl Sender for Mailer {
    fn limits(&self) -> SendLimits {
        LIMITS
    }

    fn secrets(&self) -> Vec<SecretName> {
        let login = self.settings.login.as_ref();
        let names = login.map(|login| login.user.secret().into_iter().chain([&login.password]));
        names.into_iter().flatten().cloned().collect()
    }

    fn send<'a>(&'a self, envelope: Envelope<'a>) -> Sending<'a> {
        Box::pin(async move {
            let redactor = Redactor::new(envelope.secrets);
            self.try_to_send(envelope).await.map(|()| None).map_err(|error| SendError {
                message: redactor.redact(&error.message).into_owned(),
                ..error
            })
        })
    }
}

impl Mailer {
    async fn try_to_send(&self, envelope: Envelope<'_>) -> Result<(), SendError> {
        let Self { client, settings } = self;
        let prefix = settings.subject_prefix.as_deref();
        let mail = email::compose(envelope.notification, envelope.delivery, prefix)?;
        let mail = content::mail(&mail, settings, envelope.now)?;
        let credentials = self.credentials(envelope)?;
        let limit = client.try_timeout();
        let mut progress = dialog::HandoverProgress::default();
        let handed_over = async {
            let mut connection = connection::open(settings, client.tls_without_http()).await?;
            dialog::hand_over(&mut connection, &mail, credentials, &mut progress).await?;
            Ok(connection)
        };
        let handed_over = tokio::time::timeout(limit, handed_over).await;
        let mut connection = handed_over.unwrap_or_else(|_| {
            let within = duration::format(limit);
            let what = format!("the mail server did not answer within {within}");
            Err(progress.interrupted(what))
        })?;
        dialog::quit(&mut connection).await;
        Ok(())
    }

    fn credentials(&self, envelope: Envelope<'_>) -> Result<Option<Credentials>, SendError> {
        let Some(login) = &self.settings.login else { return Ok(None) };
        let user = login.user.expose(envelope.secrets)?;
        let password = value::expose(&login.password, envelope.secrets)?;
        Ok(Some(Credentials::new(user.to_owned(), password.to_owned())))
    }
}
