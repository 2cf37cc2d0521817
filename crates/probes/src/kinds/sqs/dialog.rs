//! The requests of a `sqs` check.

use std::time::Duration;

use allclear_core::duration;
use allclear_core::kind::Metric;
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use serde_json::{Value, json};

use super::queue::QueuePlace;
use super::{
    AgeReading, DELAYED_MESSAGES, IN_FLIGHT_MESSAGES, OLDEST_MESSAGE_SECONDS, SqsDialog,
    VISIBLE_MESSAGES,
};
use crate::api::{ApiCaller, ApiStep, field};
use crate::aws::{AwsPermission, CheckedService, JsonOperation, MetricQuery, Statistic};
use crate::excerpt::excerpt;
use crate::service::ServiceReading;

const NAME: ApiStep<'static> = ApiStep { name: "the name of the queue", time: None };
const COUNTS: ApiStep<'static> = ApiStep { name: "the queue", time: None };
const AGE: ApiStep<'static> = ApiStep { name: "the age of the oldest message", time: None };

/// The attributes of a queue that are numbers of messages, each with its metric.
const ATTRIBUTES: [(&str, Metric); 3] = [
    ("ApproximateNumberOfMessages", VISIBLE_MESSAGES),
    ("ApproximateNumberOfMessagesNotVisible", IN_FLIGHT_MESSAGES),
    ("ApproximateNumberOfMessagesDelayed", DELAYED_MESSAGES),
];

/// The parameter of a stack with the queues of its checks.
const STACK_PARAMETER: &str = "CheckedQueueArns";

/// The time in which CloudWatch has a value of each active queue.
const AGE_WINDOW: Duration = Duration::from_mins(15);

impl SqsDialog {
    /// Reads the counts, and the age if a condition uses it.
    pub(super) async fn read(&self, caller: &mut ApiCaller<'_>) -> Result<ServiceReading, Cause> {
        let url = self.queue_url(caller).await?;
        let n_messages = self.read_counts(caller, &url).await?;
        caller.answered();
        let mut reading = ServiceReading::default();
        for ((_, metric), n) in ATTRIBUTES.into_iter().zip(n_messages) {
            // A reading of an attempt that fails later is lost, and the counts are not.
            caller.measure(metric, n);
            reading.measure(metric, n);
        }
        if self.age == AgeReading::Needed {
            let is_empty = n_messages.iter().all(|n| *n < 0.5);
            let age = if is_empty { 0.0 } else { self.read_age(caller).await? };
            reading.measure(OLDEST_MESSAGE_SECONDS, age);
        }
        Ok(reading)
    }

    /// Returns the URL of the queue, which SQS is asked for if the config has only its name.
    async fn queue_url(&self, caller: &mut ApiCaller<'_>) -> Result<String, Cause> {
        match &self.queue.place {
            QueuePlace::Url { url, .. } => Ok(url.clone()),
            QueuePlace::Account { account, .. } => {
                Ok(caller.url(&format!("{account}/{}", self.queue.name)).to_string())
            }
            QueuePlace::OwnAccount => {
                let input = json!({ "QueueName": self.queue.name });
                let answer = self.ask_sqs(caller, (NAME, "GetQueueUrl"), &input).await?;
                let url = field(&answer, "QueueUrl").as_str().map(str::to_owned);
                url.ok_or_else(|| {
                    let what = "the answer has no text `QueueUrl`";
                    NAME.name_in(Cause::of(Reason::ResponseInvalid, what))
                })
            }
        }
    }

    async fn read_counts(&self, caller: &mut ApiCaller<'_>, url: &str) -> Result<[f64; 3], Cause> {
        let names = ATTRIBUTES.map(|(name, _)| name);
        let input = json!({ "QueueUrl": url, "AttributeNames": names });
        let answer = self.ask_sqs(caller, (COUNTS, "GetQueueAttributes"), &input).await?;
        let attributes = field(&answer, "Attributes");
        let [visible, in_flight, delayed] = names.map(|name| count(attributes, name));
        Ok([visible?, in_flight?, delayed?])
    }

    async fn ask_sqs(
        &self,
        caller: &mut ApiCaller<'_>,
        (step, name): (ApiStep<'_>, &'static str),
        input: &Value,
    ) -> Result<Value, Cause> {
        let operation = JsonOperation { service: CheckedService::Sqs, name };
        let (action, resource) = (format!("sqs:{name}"), self.queue.arn(self.access.region()));
        let permission = AwsPermission {
            action: &action,
            resource: &resource,
            stack_parameter: STACK_PARAMETER,
        };
        self.access.json(caller, (step, operation), input, permission).await
    }

    async fn read_age(&self, caller: &mut ApiCaller<'_>) -> Result<f64, Cause> {
        let query = MetricQuery {
            namespace: "AWS/SQS".to_owned(),
            metric: "ApproximateAgeOfOldestMessage".to_owned(),
            dimensions: vec![("QueueName".to_owned(), self.queue.name.clone())],
            statistic: Statistic::Maximum,
            period: Duration::from_mins(1),
            window: AGE_WINDOW,
        };
        let newest = self.access.newest_datapoint(caller, AGE, &query).await?;
        newest.map(|datapoint| datapoint.value).ok_or_else(|| {
            let what = format!(
                "the queue has messages, and CloudWatch has no `ApproximateAgeOfOldestMessage` of `{}` in the last {}: \
                 it begins up to 15 minutes after a queue becomes active",
                self.queue.name,
                duration::format(AGE_WINDOW)
            );
            Cause::monitor(Reason::DataMissing, what)
        })
    }
}

/// Returns a number of messages, which SQS writes as a text.
fn count(attributes: &Value, name: &str) -> Result<f64, Cause> {
    let text = field(attributes, name);
    let n = text.as_str().and_then(|text| text.parse::<u32>().ok());
    n.map(f64::from).ok_or_else(|| {
        let what = format!("the attribute `{name}` is no count: {}", excerpt(&text.to_string()));
        COUNTS.name_in(Cause::of(Reason::ResponseInvalid, what))
    })
}
