//! The built command. Cargo passes a test only the binaries of its own package, so this module
//! looks beside the test itself, and builds the command if it is missing or older than its sources.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::SystemTime;

/// The paths of the command's sources.
const SOURCES: [&str; 5] = ["Cargo.toml", "crates", "functions", "status-site", "tests/simulator"];

/// The variable with the path of a command to test instead, such as a release build.
const CHOSEN: &str = "ALLCLEAR_TEST_BINARY";

/// The prefixes of the variables that cargo sets for the tests of a package.
const OF_THIS_PACKAGE: [&str; 2] = ["CARGO_PKG_", "CARGO_MANIFEST_"];

/// Returns the path of the command, which is built at most once, at the first call.
pub(crate) fn allclear() -> &'static Path {
    static BINARY: LazyLock<PathBuf> = LazyLock::new(find);
    &BINARY
}

/// Returns the command chosen by the environment, which must be an optimized build.
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
    // If the nested cargo inherited these variables, it would run build scripts again.
    for (name, _) in std::env::vars_os() {
        if OF_THIS_PACKAGE.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            cargo.env_remove(name);
        }
    }
    let status = cargo
        .args(["build", "--workspace", "--bin", "allclear", "--profile", profile, "--target-dir"])
        .arg(profile_folder.parent().unwrap())
        .current_dir(root)
        .status()
        .unwrap();
    assert!(status.success(), "`cargo build --workspace --bin allclear` failed; see its messages");
}

fn newest_change(path: &Path) -> Option<SystemTime> {
    let Ok(entries) = std::fs::read_dir(path) else { return changed_at(path) };
    let entries = entries.filter_map(|entry| Some(entry.ok()?.path()));
    entries.filter(|path| !path.ends_with("tests")).filter_map(|path| newest_change(&path)).max()
}

fn changed_at(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).ok()?.modified().ok()
}
