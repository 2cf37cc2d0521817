//! The `kafka` check against Apache Kafka: one node, with a listener of each kind.

mod node;

use allclear_core::outcome::Finding;
use allclear_core::reason::Reason;
use allclear_core::status::Fault;
use serde_json::{Value, json};

use crate::support::{
    Certificates, LONG, assert_absences, assert_cause, assert_count, assert_healthy, check,
    check_within, healthy_in_time, unhealthy_in_time,
};
use node::{KafkaListener, KafkaNode};

async fn find(node: &KafkaNode, listener: KafkaListener, more: Value) -> Finding {
    check("kafka", node.params(listener, more)).await
}

#[tokio::test]
async fn a_broker_reports_its_topics_and_its_refusals_are_told_apart() {
    use KafkaListener::{Login, Plain, Tls};
    let certificates = Certificates::new();
    let node = KafkaNode::start(&certificates);
    // A broker listens before it has joined its cluster.
    healthy_in_time("kafka", &node.params(Plain, json!({ "expect": "brokers == 1" }))).await;
    node.create_topic("orders", 3, 1);
    let topics = json!({ "topics": ["orders"], "expect": "partitions == 3 && controller == 1" });
    let finding = healthy_in_time("kafka", &node.params(Plain, topics)).await;
    assert_healthy(&finding);
    for (name, wanted) in [
        ("brokers", 1),
        ("partitions", 3),
        ("offline_partitions", 0),
        ("under_replicated_partitions", 0),
    ] {
        assert_count(&finding, name, wanted);
    }
    assert!(finding.parts.connect.is_some() && finding.parts.first_byte.is_some());
    for mechanism in ["plain", "scram-sha-256", "scram-sha-512"] {
        let params = node.params(
            Login,
            json!({ "user": "watcher", "password": "secret:password", "mechanism": mechanism }),
        );
        assert_healthy(&check("kafka", params.clone()).await);
        let wrong = check_within(LONG, "wrong", "kafka", params).await;
        let message = assert_cause(&wrong, Fault::Credentials, Reason::AuthInvalid);
        assert!(message.contains("while logging in: SASL_AUTHENTICATION_FAILED"), "{message}");
    }
    // Before the first group of a cluster, there is no coordinator.
    node.commit("other", "orders", 0);
    let login = json!({ "user": "watcher", "password": "secret:password" });
    let trusting = json!({ "tls": { "ca": certificates.authority } });
    let finding = find(&node, Tls, trusting).await;
    assert_healthy(&finding);
    assert!(finding.metrics.contains_key("certificate_days") && finding.parts.tls.is_some());
    for (listener, more, fault, reason) in [
        (
            Login,
            json!({ "user": "absent", "password": "secret:password" }),
            Fault::Credentials,
            Reason::AuthInvalid,
        ),
        (Plain, json!({ "topics": ["absent"] }), Fault::Request, Reason::ResourceNotFound),
        (Plain, json!({ "topics": ["not a name"] }), Fault::Request, Reason::ProbeInvalid),
        (
            Plain,
            json!({ "topics": ["orders"], "group": "absent" }),
            Fault::Request,
            Reason::ResourceNotFound,
        ),
        (Plain, login.clone(), Fault::Request, Reason::ProbeInvalid),
        (Tls, json!({}), Fault::Request, Reason::TlsRequired),
        (Tls, json!({ "tls": {} }), Fault::Target, Reason::CertificateInvalid),
        (Plain, json!({ "expect": "brokers >= 3" }), Fault::Target, Reason::AssertionFailed),
        (Plain, json!({ "degraded": "brokers < 3" }), Fault::Target, Reason::Degraded),
    ] {
        let finding = find(&node, listener, more.clone()).await;
        let cause = finding.verdict.cause().unwrap_or_else(|| panic!("healthy: {more}"));
        assert_eq!((cause.fault, cause.reason), (fault, reason), "{more}: {cause:?}");
    }
    // A listener with a login closes the connection at any other request.
    let message =
        assert_cause(&find(&node, Login, json!({})).await, Fault::Target, Reason::ConnectionClosed);
    assert!(message.ends_with("a listener that demands a login does so: set `user`"), "{message}");
    let params = node.params(Login, login);
    assert_absences(node.into_server(Login), "kafka", params).await;
}

#[tokio::test]
async fn the_lag_of_a_group_is_counted_at_all_brokers_and_a_lost_one_is_noticed() {
    use KafkaListener::{Login, Plain, Tls};
    let certificates = Certificates::new();
    let first = KafkaNode::start(&certificates);
    let mut second = first.start_second(&certificates);
    let both = json!({ "expect": "brokers == 2" });
    healthy_in_time("kafka", &first.params(Plain, both)).await;
    first.create_topic("orders", 4, 1);
    first.create_topic("copied", 1, 2);
    first.produce("orders", 10);
    first.commit("billing", "orders", 0);
    let lag = json!({ "topics": ["orders"], "group": "billing", "expect": "consumer_lag == 10" });
    let with = |more: Value| {
        let mut params = lag.clone();
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        params
    };
    let login = json!({ "user": "watcher", "password": "secret:password" });
    let trusting = json!({ "tls": { "ca": certificates.authority } });
    for node in [&first, &second] {
        for (listener, more) in
            [(Plain, json!({})), (Login, login.clone()), (Tls, trusting.clone())]
        {
            let finding = healthy_in_time("kafka", &node.params(listener, with(more))).await;
            assert_count(&finding, "consumer_lag", 10);
            let most = finding.metrics["consumer_lag_max"];
            assert!((3.0..=10.0).contains(&most), "{most}");
        }
    }
    healthy_in_time("kafka", &first.params(Plain, json!({ "topics": ["copied"] }))).await;
    second.kill();
    let finding =
        unhealthy_in_time("kafka", &first.params(Plain, json!({ "topics": ["copied"] }))).await;
    let message = assert_cause(&finding, Fault::Target, Reason::ReplicationLag);
    assert_eq!(message, "a replica is not in sync for 1 of 1 partitions: copied-0");
    let finding = find(&first, Plain, json!({ "topics": ["orders"] })).await;
    let message = assert_cause(&finding, Fault::Target, Reason::NotReady);
    assert!(message.contains("no leader for") && message.contains("of 4 partitions"), "{message}");
    assert_count(&finding, "partitions", 4);
}
