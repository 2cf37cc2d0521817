//! The record of the published files, as a hidden file of the folder.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use allclear_core::publication_record::{PublicationRecord, RECORD_PATH};

/// The name of a record that is not complete.
const UNFINISHED: &str = "record";

/// A record, and the content of its file.
pub(super) struct FolderRecord {
    pub(super) current: PublicationRecord,
    place: PathBuf,
    /// The valid content of the file; `None` if there is none.
    stored: Option<PublicationRecord>,
}

impl FolderRecord {
    /// Reads the record of `folder`. One that is missing, unreadable or damaged is empty.
    pub(super) fn read(folder: &Path) -> Self {
        let place = folder.join(RECORD_PATH);
        let is_file = fs::symlink_metadata(&place).is_ok_and(|metadata| metadata.is_file());
        let content = if is_file { fs::read(&place).ok() } else { None };
        let stored = content.and_then(|content| PublicationRecord::parse(&content));
        Self { current: stored.clone().unwrap_or_default(), place, stored }
    }

    /// Returns true if the folder has a valid record.
    pub(super) fn is_stored(&self) -> bool {
        self.stored.is_some()
    }

    /// Replaces the file, unless it has this content.
    pub(super) fn write(&mut self, staging: &Path) -> io::Result<()> {
        if self.stored.as_ref() == Some(&self.current) {
            return Ok(());
        }
        let temporary = staging.join(UNFINISHED);
        let mut file = fs::File::create(&temporary)?;
        file.write_all(&self.current.to_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, &self.place)?;
        self.stored = Some(self.current.clone());
        Ok(())
    }
}
