//! A storm: a thousand monitors fail in one run.

use allclear_core::config::Config;
use allclear_core::delivery::NoticeKind;
use allclear_core::monitor::Monitor;
use allclear_core::notification_settings::NotificationSettings;
use serde_json::json;

use crate::scenario::{FoldScenario, builtin_rules, config, monitor};

const N_MONITORS: usize = 1_000;

/// Returns a monitor of which each third is on one host.
fn target(n: usize) -> Monitor {
    let mut monitor = monitor(&format!("service-{n}"));
    if n.is_multiple_of(3) {
        monitor.check.params = json!({ "url": format!("https://app.example.com/{n}") });
    }
    monitor
}

#[test]
fn a_thousand_monitors_that_fail_in_one_run_are_one_message_and_one_end() {
    let monitors: Vec<Monitor> = (0..N_MONITORS).map(target).collect();
    let names: Vec<String> = monitors.iter().map(|one| one.id.to_string()).collect();
    let notifications = NotificationSettings::default();
    let config = Config { notifications, ..config(monitors, builtin_rules()) };
    let mut scenario = FoldScenario::new(config);
    let all = |letters| -> Vec<(&str, &str)> {
        names.iter().map(|name| (name.as_str(), letters)).collect()
    };
    let mut sent = scenario.fold_script(&all("HHUUUU")).deliveries;
    sent.extend(scenario.tick(NotificationSettings::GROUP_WAIT).deliveries);
    assert_eq!(sent.len(), 1);
    sent.extend(scenario.fold_script(&all("HHH")).deliveries);
    sent.extend(scenario.tick(NotificationSettings::GROUP_INTERVAL).deliveries);
    let kinds: Vec<NoticeKind> = sent.iter().map(|one| one.notification.kind).collect();
    assert_eq!(kinds, [NoticeKind::Firing, NoticeKind::Resolved]);
    for delivery in &sent {
        assert_eq!(delivery.notification.details.n_others(), N_MONITORS - 1);
        let n_bytes = serde_json::to_vec(delivery).unwrap().len();
        assert!(n_bytes < 100_000, "{n_bytes} bytes");
    }
    assert!(scenario.state.alert_groups.is_empty());
}
