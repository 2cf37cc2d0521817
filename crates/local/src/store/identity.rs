//! The identity of the file of an open database, which shows whether it is still the file at its
//! path.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The file that a database was opened from.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    path: PathBuf,
    /// Device and inode; `None` if the system has no such numbers.
    numbers: Option<(u64, u64)>,
}

/// An error that the file at the path of an open database is not the open one. SQLite would
/// continue to write to a file that no other process finds.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileReplaced {
    #[error(
        "`{}` was deleted or moved away while it is in use: put it back, or restart Allclear, \
         which then begins an empty one",
        .0.display()
    )]
    Missing(PathBuf),
    #[error(
        "`{}` was replaced while it is in use: put the old file back, or restart Allclear to work \
         with the new one",
        .0.display()
    )]
    Replaced(PathBuf),
    #[error("`{}` no longer exists", path.display())]
    Unreachable { path: PathBuf, source: io::Error },
}

impl Identity {
    /// Returns the identity of the file that is at `path` now.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        let numbers = numbers(&fs::symlink_metadata(&path)?);
        Ok(Self { path, numbers })
    }

    /// Returns the path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Checks that the same file is still at the path.
    pub(super) fn check(&self) -> Result<(), FileReplaced> {
        match fs::symlink_metadata(&self.path) {
            Ok(found) if numbers(&found) == self.numbers => Ok(()),
            Ok(_) => Err(FileReplaced::Replaced(self.path.clone())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(FileReplaced::Missing(self.path.clone()))
            }
            Err(source) => Err(FileReplaced::Unreachable { path: self.path.clone(), source }),
        }
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have no numbers")]
fn numbers(file: &fs::Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn numbers(_: &fs::Metadata) -> Option<(u64, u64)> {
    None
}
