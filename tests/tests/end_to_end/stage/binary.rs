//! The built command. Cargo tells a test only of the binaries of its own package, so it is looked
//! for beside the test itself, and built where it is missing or older than its sources.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::SystemTime;

/// Where the sources of the command are.
const SOURCES: [&str; 5] = ["Cargo.toml", "crates", "functions", "status-site", "tests/simulator"];

/// The command to be tested instead, such as a release build of it.
const CHOSEN: &str = "ALLCLEAR_TEST_BINARY";

/// How the variables begin that cargo sets for the tests of a package.
const OF_THIS_PACKAGE: [&str; 2] = ["CARGO_PKG_", "CARGO_MANIFEST_"];

/// Where the command is. Built once, at the first call.
pub(crate) fn allclear() -> &'static Path {
    static BINARY: LazyLock<PathBuf> = LazyLock::new(find);
    &BINARY
}

/// Returns the command that the environment chooses, which is an optimized build.
#[expect(clippy::disallowed_methods, reason = "a choice of the person who runs the tests")]
pub(crate) fn chosen() -> Option<PathBuf> {
    std::env::var_os(CHOSEN).map(PathBuf::from)
}

fn find() -> PathBuf {
    if let Some(chosen) = chosen() {
        return chosen;
    }
    let test = std::env::current_exe().unwrap();
    let profile_folder = test.parent().and_then(Path::parent).unwrap();
    let binary = profile_folder.join("allclear");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let newest = SOURCES.iter().filter_map(|source| newest_change(&root.join(source))).max();
    if changed_at(&binary).is_none_or(|built_at| Some(built_at) < newest) {
        build(root, profile_folder);
    }
    binary
}

#[expect(clippy::disallowed_methods, reason = "what a process passes on is its environment")]
fn build(root: &Path, profile_folder: &Path) {
    eprintln!("`allclear` is missing or older than its sources: building it");
    let profile = match profile_folder.file_name().and_then(|name| name.to_str()) {
        None | Some("debug") => "dev",
        Some(name) => name,
    };
    let mut cargo = Command::new(env!("CARGO"));
    // What cargo says of this package to its tests would make build scripts run again.
    for (name, _) in std::env::vars_os() {
        if OF_THIS_PACKAGE.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            cargo.env_remove(name);
        }
    }
    let status = cargo
        .args(["build", "--package", "allclear-cli", "--profile", profile, "--target-dir"])
        .arg(profile_folder.parent().unwrap())
        .current_dir(root)
        .status()
        .unwrap();
    assert!(status.success(), "`cargo build --package allclear-cli` failed; see its messages");
}

fn newest_change(path: &Path) -> Option<SystemTime> {
    let Ok(entries) = std::fs::read_dir(path) else { return changed_at(path) };
    let entries = entries.filter_map(|entry| Some(entry.ok()?.path()));
    entries.filter(|path| !path.ends_with("tests")).filter_map(|path| newest_change(&path)).max()
}

fn changed_at(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).ok()?.modified().ok()
}
