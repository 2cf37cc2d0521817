//! The repository as its checks see it: the root, the files and the crates.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{Metadata, MetadataCommand, Package};

/// The prefix of every crate's name.
pub(crate) const PREFIX: &str = "allclear-";

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Returns the paths, relative to the root, of all files that are committed or that `git add --all`
/// would add.
pub(crate) fn files() -> Vec<String> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"])
        .current_dir(root())
        .output()
        .expect("these tests need `git`");
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let listed = String::from_utf8(listed.stdout).expect("file names are UTF-8");
    let files: Vec<_> = listed
        .split_terminator('\0')
        .filter(|path| root().join(path).is_file())
        .map(ToOwned::to_owned)
        .collect();
    assert!(files.iter().any(|path| path == "Cargo.toml"), "git lists another repository");
    files
}

/// Returns the part of a file's name after the last dot; empty for a name without one.
pub(crate) fn extension(path: &str) -> &str {
    Path::new(path).extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

/// Returns the text of a file; `None` if it is not text.
pub(crate) fn text(path: &str) -> Option<String> {
    String::from_utf8(fs::read(root().join(path)).unwrap()).ok()
}

/// Returns the crates of the workspace. Needs no network.
pub(crate) fn crates() -> Vec<Package> {
    metadata(|command| command.no_deps()).packages
}

/// Returns the output of `cargo metadata` with the options that `with` sets.
pub(crate) fn metadata(
    with: impl FnOnce(&mut MetadataCommand) -> &mut MetadataCommand,
) -> Metadata {
    let mut command = MetadataCommand::new();
    with(command.manifest_path(root().join("Cargo.toml"))).exec().unwrap()
}

/// Returns the folder of a crate, relative to the root.
pub(crate) fn folder(package: &Package) -> String {
    let folder = package.manifest_path.parent().unwrap();
    let folder = folder.as_std_path().strip_prefix(root()).unwrap();
    folder.to_str().unwrap().replace('\\', "/")
}

/// Panics with all problems at once, if there are any.
pub(crate) fn report(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}
