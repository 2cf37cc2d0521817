//! The `amqp` check against Debian's RabbitMQ.

mod broker;

use allclear_core::outcome::Finding;
use allclear_core::reason::Reason;
use allclear_core::status::Fault;
use serde_json::{Value, json};

use crate::support::{
    Certificates, LONG, PASSWORD, SHORT, assert_cause, assert_healthy, check, check_within,
    healthy_in_time,
};
use broker::Broker;

async fn find(broker: &Broker, more: Value) -> Finding {
    check("amqp", broker.params(more)).await
}

#[tokio::test]
async fn a_broker_reports_its_queues_and_its_refusals_are_told_apart() {
    let mut broker = Broker::start("");
    // A broker listens before it has read its definitions.
    healthy_in_time("amqp", &broker.params(json!({ "queues": ["mails"] }))).await;
    let more = json!({
        "queues": ["mails"], "write": true,
        "expect": "depth['mails'] == 0 && consumers.mails == 0 && product == 'RabbitMQ' && version.startsWith('3.')",
    });
    let finding = find(&broker, more).await;
    assert_healthy(&finding);
    assert_eq!(finding.metrics.get("queue_depth_mails"), Some(&0.0));
    assert_eq!(finding.metrics.get("queue_consumers_mails"), Some(&0.0));
    assert!(finding.parts.connect.is_some() && finding.parts.first_byte.is_some());
    assert!(
        !broker.log().contains("[warning] <0.0.0> closing AMQP connection"),
        "{}",
        broker.log()
    );
    let wrong = check_within(LONG, "wrong", "amqp", broker.params(json!({}))).await;
    let message = assert_cause(&wrong, Fault::Credentials, Reason::AuthInvalid);
    assert!(message.contains("while logging in: ACCESS_REFUSED"), "{message}");
    for (more, fault, reason) in [
        (json!({ "user": "absent" }), Fault::Credentials, Reason::AuthInvalid),
        (json!({ "vhost": "absent" }), Fault::Request, Reason::ResourceNotFound),
        (json!({ "vhost": "closed" }), Fault::Credentials, Reason::Permission),
        (json!({ "user": "limited" }), Fault::Target, Reason::TooManyConnections),
        (json!({ "queues": ["absent"] }), Fault::Request, Reason::ResourceNotFound),
        (json!({ "user": "reader", "write": true }), Fault::Credentials, Reason::Permission),
        (
            json!({ "queues": ["mails"], "expect": "depth['mails'] > 0" }),
            Fault::Target,
            Reason::AssertionFailed,
        ),
    ] {
        let finding = find(&broker, more.clone()).await;
        let cause = finding.verdict.cause().unwrap_or_else(|| panic!("healthy: {more}"));
        assert_eq!((cause.fault, cause.reason), (fault, reason), "{more}: {cause:?}");
    }
    // To see a queue takes no right but that for the virtual host.
    assert_healthy(&find(&broker, json!({ "user": "reader", "queues": ["mails"] })).await);
    assert_healthy(&find(&broker, json!({ "user": "writer", "write": true })).await);
    broker.server.freeze();
    let finding = check_within(SHORT, PASSWORD, "amqp", broker.params(json!({}))).await;
    let message = assert_cause(&finding, Fault::Target, Reason::Timeout);
    assert!(message.contains("waiting for the first byte"), "{message}");
    broker.server.resume();
    assert_healthy(&find(&broker, json!({})).await);
    broker.server.kill();
    let finding = find(&broker, json!({})).await;
    assert_cause(&finding, Fault::Target, Reason::ConnectRefused);
}

#[tokio::test]
async fn a_broker_with_tls_is_verified_and_its_memory_alarm_stops_messages() {
    let certificates = Certificates::new();
    let broker = Broker::with_tls(&certificates, "vm_memory_high_watermark.absolute = 1MB");
    let trusting = json!({ "tls": { "ca": certificates.authority }, "queues": ["mails"] });
    let finding = healthy_in_time("amqp", &broker.params(trusting.clone())).await;
    assert!(finding.metrics.contains_key("certificate_days") && finding.parts.tls.is_some());
    let finding = find(&broker, json!({ "tls": {} })).await;
    assert_cause(&finding, Fault::Target, Reason::CertificateInvalid);
    let finding = find(&broker, json!({})).await;
    assert_eq!(finding.verdict.cause().unwrap().fault, Fault::Target, "{finding:?}");
    let mut writing = trusting;
    writing["write"] = json!(true);
    let finding = find(&broker, writing).await;
    let message = assert_cause(&finding, Fault::Target, Reason::ReadOnly);
    assert!(message.contains("low on memory"), "{message}");
}
