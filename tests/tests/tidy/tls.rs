//! One TLS stack and one HTTP stack.
//!
//! `deny.toml` bans other stacks on every platform. This test needs no tool except cargo, and also
//! finds a second version of an allowed crate, which a ban cannot.

use crate::repository::{metadata, report};

const BANNED: [&str; 7] = [
    "aws-lc-fips-sys",
    "aws-lc-rs",
    "aws-lc-sys",
    "chrono",
    "native-tls",
    "openssl",
    "openssl-sys",
];
const ONCE: [&str; 6] = ["h2", "http", "hyper", "ring", "rustls", "rustls-webpki"];

/// Returns the problems of a graph with these names and versions.
fn objections(graph: &[(String, String)]) -> Vec<String> {
    let versions_of = |name: &str| -> Vec<&str> {
        graph.iter().filter(|(one, _)| one == name).map(|(_, version)| version.as_str()).collect()
    };
    let banned = BANNED
        .into_iter()
        .filter(|name| !versions_of(name).is_empty())
        .map(|name| format!("`{name}` is among the dependencies: `cargo tree -i {name}` says why"));
    let doubled = ONCE.into_iter().filter_map(|name| {
        let versions = versions_of(name);
        (versions.len() > 1)
            .then(|| format!("`{name}` is there {} times: {}", versions.len(), versions.join(", ")))
    });
    banned.chain(doubled).collect()
}

#[test]
fn there_is_one_tls_stack_and_one_http_stack() {
    // The platform is fixed, so that the result does not depend on the machine.
    let metadata = metadata(|command| {
        command.other_options(
            ["--locked", "--filter-platform", "x86_64-unknown-linux-gnu"].map(str::to_owned),
        )
    });
    let resolved = metadata.resolve.as_ref().unwrap();
    let graph: Vec<_> = resolved
        .nodes
        .iter()
        .map(|node| &metadata[&node.id])
        .map(|package| (package.name.to_string(), package.version.to_string()))
        .collect();
    assert!(graph.iter().any(|(name, _)| name == "rustls"), "the graph has no TLS at all");
    report(&objections(&graph));
}

#[test]
fn a_second_stack_is_refused_by_name() {
    let graph = |names: &[(&str, &str)]| -> Vec<(String, String)> {
        names.iter().map(|(name, version)| ((*name).to_owned(), (*version).to_owned())).collect()
    };
    assert!(objections(&graph(&[("rustls", "0.23.1"), ("hyper", "1.0.0")])).is_empty());
    assert!(
        objections(&graph(&[("openssl-sys", "0.9.1")]))[0].contains("cargo tree -i openssl-sys")
    );
    assert_eq!(
        objections(&graph(&[("hyper", "0.14.1"), ("hyper", "1.0.0")])),
        ["`hyper` is there 2 times: 0.14.1, 1.0.0"],
    );
}
