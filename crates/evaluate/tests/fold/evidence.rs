//! The evidence that notifications and suppressions carry: the counted outcomes, and the stages that the alerts passed.

use std::time::Duration;

use allclear_core::event::SuppressedBy;
use allclear_core::evidence::CountedOutcome;
use allclear_core::id::EntryId;
use allclear_core::notice_path::{GroupStep, NoticePath};
use allclear_core::operator_entry::{EntryContent, OperatorEntry};
use allclear_core::reason::Reason;
use allclear_core::status::{Severity, Status};

use crate::scenario::{FoldScenario, INTERVAL, config, immediate_rules, monitor, rule, start};

fn path(delivery: &allclear_core::delivery::Delivery) -> &NoticePath {
    delivery.notification.details.path.as_ref().unwrap()
}

fn counted(outcomes: &[CountedOutcome]) -> Vec<(i64, Status, Option<Reason>)> {
    let seconds = |one: &CountedOutcome| one.at.as_second() - start().as_second();
    outcomes.iter().map(|one| (seconds(one), one.status, one.reason)).collect()
}

#[test]
fn a_notification_carries_the_outcomes_and_the_values_of_its_rule() {
    let mut scenario = FoldScenario::of_one();
    let decided = scenario.fold_letters("HHUUU");
    let path = path(&decided.deliveries[0]);
    let alert = &path.alerts[0];
    assert_eq!(alert.alert, decided.deliveries[0].notification.alerts[0].id);
    assert_eq!(alert.condition.pending_since, start() + INTERVAL * 4);
    assert!(alert.condition.values.contains("consecutive_failures = "), "{alert:?}");
    let failed = Some(Reason::HttpStatus);
    let expected = [60, 90, 120].map(|at| (at, Status::Unhealthy, failed));
    assert_eq!(counted(&alert.condition.outcomes), expected);
    assert_eq!(alert.suppressed, []);
    assert_eq!((path.step, path.n_unlisted), (GroupStep::Opened, 0));
    assert!(path.route.is_some());
}

#[test]
fn the_end_carries_the_outcomes_that_prove_it() {
    // No other alert, such as that of the recovery, begins with the last outcome.
    let rules = vec![rule("down", "unhealthy", Severity::Critical)];
    let mut scenario = FoldScenario::new(config(vec![monitor("api")], rules));
    let decided = scenario.fold_letters("HUUUHH");
    let end = path(decided.deliveries.last().unwrap());
    assert_eq!(end.step, GroupStep::Ended);
    let last = counted(&end.alerts[0].condition.outcomes).pop().unwrap();
    assert_eq!(last, (150, Status::Healthy, None));
    scenario.fold_letters("H");
    assert!(scenario.state.monitors.values().all(|one| one.counted.is_empty()), "it is reported");
}

#[test]
fn only_the_latest_outcomes_are_carried() {
    let mut scenario = FoldScenario::of_one();
    scenario.fold_letters("HUUUUUUUUUUUU");
    let decided = scenario.fold_letters("HH");
    let outcomes = &path(&decided.deliveries[0]).alerts[0].condition.outcomes;
    assert_eq!(outcomes.len(), CountedOutcome::MAX);
}

#[test]
fn a_suppression_carries_the_evidence_and_the_later_notification_the_suppression() {
    let mut scenario = FoldScenario::new(config(vec![monitor("api")], immediate_rules()));
    scenario.fold_letters("H");
    let until = scenario.now() + Duration::from_mins(2);
    let silence = OperatorEntry {
        id: EntryId::new("entry").unwrap(),
        created_at: scenario.now(),
        author: "ann".to_owned(),
        comment: String::new(),
        expires_at: Some(until),
        content: EntryContent::Silence {
            matchers: vec!["monitor=api".parse().unwrap()],
            starts_at: scenario.now(),
        },
    };
    scenario.index = scenario.index.with_entries(vec![silence].into());
    let decided = scenario.fold_letters("UUU");
    let suppression = &decided.suppressions[0];
    assert_eq!(suppression.by, SuppressedBy::Silence);
    let evidence = suppression.evidence.as_ref().unwrap();
    assert_eq!(counted(&evidence.outcomes)[0].1, Status::Unhealthy);
    assert!(!evidence.values.is_empty());

    let sent = scenario.fold_letters("UUU").deliveries;
    let past = &path(&sent[0]).alerts[0].suppressed;
    assert_eq!(past.len(), 1, "{past:?}");
    assert_eq!((past[0].by, past[0].since), (SuppressedBy::Silence, suppression.at));
    assert_eq!(past[0].until, Some(until));
    let updated = scenario.fold_letters("KK").deliveries;
    assert_eq!(path(&updated[0]).alerts[0].suppressed, *past, "a later notice has the same end");
}

#[test]
fn a_healthy_monitor_keeps_no_outcomes() {
    let mut scenario = FoldScenario::of_one();
    scenario.fold_letters("HUUUHHHHHH");
    assert!(scenario.state.monitors.values().all(|one| one.counted.is_empty()));
}
