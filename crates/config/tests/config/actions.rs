//! Tests of `[[action]]`.

use std::time::Duration;

use allclear_config::changes;
use allclear_core::action::{AttemptCount, Execution};
use allclear_core::status::{Fault, Severity};

use crate::kinds::{loaded, problems};

const MONITOR: &str = "
[[monitor]]
id = 'api'
check.port.number = 1
[[channel]]
id = 'team'
send.journal = {}
";

const ACTION: &str = "
[[action]]
id = 'restart'
run.restart = { unit = 'api.service' }
rules = ['service_down']
";

fn problems_of(action: &str) -> String {
    problems(&format!("{MONITOR}{action}"))
}

#[test]
fn an_action_has_three_attempts_five_minutes_apart_for_faults_of_the_target() {
    let config = loaded(&format!("{MONITOR}{ACTION}")).config;
    let [action] = config.actions.as_slice() else { panic!("{:?}", config.actions) };
    assert_eq!(action.policy.max_attempts, 3);
    assert_eq!(action.policy.cooldown, Duration::from_mins(5));
    assert_eq!(action.policy.timeout, Duration::from_secs(30));
    assert_eq!(action.policy.execution, Execution::Real);
    assert_eq!(action.policy.count, AttemptCount::PerAction);
    assert_eq!(action.filter.faults, [Fault::Target]);
    assert_eq!(action.filter.min_severity, Severity::Info);
    assert_eq!(action.effect, "restart a unit");
    assert_eq!(loaded(MONITOR).config.actions, []);
}

#[test]
fn the_shortest_cooldown_needs_no_timeout() {
    let text = format!("{MONITOR}{ACTION}cooldown = '30s'\n");
    let policy = loaded(&text).config.actions.remove(0).policy;
    assert_eq!((policy.cooldown, policy.timeout), (Duration::from_secs(30), policy.cooldown));
}

#[test]
fn each_mistake_in_an_action_is_reported_at_its_place() {
    for (action, expected) in [
        ("[[action]]\nid = 'a'\nrules = ['service_down']", "`action` lacks the key `run`"),
        ("[[action]]\nid = 'a'\nrun.restart.unit = 'a'", "`action` lacks the key `rules`"),
        ("[[action]]\nid = 'a'\nrun.restart.unit = 'a'\nrules = []", "`rules`"),
        (
            "[[action]]\nid = 'a'\nrun.restart.unit = '*'\nrules = ['service_down']",
            "`*` is not the name of a unit",
        ),
        (
            "[[action]]\nid = 'a'\nrun.restrt.unit = 'a'\nrules = ['service_down']",
            "unknown kind of action `restrt`: did you mean `restart`?",
        ),
        (
            "[[action]]\nid = 'a'\nrun.restart.unit = 'a'\nrules = ['service_dwon']",
            "unknown rule `service_dwon`: did you mean `service_down`?",
        ),
        (
            "[[action]]\nid = 'a'\nrun.restart.unit = 'a'\nrules = ['region_silent']",
            "no action mends alerts of `region_silent`",
        ),
        (
            "[[action]]\nid = 'team'\nrun.restart.unit = 'a'\nrules = ['service_down']",
            "`team` is also a channel",
        ),
        (
            "[[action]]\nid = 'a'\nrun.restart.unit = 'a'\nrules = ['service_down']\n\
             cooldown = '29s'",
            "`cooldown` is 29s: write a duration from 30s to 1d",
        ),
        (
            "[[action]]\nid = 'a'\nrun.restart.unit = 'a'\nrules = ['service_down']\n\
             timeout = '6m'",
            "the `timeout` of 6m is longer than the `cooldown` of 5m",
        ),
        (
            "[[action]]\nid = 'a'\nrun.restart.unit = 'a'\nrules = ['service_down']\n\
             max_attempts = 11",
            "`max_attempts` cannot be 11: write a number from 1 to 10",
        ),
        (
            "[[action]]\nid = 'a'\nrun.restart.unit = 'a'\nrules = ['service_down']\n\
             max_restart_attempts = 3",
            "unknown key `max_restart_attempts`: did you mean `max_attempts`?",
        ),
        (
            "[[action]]\nid = 'a'\nrun.restart.unit = 'a'\nrules = ['service_down']\n\
             restart_cooldown_minutes = 5",
            "unknown key `restart_cooldown_minutes`: did you mean `cooldown`?",
        ),
        (
            "[[action]]\nid = 'a'\nrun.restart.unit = 'a'\nrules = ['service_down']\n\
             matchers = ['fault=targt']",
            "unknown fault `targt`",
        ),
    ] {
        let said = problems_of(action);
        assert_eq!(said.lines().count(), 1, "{action}\n{said}");
        assert!(said.contains(expected), "{action}\n{said}");
    }
}

#[test]
fn two_actions_of_one_id_are_refused() {
    let said = problems_of(&format!("{ACTION}{ACTION}"));
    assert!(said.contains("duplicate action id `restart`"), "{said}");
}

#[test]
fn a_change_of_an_action_is_shown_by_its_keys() {
    let old = loaded(&format!("{MONITOR}{ACTION}")).config;
    let new = loaded(&format!("{MONITOR}{ACTION}max_attempts = 1\ndry_run = true\n")).config;
    let said: Vec<String> = changes(&old, &new).iter().map(ToString::to_string).collect();
    assert_eq!(said, ["~ action restart: max_attempts 3 → 1, dry_run false → true"]);
    let without = loaded(MONITOR).config;
    let said: Vec<String> = changes(&old, &without).iter().map(ToString::to_string).collect();
    assert_eq!(said, ["- action restart"]);
}
