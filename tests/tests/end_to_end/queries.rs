//! The SQL views as operators query them: with the `sqlite3` shell, while `up` writes.
//!
//! The queries are copied literally from the runbooks of users of such monitors.

use std::time::Duration;

use allclear_simulator::Behavior;

use crate::stage::{Stage, eventually, monitor};

const CONFIG: &str = r#"
[defaults]
interval = "10s"
timeout = "5s"
confirm = { failures = 1 }

[[rule]]
id = "service_down"
for = "0s"
"#;

const RESPONSE_TIMES: &str = "
SELECT service_name, 
       AVG(response_time) as avg_response_time,
       MAX(response_time) as max_response_time,
       COUNT(*) as checks_count
FROM health_checks 
WHERE timestamp > datetime('now', '-24 hours')
GROUP BY service_name
ORDER BY avg_response_time DESC;";

const UPTIME: &str = "
SELECT service_name,
       COUNT(*) as total_checks,
       SUM(CASE WHEN status = 'healthy' THEN 1 ELSE 0 END) as healthy_checks,
       ROUND(SUM(CASE WHEN status = 'healthy' THEN 1 ELSE 0 END) * 100.0 / COUNT(*), 2) as uptime_percentage
FROM health_checks 
WHERE timestamp > datetime('now', '-7 days')
GROUP BY service_name
ORDER BY uptime_percentage ASC;";

const ALERTS: &str = "
SELECT service_name, alert_type, severity, message, triggered_at
FROM alerts 
WHERE triggered_at > datetime('now', '-24 hours')
ORDER BY triggered_at DESC;";

const OVERALL: &str = "
SELECT 
  ROUND(AVG(CASE WHEN current_status = 'healthy' THEN 100.0 ELSE 0.0 END), 2) as overall_health_percentage,
  COUNT(*) as total_services,
  SUM(CASE WHEN current_status = 'healthy' THEN 1 ELSE 0 END) as healthy_services
FROM service_status;";

const CRITICAL: &str = "
SELECT 
  service_name,
  uptime_percentage,
  consecutive_failures,
  last_healthy
FROM service_status 
WHERE service_name IN ('interpreter', 'orchestrator', 'doc_store', 'prompt_store', 'analysis_service', 'llm_gateway')
ORDER BY uptime_percentage ASC;";

/// Splits the output into rows and columns.
fn rows(answer: &str) -> Vec<Vec<&str>> {
    answer.lines().map(|line| line.split('|').collect()).collect()
}

#[tokio::test]
async fn the_queries_of_runbooks_run_while_checks_are_written() {
    let stage = Stage::new().await;
    let monitors = ["interpreter", "orchestrator", "doc_store", "frontend"]
        .map(|id| monitor(&stage.simulator, id, &format!("critical = {}", id != "frontend")));
    stage.config(&format!("{CONFIG}{}", monitors.concat()));
    stage.simulator.set("doc_store", Behavior::status(500));
    stage.simulator.set("orchestrator", Behavior::Ok.after(Duration::from_millis(300)));
    let up = stage.up().await;

    let overall =
        eventually("the first checks in the views", Duration::from_secs(30), async || {
            let answer = stage.query(OVERALL).await;
            answer.contains("75.0|4|3").then_some(answer)
        })
        .await;
    assert_eq!(overall.trim(), "75.0|4|3");

    let answer = stage.query(RESPONSE_TIMES).await;
    let times = rows(&answer);
    assert_eq!(times.len(), 4, "{answer}");
    assert_eq!(times[0][0], "orchestrator", "the slowest comes first: {answer}");
    let seconds: f64 = times[0][1].parse().unwrap();
    assert!((0.3..3.0).contains(&seconds), "{answer}");

    let answer = stage.query(UPTIME).await;
    let uptimes = rows(&answer);
    assert_eq!(uptimes.len(), 4, "{answer}");
    assert_eq!((uptimes[0][0], uptimes[0][3]), ("doc_store", "0.0"), "{answer}");
    assert!(uptimes[1..].iter().all(|row| row[3] == "100.0" && row[1] == row[2]), "{answer}");

    let answer = stage.query(ALERTS).await;
    let alerts = rows(&answer);
    assert!(alerts.iter().all(|row| row[0] == "doc_store" && row[3].contains("500")), "{answer}");
    let mut kinds: Vec<_> = alerts.iter().map(|row| (row[1], row[2])).collect();
    kinds.sort_unstable();
    let wanted = [("critical_service_down", "critical"), ("service_down", "critical")];
    assert_eq!(kinds[..2], wanted, "{answer}");

    let answer = stage.query(CRITICAL).await;
    let critical = rows(&answer);
    assert_eq!(critical.len(), 3, "{answer}");
    assert_eq!(
        (critical[0][0], critical[0][1], critical[0][3]),
        ("doc_store", "0.0", ""),
        "{answer}"
    );
    assert!(critical[0][2].parse::<u32>().unwrap() >= 1, "{answer}");
    assert!(critical[1][3].starts_with("20"), "a last healthy time: {answer}");
    drop(up);
}
