//! Refused logins and queries.

use std::time::Duration;

use allclear_core::outcome::Finding;
use allclear_core::reason::Reason;
use allclear_core::status::Fault;
use serde_json::{Value, json};

use super::cluster::{Cluster, ClusterOptions};
use crate::support::{LONG, PASSWORD, assert_cause, assert_healthy, check, check_within};

const ROLES: &str = "
    CREATE ROLE watcher LOGIN PASSWORD 'correct horse';
    CREATE ROLE crowded LOGIN PASSWORD 'correct horse' CONNECTION LIMIT 0;
    CREATE ROLE nologin PASSWORD 'correct horse';
    CREATE TABLE secrets (id integer);";

async fn find(cluster: &Cluster, user: &str, more: Value) -> Finding {
    check("postgres", cluster.params(user, more)).await
}

#[tokio::test]
async fn refused_logins_are_told_apart() {
    let cluster = Cluster::start(&ClusterOptions::default());
    cluster.sql(ROLES);
    let watcher = || cluster.params("watcher", json!({}));
    assert_healthy(&check("postgres", watcher()).await);
    let wrong = check_within(LONG, "wrong", "postgres", watcher()).await;
    let message = assert_cause(&wrong, Fault::Credentials, Reason::AuthInvalid);
    assert!(message.contains("while logging in: password authentication failed"), "{message}");
    assert!(!message.contains("wrong"), "{message}");
    let mut missing = watcher();
    missing.as_object_mut().unwrap().remove("password");
    let message =
        assert_cause(&check("postgres", missing).await, Fault::Credentials, Reason::AuthInvalid);
    assert!(message.contains("demands a password"), "{message}");
    let absent = find(&cluster, "absent", json!({})).await;
    assert_cause(&absent, Fault::Credentials, Reason::AuthInvalid);
    let nologin = find(&cluster, "nologin", json!({})).await;
    assert_cause(&nologin, Fault::Credentials, Reason::Permission);
    let database = find(&cluster, "watcher", json!({ "database": "absent" })).await;
    assert_cause(&database, Fault::Request, Reason::ResourceNotFound);
    let crowded = find(&cluster, "crowded", json!({})).await;
    assert_cause(&crowded, Fault::Target, Reason::TooManyConnections);
}

#[tokio::test]
async fn refused_queries_are_told_apart() {
    let cluster = Cluster::start(&ClusterOptions::default());
    cluster.sql(ROLES);
    for (query, fault, reason) in [
        ("SELECT * FROM absent", Fault::Request, Reason::QueryInvalid),
        ("SELEC 1", Fault::Request, Reason::QueryInvalid),
        ("SELECT 1; SELECT 2", Fault::Request, Reason::QueryInvalid),
        ("SELECT 1 / 0", Fault::Request, Reason::QueryInvalid),
        ("SELECT '{}'::jsonb", Fault::Request, Reason::QueryInvalid),
        ("SELECT generate_series(1, 1001)", Fault::Request, Reason::QueryInvalid),
        ("SELECT repeat('x', 2000000)", Fault::Request, Reason::QueryInvalid),
        ("CREATE TABLE own (id integer)", Fault::Request, Reason::QueryInvalid),
        ("SELECT * FROM secrets", Fault::Credentials, Reason::Permission),
        ("SELECT pg_terminate_backend(pg_backend_pid())", Fault::Target, Reason::NotReady),
    ] {
        let finding = find(&cluster, "watcher", json!({ "query": query })).await;
        let message = assert_cause(&finding, fault, reason);
        assert!(message.len() < 400, "{message}");
    }
}

#[tokio::test]
async fn the_server_ends_a_query_before_the_deadline() {
    let cluster = Cluster::start(&ClusterOptions::default());
    let params = cluster.params("postgres", json!({ "query": "SELECT pg_sleep(60)" }));
    let finding = check_within(Duration::from_secs(3), PASSWORD, "postgres", params).await;
    let message = assert_cause(&finding, Fault::Target, Reason::Timeout);
    assert!(message.contains("due to statement timeout"), "{message}");
}

#[tokio::test]
async fn a_query_cannot_leave_its_read_only_transaction() {
    let cluster = Cluster::start(&ClusterOptions::default());
    for query in ["COMMIT", "SET TRANSACTION READ WRITE", "ROLLBACK"] {
        let more = json!({ "query": query, "rows": ["pg_class"] });
        find(&cluster, "postgres", more).await;
    }
    let finding = find(&cluster, "postgres", json!({ "query": "DROP TABLE IF EXISTS x" })).await;
    assert_cause(&finding, Fault::Request, Reason::QueryInvalid);
}

#[tokio::test]
async fn a_server_that_refuses_to_write_is_read_only() {
    let options = ClusterOptions {
        settings: &["default_transaction_read_only=on"],
        ..ClusterOptions::default()
    };
    let cluster = Cluster::start(&options);
    let finding = find(&cluster, "postgres", json!({ "expect": "read_only" })).await;
    assert_healthy(&finding);
    let finding = find(&cluster, "postgres", json!({ "write": true })).await;
    assert_cause(&finding, Fault::Target, Reason::ReadOnly);
}
