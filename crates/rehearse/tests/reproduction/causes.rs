//! The causes of differences: the stage at which the two sides differ first, and nothing that has no part in it.

use std::time::Duration;

use allclear_core::action::Execution;
use allclear_core::config::Config;
use allclear_core::delivery::Delivery;
use allclear_core::event::SuppressedBy;
use allclear_core::id::{ChannelId, MaintenanceId, RuleId};
use allclear_core::route::Route;
use allclear_core::rule::RuleScope;
use allclear_core::status::{Fault, Severity};
use allclear_core::window::{Maintenance, Silence, WindowSchedule};
use allclear_rehearse::story::{StoryStage, of_id};
use allclear_rehearse::{ComparedPeriod, Difference, DifferenceKind};

use crate::records::{config, id, minute};
use crate::{ALL, between, compared, comparison};

fn texts(one: &Difference) -> Vec<&str> {
    one.causes.iter().map(|cause| cause.text.as_str()).collect()
}

fn stages(one: &Difference) -> Vec<StoryStage> {
    one.causes.iter().map(|cause| cause.stage).collect()
}

/// Returns the config with a rule whose change has no effect on the recorded outcomes.
fn with_changed_rule() -> Config {
    let mut after = config();
    let down = after.rules.iter_mut().find(|rule| rule.id.as_str() == "service_down").unwrap();
    // Outcomes come once a minute.
    down.hold_for = Duration::from_secs(110);
    after
}

/// The first outage of `api`, with time for its end.
fn first_outage() -> ComparedPeriod {
    ComparedPeriod { from: minute(55), to: minute(100) }
}

/// Returns the differences of a kind, of which there is at least one.
fn of_kind(differences: &[Difference], kind: DifferenceKind) -> Vec<&Difference> {
    let of_kind: Vec<&Difference> = differences.iter().filter(|one| one.kind == kind).collect();
    assert!(!of_kind.is_empty(), "no {kind:?} in {differences:#?}");
    of_kind
}

fn silence() -> Silence {
    Silence {
        matchers: vec!["monitor=api".parse().unwrap()],
        starts_at: None,
        until: minute(95),
        author: "ann".to_owned(),
        comment: "the simulation".to_owned(),
    }
}

#[tokio::test]
async fn a_changed_rule_without_effect_is_no_difference() {
    assert_eq!(comparison(with_changed_rule(), ALL()).await.differences, []);
}

#[tokio::test]
async fn a_silence_is_the_cause_and_the_changed_rule_beside_it_is_not() {
    let mut after = with_changed_rule();
    after.silences.push(silence());
    let differences = comparison(after, first_outage()).await.differences;
    for one in of_kind(&differences, DifferenceKind::NotSent) {
        assert_eq!(stages(one), [StoryStage::Suppress], "{one:#?}");
        assert!(texts(one)[0].contains("by silence since"), "{one:#?}");
        assert!(texts(one)[0].contains("the silence of the config by ann is new"), "{one:#?}");
    }
    for one in of_kind(&differences, DifferenceKind::Suppressed) {
        assert_eq!(stages(one), [StoryStage::Suppress], "{one:#?}");
        assert!(texts(one)[0].contains("the silence of the config by ann is new"), "{one:#?}");
    }
}

#[tokio::test]
async fn a_maintenance_window_is_the_cause_for_notifications_and_incidents() {
    let mut after = with_changed_rule();
    after.maintenances.push(Maintenance {
        id: MaintenanceId::new("move").unwrap(),
        title: "Move".to_owned(),
        description: None,
        scope: RuleScope { monitors: vec![id("api")], ..RuleScope::default() },
        schedule: WindowSchedule::Once { start: minute(50), end: minute(90) },
        ended_at: None,
    });
    let differences = comparison(after, first_outage()).await.differences;
    for kind in [DifferenceKind::NotSent, DifferenceKind::NotAttempted, DifferenceKind::NotOpened] {
        for one in of_kind(&differences, kind) {
            assert_eq!(stages(one), [StoryStage::Suppress], "{one:#?}");
            let cause = "the maintenance window `move` of the config is new";
            assert!(texts(one)[0].contains(cause), "{one:#?}");
        }
    }
}

#[tokio::test]
async fn a_filter_of_a_channel_is_the_cause_at_the_route() {
    let mut after = with_changed_rule();
    after.channels[0].filter.scope.monitors = vec![id("mail")];
    let differences = comparison(after, first_outage()).await.differences;
    for one in of_kind(&differences, DifferenceKind::NotSent) {
        assert_eq!(stages(one), [StoryStage::Route], "{one:#?}");
        assert!(texts(one)[0].contains("channel `team`: monitors `` → `mail`"), "{one:#?}");
    }
}

#[tokio::test]
async fn another_route_is_the_cause_for_both_channels() {
    let mut after = with_changed_rule();
    let mut other = after.channels[0].clone();
    other.id = ChannelId::new("night").unwrap();
    after.channels.push(other);
    let channels = Some(vec![ChannelId::new("night").unwrap()]);
    after.routing = Some(Route { channels, ..Route::default() });
    let differences = comparison(after, first_outage()).await.differences;
    for one in of_kind(&differences, DifferenceKind::NotSent) {
        assert_eq!(stages(one), [StoryStage::Route], "{one:#?}");
        assert!(texts(one)[0].contains("other routes in `routing`"), "{one:#?}");
        assert!(texts(one)[0].contains("went to `night` in the replay, not to"), "{one:#?}");
    }
    for one in of_kind(&differences, DifferenceKind::Sent) {
        assert_eq!(texts(one), ["the channel `night` is new"], "{one:#?}");
    }
}

#[tokio::test]
async fn a_removed_channel_or_monitor_is_the_cause() {
    let mut after = with_changed_rule();
    after.channels.remove(0);
    let differences = comparison(after, first_outage()).await.differences;
    for one in of_kind(&differences, DifferenceKind::NotSent) {
        assert_eq!(stages(one), [StoryStage::Route], "{one:#?}");
        assert_eq!(texts(one), ["the config has no channel `team`"]);
    }

    let mut after = with_changed_rule();
    after.monitors.retain(|monitor| monitor.id != id("api"));
    let differences = comparison(after, first_outage()).await.differences;
    assert_eq!(of_kind(&differences, DifferenceKind::NotOpened).len(), 1);
    for one in &differences {
        assert_eq!(stages(one), [StoryStage::Outcome], "{one:#?}");
        assert_eq!(texts(one), ["the config has no monitor `api`"]);
    }
}

#[tokio::test]
async fn an_added_monitor_is_the_cause() {
    let mut without = config();
    without.monitors.retain(|monitor| monitor.id != id("api"));
    let differences = between(without, with_changed_rule(), first_outage()).await.differences;
    assert_eq!(of_kind(&differences, DifferenceKind::Opened).len(), 1);
    for one in &differences {
        assert_eq!(texts(one), ["the monitor `api` is new"], "{one:#?}");
    }
}

#[tokio::test]
async fn a_dependency_that_was_removed_is_the_cause_for_what_it_held() {
    let mut after = with_changed_rule();
    after.monitors.iter_mut().for_each(|monitor| monitor.depends_on.clear());
    let period = ComparedPeriod { from: minute(695), to: minute(760) };
    let differences = comparison(after, period).await.differences;
    let lifted: Vec<&Difference> = of_kind(&differences, DifferenceKind::NotSuppressed)
        .into_iter()
        .filter(|one| one.decision.contains(SuppressedBy::Dependency.as_str()))
        .collect();
    assert!(!lifted.is_empty(), "{differences:#?}");
    for one in lifted {
        assert_eq!(one.causes[0].stage, StoryStage::Suppress, "{one:#?}");
        assert!(texts(one)[0].contains("depends_on `database` → ``"), "{one:#?}");
    }
}

#[tokio::test]
async fn several_causes_are_named_and_the_first_stage_comes_first() {
    let mut after = config();
    after.rules.retain(|rule| rule.id.as_str() != "consecutive_failures");
    let down = after.rules.iter_mut().find(|rule| rule.id.as_str() == "service_down").unwrap();
    down.hold_for = Duration::from_mins(15);
    after.silences.push(silence());
    let differences = comparison(after, first_outage()).await.differences;
    let about_the_outage = |one: &&&Difference| one.decision.contains("`service_down`");
    let lost = of_kind(&differences, DifferenceKind::NotSent);
    let lost = lost.iter().find(about_the_outage).unwrap();
    assert!(stages(lost).is_sorted(), "{lost:#?}");
    assert!(stages(lost).contains(&StoryStage::Suppress), "{lost:#?}");
    assert_eq!(lost.causes[0].stage, StoryStage::Lifecycle, "{lost:#?}");
    let texts = texts(lost).join("\n");
    assert!(texts.contains("rule `service_down`: for `2m` → `15m`"), "{lost:#?}");
    assert!(texts.contains("by silence since"), "{lost:#?}");
}

/// Returns configs that change a part each.
fn changed_configs() -> Vec<Config> {
    let mut without_rule = config();
    without_rule.rules.retain(|rule| rule.id.as_str() != "consecutive_failures");
    let mut later = config();
    let down = later.rules.iter_mut().find(|rule| rule.id.as_str() == "service_down").unwrap();
    down.hold_for = Duration::from_mins(15);
    let mut milder = config();
    let rule = RuleId::new("service_down").unwrap();
    let down = milder.rules.iter_mut().find(|one| one.id == rule).unwrap();
    down.severity = Severity::Warning;
    let mut silenced = config();
    silenced.silences.push(silence());
    let mut elsewhere = config();
    elsewhere.channels.first_mut().unwrap().filter.faults = vec![Fault::Credentials];
    let mut patient = config();
    patient.notifications.group_wait = Duration::from_mins(5);
    let mut unescalated = config();
    unescalated.notifications.escalation = None;
    unescalated.notifications.reminders.clear();
    let mut smaller = config();
    smaller.monitors.retain(|monitor| monitor.id != id("database"));
    vec![without_rule, later, milder, silenced, elsewhere, patient, unescalated, smaller]
}

#[tokio::test]
async fn a_removed_action_is_the_cause_of_the_missing_attempts_and_of_the_news_about_them() {
    let mut after = config();
    after.actions.clear();
    let compared = compared(after, ALL()).await;
    let differences = &compared.comparison.differences;
    let tells = |delivery: &Delivery| {
        let news = delivery.notification.details.change.as_ref();
        delivery.attempt().is_some() || news.is_some_and(|it| it.contains("the action `restart`"))
    };
    let decided = compared.recorded.deliveries.iter().chain(&compared.recorded.attempts);
    let told: Vec<String> =
        decided.filter(|one| tells(one)).map(|one| one.id.to_string()).collect();
    let is_told = |one: &&Difference| one.recorded_id.as_ref().is_some_and(|id| told.contains(id));
    let about_it: Vec<&Difference> = differences.iter().filter(is_told).collect();
    assert!(about_it.iter().any(|one| !one.decision.contains("attempt")), "{about_it:#?}");
    for one in about_it {
        assert!(texts(one).iter().any(|text| text.contains("action `restart`")), "{one:#?}");
    }
}

#[tokio::test]
async fn a_monitor_made_private_is_the_cause_of_its_unpublished_incidents() {
    let mut after = config();
    after.monitors.iter_mut().for_each(|monitor| monitor.public = false);
    let compared = compared(after, ALL()).await;
    let differences = &compared.comparison.differences;
    assert!(!differences.is_empty());
    for one in differences {
        let is_named = texts(one).iter().any(|text| text.contains("public `true` → `false`"));
        assert!(is_named, "{one:#?}");
    }
}

#[tokio::test]
async fn each_difference_of_a_changed_config_is_explained_by_its_stories() {
    for (n, after) in changed_configs().into_iter().enumerate() {
        let compared = compared(after, ALL()).await;
        let differences = &compared.comparison.differences;
        assert!(!differences.is_empty(), "config {n}");
        for one in differences {
            let recorded = one.recorded_id.as_ref().map(|id| of_id(id, &compared.recorded));
            let simulated = one.simulated_id.as_ref().map(|id| of_id(id, &compared.simulated));
            let stories: Vec<_> = recorded.into_iter().chain(simulated).flatten().collect();
            let n_ids = one.recorded_id.iter().chain(&one.simulated_id).count();
            assert_eq!(stories.len(), n_ids, "config {n}: a story is missing of {one:#?}");
            assert!(stages(one).is_sorted() && !one.causes.is_empty(), "config {n}: {one:#?}");
            let is_vague =
                texts(one).iter().any(|it| it.contains("an earlier notification of the"));
            assert!(!is_vague, "config {n}: {one:#?}");
        }
        let (n_recorded, n_simulated) =
            (compared.comparison.n_recorded, compared.comparison.n_simulated);
        let n_lost = compared.n_of(&[DifferenceKind::NotSent]);
        let n_new = compared.n_of(&[DifferenceKind::Sent]);
        assert_eq!(n_simulated + n_lost, n_recorded + n_new, "config {n}");
    }
}

#[tokio::test]
async fn an_entry_that_is_missing_in_the_records_is_a_difference() {
    let mut after = config();
    after.silences.push(allclear_core::window::Silence {
        matchers: vec!["monitor=api".parse().unwrap()],
        starts_at: None,
        until: minute(100),
        author: "ann".to_owned(),
        comment: "the simulation".to_owned(),
    });
    let differences = comparison(after, ALL()).await.differences;
    let lost = differences.iter().find(|one| one.kind == DifferenceKind::NotSent).unwrap();
    assert!(lost.decision.contains("of `api` to `team`"), "{lost:?}");
    assert_eq!(lost.causes[0].stage, StoryStage::Suppress, "{lost:?}");
    let cause = &lost.causes[0].text;
    assert!(cause.starts_with("suppressed in the replay by silence since"), "{lost:?}");
    assert!(differences.iter().any(|one| one.kind == DifferenceKind::Suppressed));
    assert!(differences.iter().all(|one| one.at < minute(101)), "{differences:?}");
}

#[tokio::test]
async fn each_difference_of_a_changed_rule_has_its_reason() {
    let mut after = config();
    after.rules.retain(|rule| rule.id.as_str() != "consecutive_failures");
    let down = after.rules.iter_mut().find(|rule| rule.id.as_str() == "service_down").unwrap();
    down.hold_for = Duration::from_mins(15);
    let comparison = comparison(after, ALL()).await;
    assert!(comparison.differences.len() > 5);
    for one in &comparison.differences {
        let names_the_rule = one.causes.iter().any(|cause| {
            cause.text.contains("the config has no rule `consecutive_failures`")
                || cause.text.contains("rule `service_down`: for `2m` → `15m`")
        });
        assert!(names_the_rule, "{one:#?}");
    }
    let short = comparison.differences.iter().find(|one| one.at > minute(300)).unwrap();
    assert_eq!(short.kind, DifferenceKind::NotSent, "{short:?}");
}

#[tokio::test]
async fn each_difference_about_an_attempt_has_its_reason() {
    let of_attempts = async |after: Config| -> Vec<Difference> {
        let mut differences = comparison(after, ALL()).await.differences;
        differences.retain(|one| one.decision.contains("of the action `restart`"));
        differences
    };
    let mut after = config();
    after.actions.clear();
    let missing = of_attempts(after).await;
    assert!(missing.len() > 5, "{missing:?}");
    for one in &missing {
        assert_eq!(one.kind, DifferenceKind::NotAttempted, "{one:?}");
        assert_eq!(texts(one), ["the config has no action `restart`"]);
    }

    let mut after = config();
    after.actions[0].policy.max_attempts = 4;
    let more = of_attempts(after).await;
    let fourth = more.iter().find(|one| one.kind == DifferenceKind::Attempted).unwrap();
    assert!(fourth.decision.starts_with("attempt 4 of 4"), "{fourth:?}");
    assert_eq!(texts(fourth), ["action `restart`: max_attempts `3` → `4`"]);
    let changed = more.iter().find(|one| one.kind == DifferenceKind::Changed).unwrap();
    assert_eq!(changed.changes, ["attempt 1 of 4 instead of 1 of 3"]);
    assert_eq!(texts(changed), ["action `restart`: max_attempts `3` → `4`"]);

    let mut after = config();
    after.actions[0].policy.execution = Execution::DryRun;
    for one in of_attempts(after).await {
        assert_eq!(one.changes, ["a dry run instead of an execution"], "{one:?}");
        assert_eq!(texts(&one), ["action `restart`: dry_run `false` → `true`"]);
    }
}
