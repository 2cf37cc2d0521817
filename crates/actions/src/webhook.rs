//! `webhook`: the channel of the same name, used as an action.

use allclear_core::action::{
    ActionExecutor, ActionKinds, ActionSchemas, ActionSpec, BuiltExecutor, Executing,
    ExecutionInput,
};
use allclear_core::channel::{ChannelKinds, ChannelSchemas, Envelope, SendSpec, Sender};
use allclear_core::id::SecretName;
use allclear_core::send_error::SendError;
use allclear_core::text;
use serde_json::Value;

const KIND: &str = "webhook";

/// The most characters of the URL that the effect names.
const MAX_URL_CHARS: usize = 200;

/// The kind of action `webhook`, over the kinds of channel, of which one is `webhook`.
#[derive(Debug, Clone)]
pub struct WebhookActions<C>(pub C);

impl<C: ChannelKinds> ActionKinds for WebhookActions<C> {
    fn names(&self) -> Vec<&'static str> {
        vec![KIND]
    }

    fn build(&self, spec: &ActionSpec) -> BuiltExecutor {
        if spec.kind != KIND {
            return Err(spec.unknown_kind(&self.names()));
        }
        let sender =
            self.0.build(&SendSpec { kind: KIND.to_owned(), params: spec.params.clone() })?;
        let url = spec.params.get("url").and_then(Value::as_str).unwrap_or_default();
        Ok(Box::new(WebhookAction { sender, effect: format!("call the webhook {}", shown(url)) }))
    }
}

impl<C: ChannelSchemas> ActionSchemas for WebhookActions<C> {
    fn schema(&self, kind: &str) -> Option<Value> {
        (kind == KIND).then(|| self.0.schema(kind)).flatten()
    }
}

/// Returns the scheme and the host of the URL, because a user name, the path and the query may be keys; or the name of the
/// secret that holds the URL.
fn shown(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return format!("`{}`", text::one_line(url, MAX_URL_CHARS));
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("`{}`", text::one_line(&format!("{scheme}://{host}"), MAX_URL_CHARS))
}

struct WebhookAction {
    sender: Box<dyn Sender>,
    effect: String,
}

impl ActionExecutor for WebhookAction {
    fn effect(&self) -> String {
        self.effect.clone()
    }

    fn secrets(&self) -> Vec<SecretName> {
        self.sender.secrets()
    }

    fn execute<'a>(&'a self, input: ExecutionInput<'a>) -> Executing<'a> {
        Box::pin(async move {
            let ExecutionInput { notification, delivery, secrets, now, timeout } = input;
            let envelope = Envelope { notification, delivery, secrets, now, earlier: None };
            match tokio::time::timeout(timeout, self.sender.send(envelope)).await {
                Ok(sent) => sent.map(|_| ()),
                Err(_) => Err(SendError::unanswered("the webhook did not answer in time")),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_effect_names_no_key_of_the_url() {
        for url in
            ["https://a.example/hook?key=abc#x", "https://key@a.example/key", "https://a.example"]
        {
            assert_eq!(shown(url), "`https://a.example`");
        }
        assert_eq!(shown("secret:hook_url"), "`secret:hook_url`");
    }
}
