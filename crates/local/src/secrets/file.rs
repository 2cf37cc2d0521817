//! A file of secrets: a JSON object of names to values that only its owner can read.
//!
//! The file is refused if others can read it. It is replaced as a whole, so that a reader gets all
//! of the old content or all of the new one.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use allclear_core::id::SecretName;
use allclear_core::ports::SecretFreshness;
use secrecy::{ExposeSecret as _, SecretString};

use crate::lock;

/// The largest file that is read, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// Secret values by their names.
pub(super) type SecretValues = Arc<BTreeMap<String, SecretString>>;

/// The reason that a file of secrets cannot be used. No error message holds a value.
#[derive(Debug, thiserror::Error)]
pub enum SecretsFileError {
    /// Users other than its owner can read or write the file.
    #[error("`{}` can be read by others (mode {mode:03o}): run `chmod 600 '{}'`", .path.display(), .path.display())]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// The permissions of the file.
        mode: u32,
    },
    /// The content is not an object of names to texts.
    #[error("`{}` is not a JSON object of names and texts{}: fix it, or remove it and set the secrets again", .path.display(), .at)]
    Content {
        /// The file.
        path: PathBuf,
        /// The position of the error.
        at: String,
    },
    /// The file cannot be read or written.
    #[error("`{}` cannot be {what}: {reason}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The failed operation: `read` or `written`.
        what: &'static str,
        /// The reason, which is part of the message.
        reason: io::Error,
    },
}

/// A file of secrets, which may be missing. Clones share the values that were read.
#[derive(Debug, Clone)]
pub struct SecretsFile {
    path: PathBuf,
    read: Arc<Mutex<Option<SecretValues>>>,
}

impl SecretsFile {
    /// Creates a handle for the file at `path`, without reading it.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), read: Arc::default() }
    }

    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the names of the secrets in the file.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read, is too large, can be read by others, or is not a JSON
    /// object of names and texts. A missing file is not an error.
    pub fn names(&self) -> Result<Vec<String>, SecretsFileError> {
        Ok(self.read(SecretFreshness::Fresh)?.keys().cloned().collect())
    }

    /// Writes `value` under `name` and keeps the other values. Returns whether the name had a value
    /// before.
    ///
    /// # Errors
    ///
    /// Fails if the present file cannot be read or is refused, if another process keeps it locked,
    /// or if the file or its folder cannot be written.
    pub fn set(&self, name: &SecretName, value: &SecretString) -> Result<bool, SecretsFileError> {
        let failed =
            |reason| SecretsFileError::Io { path: self.path.clone(), what: "written", reason };
        if let Some(folder) = self.folder() {
            lock::create_private_folder(folder).map_err(failed)?;
        }
        let _lock = self.lock().map_err(failed)?;
        let mut values = BTreeMap::clone(&*self.read(SecretFreshness::Fresh)?);
        let before = values.insert(name.as_str().to_owned(), value.clone());
        self.replace(&values).map_err(failed)?;
        *self.kept() = Some(Arc::new(values));
        Ok(before.is_some())
    }

    /// Returns the values; empty if there is no file. A blank value counts as absent.
    pub(super) fn read(
        &self,
        freshness: SecretFreshness,
    ) -> Result<SecretValues, SecretsFileError> {
        let mut kept = self.kept();
        if let (Some(values), SecretFreshness::Cached) = (&*kept, freshness) {
            return Ok(Arc::clone(values));
        }
        // A file that cannot be read any more must not be used from the cache.
        *kept = None;
        let values = Arc::new(self.load()?);
        *kept = Some(Arc::clone(&values));
        Ok(values)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<SecretValues>> {
        // A thread that panicked here left a complete value or none.
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn load(&self) -> Result<BTreeMap<String, SecretString>, SecretsFileError> {
        let path = || self.path.clone();
        let failed = |reason| SecretsFileError::Io { path: path(), what: "read", reason };
        lock::check_regular(&self.path).map_err(failed)?;
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(failed(error)),
        };
        if let Some(mode) = open_to_others(&file).map_err(failed)? {
            return Err(SecretsFileError::OpenToOthers { path: path(), mode });
        }
        let mut text = String::new();
        file.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(failed)?;
        if text.len() as u64 > MAX_BYTES {
            return Err(failed(io::Error::other(format!("it is larger than {MAX_BYTES} bytes"))));
        }
        if text.trim().is_empty() {
            return Ok(BTreeMap::new());
        }
        let values: BTreeMap<String, String> = serde_json::from_str(&text).map_err(|error| {
            // The text of the error may quote a value.
            let at = format!(" (line {}, column {})", error.line(), error.column());
            SecretsFileError::Content { path: path(), at }
        })?;
        let values = values.into_iter().filter(|(_, value)| !value.trim().is_empty());
        Ok(values.map(|(name, value)| (name, value.into())).collect())
    }

    fn replace(&self, values: &BTreeMap<String, SecretString>) -> io::Result<()> {
        let texts: BTreeMap<&String, &str> =
            values.iter().map(|(name, value)| (name, value.expose_secret())).collect();
        let mut text = serde_json::to_string_pretty(&texts)?;
        text.push('\n');
        let temporary = self.neighbor("new");
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, &self.path)?;
        match self.folder() {
            Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
            _ => Ok(()),
        }
    }

    /// Waits a few seconds for the lock among all processes that write the file. The lock ends with
    /// the returned value or with the process.
    fn lock(&self) -> io::Result<File> {
        let path = self.neighbor("lock");
        let file = lock::open_lock_file(&path)?;
        lock::lock(&file, &path)?;
        Ok(file)
    }

    /// Returns the path of an auxiliary file beside this one.
    fn neighbor(&self, what: &str) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(format!(".{what}"));
        path.into()
    }

    /// Returns the parent folder; `None` for the current folder.
    fn folder(&self) -> Option<&Path> {
        self.path.parent().filter(|parent| !parent.as_os_str().is_empty())
    }
}

/// Returns the permissions of `file` if users other than its owner have any; `None` on other
/// systems than Unix.
#[cfg(unix)]
fn open_to_others(file: &File) -> io::Result<Option<u32>> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = file.metadata()?.permissions().mode() & 0o777;
    Ok((mode & 0o077 != 0).then_some(mode))
}

#[cfg(not(unix))]
fn open_to_others(_: &File) -> io::Result<Option<u32>> {
    Ok(None)
}
