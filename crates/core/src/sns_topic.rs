//! Topics of Amazon SNS.

use serde::{Deserialize, Serialize};

/// A topic of Amazon SNS, identified by its ARN.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SnsTopic {
    arn: String,
    region: String,
    is_fifo: bool,
}

impl SnsTopic {
    /// Parses an ARN; `None` if the text is not the ARN of a topic.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let ["arn", partition, "sns", region, account, name] = parts.as_slice() else {
            return None;
        };
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        let fifo = name.strip_suffix(".fifo");
        let plain = fifo.unwrap_or(name);
        let is_name = !plain.is_empty()
            && name.len() <= 256
            && plain
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        let is_region = region.contains('-')
            && region
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        (partition.starts_with("aws") && is_account && is_name && is_region).then(|| Self {
            arn: text.to_owned(),
            region: (*region).to_owned(),
            is_fifo: fifo.is_some(),
        })
    }

    /// Returns the ARN.
    #[must_use]
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// Returns the region of the topic.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Returns whether the topic keeps an order and requires a message group.
    #[must_use]
    pub fn is_fifo(&self) -> bool {
        self.is_fifo
    }
}

/// A text that is not the ARN of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it must be the ARN of a topic, such as `arn:aws:sns:eu-central-1:123456789012:alerts`")]
pub struct SnsTopicError;

impl TryFrom<String> for SnsTopic {
    type Error = SnsTopicError;

    fn try_from(text: String) -> Result<Self, SnsTopicError> {
        Self::read(&text).ok_or(SnsTopicError)
    }
}

impl From<SnsTopic> for String {
    fn from(topic: SnsTopic) -> Self {
        topic.arn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_of_a_topic_names_its_region() {
        let topic =
            SnsTopic::read("arn:aws-cn:sns:cn-north-1:123456789012:alerts_1-a.fifo").unwrap();
        assert_eq!(topic.region(), "cn-north-1");
        assert!(topic.is_fifo());
        assert!(!SnsTopic::read("arn:aws:sns:us-east-1:000000000000:alerts").unwrap().is_fifo());
    }

    #[test]
    fn other_texts_are_not_topics() {
        for wrong in [
            "",
            "alerts",
            "arn:aws:sqs:us-east-1:123456789012:alerts",
            "arn:aws:sns:us-east-1:12345:alerts",
            "arn:aws:sns::123456789012:alerts",
            "arn:aws:sns:us-east-1:123456789012:",
            "arn:aws:sns:us-east-1:123456789012:.fifo",
            "arn:aws:sns:us-east-1:123456789012:a b",
            "arn:aws:sns:us-east-1:123456789012:alerts:0123-a-subscription",
            " arn:aws:sns:us-east-1:123456789012:alerts",
        ] {
            assert_eq!(SnsTopic::read(wrong), None, "{wrong}");
        }
    }
}
