//! Functions do without the kinds of check that need a process on a machine.

use cargo_metadata::{Dependency, DependencyKind};

use crate::repository::{PREFIX, crates, report};

/// The crate that links these kinds.
const ON_A_MACHINE: &str = "cli";

/// Returns true if the dependency links the kinds that need a machine.
fn links_them(dependency: &Dependency) -> bool {
    dependency.uses_default_features || dependency.features.iter().any(|one| one == "host")
}

#[test]
fn only_the_command_links_the_checks_that_need_a_machine() {
    let crates = crates();
    let probes = format!("{PREFIX}probes");
    let edges: Vec<(&str, bool)> = crates
        .iter()
        .flat_map(|package| package.dependencies.iter().map(move |one| (package, one)))
        .filter(|(_, one)| one.name == probes && one.kind == DependencyKind::Normal)
        .map(|(package, one)| (package.name.trim_start_matches(PREFIX), links_them(one)))
        .collect();
    assert!(
        edges.contains(&(ON_A_MACHINE, true)) && edges.contains(&("prober", false)),
        "{edges:?}"
    );
    let others = edges.iter().filter(|(name, links)| *links && *name != ON_A_MACHINE);
    let problems: Vec<String> = others
        .map(|(name, _)| {
            format!(
                "`{name}` links the kinds of check that need a machine: remove the feature `host` of \
                 `{probes}`, which makes functions larger"
            )
        })
        .collect();
    report(&problems);
}
