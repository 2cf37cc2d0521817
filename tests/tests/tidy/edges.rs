//! Dependencies between the crates point in one direction.

use std::collections::BTreeSet;

use cargo_metadata::DependencyKind;

use crate::repository::{PREFIX, crates, report};

const RULE: &str = "the rule: {cli, functions} → engine → {evaluate, config, probes, channels, status-site} → core; \
     {config, evaluate, probes} → expression; config → evaluate; probes → llm → core; {actions, aws, local} → core; \
     cli → bill → {aws, engine, status-site}; cli → {demo, rehearse} → evaluate; support → core; \
     core, expression, status-site, simulator and side-by-side → nothing";

/// Crates that only tests may depend on, in addition to the dependencies of their crate.
const FOR_TESTS: [&str; 3] = ["contract", "simulator", "support"];

/// Additional dependencies that only the tests of one crate may have. They are needed because the
/// number of writes for a thousand checks depends on when the evaluator commits, and because the
/// rules of the kinds of check are folded. Checks of AWS are signed by `aws`.
const FOR_TESTS_OF: [(&str, &str); 16] = [
    ("actions", "channels"),
    ("aws", "engine"),
    ("aws", "evaluate"),
    ("bill", "channels"),
    ("bill", "config"),
    ("bill", "probes"),
    ("engine", "actions"),
    ("engine", "channels"),
    ("engine", "probes"),
    ("evaluate", "probes"),
    ("probes", "aws"),
    ("rehearse", "engine"),
    ("rehearse", "local"),
    ("rehearse", "probes"),
    ("support", "engine"),
    ("support", "evaluate"),
];

/// Crates that decide or render, without input or output.
const PURE: [&str; 7] =
    ["core", "demo", "evaluate", "expression", "llm", "rehearse", "status-site"];
const IMPURE: [&str; 6] = ["hyper", "reqwest", "rusqlite", "rustls", "rustix", "tokio"];

/// Returns the crates of the workspace that `from` may depend on; `None` for an unknown crate.
fn allowed(from: &str) -> Option<&'static [&'static str]> {
    Some(match from {
        "core" | "expression" | "status-site" | "simulator" | "side-by-side" => &[],
        "actions" | "aws" | "channels" | "llm" | "local" | "contract" | "support" => &["core"],
        "evaluate" => &["core", "expression"],
        "demo" | "alert-quality" | "rehearse" => &["core", "evaluate"],
        "config" => &["core", "evaluate", "expression"],
        "probes" => &["core", "expression", "llm"],
        "engine" => &["config", "core", "evaluate", "status-site"],
        "runtime" => &["aws", "core", "engine"],
        "prober" | "evaluator" | "notifier" | "generator" => {
            &["actions", "aws", "channels", "core", "engine", "probes", "runtime"]
        }
        "bill" => &["aws", "core", "engine", "evaluate", "status-site"],
        "cold-start" => &["aws", "core"],
        "page-history" => &["channels", "config", "core", "demo", "local", "probes"],
        "scale" => &["aws", "core", "engine", "evaluate"],
        // `allclear demo` needs `simulator`.
        "cli" => &[
            "actions",
            "aws",
            "bill",
            "channels",
            "config",
            "core",
            "demo",
            "engine",
            "evaluate",
            "llm",
            "local",
            "probes",
            "rehearse",
            "simulator",
            "status-site",
        ],
        "tests" => &[
            "actions",
            "aws",
            "channels",
            "cli",
            "config",
            "core",
            "engine",
            "evaluate",
            "expression",
            "llm",
            "local",
            "probes",
            "status-site",
        ],
        _ => return None,
    })
}

/// Returns the reason why `from` must not depend on `to`; `None` if it may. Both are names without
/// the prefix.
fn objection(from: &str, to: &str, kind: DependencyKind) -> Option<String> {
    let Some(allowed) = allowed(from) else {
        return Some(format!(
            "`{from}` has no place among the layers: give it one in tests/tests/tidy/edges.rs"
        ));
    };
    let only_for_tests = kind == DependencyKind::Development
        && (FOR_TESTS.contains(&to) || FOR_TESTS_OF.contains(&(from, to)));
    if only_for_tests || allowed.contains(&to) {
        return None;
    }
    let as_what = if kind == DependencyKind::Development { " in its tests" } else { "" };
    Some(format!("`{from}` must not depend on `{to}`{as_what}; {RULE}"))
}

/// Returns the reason why `from` must not depend on the external crate `to`; `None` if it may.
fn impurity(from: &str, to: &str, kind: DependencyKind) -> Option<String> {
    let impure = PURE.contains(&from) && kind == DependencyKind::Normal && IMPURE.contains(&to);
    impure.then(|| format!("`{from}` does no input or output, and so must not depend on `{to}`"))
}

#[test]
fn dependencies_between_crates_point_one_way() {
    let crates = crates();
    let names: BTreeSet<_> = crates.iter().map(|one| one.name.as_str()).collect();
    let mut problems = Vec::new();
    let mut n_edges = 0;
    for package in &crates {
        let from = package.name.trim_start_matches(PREFIX);
        for dependency in &package.dependencies {
            if names.contains(dependency.name.as_str()) {
                n_edges += 1;
                let to = dependency.name.trim_start_matches(PREFIX);
                problems.extend(objection(from, to, dependency.kind));
            } else {
                problems.extend(impurity(from, &dependency.name, dependency.kind));
            }
        }
    }
    assert!(n_edges > 10, "only {n_edges} edges were seen");
    report(&problems);
}

#[test]
fn an_edge_that_is_not_drawn_is_refused_by_name() {
    use DependencyKind::{Build, Development, Normal};
    for (from, to, kind) in [
        ("core", "config", Normal),
        ("status-site", "core", Normal),
        ("config", "channels", Normal),
        ("local", "aws", Normal),
        ("aws", "local", Normal),
        ("local", "engine", Development),
        ("evaluator", "prober", Normal),
        ("engine", "aws", Normal),
        ("engine", "local", Normal),
        ("evaluate", "aws", Normal),
        ("engine", "probes", Normal),
        ("evaluate", "engine", Normal),
        ("core", "expression", Normal),
        ("prober", "local", Normal),
        ("prober", "simulator", Normal),
        ("probes", "simulator", Build),
        ("simulator", "core", Normal),
        ("engine", "support", Normal),
        ("support", "engine", Normal),
        ("newcomer", "core", Normal),
    ] {
        let said = objection(from, to, kind).unwrap_or_else(|| panic!("{from} → {to} passed"));
        assert!(said.contains(&format!("`{from}`")), "{said}");
    }
    assert!(impurity("core", "tokio", Normal).is_some());
}

#[test]
fn an_edge_that_is_drawn_passes() {
    use DependencyKind::{Development, Normal};
    for (from, to, kind) in [
        ("cli", "engine", Normal),
        ("cli", "simulator", Normal),
        ("engine", "status-site", Normal),
        ("notifier", "channels", Normal),
        ("probes", "core", Normal),
        ("probes", "simulator", Development),
        ("local", "contract", Development),
    ] {
        assert_eq!(objection(from, to, kind), None);
    }
    assert_eq!(impurity("core", "tokio", Development), None);
    assert_eq!(impurity("probes", "tokio", Normal), None);
}
