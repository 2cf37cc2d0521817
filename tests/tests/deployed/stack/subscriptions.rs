//! Queues that are subscribed to the stack's alert topic, like those of other systems.

use serde_json::{Value, json};

use super::Stack;
use crate::PATIENCE;
use crate::aws::{Aws, elements};
use crate::waiting::eventually;

/// A queue.
#[derive(Debug)]
pub(crate) struct Queue {
    aws: Aws,
    url: String,
}

impl Stack {
    /// Creates a queue and subscribes it to the alert topic with a filter policy.
    pub(crate) async fn subscribed(&self, name: &str, policy: Value) -> Queue {
        let name = format!("{}-{name}", self.name);
        let created =
            self.aws.json("sqs", "AmazonSQS.CreateQueue", json!({ "QueueName": name })).await;
        let url = created["QueueUrl"].as_str().unwrap().to_owned();
        let asked = json!({ "QueueUrl": url, "AttributeNames": ["QueueArn"] });
        let attributes = self.aws.json("sqs", "AmazonSQS.GetQueueAttributes", asked).await;
        let fields = [
            ("Action", "Subscribe"),
            ("Version", "2010-03-31"),
            ("TopicArn", self.output("AlertTopic")),
            ("Protocol", "sqs"),
            ("Endpoint", attributes["Attributes"]["QueueArn"].as_str().unwrap()),
            ("Attributes.entry.1.key", "FilterPolicy"),
            ("Attributes.entry.1.value", &policy.to_string()),
        ];
        let answer = self.aws.form("sns", &fields).await;
        assert_eq!(elements(&answer, "SubscriptionArn").len(), 1, "{answer}");
        Queue { aws: self.aws.clone(), url }
    }

    /// Returns the queue to which the functions move records that they cannot read.
    pub(crate) fn aside(&self) -> Queue {
        Queue { aws: self.aws.clone(), url: self.output("DeadLetterQueueUrl").to_owned() }
    }
}

impl Queue {
    /// Waits for `n` messages, removes them from the queue and returns their bodies.
    pub(crate) async fn take(&self, n: usize) -> Vec<String> {
        let mut taken = Vec::new();
        eventually(&format!("{n} messages in {}", self.url), PATIENCE, async || {
            taken.extend(self.receive().await);
            (taken.len() >= n).then_some(())
        })
        .await;
        assert_eq!(taken.len(), n, "{taken:?}");
        taken
    }

    /// Removes all available messages and returns their bodies.
    pub(crate) async fn receive(&self) -> Vec<String> {
        let mut bodies = Vec::new();
        loop {
            let input = json!({ "QueueUrl": self.url, "MaxNumberOfMessages": 10 });
            let received = self.aws.json("sqs", "AmazonSQS.ReceiveMessage", input).await;
            let Some(messages) = received["Messages"].as_array().filter(|all| !all.is_empty())
            else {
                return bodies;
            };
            for message in messages {
                let input =
                    json!({ "QueueUrl": self.url, "ReceiptHandle": message["ReceiptHandle"] });
                self.aws.json("sqs", "AmazonSQS.DeleteMessage", input).await;
                bodies.push(message["Body"].as_str().unwrap().to_owned());
            }
        }
    }
}
