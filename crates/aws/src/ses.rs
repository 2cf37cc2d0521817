//! The channel kind `ses`: mail over Amazon SES, with a text part and an HTML part.
//!
//! SES replaces `Message-ID`, so that later mails of a group of alerts refer to the id that SES returned for the first
//! one.

mod error;
mod params;

use std::time::Duration;

use allclear_core::alert_group::MessageRef;
use allclear_core::channel::{
    ChannelKinds, ChannelSchemas, Envelope, SendLimits, SendRate, SendSpec, Sender, Sending,
};
use allclear_core::checker::ParamProblem;
use allclear_core::email::{self, AUTO_SUBMITTED, Email};
use allclear_core::id::SecretName;
use allclear_core::send_error::SendError;
use serde_json::{Value, json};

use self::params::{Addresses, Params};
use crate::cloud::{AwsService, Cloud};
use crate::signed::{ServiceRequest, Signed};

const KIND: &str = "ses";

/// The kind of channel `ses`, with the connection that its channels share.
///
/// Without a connection, the parameters of channels can be checked, but nothing can be sent.
#[derive(Debug, Clone, Default)]
pub struct SesKinds {
    client: Option<Signed>,
}

impl SesKinds {
    /// Creates the kind.
    #[must_use]
    pub fn new(cloud: Option<&Cloud>) -> Self {
        Self { client: cloud.map(|cloud| Signed::new(cloud.clone(), AwsService::Ses)) }
    }
}

impl ChannelKinds for SesKinds {
    fn names(&self) -> Vec<&'static str> {
        vec![KIND]
    }

    fn build(&self, spec: &SendSpec) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
        if spec.kind != KIND {
            let what = format!("unknown kind of channel `{}`", spec.kind);
            return Err(vec![ParamProblem::at([], what, Some("known: ses"))]);
        }
        let addresses = params::read(&spec.params)?;
        Ok(Box::new(Ses { client: self.client.clone(), addresses }))
    }
}

impl ChannelSchemas for SesKinds {
    fn schema(&self, kind: &str) -> Option<Value> {
        (kind == KIND).then(allclear_core::params::schema::<Params>)
    }
}

#[derive(Debug)]
struct Ses {
    client: Option<Signed>,
    addresses: Addresses,
}

/// A new account may send one mail a second: <https://docs.aws.amazon.com/ses/latest/dg/quotas.html>. Outside of the
/// sandbox it is more, and excess mails are throttled.
const LIMITS: SendLimits =
    SendLimits { at_once: 4, rate: Some(SendRate { interval: Duration::from_secs(1), burst: 10 }) };

impl Sender for Ses {
    fn limits(&self) -> SendLimits {
        LIMITS
    }

    fn secrets(&self) -> Vec<SecretName> {
        Vec::new()
    }

    fn refers_to_earlier_messages(&self) -> bool {
        true
    }

    fn send<'a>(&'a self, envelope: Envelope<'a>) -> Sending<'a> {
        Box::pin(self.send_mail(envelope))
    }
}

impl Ses {
    async fn send_mail(&self, envelope: Envelope<'_>) -> Result<Option<MessageRef>, SendError> {
        let Self { client, addresses } = self;
        let client = client.as_ref().ok_or_else(|| {
            SendError::permanent(
                "a channel of kind `ses` needs credentials of AWS: set them, or use the kind `email`",
            )
        })?;
        let other_region = addresses.region.as_deref().map(|region| client.in_region(region));
        let client = other_region.as_ref().unwrap_or(client);
        let prefix = addresses.subject_prefix.as_deref();
        let email = email::compose(envelope.notification, envelope.delivery, prefix)?;
        let body = request(&email, addresses, envelope.earlier).to_string();
        let url = format!("{}/v2/email/outbound-emails", client.cloud().address(AwsService::Ses));
        let headers = [("content-type", "application/json")];
        let call =
            ServiceRequest { method: "POST", url: &url, headers: &headers, body: body.as_bytes() };
        let sent = client.send(call).await.map_err(|error| error::classify_error(&error))?;
        Ok(message_id(&sent.body, client.cloud().region()).map(MessageRef))
    }
}

/// Returns the request for a mail. `earlier` is the `Message-ID` of the first mail of its group of alerts.
fn request(email: &Email, addresses: &Addresses, earlier: Option<&MessageRef>) -> Value {
    let text = |data: &str| json!({ "Data": data, "Charset": "UTF-8" });
    let first = email.first_id.as_ref().map(|id| format!("<{id}@{}>", addresses.domain()));
    let first = earlier.map(|earlier| earlier.0.clone()).or(first);
    let (name, value) = AUTO_SUBMITTED;
    let mut headers = vec![json!({ "Name": name, "Value": value })];
    for name in ["In-Reply-To", "References"] {
        headers.extend(first.as_ref().map(|id| json!({ "Name": name, "Value": id })));
    }
    let mut request = json!({
        "FromEmailAddress": addresses.from,
        "Destination": { "ToAddresses": addresses.to },
        "Content": { "Simple": {
            "Subject": text(&email.subject),
            "Body": { "Text": text(&email.text), "Html": text(&email.html) },
            "Headers": headers,
        } },
    });
    if let (Some(set), Some(request)) = (&addresses.configuration_set, request.as_object_mut()) {
        request.insert("ConfigurationSetName".to_owned(), json!(set));
    }
    request
}

/// Returns the `Message-ID` of the mail; `None` if the response has none.
fn message_id(response: &[u8], region: &str) -> Option<String> {
    let response: Value = serde_json::from_slice(response).ok()?;
    let id = response.get("MessageId")?.as_str()?;
    let domain = if region == "us-east-1" { "email" } else { region };
    Some(if id.contains('@') {
        format!("<{id}>")
    } else {
        format!("<{id}@{domain}.amazonses.com>")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_id_is_in_the_domain_of_the_region() {
        let id = |response: &str, region| message_id(response.as_bytes(), region);
        let response = r#"{"MessageId":"0102-a-000000"}"#;
        let wanted = Some("<0102-a-000000@eu-central-1.amazonses.com>".to_owned());
        assert_eq!(id(response, "eu-central-1"), wanted);
        let wanted = Some("<0102-a-000000@email.amazonses.com>".to_owned());
        assert_eq!(id(response, "us-east-1"), wanted);
        assert_eq!(id(r#"{"MessageId":"a@b.example"}"#, "x"), Some("<a@b.example>".to_owned()));
        assert_eq!(id("{}", "us-east-1"), None);
        assert_eq!(id("", "us-east-1"), None);
    }
}
