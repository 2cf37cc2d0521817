//! The messages about the progress of actions.

use std::time::Duration;

use allclear_core::action::{Action, AttemptResult, Execution};
use allclear_core::delivery::{Delivery, NoticeKind};
use allclear_core::id::ActionId;
use allclear_evaluate::attempts::{awaited, record};

use super::{config_with, orders, restart, scenario};
use crate::scenario::{FoldScenario, INTERVAL, monitor, start};

/// Records a result for the only awaited attempt, and returns the messages that follow.
pub(super) fn end_attempt(scenario: &mut FoldScenario, result: AttemptResult) -> Vec<Delivery> {
    let awaited = awaited(&scenario.state);
    assert_eq!(awaited.len(), 1);
    let now = scenario.now();
    assert!(record(&mut scenario.state, &awaited[0], Some(result), now));
    scenario.tick(Duration::from_secs(1)).deliveries
}

/// Returns the change and the progress that each message to the team reports.
pub(super) fn reports(deliveries: &[Delivery]) -> Vec<(NoticeKind, Option<&str>, Vec<&str>)> {
    let notices = deliveries.iter().filter(|one| one.channel.as_str() == "team");
    notices
        .map(|one| {
            let details = &one.notification.details;
            let actions = details.actions.iter().map(String::as_str).collect();
            (one.notification.kind, details.change.as_deref(), actions)
        })
        .collect()
}

#[test]
fn the_first_message_names_the_ordered_attempt_and_claims_no_execution() {
    let mut scenario = scenario(restart());
    let decided = scenario.fold_letters("HUU");
    assert_eq!(
        reports(&decided.deliveries),
        [(
            NoticeKind::Firing,
            None,
            vec![
                "attempt 1 of 3 of the action `restart` is ordered, its result is pending: restart the unit"
            ]
        )]
    );
}

#[test]
fn an_order_has_the_start_of_the_trouble() {
    let mut scenario = scenario(restart());
    let decided = scenario.fold_letters("HUU");
    let order = decided.deliveries.iter().find(|one| one.attempt().is_some()).unwrap();
    assert_eq!(order.notification.since, start() + INTERVAL, "the first failure");
}

#[test]
fn each_result_is_an_update() {
    for (result, wanted) in [
        (
            AttemptResult::Succeeded,
            "attempt 1 of 3 of the action `restart` was executed: restart the unit",
        ),
        (
            AttemptResult::Failed("exited\nwith 3".to_owned()),
            "attempt 1 of 3 of the action `restart` failed: exited with 3",
        ),
        (
            AttemptResult::Unknown("no result".to_owned()),
            "the result of attempt 1 of 3 of the action `restart` is unknown: no result",
        ),
        (
            AttemptResult::NotExecuted("too late".to_owned()),
            "attempt 1 of 3 of the action `restart` was not executed: too late",
        ),
        (
            AttemptResult::NotExecutable("no secret `token`: store it".to_owned()),
            "attempt 1 of 3 of the action `restart` could not be executed: no secret `token`: store it",
        ),
    ] {
        let mut scenario = scenario(restart());
        scenario.fold_letters("HUU");
        let told = end_attempt(&mut scenario, result);
        let change = Some("attempt 1 of the action `restart`");
        assert_eq!(reports(&told), [(NoticeKind::Updated, change, vec![wanted])]);
        assert!(scenario.tick(Duration::from_secs(2)).deliveries.is_empty(), "it is reported once");
    }
}

#[test]
fn the_stop_is_reported_once() {
    let mut action = restart();
    action.policy.max_attempts = 1;
    let mut scenario = scenario(action);
    scenario.fold_letters("HUU");
    end_attempt(&mut scenario, AttemptResult::Succeeded);
    let decided = scenario.fold_letters("UUUUUUUUUUUUUUUUUUUU");
    assert_eq!(orders(&decided.deliveries), [""; 0]);
    assert_eq!(
        reports(&decided.deliveries),
        [(
            NoticeKind::Updated,
            Some("the action `restart` is stopped"),
            vec!["stopped: 1 attempt of the action `restart` did not help (attempt 1: executed)"]
        )]
    );
}

#[test]
fn a_stop_without_an_execution_says_so() {
    let mut action = restart();
    action.policy.max_attempts = 1;
    let mut scenario = scenario(action);
    scenario.fold_letters("HUU");
    end_attempt(&mut scenario, AttemptResult::NotExecuted("too late".to_owned()));
    let decided = scenario.fold_letters("UUUUUUUUUUUUUUUUUUUU");
    let told = reports(&decided.deliveries);
    assert_eq!(
        told[0].2,
        ["stopped: none of 1 attempt of the action `restart` was executed \
          (attempt 1: not executed, too late)"],
        "{told:?}"
    );
}

#[test]
fn a_dry_run_reports_the_effect_and_stops_like_an_execution() {
    let mut action = restart();
    action.policy.execution = Execution::DryRun;
    action.policy.max_attempts = 1;
    let mut scenario = scenario(action);
    let decided = scenario.fold_letters("HUU");
    assert_eq!(orders(&decided.deliveries), ["10:01:00 restart 1 of 1 dry run api"]);
    let line = "dry run of the action `restart`, attempt 1 of 1: would restart the unit";
    assert_eq!(reports(&decided.deliveries)[0].2, [line]);
    assert_eq!(reports(&end_attempt(&mut scenario, AttemptResult::DryRun)), [], "it is no news");
    let stopped = scenario.fold_letters("UUUUUUUUUUUUUUUUUUUU");
    let line = "dry run of the action `restart`: would stop after 1 attempt";
    assert_eq!(reports(&stopped.deliveries)[0].2, [line]);
}

#[test]
fn the_next_dry_run_and_another_result_of_one_are_news() {
    let mut action = restart();
    action.policy.execution = Execution::DryRun;
    let mut scenario = scenario(action);
    scenario.fold_letters("HUU");
    end_attempt(&mut scenario, AttemptResult::DryRun);
    let next = scenario.fold_letters("UU");
    let line = "dry run of the action `restart`, attempt 2 of 3: would restart the unit";
    let change = Some("attempt 2 of the action `restart`");
    assert_eq!(reports(&next.deliveries), [(NoticeKind::Updated, change, vec![line])]);
    let told = end_attempt(&mut scenario, AttemptResult::NotExecuted("too late".to_owned()));
    let line = "attempt 2 of 3 of the action `restart` was not executed: too late";
    assert_eq!(reports(&told), [(NoticeKind::Updated, change, vec![line])]);
}

#[test]
fn an_update_about_another_action_does_not_repeat_a_stop() {
    let mut config = config_with(vec![monitor("api")], restart());
    config.actions[0].policy.max_attempts = 1;
    let id = ActionId::new("scale").unwrap();
    config.actions.push(Action { id, ..restart() });
    let mut scenario = FoldScenario::new(config);
    scenario.fold_letters("HUU");
    let mut told = Vec::new();
    for _ in 0..12 {
        for delivery in awaited(&scenario.state) {
            let now = scenario.now();
            record(&mut scenario.state, &delivery, Some(AttemptResult::Succeeded), now);
        }
        told.extend(scenario.fold_letters("U").deliveries);
    }
    let told = reports(&told);
    let lines = told.iter().flat_map(|(_, _, lines)| lines);
    let stops: Vec<&&str> = lines.filter(|line| line.starts_with("stopped")).collect();
    assert_eq!(
        stops,
        [
            &"stopped: 1 attempt of the action `restart` did not help (attempt 1: executed)",
            &"stopped: 3 attempts of the action `scale` did not help (attempts 1 to 3: executed)"
        ]
    );
}

/// Records a result for an attempt by its number.
fn end_number(scenario: &mut FoldScenario, number: u32, result: AttemptResult) {
    let attempts = scenario.state.actions.values().flat_map(|one| &one.attempts);
    let mut of_number = attempts.filter(|one| one.number == number);
    let delivery = of_number.next().unwrap().delivery.clone();
    let now = scenario.now();
    assert!(record(&mut scenario.state, &delivery, Some(result), now));
}

#[test]
fn an_update_names_each_attempt_since_the_last_message_with_its_result() {
    let mut config = config_with(vec![monitor("api")], restart());
    config.notifications.group_interval = Duration::from_mins(3);
    let mut scenario = FoldScenario::new(config);
    scenario.fold_letters("HUU");
    let failed = || AttemptResult::Failed("exited with 3".to_owned());
    assert_eq!(end_attempt(&mut scenario, failed()).len(), 1, "the first result");
    scenario.fold_letters("UU");
    end_number(&mut scenario, 2, AttemptResult::NotExecutable("no secret".to_owned()));
    scenario.fold_letters("UU");
    // The third attempt is pending while the second one is reported.
    let told = scenario.tick(Duration::from_mins(3)).deliveries;
    let change = Some("attempt 2 of the action `restart`");
    let line = "the action `restart`, at most 3 attempts: attempt 2: could not be executed, no secret; \
                attempt 3: result pending";
    assert_eq!(reports(&told), [(NoticeKind::Updated, change, vec![line])]);
    end_number(&mut scenario, 3, failed());
    let told = scenario.tick(Duration::from_mins(6)).deliveries;
    let line = "attempt 3 of 3 of the action `restart` failed: exited with 3";
    let change = Some("attempt 3 of the action `restart`");
    assert_eq!(reports(&told), [(NoticeKind::Updated, change, vec![line])]);
}

#[test]
fn the_resolved_message_calls_no_failed_attempt_the_remedy() {
    let failed = || AttemptResult::Failed("exited with 3".to_owned());
    let missing = || AttemptResult::NotExecutable("no secret".to_owned());
    let unknown = || AttemptResult::Unknown("no answer".to_owned());
    for (results, line) in [
        (
            [failed(), failed(), failed()],
            "it ended, but no attempt of the action `restart` succeeded \
             (attempts 1 to 3: failed, exited with 3)",
        ),
        (
            [missing(), missing(), missing()],
            "it ended without an execution of the action `restart` \
             (attempts 1 to 3: could not be executed, no secret)",
        ),
        (
            [failed(), missing(), unknown()],
            "it ended, and no attempt of the action `restart` is known to have succeeded (attempt 1: failed, exited \
             with 3; attempt 2: could not be executed, no secret; attempt 3: result unknown, no answer)",
        ),
        (
            [failed(), AttemptResult::Succeeded, missing()],
            "it ended after attempt 2 of 3 of the action `restart`: restart the unit \
             (attempt 3: could not be executed, no secret)",
        ),
    ] {
        let mut scenario = scenario(restart());
        scenario.fold_letters("HUU");
        for (result, letters) in results.into_iter().zip(["UU", "UU", "HHH"]) {
            end_attempt(&mut scenario, result);
            scenario.fold_letters(letters);
        }
        let resolved = scenario.log.deliveries.last().unwrap();
        assert_eq!(resolved.notification.kind, NoticeKind::Resolved);
        assert_eq!(resolved.notification.details.actions, [line]);
    }
}

#[test]
fn the_resolved_message_names_an_attempt_whose_result_is_not_known() {
    let mut scenario = scenario(restart());
    scenario.fold_letters("HUU");
    let over = scenario.fold_letters("HHH");
    let line = "it ended before the result of attempt 1 of 3 of the action `restart` was known: restart the unit";
    assert_eq!(reports(&over.deliveries)[0].2, [line]);
}

#[test]
fn the_resolved_message_names_the_last_attempt() {
    let mut scenario = scenario(restart());
    scenario.fold_letters("HUU");
    end_attempt(&mut scenario, AttemptResult::Succeeded);
    let over = scenario.fold_letters("HHH");
    let line = "it ended after attempt 1 of 3 of the action `restart`: restart the unit";
    assert_eq!(reports(&over.deliveries), [(NoticeKind::Resolved, None, vec![line])]);
}

#[test]
fn a_result_that_is_never_recorded_becomes_unknown() {
    let mut scenario = scenario(restart());
    scenario.fold_letters("HUU");
    let awaited_id = awaited(&scenario.state).remove(0);
    let expires_at = scenario.state.actions.values().next().unwrap().attempts[0].expires_at;
    let hour = Duration::from_hours(1);
    let early = expires_at + hour - Duration::from_secs(1);
    assert!(!record(&mut scenario.state, &awaited_id, None, early));
    assert!(record(&mut scenario.state, &awaited_id, None, expires_at + hour));
    assert!(awaited(&scenario.state).is_empty());
    assert!(!record(&mut scenario.state, &awaited_id, Some(AttemptResult::Succeeded), early));
}

#[test]
fn an_update_about_something_else_does_not_repeat_a_reported_attempt() {
    let mut config = config_with(vec![monitor("api")], restart());
    config.actions[0].policy.cooldown = Duration::from_mins(30);
    config.notifications.group_interval = Duration::from_mins(1);
    let mut scenario = FoldScenario::new(config);
    scenario.fold_letters("HUU");
    end_attempt(&mut scenario, AttemptResult::Succeeded);
    let updated = scenario.fold_letters("UUUKK").deliveries;
    let told = reports(&updated);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].0, told[0].2.len()), (NoticeKind::Updated, 0), "{told:?}");
}

#[test]
fn the_end_names_the_attempts_of_the_outage_before_the_alert_continued() {
    let mut config = config_with(vec![monitor("api"), monitor("web")], restart());
    config.monitors.iter_mut().for_each(|monitor| {
        monitor.check.params = serde_json::json!({ "url": "https://app.example.com/" });
    });
    config.notifications.group_wait = Duration::from_secs(10);
    config.notifications.group_interval = Duration::from_mins(5);
    let mut scenario = FoldScenario::new(config);
    scenario.fold_script(&[("api", "HUU"), ("web", "HUU")]);
    scenario.tick(Duration::from_secs(10));
    end_attempt(&mut scenario, AttemptResult::Succeeded);
    // The end of `api` waits for that of `web`, and is taken back.
    scenario.fold_script(&[("api", "HHUU"), ("web", "UUUU")]);
    let calm = "H".repeat(14);
    let over = scenario.fold_script(&[("api", &calm), ("web", &calm)]);
    let is_end =
        |one: &&Delivery| one.channel.as_str() == "team" && one.notification.details.ends_group;
    let end = over.deliveries.iter().rfind(is_end).unwrap();
    let line = &end.notification.details.actions[0];
    assert!(line.contains("attempt 1"), "{line}");
}
