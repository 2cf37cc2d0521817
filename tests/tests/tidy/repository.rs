//! The repository as its checks see it: the root, the files, the crates.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{Metadata, MetadataCommand, Package};

/// What every crate's name begins with.
pub(crate) const PREFIX: &str = "allclear-";

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Paths from the root of all files that are committed, or would be by `git add --all`.
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

/// What follows the last dot of a file's name; empty for a name without one.
pub(crate) fn extension(path: &str) -> &str {
    Path::new(path).extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

/// The text of a file, or `None` if it is not text.
pub(crate) fn text(path: &str) -> Option<String> {
    String::from_utf8(fs::read(root().join(path)).unwrap()).ok()
}

/// The crates of the workspace. Needs no network.
pub(crate) fn crates() -> Vec<Package> {
    metadata(|command| command.no_deps()).packages
}

/// What `cargo metadata` says, asked as `with` says.
pub(crate) fn metadata(
    with: impl FnOnce(&mut MetadataCommand) -> &mut MetadataCommand,
) -> Metadata {
    let mut command = MetadataCommand::new();
    with(command.manifest_path(root().join("Cargo.toml"))).exec().unwrap()
}

/// The folder of a crate, as a path from the root.
pub(crate) fn folder(package: &Package) -> String {
    let folder = package.manifest_path.parent().unwrap();
    let folder = folder.as_std_path().strip_prefix(root()).unwrap();
    folder.to_str().unwrap().replace('\\', "/")
}

/// Fails with all problems at once.
pub(crate) fn report(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}
