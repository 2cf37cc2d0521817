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

/// Returns the warnings about an action with these rules and further keys.
fn warnings_of(rules: &str, keys: &str) -> Vec<String> {
    let text = format!("{MONITOR}{}{keys}", ACTION.replace("['service_down']", rules));
    loaded(&text).warnings.iter().map(|one| one.in_file("x")).collect()
}

#[test]
fn an_action_whose_rules_cause_no_attempt_is_a_warning_with_each_reason() {
    let off = "[[rule]]\nid = 'service_down'\nenabled = false\n";
    let elsewhere = "[[monitor]]\nid = 'web'\ncheck.port.number = 1\n[[rule]]\nid = 'slow'\ncondition = \
                     'response_time_ms > 5'\nmonitors = ['web']\n";
    for (rules, keys, expected) in [
        (
            "['service_recovery']",
            "",
            "`service_recovery` causes an attempt of `restart`: it marks a moment",
        ),
        ("['service_down']", off, "`service_down` causes an attempt of `restart`: it is disabled"),
        (
            "['low_uptime']",
            "min_severity = 'critical'\n",
            "its severity is below the `min_severity` of the action, `critical`",
        ),
        (
            "['service_down']",
            "faults = ['monitor']\n",
            "the `faults` of the action do not include that of its alerts",
        ),
        ("['rate_limited']", "", "the `faults` of the action do not include that of its alerts"),
        (
            "['slow']",
            &format!("monitors = ['api']\n{elsewhere}"),
            "it watches no monitor that the action selects",
        ),
        (
            "['service_down']",
            "matchers = ['tag=eu', 'monitor=api']\n",
            "the `matchers` of the action hold for none of its alerts",
        ),
        (
            "['low_uptime']",
            "matchers = ['severity=critical', 'monitor=api']\n",
            "the matcher `severity=critical` of the action holds for none of its alerts",
        ),
        (
            "['low_uptime']",
            "matchers = ['severity>=error']\n",
            "the matcher `severity>=error` of the action holds for none of its alerts",
        ),
    ] {
        let text = if keys.contains("tag=eu") {
            format!("{keys}[[monitor]]\nid = 'web'\ncheck.port.number = 1\ntags = ['eu']\n")
        } else {
            keys.to_owned()
        };
        let said = warnings_of(rules, &text);
        let never = said.iter().any(|one| one.contains("the action `restart` is never executed"));
        assert!(
            never && said.iter().any(|one| one.contains(expected)),
            "{rules} {keys}\n{said:#?}"
        );
    }
}

#[test]
fn a_rule_whose_condition_no_status_and_no_fault_makes_true_is_a_warning() {
    let warnings = |condition: &str| {
        let rule = format!("[[rule]]\nid = 'own'\ncondition = '{condition}'\n");
        let loaded = loaded(&format!("{MONITOR}{rule}"));
        let all = loaded.warnings.iter().map(|one| one.in_file("x"));
        all.filter(|one| one.contains("is never true")).collect::<Vec<String>>()
    };
    for condition in ["unhealthy && fault == \"targt\"", "status == \"down\""] {
        let said = warnings(condition);
        let [one] = said.as_slice() else { panic!("{condition} {said:#?}") };
        assert!(one.contains("the condition of the rule `own` is never true"), "{one}");
        assert!(one.contains("a fault is one of"), "{one}");
    }
    assert!(warnings("unhealthy && fault == \"target\"").is_empty());
}

#[test]
fn one_rule_of_several_that_causes_no_attempt_is_a_warning_at_its_place() {
    let said = warnings_of("['service_down', 'service_recovery']", "");
    let [one] = said.as_slice() else { panic!("{said:#?}") };
    assert!(one.starts_with("x:12:26: no alert of `service_recovery` causes an attempt"), "{one}");
    assert!(one.contains("name a rule whose alerts last, such as `service_down`"), "{one}");
    assert!(warnings_of("['service_down']", "matchers = ['region=eu']\n").is_empty());
}

#[test]
fn a_disabled_rule_is_known_with_the_place_at_which_it_is_disabled() {
    let off = "[[rule]]\nid = 'service_down'\nenabled = false\n[[rule]]\nid = 'own'\ncondition = 'true'\nenabled = false\n";
    let disabled = loaded(&format!("{MONITOR}{off}")).disabled_rules("allclear.toml");
    let place =
        |id: &str| disabled.iter().find(|(rule, _)| rule.as_str() == id).map(|it| it.1.as_str());
    assert_eq!(place("service_down"), Some("at `allclear.toml:8:1`"));
    assert_eq!(place("own"), Some("at `allclear.toml:11:1`"));
    assert_eq!(place("consecutive_failures"), None);
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
