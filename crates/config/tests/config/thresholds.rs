//! Tests of `[thresholds]`: their inheritance and the errors about them.

use insta::assert_snapshot;

use crate::kinds::{loaded, problems};

fn monitor(id: &str, more: &str) -> String {
    format!("[[monitor]]\nid = '{id}'\n{more}\ncheck.web.url = 'https://example.com'\n")
}

fn thresholds(text: &str) -> Vec<String> {
    let config = loaded(text).config;
    config.monitors[0].thresholds.iter().map(ToString::to_string).collect()
}

#[test]
fn nothing_has_a_limit_unless_the_config_sets_one() {
    assert_eq!(thresholds(&monitor("a", "")), [""; 0]);
}

#[test]
fn an_empty_table_applies_the_usual_limits_of_its_category() {
    let external = "response_time_ms warning 1000 critical 5000";
    assert_eq!(thresholds(&format!("[thresholds.external]\n{}", monitor("a", ""))), [external]);
    assert_eq!(thresholds(&format!("[thresholds.database]\n{}", monitor("a", ""))), [""; 0]);
    let internal = "response_time_ms warning 50 critical 200";
    assert_eq!(thresholds(&monitor("a", "category = 'internal'")), [internal]);
}

#[test]
fn a_monitor_changes_single_limits_and_switches_them_off() {
    let table = "[thresholds.external]\nqueue = { critical = 100 }\n";
    let all = ["queue critical 100", "response_time_ms warning 1000 critical 5000"];
    assert_eq!(thresholds(&format!("{table}{}", monitor("a", ""))), all);
    let own = "thresholds.response_time_ms = { warning = 20.5 }\nthresholds.queue = {}";
    let changed = ["response_time_ms warning 20.5"];
    assert_eq!(thresholds(&format!("{table}{}", monitor("a", own))), changed);
}

#[test]
fn a_category_of_ones_own_has_the_limits_of_its_table_alone() {
    let table = "[thresholds.batch]\nqueue = { warning = 5 }\n";
    let named = monitor("a", "category = 'batch'");
    assert_eq!(thresholds(&format!("{table}{named}")), ["queue warning 5"]);
}

#[test]
fn mistakes_are_named_at_their_place() {
    let text = format!(
        "[thresholds.external]\nresponse_time = {{ warning = 1 }}\nqueue = {{ warning = 9, critical = 3 }}\n{}{}",
        monitor("a", "category = 'internl'"),
        monitor("b", "thresholds.disk_percent = { critical = 90 }\nthresholds.queue.warning = -1"),
    );
    assert_snapshot!(problems(&text));
}
