//! The signs of differences: a notification that moved, or that names other alerts, is one difference and not two.

use std::time::Duration;

use allclear_core::delivery::NoticeKind;
use allclear_rehearse::story::StoryStage;
use allclear_rehearse::{ComparedPeriod, Difference, DifferenceKind, PairedIds};

use crate::records::{config, minute};
use crate::{ALL, compared, comparison};

fn signs<'a>(differences: &'a [Difference], of: &str) -> Vec<(&'static str, &'a Difference)> {
    let about = differences.iter().filter(|one| one.decision.starts_with(of));
    about.map(|one| (one.kind.sign(), one)).collect()
}

#[tokio::test]
async fn a_notification_at_another_time_is_changed() {
    let mut after = config();
    let is_kept = |rule: &str| rule != "consecutive_failures";
    after.rules.retain(|rule| is_kept(rule.id.as_str()));
    let mut before = after.clone();
    let down = after.rules.iter_mut().find(|rule| rule.id.as_str() == "service_down").unwrap();
    down.hold_for = Duration::from_mins(15);
    before.actions.clear();
    after.actions.clear();
    let period = ComparedPeriod { from: minute(55), to: minute(100) };
    let comparison = crate::between(before, after, period).await;
    let differences = &comparison.differences;
    let firing = signs(differences, "firing critical `service_down` of `api`");
    let [(sign, one)] = firing.as_slice() else { panic!("{differences:#?}") };
    assert_eq!(*sign, "~");
    assert!(one.changes[0].starts_with("at 2026-11-02T01:1"), "{one:#?}");
    assert!(one.changes[0].contains("instead of 2026-11-02T01:0"), "{one:#?}");
    assert_ne!(one.recorded_id, one.simulated_id, "the alert fires at another time");
    assert_eq!(one.causes[0].stage, StoryStage::Lifecycle);
    let (recorded, simulated) = (one.recorded_id.clone(), one.simulated_id.clone());
    let both = PairedIds { recorded: recorded.unwrap(), simulated: simulated.unwrap() };
    assert_eq!(comparison.ids(&both.recorded), both);
    assert_eq!(comparison.ids(&both.simulated), both);
    // The end is at the same time in another group: no difference.
    assert!(signs(differences, "resolved").is_empty(), "{differences:#?}");
}

#[tokio::test]
async fn an_end_in_the_same_second_is_no_difference_if_only_the_notices_before_it_differ() {
    let mut after = config();
    after.actions.clear();
    let compared = compared(after, ALL()).await;
    let differences = &compared.comparison.differences;
    let is_update = |one: &&Difference| one.decision.starts_with("updated");
    assert!(differences.iter().any(|one| is_update(&one)), "{differences:#?}");
    assert_eq!(signs(differences, "resolved"), []);
    let n_resolved = |all: &[allclear_core::delivery::Delivery]| {
        all.iter().filter(|one| one.notification.kind == NoticeKind::Resolved).count()
    };
    let n_recorded = n_resolved(&compared.recorded.deliveries);
    assert_eq!(n_recorded, n_resolved(&compared.simulated.deliveries));
}

#[tokio::test]
async fn alerts_that_are_grouped_otherwise_change_one_notification_and_take_away_another() {
    let mut after = config();
    after.notifications.group_wait = Duration::from_mins(2);
    let period = ComparedPeriod { from: minute(295), to: minute(330) };
    let differences = comparison(after, period).await.differences;
    let firing = signs(&differences, "firing");
    let changed: Vec<&Difference> =
        firing.iter().filter(|(sign, _)| *sign == "~").map(|(_, one)| *one).collect();
    let lost: Vec<&Difference> =
        firing.iter().filter(|(sign, _)| *sign == "-").map(|(_, one)| *one).collect();
    assert!(firing.iter().all(|(sign, _)| *sign != "+"), "{differences:#?}");
    let ([changed], [lost]) = (changed.as_slice(), lost.as_slice()) else {
        panic!("{differences:#?}")
    };
    assert!(changed.changes.iter().any(|it| it.contains("also about")), "{changed:#?}");
    let cause = lost.causes.iter().find(|cause| cause.stage == StoryStage::Group).unwrap();
    let id = changed.simulated_id.as_ref().unwrap();
    assert!(cause.text.contains("group_wait `10s` → `2m`"), "{lost:#?}");
    assert!(cause.text.contains(&format!("is part of the notification {id}")), "{lost:#?}");
}

#[tokio::test]
async fn a_suppression_at_another_time_is_changed() {
    let mut after = config();
    let down = after.rules.iter_mut().find(|rule| rule.id.as_str() == "service_down").unwrap();
    down.hold_for = Duration::from_mins(8);
    let period = ComparedPeriod { from: minute(495), to: minute(545) };
    let differences = comparison(after, period).await.differences;
    let silenced = signs(&differences, "suppressed `service_down` of `cart` by silence");
    let [(sign, one)] = silenced.as_slice() else { panic!("{differences:#?}") };
    assert_eq!((*sign, one.kind), ("~", DifferenceKind::SuppressionChanged));
    assert!(one.causes[0].text.contains("for `2m` → `8m`"), "{one:#?}");
}
