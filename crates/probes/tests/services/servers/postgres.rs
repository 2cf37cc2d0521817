//! The `postgres` check against Debian's PostgreSQL.

mod cluster;
mod faults;
mod replication;

use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use serde_json::json;

use crate::support::{
    Certificates, LONG, PASSWORD, SHORT, assert_cause, assert_healthy, check, check_within,
};
use cluster::{Cluster, ClusterOptions};

const TABLES: &str = "
    CREATE ROLE watcher LOGIN PASSWORD 'correct horse';
    CREATE SCHEMA audit;
    CREATE TABLE orders (id integer);
    INSERT INTO orders SELECT generate_series(1, 7);
    CREATE TABLE audit.\"Odd \"\"name\" (id integer);
    CREATE TABLE large (id integer);
    INSERT INTO large SELECT generate_series(1, 150000);
    ANALYZE large;
    GRANT USAGE ON SCHEMA audit TO watcher;
    GRANT SELECT ON orders, audit.\"Odd \"\"name\" TO watcher;";

#[tokio::test]
async fn a_server_reports_its_connections_role_and_version() {
    let cluster = Cluster::start(&ClusterOptions::default());
    cluster.sql(TABLES);
    let more = json!({
        "query": "SELECT 12.5::numeric AS total, 'other'",
        "expect": "value > 12 && value < 13 && role == 'primary' && !read_only && version.startsWith('15.')",
        "size": true, "write": true,
    });
    let finding = check("postgres", cluster.params("watcher", more)).await;
    assert_healthy(&finding);
    assert_eq!(finding.metrics.get("query_value"), Some(&12.5));
    assert!(finding.metrics["client_connections"] >= 1.0);
    let used = finding.metrics["connections_used_percent"];
    assert!((1.0..50.0).contains(&used), "{used}");
    assert!(finding.metrics["database_size_bytes"] > 1_000_000.0);
    assert!(finding.metrics["uptime_seconds"] < 3_600.0);
    assert!(!finding.metrics.contains_key("replication_lag_seconds"));
    assert!(finding.parts.connect.is_some() && finding.parts.first_byte.is_some());
}

#[tokio::test]
async fn rows_are_counted_or_estimated() {
    let cluster = Cluster::start(&ClusterOptions::default());
    cluster.sql(TABLES);
    let odd = "audit.\"Odd \"\"name\"";
    let more = json!({
        "rows": ["orders", odd, "large"],
        "expect": "rows.orders == 7 && rows['large'] > 100000 && rows_estimated == ['large']",
    });
    let finding = check("postgres", cluster.params("watcher", more)).await;
    assert_healthy(&finding);
    assert_eq!(finding.metrics.get("rows_orders"), Some(&7.0));
    assert_eq!(finding.metrics.get("rows_audit__odd___name_"), Some(&0.0));
    assert_eq!(finding.metrics.get("rows_large"), Some(&150_000.0));
    let finding = check("postgres", cluster.params("watcher", json!({ "rows": ["absent"] }))).await;
    assert_cause(&finding, Fault::Request, Reason::ResourceNotFound);
    let finding = check(
        "postgres",
        cluster.params("watcher", json!({ "rows": ["orders; DROP TABLE orders"] })),
    )
    .await;
    assert_cause(&finding, Fault::Request, Reason::QueryInvalid);
}

#[tokio::test]
async fn the_first_value_has_the_type_of_its_column() {
    let cluster = Cluster::start(&ClusterOptions::default());
    for (query, expect) in [
        ("SELECT true", "value == true"),
        ("SELECT count(*) FROM pg_class", "value > 100"),
        ("SELECT 'idle'::text", "value == 'idle'"),
        ("SELECT -0.1::float4", "value < 0"),
        ("SELECT interval '1 day 1 hour'", "value == 90000"),
        ("SHOW server_encoding", "value == 'UTF8'"),
        ("SELECT generate_series(1, 1000)", "value == 1"),
        ("SELECT NULL::integer", "value == 1"),
    ] {
        let more = json!({ "query": query, "expect": expect });
        let finding = check("postgres", cluster.params("postgres", more)).await;
        let is_absent = query.contains("NULL");
        let wanted = if is_absent { Status::Unhealthy } else { Status::Healthy };
        assert_eq!(finding.verdict.status(), wanted, "{query}: {finding:?}");
    }
}

#[tokio::test]
async fn a_check_leaves_no_trace_in_the_log() {
    let cluster = Cluster::start(&ClusterOptions::default());
    let before = cluster.log();
    for more in [json!({ "write": true }), json!({ "query": "SELECT 1" })] {
        assert_healthy(&check("postgres", cluster.params("postgres", more)).await);
    }
    assert_eq!(cluster.log(), before);
}

#[tokio::test]
async fn a_server_with_tls_is_verified_and_may_demand_it() {
    let certificates = Certificates::new();
    let options = ClusterOptions {
        tls: Some(&certificates),
        access: "hostssl all all all scram-sha-256",
        ..ClusterOptions::default()
    };
    let cluster = Cluster::start(&options);
    let trusting = json!({ "tls": { "ca": certificates.authority } });
    let finding = check("postgres", cluster.params("postgres", trusting)).await;
    assert_healthy(&finding);
    assert!(finding.metrics.contains_key("certificate_days") && finding.parts.tls.is_some());
    let finding = check("postgres", cluster.params("postgres", json!({ "tls": {} }))).await;
    assert_cause(&finding, Fault::Target, Reason::CertificateInvalid);
    let finding = check("postgres", cluster.params("postgres", json!({}))).await;
    assert_cause(&finding, Fault::Request, Reason::TlsRequired);
}

#[tokio::test]
async fn a_server_without_tls_says_so() {
    let options = ClusterOptions {
        access: "host all postgres all scram-sha-256",
        ..ClusterOptions::default()
    };
    let cluster = Cluster::start(&options);
    let finding = check("postgres", cluster.params("postgres", json!({ "tls": {} }))).await;
    assert_cause(&finding, Fault::Target, Reason::TlsNotOffered);
    // The server's text says "no encryption" here too.
    let finding = check("postgres", cluster.params("watcher", json!({}))).await;
    let message = assert_cause(&finding, Fault::Credentials, Reason::Permission);
    assert!(message.contains("no pg_hba.conf entry for host"), "{message}");
}

#[tokio::test]
async fn a_frozen_and_a_killed_server_are_told_apart() {
    let mut cluster = Cluster::start(&ClusterOptions::default());
    cluster.server.freeze();
    let params = cluster.params("postgres", json!({}));
    let finding = check_within(SHORT, PASSWORD, "postgres", params.clone()).await;
    let message = assert_cause(&finding, Fault::Target, Reason::Timeout);
    assert!(message.contains("waiting for the first byte"), "{message}");
    cluster.server.resume();
    assert_healthy(&check_within(LONG, PASSWORD, "postgres", params.clone()).await);
    cluster.server.kill();
    let finding = check("postgres", params).await;
    assert_cause(&finding, Fault::Target, Reason::ConnectRefused);
}
