//! Refused logins and queries.

use std::net::TcpStream;
use std::time::Duration;

use allclear_core::outcome::Finding;
use allclear_core::reason::Reason;
use allclear_core::status::Fault;
use serde_json::{Value, json};

use super::instance::MariadbInstance;
use crate::support::{LONG, PASSWORD, assert_cause, assert_healthy, check, check_within};

async fn find(instance: &MariadbInstance, more: Value) -> Finding {
    check("mysql", instance.params(more)).await
}

#[tokio::test]
async fn refused_logins_are_told_apart() {
    let instance = MariadbInstance::start(&["--max-connections=10", "--extra-max-connections=1"]);
    instance.watcher(
        "CREATE DATABASE shop;
         GRANT SELECT ON shop.* TO watcher;
         CREATE DATABASE hidden;
         CREATE USER locked IDENTIFIED BY 'correct horse' ACCOUNT LOCK;
         INSTALL SONAME 'auth_ed25519';
         CREATE USER modern IDENTIFIED VIA ed25519 USING PASSWORD('correct horse')",
    );
    assert_healthy(&find(&instance, json!({ "database": "shop" })).await);
    let params = instance.params(json!({}));
    let wrong = check_within(LONG, "wrong", "mysql", params).await;
    let message = assert_cause(&wrong, Fault::Credentials, Reason::AuthInvalid);
    assert!(message.contains("while logging in: Access denied for user 'watcher'"), "{message}");
    let empty = check_within(LONG, "", "mysql", instance.params(json!({}))).await;
    assert_cause(&empty, Fault::Credentials, Reason::AuthInvalid);
    for (more, fault, reason) in [
        (json!({ "user": "absent" }), Fault::Credentials, Reason::AuthInvalid),
        (json!({ "user": "locked" }), Fault::Credentials, Reason::Permission),
        (json!({ "user": "modern" }), Fault::Request, Reason::ProbeInvalid),
        (json!({ "database": "hidden" }), Fault::Credentials, Reason::Permission),
    ] {
        let finding = find(&instance, more.clone()).await;
        let cause = finding.verdict.cause().unwrap();
        assert_eq!((cause.fault, cause.reason), (fault, reason), "{more}: {cause:?}");
    }
    instance.sql("GRANT SELECT ON *.* TO watcher");
    let unknown = find(&instance, json!({ "database": "absent" })).await;
    assert_cause(&unknown, Fault::Request, Reason::ResourceNotFound);
    let held: Vec<TcpStream> =
        (0..12).map(|_| TcpStream::connect(instance.server.address()).unwrap()).collect();
    let crowded = find(&instance, json!({})).await;
    assert_cause(&crowded, Fault::Target, Reason::TooManyConnections);
    drop(held);
}

#[tokio::test]
async fn refused_queries_are_told_apart() {
    let instance = MariadbInstance::start(&[]);
    instance.watcher(
        "CREATE DATABASE shop; CREATE TABLE shop.orders (id INT); GRANT ALL ON shop.* TO watcher;
         CREATE DATABASE other; CREATE TABLE other.secrets (id INT, open INT);
         GRANT SELECT (open) ON other.secrets TO watcher",
    );
    for (query, fault, reason) in [
        ("SELECT * FROM absent", Fault::Request, Reason::QueryInvalid),
        ("SELEC 1", Fault::Request, Reason::QueryInvalid),
        ("SELECT 1; SELECT 2", Fault::Request, Reason::QueryInvalid),
        ("INSERT INTO orders VALUES (1)", Fault::Request, Reason::QueryInvalid),
        ("DROP TABLE orders", Fault::Request, Reason::QueryInvalid),
        ("CREATE TABLE more (id INT)", Fault::Request, Reason::QueryInvalid),
        ("TRUNCATE TABLE orders", Fault::Request, Reason::QueryInvalid),
        ("DROP DATABASE shop", Fault::Request, Reason::QueryInvalid),
        (
            "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 1001) SELECT * FROM s",
            Fault::Request,
            Reason::QueryInvalid,
        ),
        ("SELECT REPEAT('x', 2000000)", Fault::Request, Reason::QueryInvalid),
        ("SELECT id FROM other.secrets", Fault::Credentials, Reason::Permission),
    ] {
        let finding = find(&instance, json!({ "database": "shop", "query": query })).await;
        let cause = finding.verdict.cause().unwrap_or_else(|| panic!("healthy: {query}"));
        assert_eq!((cause.fault, cause.reason), (fault, reason), "{query}: {cause:?}");
        assert!(cause.message.len() < 400, "{cause:?}");
    }
    let file = "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE orders";
    let finding = find(&instance, json!({ "database": "shop", "query": file })).await;
    assert!(finding.verdict.cause().is_some(), "a file of this machine was requested");
}

#[tokio::test]
async fn the_server_ends_a_query_before_the_deadline() {
    let instance = MariadbInstance::start(&[]);
    instance.watcher("CREATE DATABASE shop; GRANT SELECT ON shop.* TO watcher");
    let more = json!({ "database": "shop", "query": "SELECT COUNT(*) FROM seq_1_to_1000000 a, seq_1_to_1000000 b" });
    let params = instance.params(more);
    let finding = check_within(Duration::from_secs(3), PASSWORD, "mysql", params).await;
    let message = assert_cause(&finding, Fault::Target, Reason::Timeout);
    assert!(message.contains("max_statement_time exceeded"), "{message}");
}
