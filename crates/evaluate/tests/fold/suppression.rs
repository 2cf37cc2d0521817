use std::sync::Arc;

use allclear_core::event::SuppressedBy;
use allclear_core::id::MaintenanceId;
use allclear_core::rule::RuleScope;
use allclear_core::run::Lane;
use allclear_core::status::{Severity, Status};
use allclear_core::window::{Maintenance, Silence, WindowSchedule};
use allclear_evaluate::ConfigIndex;
use allclear_evaluate::fold::fold;

use crate::scenario::{
    FoldScenario, INTERVAL, builtin_rules, config, id, monitor, notices, rule, run, start,
    suppressed,
};

fn down() -> Vec<allclear_core::rule::Rule> {
    vec![rule("down", "unhealthy", Severity::Critical)]
}

#[test]
fn maintenance_suppresses_and_alerts_firing_after_it_are_notified() {
    let mut config = config(vec![monitor("api")], down());
    config.maintenances = vec![Maintenance {
        id: MaintenanceId::new("upgrade").unwrap(),
        title: "Upgrade".to_owned(),
        description: None,
        scope: RuleScope::default(),
        schedule: WindowSchedule::Once { start: start(), end: start() + INTERVAL * 6 },
        ended_at: None,
    }];
    let mut scenario = FoldScenario::new(config.clone());
    let decided = scenario.fold_letters("HUUUUUUU");
    assert_eq!(suppressed(&decided), [("down".to_owned(), SuppressedBy::Maintenance)]);
    assert_eq!(notices(&decided.deliveries), ["10:03:00 team api firing critical down"]);
    let tally = scenario.state.monitors[&id("api")].open.hours.values().next().unwrap().tally;
    assert_eq!((tally.maintenance_s, tally.unhealthy_s), (180, 60));

    let quiet = FoldScenario::new(config).fold_letters("HUUHHHHH");
    assert!(quiet.deliveries.is_empty(), "what began and ended inside the window is not told");
}

#[test]
fn a_silence_mutes_its_rules_until_it_expires() {
    let mut config = config(vec![monitor("api")], down());
    config.silences = vec![Silence {
        matchers: vec!["monitor=api".parse().unwrap(), "rule=down".parse().unwrap()],
        starts_at: None,
        until: start() + INTERVAL * 4,
        author: "ann".to_owned(),
        comment: "known".to_owned(),
    }];
    let decided = FoldScenario::new(config).fold_letters("HUUUU");
    assert_eq!(suppressed(&decided), [("down".to_owned(), SuppressedBy::Silence)]);
    assert!(decided.suppressions[0].reason.contains("ann"), "{}", decided.suppressions[0].reason);
    assert_eq!(notices(&decided.deliveries), ["10:02:00 team api firing critical down"]);
}

#[test]
fn a_failing_parent_inhibits_its_children_until_it_recovers() {
    let mut middle = monitor("middle");
    middle.depends_on = vec![id("database")];
    let mut api = monitor("api");
    api.depends_on = vec![id("middle")];
    let mut scenario = FoldScenario::new(config(vec![monitor("database"), middle, api], down()));
    let outage =
        scenario.fold_script(&[("database", "HUUUU"), ("middle", "HHHHH"), ("api", "HUUUU")]);
    assert_eq!(notices(&outage.deliveries), ["10:01:00 team database firing critical down"]);
    assert_eq!(suppressed(&outage), [("down".to_owned(), SuppressedBy::Dependency)]);
    let after = scenario.fold_script(&[("database", "HHH"), ("middle", "HHH"), ("api", "UUU")]);
    assert_eq!(
        notices(&after.deliveries),
        ["10:02:30 team database resolved critical down", "10:03:30 team api firing critical down"]
    );
}

#[test]
fn a_monitor_fault_is_one_notice_and_no_outage() {
    let names = ["a", "b", "c", "d"];
    let mut scenario = FoldScenario::new(config(
        names.iter().map(|name| monitor(name)).collect(),
        builtin_rules(),
    ));
    let script = |letters: &'static str| names.map(|name| (name, letters));
    let decided = scenario.fold_script(&script("HHIIIII"));
    assert_eq!(
        notices(&decided.deliveries),
        ["10:01:30 team allclear firing error monitoring_impaired"]
    );
    assert_eq!(decided.deliveries[0].notification.title(), "Monitoring impaired");
    assert!(decided.transitions.iter().all(|one| one.to != Status::Unhealthy));
    for known in scenario.state.monitors.values() {
        assert_eq!(known.status, Status::Unknown);
        let tally = known.open.hours.values().next().unwrap().tally;
        assert_eq!(tally.uptime_percentage(), Some(100.0));
    }
    let over = scenario.fold_script(&script("HHH"));
    assert_eq!(
        notices(&over.deliveries),
        ["10:04:00 team allclear resolved error monitoring_impaired"]
    );
    assert_eq!(over.deliveries[0].notification.title(), "Monitoring works again");
}

#[test]
fn a_local_target_is_no_evidence_about_the_network() {
    let mut scenario =
        FoldScenario::new(config(vec![monitor("near"), monitor("far")], builtin_rules()));
    let mut notices = Vec::new();
    for n in 0..12 {
        let one = if n % 3 == 0 { ("far", 'I') } else { ("near", 'H') };
        notices.extend(fold(&mut scenario.state, &run(n, &[one]), &scenario.index).deliveries);
    }
    assert_eq!(
        crate::scenario::notices(&notices),
        ["10:01:30 team allclear firing error monitoring_impaired"]
    );
    assert!(scenario.state.impairment.since.is_some());
}

#[test]
fn late_straggler_runs_count_toward_the_impairment() {
    let mut scenario =
        FoldScenario::new(config(vec![monitor("near"), monitor("far")], builtin_rules()));
    let mut notices = Vec::new();
    for n in 0..6 {
        notices.extend(
            fold(&mut scenario.state, &run(n + 2, &[("near", 'H')]), &scenario.index).deliveries,
        );
        let mut straggler = run(n, &[("far", 'I')]);
        straggler.key.lane = Lane::Slow;
        notices.extend(fold(&mut scenario.state, &straggler, &scenario.index).deliveries);
    }
    assert_eq!(
        crate::scenario::notices(&notices),
        ["10:00:30 team allclear firing error monitoring_impaired"]
    );
}

#[test]
fn an_impairment_ends_although_the_affected_monitor_was_removed() {
    let mut scenario =
        FoldScenario::new(config(vec![monitor("near"), monitor("far")], builtin_rules()));
    scenario.fold_script(&[("near", "HHH"), ("far", "HII")]);
    let without =
        ConfigIndex::new(Arc::new(config(vec![monitor("near")], builtin_rules()))).unwrap();
    for n in 3..5 {
        fold(&mut scenario.state, &run(n, &[("near", 'H')]), &without);
    }
    assert_eq!(scenario.state.impairment.since, None);
}

#[test]
fn an_alert_that_fires_during_an_impairment_is_suppressed() {
    let mut scenario = FoldScenario::new(config(vec![monitor("api"), monitor("web")], down()));
    let decided = scenario.fold_script(&[("api", "HHUUU"), ("web", "HIIII")]);
    assert_eq!(suppressed(&decided), [("down".to_owned(), SuppressedBy::Impaired)]);
    let over = scenario.fold_script(&[("api", "UU"), ("web", "HH")]);
    assert_eq!(
        notices(&over.deliveries),
        [
            "10:03:00 team allclear resolved error monitoring_impaired",
            "10:03:00 team api firing critical down"
        ]
    );
}

#[test]
fn unmeasured_outcomes_cause_no_all_clear() {
    let mut scenario = FoldScenario::new(config(vec![monitor("api")], down()));
    assert_eq!(scenario.fold_letters("HUU").deliveries.len(), 1);
    assert!(scenario.fold_letters("??????").deliveries.is_empty());
    assert!(scenario.fold_letters("?H?").deliveries.is_empty());
    assert_eq!(
        notices(&scenario.fold_letters("H").deliveries),
        ["10:05:00 team api resolved critical down"]
    );
}

#[test]
fn a_recovery_from_an_unnotified_outage_is_suppressed() {
    let mut api = monitor("api");
    api.depends_on = vec![id("database")];
    api.critical = true;
    let mut scenario = FoldScenario::new(config(vec![monitor("database"), api], builtin_rules()));
    let outage = scenario.fold_script(&[("database", "HUUU"), ("api", "HUUU")]);
    assert_eq!(notices(&outage.deliveries).len(), 1, "{:?}", notices(&outage.deliveries));
    let over = scenario.fold_script(&[("database", "HHH"), ("api", "UHH")]);
    assert!(over.deliveries.iter().all(|one| one.notification.monitor == id("database")));
    assert!(suppressed(&over).contains(&("service_recovery".to_owned(), SuppressedBy::Dependency)));
}
