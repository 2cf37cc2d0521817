//! Chats that take a JSON document at a secret URL.

use allclear_core::channel::{Envelope, SendLimits, Sender, Sending};
use allclear_core::checker::ParamProblem;
use allclear_core::id::SecretName;
use allclear_core::proxy::ProxyChoice;
use allclear_core::send_error::SendError;
use serde_json::Value;
use url::Url;

use crate::answers::AnswerForm;
use crate::client::ChannelClient;
use crate::json_post::JsonPost;
use crate::secret_url::SecretUrl;

/// A chat with incoming webhooks.
pub(crate) trait WebhookChat: Send + Sync {
    /// The form of its answers.
    const ANSWERS: AnswerForm;

    /// The limits of a webhook.
    const LIMITS: SendLimits;

    /// Returns the secret that it needs beside the URL.
    fn secret(&self) -> Option<&SecretName> {
        None
    }

    /// Returns the request, for the webhook's URL.
    fn request(&self, url: Url, envelope: Envelope<'_>) -> Result<ChatRequest, SendError>;
}

/// A request to a chat.
#[derive(Debug)]
pub(crate) struct ChatRequest {
    pub(crate) url: Url,
    pub(crate) body: Value,
}

/// The parameters of every incoming webhook, as the config has them.
pub(crate) struct WebhookParams<'a> {
    pub(crate) webhook_url: &'a str,
    pub(crate) proxy: Option<&'a str>,
}

/// The sender of a chat with incoming webhooks.
#[derive(Debug)]
struct IncomingWebhook<C> {
    client: ChannelClient,
    url: SecretUrl,
    proxy: ProxyChoice,
    chat: C,
}

/// Builds the sender of a chat. The error lists all problems.
pub(crate) fn build<C: WebhookChat + 'static>(
    client: &ChannelClient,
    params: &WebhookParams<'_>,
    chat: Result<C, Vec<ParamProblem>>,
) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
    let mut problems = Vec::new();
    let url = SecretUrl::read("webhook_url", params.webhook_url)
        .map_err(|problem| problems.push(problem));
    let chat = chat.map_err(|found| problems.extend(found));
    let proxy = ProxyChoice::read(params.proxy).map_err(|problem| problems.push(problem));
    match (url, chat, proxy) {
        (Ok(url), Ok(chat), Ok(proxy)) => {
            Ok(Box::new(IncomingWebhook { client: client.clone(), url, proxy, chat }))
        }
        _ => Err(problems),
    }
}

impl<C: WebhookChat> Sender for IncomingWebhook<C> {
    fn limits(&self) -> SendLimits {
        C::LIMITS
    }

    fn secrets(&self) -> Vec<SecretName> {
        let all = [self.url.name()].into_iter().chain(self.chat.secret());
        all.chain(self.proxy.secret()).cloned().collect()
    }

    fn send<'a>(&'a self, envelope: Envelope<'a>) -> Sending<'a> {
        Box::pin(async move {
            let url = self.url.expose(envelope.secrets)?;
            let ChatRequest { url, body } = self.chat.request(url, envelope)?;
            let post = JsonPost { url, token: None, body: &body, proxy: &self.proxy };
            let answer = post.send(&self.client, envelope).await?;
            C::ANSWERS.judge(&answer)?;
            Ok(None)
        })
    }
}
