//! The causes of differences if the config no longer has what the records are about.

use std::time::Duration;

use allclear_core::action::Execution;
use allclear_core::alert_group::ConfigEnd;
use allclear_core::config::Config;
use allclear_core::delivery::{Delivery, NoticeKind};
use allclear_core::id::MonitorId;
use allclear_rehearse::{Decided, Difference, Explainer, compare, rehearse};

use crate::ALL;
use crate::records::{config, id, index, recorded};

/// Returns the differences between the records and a replay under `after`, which is also taken for the config of the
/// records, as without `--before`.
async fn under_one_config(after: Config) -> Vec<Difference> {
    let store = recorded().await;
    let after = index(after);
    let rehearsal = rehearse(store, &after, ALL(), |_| ()).await.unwrap();
    let records = Decided::recorded(store, rehearsal.replayed_from).await.unwrap();
    let explainer = Explainer::new(&records, &rehearsal.decided, &after, &after);
    compare(&explainer, ALL()).differences
}

fn without(monitor: &MonitorId) -> Config {
    let mut config = config();
    config.monitors.retain(|one| one.id != *monitor);
    config.monitors.iter_mut().for_each(|one| one.depends_on.retain(|parent| parent != monitor));
    config
}

fn assert_each_names(differences: &[Difference], cause: &str) {
    assert!(!differences.is_empty(), "{cause}");
    for one in differences {
        let texts: Vec<&str> = one.causes.iter().map(|it| it.text.as_str()).collect();
        assert!(texts.iter().any(|text| text.contains(cause)), "{cause}: {one:#?}");
    }
}

#[tokio::test]
async fn a_monitor_that_no_config_has_any_more_is_the_cause_of_each_difference() {
    for name in ["api", "cart", "database", "mail", "orders"] {
        let cause = format!("the config has no monitor `{name}`");
        assert_each_names(&crate::comparison(without(&id(name)), ALL()).await.differences, &cause);
        assert_each_names(&under_one_config(without(&id(name))).await, &cause);
    }
}

#[tokio::test]
async fn a_rule_a_channel_or_an_action_that_no_config_has_any_more_is_a_cause() {
    let mut removed = config();
    removed.rules.retain(|rule| rule.id.as_str() != "service_down");
    let of_rule = under_one_config(removed).await;
    let of_rule = of_rule.into_iter().filter(|one| one.decision.contains("`service_down`"));
    let cause = "the config has no rule `service_down`";
    assert_each_names(&of_rule.collect::<Vec<_>>(), cause);

    let mut removed = config();
    removed.actions.clear();
    let of_action = under_one_config(removed).await;
    let of_action = of_action.into_iter().filter(|one| one.decision.contains("attempt"));
    assert_each_names(&of_action.collect::<Vec<_>>(), "the config has no action `restart`");

    let mut removed = config();
    removed.channels.retain(|channel| channel.id.as_str() != "team");
    let of_channel = under_one_config(removed).await;
    let of_channel = of_channel.into_iter().filter(|one| one.decision.contains("to `team`"));
    assert_each_names(&of_channel.collect::<Vec<_>>(), "the config has no channel `team`");
}

#[tokio::test]
async fn the_records_say_that_an_action_was_executed_that_is_a_dry_run_now() {
    let mut after = config();
    after.actions[0].policy.execution = Execution::DryRun;
    let differences = under_one_config(after).await;
    assert!(differences.iter().any(|one| one.decision.contains("attempt")), "{differences:#?}");
    assert_each_names(&differences, "action `restart`: dry_run `false` → `true`");
}

#[tokio::test]
async fn the_records_say_that_an_action_was_a_dry_run_that_is_executed_now() {
    let mut dry = config();
    dry.actions[0].policy.execution = Execution::DryRun;
    let (dry, real) = (index(dry), index(config()));
    let store = recorded().await;
    // The replay of the dry run is the record.
    let records = rehearse(store, &dry, ALL(), |_| ()).await.unwrap();
    let rehearsal = rehearse(store, &real, ALL(), |_| ()).await.unwrap();
    let explainer = Explainer::new(&records.decided, &rehearsal.decided, &real, &real);
    let differences = compare(&explainer, ALL()).differences;
    assert!(differences.iter().any(|one| one.decision.contains("attempt")), "{differences:#?}");
    assert_each_names(&differences, "action `restart`: dry_run `true` → `false`");
}

#[tokio::test]
async fn the_records_say_that_an_action_had_another_maximum_and_another_effect() {
    let mut after = config();
    after.actions[0].policy.max_attempts = 4;
    after.actions[0].effect = "restart the machine".to_owned();
    let differences = under_one_config(after).await;
    let changes = "max_attempts `3` → `4`, effect `restart the unit` → `restart the machine`";
    assert_each_names(&differences, changes);
}

#[tokio::test]
async fn a_removal_has_its_own_time_although_the_message_about_it_waited() {
    let store = recorded().await;
    let present = index(config());
    let rehearsal = rehearse(store, &present, ALL(), |_| ()).await.unwrap();
    let mut records = rehearsal.decided.clone();
    let is_end = |one: &&mut Delivery| {
        let details = &one.notification.details;
        one.notification.kind == NoticeKind::Resolved && details.others.is_empty()
    };
    let end = records.deliveries.iter_mut().find(is_end).unwrap();
    let alert = records.alerts.get_mut(&end.notification.alerts[0].id).unwrap();
    let removed_at = alert.fired_at + Duration::from_mins(1);
    alert.resolved_at = Some(removed_at);
    end.created_at = removed_at + Duration::from_mins(1);
    end.notification.details.config_end = Some(ConfigEnd::MonitorRemoved);
    let explainer = Explainer::new(&records, &rehearsal.decided, &present, &present);
    let differences = compare(&explainer, ALL()).differences;
    let monitor = &differences[0].monitor;
    let removal = format!(
        "the monitor `{monitor}` was removed from the config of the records at {removed_at:.0}"
    );
    assert_each_names(&differences, &removal);
}
