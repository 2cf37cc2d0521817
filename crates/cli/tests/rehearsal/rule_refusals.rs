//! Rule tests that `allclear test` refuses, because they would pass or fail whatever the rules are.

use std::fs;

use crate::{allclear, stdout};

/// Runs a file of rule tests, and returns the output, which must have a problem.
fn refused(file: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("test.toml"), file).unwrap();
    let two = format!(
        "{}{}",
        crate::CONFIG,
        "\n[[monitor]]\nid = \"cart\"\ncheck.http = { url = \"https://cart.example.com/\" }\n\n[[rule]]\nid = \"failure_rate\"\nenabled = false\n"
    );
    fs::write(folder.path().join("config.toml"), two).unwrap();
    let output = allclear(folder.path(), &["test", "test.toml"]);
    assert_eq!(output.status.code(), Some(1), "{file}: {output:?}");
    stdout(&output)
}

fn assert_refused(file: &str, place: &str, message: &str) {
    let printed = refused(file);
    let problem = format!("test.toml:{place}: {message}");
    let has_it =
        |line: &str| line.trim_start().trim_start_matches("✗ ").strip_prefix(&problem).is_some();
    assert!(printed.lines().any(has_it), "no `{problem}` for\n{file}\nbut\n{printed}");
}

/// Returns a test of `service_down` whose outage lasts long enough, with more keys.
fn outage(keys: &str) -> String {
    format!(
        "rule = 'service_down'\n[[test]]\nname = 'a'\noutcomes = 'H*5 U*6 H*5'\nexpect = []\n{keys}\n"
    )
}

/// Returns a test of a config with the monitors `api` and `cart` and a disabled `failure_rate`.
fn of_config(rule: &str, keys: &str) -> String {
    format!(
        "rule = '{rule}'\nconfig = 'config.toml'\n[[test]]\nname = 'a'\noutcomes = {{ api = 'H*5 U*6 H*5' }}\nexpect = []\n{keys}\n"
    )
}

#[test]
fn a_file_without_a_test_or_with_keys_of_an_unused_monitor_is_refused() {
    assert_refused("", "1:1", "the file has no test: add a `[[test]]`");
    let unused = outage("[monitors.web]\ncritical = true");
    assert_refused(
        &unused,
        "6:11",
        "no test has outcomes of the monitor `web`: add them to a test, or remove its keys",
    );
    let beside = of_config("service_down", "[monitors.api]\ncritical = true");
    assert_refused(
        &beside,
        "7:11",
        "the keys of `api` have no effect beside `config`: set them there",
    );
    let every = of_config("service_down", "every = '5m'");
    assert_refused(&every, "7:9", "`every` has no effect beside `config`: set the `interval`");
}

#[test]
fn a_series_without_an_outcome_is_refused() {
    let series = |series: &str| outage("").replace("'H*5 U*6 H*5'", series);
    let none = "the series has no outcome: write at least one, such as `H*5`";
    assert_refused(&series("''"), "4:12", none);
    assert_refused(&series("'-*10'"), "4:12", none);
    assert_refused(&series("{ api = 'H', web = ' ' }"), "4:31", none);
    assert_refused(&series("{}"), "4:12", "no monitor has outcomes: write `{ api = \"H*5\" }`");
    assert_refused(&series("'H*5 U*0'"), "4:12", "a part that is repeated 0 times has no effect");
    assert_refused(&series("7"), "4:12", "invalid type: integer `7`, expected a series such as");
}

#[test]
fn two_tests_of_one_name_and_a_test_without_a_name_are_refused() {
    let second = "[[test]]\nname = 'a'\noutcomes = 'H'\nexpect = []\n";
    let message = "the test at line 2 has the same name: rename one of them";
    assert_refused(&outage(second), "7:8", message);
    let unnamed = outage("").replace("'a'", "' '");
    assert_refused(&unnamed, "3:8", "the name is empty: write what the test shows");
}

#[test]
fn a_rule_that_is_missing_disabled_or_of_other_monitors_is_refused_with_the_reason() {
    let unknown = outage("").replace("'service_down'", "'servce_down'");
    assert_refused(
        &unknown,
        "1:8",
        "the config has no rule `servce_down`: did you mean `service_down`?",
    );
    let disabled = "the rule `failure_rate` is disabled at `config.toml:14:1`: enable it there";
    assert_refused(&of_config("failure_rate", ""), "1:8", disabled);
    let scoped = "config = { monitor = [{ id = 'api', check.http.url = 'https://a.example.com/' }, { id = 'web', \
                  check.http.url = 'https://b.example.com/' }], channel = [{ id = 'team', send.log = {} }], rule = [{ id \
                  = 'service_down', monitors = ['web'] }] }\n";
    let scoped = format!("{scoped}{}", outage(""));
    let other = "the rule `service_down` cannot fire on `api`, whatever the outcomes";
    assert_refused(&scoped, "3:1", other);
    let unmeasured = outage("").replace("'service_down'", "'balance_low'");
    assert_refused(&unmeasured, "2:1", "the rule `balance_low` cannot fire on `api`");
}

#[test]
fn entries_of_monitors_and_rules_that_do_not_exist_are_refused() {
    for (keys, column, message) in [
        (
            "maintenance = [{ from = '0s', until = '1h', monitors = ['web'] }]",
            57,
            "the config has no monitor `web`: it has `api`",
        ),
        (
            "acknowledge = [{ at = '9m', monitor = 'web' }]",
            39,
            "the config has no monitor `web`: it has `api`",
        ),
        (
            "acknowledge = [{ at = '3m', monitor = 'api' }]",
            23,
            "no alert of `api` fires at 3m: acknowledge it while it fires",
        ),
        (
            "silence = [{ from = '0s', until = '1h', matchers = ['monitor=web'] }]",
            53,
            "`monitor=web` names no monitor of the config: it has `api`",
        ),
        (
            "silence = [{ from = '0s', until = '1h', matchers = ['monitor=~\"w.*\"'] }]",
            53,
            "`monitor=~\"w.*\"` names no monitor of the config: it has `api`",
        ),
        (
            "silence = [{ from = '0s', until = '1h', matchers = ['monitor=api', 'rule!=service_dwn'] }]",
            68,
            "`rule!=service_dwn` names no rule of the config: it has `service_down`",
        ),
        (
            "silence = [{ from = '0s', until = '1h', matchers = ['group=payments'] }]",
            53,
            "`group=payments` names no group of the config: it has none",
        ),
        (
            "silence = [{ from = '0s', until = '1h', matchers = ['fault=targt'] }]",
            53,
            "`fault=targt` names no fault: choose from `credentials`, `monitor`",
        ),
        (
            "silence = [{ from = '0s', until = '1h', matchers = [] }]",
            52,
            "a silence needs a matcher, such as `monitor=api`",
        ),
    ] {
        assert_refused(&outage(keys), &format!("6:{column}"), message);
    }
    let unseen = of_config("service_down", "acknowledge = [{ at = '9m', monitor = 'cart' }]");
    assert_refused(&unseen, "7:39", "the test has no outcomes of `cart`: add them to `outcomes`");
}

#[test]
fn times_that_leave_nothing_to_observe_are_refused() {
    let silence = |from: &str, until: &str| {
        outage(&format!(
            "silence = [{{ from = '{from}', until = '{until}', matchers = ['monitor=api'] }}]"
        ))
    };
    let later = "`until` is not later than `from`: set a later time";
    assert_refused(&silence("5m", "1m"), "6:35", later);
    assert_refused(&silence("5m", "5m"), "6:35", later);
    assert_refused(
        &silence("5m", "-5m"),
        "6:35",
        "`-5m` is not a duration: write a number with a unit",
    );
    assert_refused(
        &silence("2025-12-01T00:00:00Z", "2025-12-02T00:00:00Z"),
        "6:53",
        "it ends before the test begins, at 2026-01-05T00:00:00Z: set a later time",
    );
    let ended = "the test ends at 25m: set an earlier time here, or a later `until` of the test";
    assert_refused(&silence("30m", "40m"), "6:21", ended);
    let until = "`until` is not later than the last outcome, at 15m: set a later time";
    assert_refused(&outage("until = '2m'"), "6:9", until);
    assert_refused(&outage("until = '15m'"), "6:9", until);
    assert_refused(&outage("every = '0s'"), "6:9", "`every` is 0: write a number with a unit");
    let late = outage("").replace("[]", "[{ at = '25m', kind = 'firing' }]");
    assert_refused(&late, "5:18", ended);
    let early = outage("").replace("[]", "[{ at = '2026-01-04T00:00:00Z' }]");
    assert_refused(&early, "5:18", "`2026-01-04T00:00:00Z` is before the start of the test");
}

#[test]
fn an_expectation_that_names_what_is_not_compared_is_refused() {
    let expecting =
        |expected: &str| outage("").replace("[]", &format!("[{{ at = '8m10s', {expected} }}]"));
    assert_refused(
        &expecting("kind = 'firing', suppressed = 'silence'"),
        "5:11",
        "an expectation has either `kind` or `suppressed`: remove one of them",
    );
    assert_refused(
        &expecting("severity = 'critical', suppressed = 'silence'"),
        "5:38",
        "the severity of a suppressed alert is not compared: remove it",
    );
    assert_refused(
        &expecting("monitor = 'web'"),
        "5:37",
        "the config has no monitor `web`: it has `api`",
    );
    assert_refused(
        &expecting("rule = 'failure_rate'"),
        "5:34",
        "the rule `failure_rate` is off, because the test is about another one",
    );
    let two = of_config("service_down", "")
        .replace("[]", "[{ at = '8m10s', rule = 'consecutive_failures' }]");
    let alone = "the test is about the rule `service_down` alone: remove this expectation";
    assert_refused(&two, "6:34", alone);
    let deaf = format!(
        "config = {{ monitor = [{{ id = 'api', check.http.url = 'https://a.example.com/' }}] }}\n{}",
        outage("")
    );
    assert_refused(
        &deaf,
        "3:1",
        "the config of the test has no channel, so that nothing can be sent",
    );
}
