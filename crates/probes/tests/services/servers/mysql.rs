//! The `mysql` check against Debian's MariaDB.

mod faults;
mod instance;

use allclear_core::reason::Reason;
use allclear_core::status::Fault;
use serde_json::json;

use crate::support::{
    Certificates, LONG, PASSWORD, SHORT, assert_cause, assert_healthy, check, check_within,
    healthy_in_time, wait_until,
};
use instance::MariadbInstance;

const ORDERS: &str = "
    CREATE DATABASE shop;
    CREATE TABLE shop.orders (id INT) ENGINE=InnoDB;
    INSERT INTO shop.orders VALUES (1), (2), (3);
    CREATE TABLE shop.`odd``name` (id INT);
    CREATE TABLE shop.large (id INT) ENGINE=Aria;
    INSERT INTO shop.large SELECT a.seq FROM (WITH RECURSIVE s(seq) AS
        (SELECT 1 UNION ALL SELECT seq + 1 FROM s WHERE seq < 500) SELECT * FROM s) a,
        (WITH RECURSIVE s(seq) AS
        (SELECT 1 UNION ALL SELECT seq + 1 FROM s WHERE seq < 300) SELECT * FROM s) b;
    GRANT SELECT, CREATE TEMPORARY TABLES ON shop.* TO watcher;";

#[tokio::test]
async fn a_server_reports_its_connections_and_version() {
    let instance = MariadbInstance::start(&[]);
    instance.watcher(ORDERS);
    let before = instance.log();
    let more = json!({
        "database": "shop", "query": "SELECT AVG(id), 'other' FROM orders", "size": true, "write": true,
        "expect": "value == 2 && !read_only && version.startsWith('10.')",
    });
    let finding = check("mysql", instance.params(more)).await;
    assert_healthy(&finding);
    assert_eq!(finding.metrics.get("query_value"), Some(&2.0));
    assert!(finding.metrics["client_connections"] >= 1.0);
    let used = finding.metrics["connections_used_percent"];
    assert!((0.1..50.0).contains(&used), "{used}");
    assert!(finding.metrics["database_size_bytes"] > 1_000.0);
    assert!(finding.metrics["uptime_seconds"] < 3_600.0);
    assert!(finding.parts.connect.is_some() && finding.parts.first_byte.is_some());
    assert_eq!(instance.log(), before, "a check leaves no trace in the log");
}

#[tokio::test]
async fn rows_are_counted_or_estimated() {
    let instance = MariadbInstance::start(&[]);
    instance.watcher(ORDERS);
    let more = json!({
        "database": "shop", "rows": ["orders", "shop.odd`name", "large"],
        "expect": "rows.orders == 3 && rows['large'] == 150000 && rows_estimated == ['large']",
    });
    let finding = check("mysql", instance.params(more)).await;
    assert_healthy(&finding);
    assert_eq!(finding.metrics.get("rows_orders"), Some(&3.0));
    assert_eq!(finding.metrics.get("rows_shop_odd_name"), Some(&0.0));
    assert_eq!(finding.metrics.get("rows_large"), Some(&150_000.0));
    for table in ["shop.absent", "orders", "mysql.user", "shop.orders'; DROP TABLE shop.orders"] {
        let finding = check("mysql", instance.params(json!({ "rows": [table] }))).await;
        assert_cause(&finding, Fault::Request, Reason::ResourceNotFound);
    }
}

#[tokio::test]
async fn the_first_value_has_the_type_of_its_column() {
    let instance = MariadbInstance::start(&[]);
    instance.watcher("");
    for (query, expect) in [
        ("SELECT TRUE", "value == 1"),
        ("SELECT -0.25", "value == -0.25"),
        ("SELECT '5'", "value == '5'"),
        ("SELECT CURRENT_DATE", "value.startsWith('20')"),
        ("SHOW VARIABLES LIKE 'max_connections'", "value == 'max_connections'"),
    ] {
        let more = json!({ "query": query, "expect": expect });
        assert_healthy(&check("mysql", instance.params(more)).await);
    }
    let absent = json!({ "query": "SELECT NULL", "expect": "value == 1" });
    let finding = check("mysql", instance.params(absent)).await;
    assert_cause(&finding, Fault::Target, Reason::AssertionFailed);
}

#[tokio::test]
async fn a_replica_reports_its_lag_and_its_end() {
    let source = MariadbInstance::start(&["--log-bin=log", "--server-id=1"]);
    source.sql("CREATE USER replica IDENTIFIED BY 'x'; GRANT REPLICATION SLAVE ON *.* TO replica");
    let replica = MariadbInstance::start(&["--server-id=2", "--read-only"]);
    replica.watcher("GRANT REPLICA MONITOR ON *.* TO watcher");
    let port = source.server.port;
    replica.sql(&format!(
        "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={port}, MASTER_USER='replica', \
         MASTER_PASSWORD='x'; START SLAVE"
    ));
    let running = json!({ "expect": "role == 'replica' && read_only && replication_running" });
    let finding = healthy_in_time("mysql", &replica.params(running)).await;
    assert!(finding.metrics["replication_lag_seconds"] < 60.0);
    let finding = check("mysql", replica.params(json!({ "write": true }))).await;
    assert_cause(&finding, Fault::Target, Reason::ReadOnly);
    replica.sql("STOP SLAVE");
    let stopped = json!({ "expect": "role == 'replica' && !replication_running" });
    let finding = check("mysql", replica.params(stopped)).await;
    assert_healthy(&finding);
    assert!(!finding.metrics.contains_key("replication_lag_seconds"));
}

#[tokio::test]
async fn a_user_without_the_right_to_see_the_replication_is_told_if_it_matters() {
    let instance = MariadbInstance::start(&[]);
    instance.watcher("");
    assert_healthy(&check("mysql", instance.params(json!({}))).await);
    let finding = check("mysql", instance.params(json!({ "expect": "role == 'primary'" }))).await;
    let message = assert_cause(&finding, Fault::Credentials, Reason::Permission);
    assert!(message.contains("reading the state of the replication"), "{message}");
}

#[tokio::test]
async fn a_server_with_tls_is_verified_and_may_demand_it() {
    let certificates = Certificates::new();
    let instance = MariadbInstance::with_tls(&certificates, &[]);
    instance.watcher("SET GLOBAL require_secure_transport = ON");
    let trusting = json!({ "tls": { "ca": certificates.authority } });
    let finding = check("mysql", instance.params(trusting)).await;
    assert_healthy(&finding);
    assert!(finding.metrics.contains_key("certificate_days") && finding.parts.tls.is_some());
    let finding = check("mysql", instance.params(json!({ "tls": {} }))).await;
    assert_cause(&finding, Fault::Target, Reason::CertificateInvalid);
    let finding = check("mysql", instance.params(json!({}))).await;
    // MariaDB does not say more than that the access is denied.
    let message = assert_cause(&finding, Fault::Credentials, Reason::AuthInvalid);
    assert!(message.contains("offers TLS and may demand it of this user"), "{message}");
    let plain = MariadbInstance::start(&[]);
    let finding = check("mysql", plain.params(json!({ "tls": {} }))).await;
    assert_cause(&finding, Fault::Target, Reason::TlsNotOffered);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_and_a_killed_server_are_told_apart() {
    let mut instance = MariadbInstance::start(&[]);
    instance.watcher("");
    let params = instance.params(json!({}));
    instance.server.freeze();
    let finding = check_within(SHORT, PASSWORD, "mysql", params.clone()).await;
    let message = assert_cause(&finding, Fault::Target, Reason::Timeout);
    assert!(message.contains("waiting for the first byte"), "{message}");
    instance.server.resume();
    assert_healthy(&check_within(LONG, PASSWORD, "mysql", params.clone()).await);
    let sleeping = instance.params(json!({ "query": "SELECT SLEEP(60)" }));
    let under_way = tokio::spawn(async move { check("mysql", sleeping).await });
    wait_until(|| instance.is_sleeping());
    instance.server.kill();
    let finding = under_way.await.unwrap();
    let message = assert_cause(&finding, Fault::Target, Reason::ConnectionClosed);
    assert!(message.contains("while making the query"), "{message}");
    let finding = check("mysql", params).await;
    assert_cause(&finding, Fault::Target, Reason::ConnectRefused);
}
