//! The channel `sns`, on the local AWS: a queue with a filter gets the messages that match it.

use std::time::{Duration, Instant};

use allclear_aws::cloud::{AwsService, Cloud};
use allclear_aws::sns::SnsKinds;
use allclear_core::Timestamp;
use allclear_core::alert_group::NoticeDetails;
use allclear_core::channel::{ChannelKinds, ChannelSchemas as _, Envelope, SendSpec};
use allclear_core::delivery::{DeliveryId, NamedAlert, NoticeKind, Notification};
use allclear_core::event::AlertId;
use allclear_core::id::{ChannelId, MonitorId, RuleId};
use allclear_core::reason::Reason;
use allclear_core::secret::Secrets;
use allclear_core::send_error::SendError;
use allclear_core::status::{Fault, Severity, Status};
use serde_json::{Value, json};

use crate::{ministack, unique};

/// The deadline for an expected message, on a machine that is busy with other tests.
const CALL_POLICY: Duration = Duration::from_mins(1);

const SINCE: Timestamp = Timestamp::constant(1_760_000_000, 0);

pub(crate) fn notification(monitor: &str, severity: Severity) -> Notification {
    let monitor = MonitorId::new(monitor).unwrap();
    let rule = RuleId::new("service_down").unwrap();
    let id = AlertId::new(&monitor, &rule, SINCE);
    let condition = "status == \"unhealthy\"".to_owned();
    Notification {
        kind: NoticeKind::Firing,
        monitor_name: "OpenAI API".to_owned(),
        monitor,
        group: None,
        severity,
        status: Status::Unhealthy,
        fault: Some(Fault::Target),
        reason: Some(Reason::HttpStatus),
        message: "status 503, want 200".to_owned(),
        provider_status: None,
        alerts: vec![NamedAlert { id, rule, severity, condition }],
        still_firing: Vec::new(),
        since: SINCE,
        at: SINCE + Duration::from_mins(1),
        page_url: None,
        details: NoticeDetails::default(),
    }
}

pub(crate) async fn send(
    kinds: &SnsKinds,
    params: Value,
    notification: &Notification,
) -> Result<(), SendError> {
    let sender = kinds.build(&SendSpec { kind: "sns".to_owned(), params }).ok().unwrap();
    let channel = ChannelId::new("topic").unwrap();
    let delivery = DeliveryId::new(notification.kind, &notification.alerts, &channel);
    let envelope = Envelope {
        notification,
        delivery: &delivery,
        secrets: &Secrets::new(),
        now: SINCE,
        earlier: None,
    };
    sender.send(envelope).await.map(|_| ())
}

struct Subscribed {
    cloud: Cloud,
    topic: String,
    queue: String,
}

impl Subscribed {
    async fn new(suffix: &str, filter: Option<Value>) -> Self {
        let cloud = ministack::cloud();
        let is_fifo = (!suffix.is_empty()).then_some("true");
        let mut topic = aws_sdk_sns::Client::new(&cloud.config_of(AwsService::Sns))
            .create_topic()
            .name(unique("alerts") + suffix);
        let mut queue = aws_sdk_sqs::Client::new(&cloud.config_of(AwsService::Sqs))
            .create_queue()
            .queue_name(unique("alerts") + suffix);
        if let Some(is_fifo) = is_fifo {
            topic = topic.attributes("FifoTopic", is_fifo);
            queue = queue.attributes("FifoQueue".into(), is_fifo);
        }
        let topic = topic.send().await.unwrap().topic_arn.unwrap();
        let queue = queue.send().await.unwrap().queue_url.unwrap();
        let name = queue.rsplit('/').next().unwrap();
        let mut subscribe = aws_sdk_sns::Client::new(&cloud.config_of(AwsService::Sns))
            .subscribe()
            .topic_arn(&topic)
            .protocol("sqs")
            .endpoint(format!("arn:aws:sqs:us-east-1:000000000000:{name}"));
        if let Some(filter) = filter {
            subscribe = subscribe.attributes("FilterPolicy", filter.to_string());
        }
        subscribe.send().await.unwrap();
        Self { cloud, topic, queue }
    }

    fn kinds(&self) -> SnsKinds {
        SnsKinds::new(Some(self.topic.clone()), Some(&self.cloud))
    }

    /// Waits until SNS has put `n` envelopes into the queue, and one second longer for further
    /// ones.
    async fn received(&self, n: usize) -> Vec<Value> {
        let deadline = Instant::now() + CALL_POLICY;
        let mut received = Vec::new();
        while received.len() < n {
            let place = ministack::place();
            assert!(Instant::now() < deadline, "{received:?} after {CALL_POLICY:?} on {place}");
            received.extend(self.received_within(1).await);
        }
        received.extend(self.received_within(1).await);
        received
    }

    /// Receives the envelopes that arrive in the queue within some seconds.
    async fn received_within(&self, seconds: i32) -> Vec<Value> {
        let receive = aws_sdk_sqs::Client::new(&self.cloud.config_of(AwsService::Sqs))
            .receive_message()
            .queue_url(&self.queue);
        let receive = receive.max_number_of_messages(10).wait_time_seconds(seconds);
        let received = receive.send().await.unwrap();
        let bodies = received.messages.unwrap_or_default().into_iter().map(|one| one.body.unwrap());
        bodies.map(|body| serde_json::from_str(&body).unwrap()).collect()
    }
}

#[tokio::test]
async fn a_queue_gets_the_document_if_its_filter_matches() {
    let filter = json!({ "severity": ["critical"], "rule": ["service_down"] });
    let subscribed = Subscribed::new("", Some(filter)).await;
    let kinds = subscribed.kinds();
    send(&kinds, json!({}), &notification("quiet", Severity::Warning)).await.unwrap();
    send(&kinds, json!({}), &notification("openai-api", Severity::Critical)).await.unwrap();
    let received = subscribed.received(1).await;
    assert_eq!(received.len(), 1, "{received:?} on {}", ministack::place());
    assert_eq!(received[0]["Subject"], "[critical] OpenAI API is unhealthy");
    let attributes = &received[0]["MessageAttributes"];
    assert_eq!(attributes["monitor"]["Value"], "openai-api");
    assert_eq!(attributes["fault"]["Value"], "target");
    assert_eq!(attributes["rule"]["Value"], "[\"service_down\"]");
    let document: Value = serde_json::from_str(received[0]["Message"].as_str().unwrap()).unwrap();
    assert_eq!(document["title"], "OpenAI API is unhealthy");
    assert_eq!(document["delivery_id"], attributes["delivery"]["Value"]);
}

#[tokio::test]
async fn a_channel_may_name_a_topic_of_its_own() {
    let stack = Subscribed::new("", None).await;
    let own = Subscribed::new("", None).await;
    let params = json!({ "topic": own.topic });
    send(&stack.kinds(), params, &notification("api", Severity::Info)).await.unwrap();
    assert_eq!(own.received(1).await.len(), 1);
    assert_eq!(stack.received(0).await.len(), 0);
}

#[tokio::test]
async fn a_fifo_topic_drops_duplicates() {
    let subscribed = Subscribed::new(".fifo", None).await;
    for _ in 0..2 {
        let once = notification("api", Severity::Critical);
        send(&subscribed.kinds(), json!({}), &once).await.unwrap();
    }
    assert_eq!(subscribed.received(1).await.len(), 1);
}

#[tokio::test]
async fn a_deleted_topic_is_a_permanent_error() {
    let topic = "arn:aws:sns:us-east-1:000000000000:gone";
    let kinds = SnsKinds::new(None, Some(&ministack::cloud()));
    let error = send(&kinds, json!({ "topic": topic }), &notification("api", Severity::Info)).await;
    let error = error.unwrap_err();
    assert!(error.is_permanent() && error.message.contains(topic), "{error:?}");
}

#[tokio::test]
async fn without_a_stack_nothing_can_be_sent() {
    for (kinds, why) in [
        (SnsKinds::default(), "works only in a stack"),
        (SnsKinds::new(None, Some(&ministack::cloud())), "`ALLCLEAR_TOPIC`"),
    ] {
        let error = send(&kinds, json!({}), &notification("api", Severity::Info)).await;
        let error = error.unwrap_err();
        assert!(error.is_permanent() && error.message.contains(why), "{error:?}");
    }
}

#[test]
fn parameters_are_checked_without_aws() {
    let kinds = SnsKinds::default();
    let problems = |params: Value| {
        let built = kinds.build(&SendSpec { kind: "sns".to_owned(), params });
        built.err().unwrap_or_default()
    };
    assert_eq!(problems(json!({})), []);
    let found = problems(json!({ "topic": "alerts" }));
    assert_eq!(found[0].path, ["topic"]);
    assert_eq!(found[0].what, "`alerts` is not the ARN of a topic");
    assert!(problems(json!({ "topik": "x" }))[0].what.contains("topik"));
    let schema = kinds.schema("sns").unwrap();
    assert_eq!(schema["additionalProperties"], false);
    assert!(schema["properties"]["topic"]["description"].is_string());
    assert_eq!(kinds.schema("slack"), None);
}
