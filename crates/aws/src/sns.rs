//! The channel kind `sns`: a topic that sends mail to people and JSON to programs.
//!
//! The README documents the interface for subscribers, above all the attributes for filters.

mod error;
mod message;

use allclear_core::channel::{
    ChannelKinds, ChannelSchemas, Envelope, SendLimits, SendSpec, Sender, Sending,
};
use allclear_core::checker::ParamProblem;
use allclear_core::document::document;
use allclear_core::id::SecretName;
use allclear_core::params;
use allclear_core::send_error::SendError;
use allclear_core::sns_topic::SnsTopic;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::cloud::{AwsService, Cloud};
use crate::signed::Signed;

const KIND: &str = "sns";

/// Publishes to a topic of SNS.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// The ARN of the topic: `arn:aws:sns:eu-central-1:123456789012:alerts`. Default: the alert
    /// topic of the stack. The notifier must be allowed to publish to it.
    #[serde(default)]
    topic: Option<String>,
}

/// The kind of channel `sns`, with the connection that its channels share.
///
/// Without a connection, the parameters of channels can be checked, but nothing can be sent.
#[derive(Debug, Clone, Default)]
pub struct SnsKinds {
    topic: Option<String>,
    client: Option<Signed>,
}

impl SnsKinds {
    /// Creates the kind; `topic` is the ARN of the stack's own topic.
    #[must_use]
    pub fn new(topic: Option<String>, cloud: Option<&Cloud>) -> Self {
        let client = cloud.map(|cloud| Signed::new(cloud.clone(), AwsService::Sns));
        Self { topic, client }
    }
}

impl ChannelKinds for SnsKinds {
    fn names(&self) -> Vec<&'static str> {
        vec![KIND]
    }

    fn build(&self, spec: &SendSpec) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
        if spec.kind != KIND {
            let what = format!("unknown kind of channel `{}`", spec.kind);
            return Err(vec![ParamProblem::at([], what, Some("known: sns"))]);
        }
        let Params { topic } = params::read(&spec.params)?;
        let topic = topic.map(|topic| {
            SnsTopic::read(&topic).ok_or_else(|| {
                let what = format!("`{topic}` is not the ARN of a topic");
                let hint = "write it as `arn:aws:sns:eu-central-1:123456789012:alerts`, or leave \
                            it out for the topic of the stack";
                vec![ParamProblem::at(["topic"], what, Some(hint))]
            })
        });
        let topic = match topic.transpose()? {
            None => PublishTarget::Stack(self.topic.clone()),
            Some(topic) => PublishTarget::Own(topic),
        };
        Ok(Box::new(Sns { client: self.client.clone(), target: topic }))
    }
}

impl ChannelSchemas for SnsKinds {
    fn schema(&self, kind: &str) -> Option<serde_json::Value> {
        (kind == KIND).then(params::schema::<Params>)
    }
}

#[derive(Debug)]
enum PublishTarget {
    /// The stack's own topic; `None` without a stack.
    Stack(Option<String>),
    /// The topic that the channel names.
    Own(SnsTopic),
}

#[derive(Debug)]
struct Sns {
    client: Option<Signed>,
    target: PublishTarget,
}

/// In the smallest regions, an account may publish 300 messages per second:
/// <https://docs.aws.amazon.com/general/latest/gr/sns.html>. Sixteen at a time, with more than 50
/// ms for each call, stay below that.
const LIMITS: SendLimits = SendLimits { at_once: 16, rate: None };

impl Sender for Sns {
    fn limits(&self) -> SendLimits {
        LIMITS
    }

    fn secrets(&self) -> Vec<SecretName> {
        Vec::new()
    }

    fn send<'a>(&'a self, envelope: Envelope<'a>) -> Sending<'a> {
        Box::pin(async move { self.publish(envelope).await.map(|()| None) })
    }
}

impl Sns {
    async fn publish(&self, envelope: Envelope<'_>) -> Result<(), SendError> {
        let client = self.client.as_ref().ok_or_else(|| {
            let why = "a channel of kind `sns` works only in a stack on AWS: deploy one, or take \
                       another kind";
            SendError::permanent(why)
        })?;
        let topic = self.topic()?;
        let fields = fields(&topic, &envelope)?;
        let sent = if client.cloud().region() == topic.region() {
            client.form(&fields).await
        } else {
            client.in_region(topic.region()).form(&fields).await
        };
        sent.map(|_| ()).map_err(|error| error::classify_error(&error, topic.arn()))
    }

    fn topic(&self) -> Result<SnsTopic, SendError> {
        match &self.target {
            PublishTarget::Own(topic) => Ok(topic.clone()),
            PublishTarget::Stack(Some(arn)) => SnsTopic::read(arn).ok_or_else(|| {
                let what = format!("`{arn}` is not the ARN of a topic: fix `ALLCLEAR_TOPIC`");
                SendError::transient(what)
            }),
            PublishTarget::Stack(None) => {
                let what = "no topic: set `topic` or `ALLCLEAR_TOPIC`";
                Err(SendError::permanent(what))
            }
        }
    }
}

/// Returns the form fields of a publication.
fn fields(topic: &SnsTopic, envelope: &Envelope<'_>) -> Result<Vec<(String, String)>, SendError> {
    let Envelope { notification, delivery, .. } = *envelope;
    let message = message::message(notification, |it| document(it, delivery))?;
    let mut fields = vec![
        ("Action".to_owned(), "Publish".to_owned()),
        ("Version".to_owned(), "2010-03-31".to_owned()),
        ("TopicArn".to_owned(), topic.arn().to_owned()),
        ("Subject".to_owned(), message::subject(notification)),
        ("MessageStructure".to_owned(), "json".to_owned()),
        ("Message".to_owned(), message),
    ];
    for (n, (name, kind, value)) in
        message::attributes(notification, delivery).into_iter().enumerate()
    {
        let entry = format!("MessageAttributes.entry.{}", n + 1);
        fields.push((format!("{entry}.Name"), name.to_owned()));
        fields.push((format!("{entry}.Value.DataType"), kind.to_owned()));
        fields.push((format!("{entry}.Value.StringValue"), value));
    }
    if topic.is_fifo() {
        fields.push(("MessageGroupId".to_owned(), notification.monitor.to_string()));
        fields.push(("MessageDeduplicationId".to_owned(), delivery.as_str().to_owned()));
    }
    Ok(fields)
}
