//! Standbys.

use allclear_core::outcome::Finding;
use allclear_core::reason::Reason;
use allclear_core::status::Fault;
use serde_json::{Value, json};

use super::cluster::{Cluster, ClusterOptions};
use crate::support::{assert_cause, assert_healthy, check, healthy_in_time};

async fn healthy(cluster: &Cluster, more: &Value) -> Finding {
    healthy_in_time("postgres", &cluster.params("postgres", more.clone())).await
}

#[tokio::test]
async fn a_standby_reports_its_lag_and_refuses_to_write() {
    let primary = Cluster::start(&ClusterOptions::default());
    let standby = primary.standby(&[]);
    let role = json!({ "expect": "role == 'standby' && read_only && replication_connected" });
    healthy(&standby, &role).await;
    primary.sql("CREATE TABLE orders (id integer); INSERT INTO orders VALUES (1)");
    let rows = json!({ "rows": ["orders"], "expect": "rows.orders == 1" });
    let finding = healthy(&standby, &rows).await;
    let lag = finding.metrics["replication_lag_seconds"];
    assert!((0.0..60.0).contains(&lag), "{lag}");
    let primary_wanted = json!({ "expect": "role == 'primary'" });
    let finding = check("postgres", standby.params("postgres", primary_wanted)).await;
    let message = assert_cause(&finding, Fault::Target, Reason::AssertionFailed);
    assert!(message.contains("role = \"standby\""), "{message}");
    let finding = check("postgres", standby.params("postgres", json!({ "write": true }))).await;
    assert_cause(&finding, Fault::Target, Reason::ReadOnly);
    drop(primary);
    // Without its primary, the lag of a standby that has replayed everything is not 0.
    let orphaned = json!({ "expect": "!replication_connected && replication_lag_seconds > 0" });
    assert_healthy(&healthy(&standby, &orphaned).await);
}

#[tokio::test]
async fn a_standby_without_connections_is_not_ready() {
    let primary = Cluster::start(&ClusterOptions::default());
    let standby = primary.standby(&["hot_standby=off"]);
    let finding = check("postgres", standby.params("postgres", json!({}))).await;
    assert_cause(&finding, Fault::Target, Reason::NotReady);
}
