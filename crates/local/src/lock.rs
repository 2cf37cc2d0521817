//! Locks among processes: waits at most a few seconds for a lock and names the process that holds
//! it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The longest wait for a lock.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// The time between two attempts.
const PAUSE: Duration = Duration::from_millis(20);

/// The file in the data folder that names the running `allclear up`.
const LOCK_FILE: &str = "up.lock";

/// An error that another process held a lock for longer than the wait.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{}` has been locked by {} for more than {} seconds: end it, or try again later",
    path.display(), name_of(*.holder), MAX_WAIT.as_secs()
)]
pub struct LockedError {
    /// The locked file or folder.
    pub path: PathBuf,
    /// The process that holds the lock; `None` if the system does not name it.
    pub holder: Option<u32>,
}

/// The reason that a data folder cannot be reserved for one process.
#[derive(Debug, thiserror::Error)]
pub enum DataLockError {
    /// Another process has reserved the folder.
    #[error("another `allclear up` already uses `{}`: {}", folder.display(), name_of(*.holder))]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// The process; `None` if the system does not name it.
        holder: Option<u32>,
        /// The address at which the process serves; `None` if it serves nothing or did not record
        /// it.
        address: Option<SocketAddr>,
    },
    /// The path is a file, not a folder.
    #[error("the data folder `{}` is a file: name another folder", folder.display())]
    NotAFolder {
        /// The path.
        folder: PathBuf,
    },
    /// The folder does not exist and cannot be created.
    #[error("cannot create the data folder `{}`", folder.display())]
    Create {
        /// The folder.
        folder: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The folder or its lock file cannot be used.
    #[error("cannot lock `{}`", path.display())]
    Io {
        /// The affected file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
}

/// A data folder that is reserved for this process as long as the value lives. The reservation also
/// ends with the process, even if the process is killed.
///
/// The lock is on the folder itself, because a file in it can be removed unnoticed, and a folder
/// that holds a database cannot. The file `up.lock` only names the holder of the lock. It is locked
/// in place of the folder if the system cannot lock folders.
#[derive(Debug)]
pub struct DataLock {
    folder: PathBuf,
    locked: Locked,
    /// The address in `up.lock`, for the next process that requests the folder.
    address: Option<SocketAddr>,
}

/// The locked object.
#[derive(Debug)]
enum Locked {
    Folder(File),
    LockFile(File),
}

impl DataLock {
    /// Reserves `folder`, and creates it with access for its owner only if it is missing. Waits for
    /// another process for at most `max_wait`.
    ///
    /// # Errors
    ///
    /// Fails if another process keeps the folder reserved, if the path is a file, if the folder
    /// cannot be created, or if the lock file cannot be opened or locked.
    pub fn acquire(folder: &Path, max_wait: Duration) -> Result<Self, DataLockError> {
        let path = folder.join(LOCK_FILE);
        let failed = |source| DataLockError::Io { path: path.clone(), source };
        if fs::metadata(folder).is_ok_and(|found| !found.is_dir()) {
            return Err(DataLockError::NotAFolder { folder: folder.to_owned() });
        }
        create_private_folder(folder)
            .map_err(|source| DataLockError::Create { folder: folder.to_owned(), source })?;
        let file = open_lock_file(&path).map_err(failed)?;
        let locked = match lock_folder(folder, max_wait) {
            Some(locked) => locked.map(Locked::Folder),
            None => lock_file(file, max_wait).map(Locked::LockFile),
        };
        match locked {
            Ok(locked) => {
                let lock = Self { folder: folder.to_owned(), locked, address: None };
                lock.write_holder();
                Ok(lock)
            }
            Err(NotLocked::Held(holder)) => {
                // The process that holds the lock wrote this, unless its disk was full.
                let written = written_holder(&path);
                let holder = holder.or_else(|| written.map(|(id, _)| id));
                let written_by = written.filter(|(id, _)| holder == Some(*id));
                let address = written_by.and_then(|(_, address)| address);
                Err(DataLockError::InUse { folder: folder.to_owned(), holder, address })
            }
            Err(NotLocked::Failed(error)) => Err(failed(error)),
        }
    }

    /// Records the address at which this process serves, for a process that replaces this one.
    pub fn set_address(&mut self, address: SocketAddr) {
        self.address = Some(address);
        self.write_holder();
    }

    /// Reserves the folder that is now at the path, if that folder or its lock file is not the
    /// reserved one. A missing folder is not created: the store reports that.
    ///
    /// # Errors
    ///
    /// Fails only if another process has reserved the folder.
    pub fn renew(&mut self) -> Result<(), DataLockError> {
        let (locked, is_there) = match &self.locked {
            Locked::Folder(file) => (file, fs::metadata(&self.folder)),
            Locked::LockFile(file) => (file, fs::metadata(self.folder.join(LOCK_FILE))),
        };
        let is_same = match (&is_there, locked.metadata()) {
            (Ok(found), Ok(locked)) => identity_of(found) == identity_of(&locked),
            (Err(_), _) => matches!(self.locked, Locked::Folder(_)) || !self.folder.is_dir(),
            (Ok(_), Err(_)) => true,
        };
        if is_same {
            return Ok(());
        }
        match Self::acquire(&self.folder, Duration::ZERO) {
            Ok(renewed) => {
                *self = Self { address: self.address, ..renewed };
                self.write_holder();
                Ok(())
            }
            Err(error @ DataLockError::InUse { .. }) => Err(error),
            Err(_) => Ok(()),
        }
    }

    /// Writes the process id and the address to `up.lock`. Errors are ignored: only the lock
    /// counts, so a full disk must not prevent a start.
    fn write_holder(&self) {
        let address = self.address.map(|address| format!("{address}\n")).unwrap_or_default();
        let text = format!("{}\n{address}", std::process::id());
        let _ = open_lock_file(&self.folder.join(LOCK_FILE))
            .and_then(|mut file| write_text(&mut file, &text));
    }
}

/// The reason that a lock was not acquired.
enum NotLocked {
    /// Another process holds it; its id, if the system names it.
    Held(Option<u32>),
    Failed(io::Error),
}

/// Locks the folder itself; `None` if the system cannot lock folders.
fn lock_folder(folder: &Path, max_wait: Duration) -> Option<Result<File, NotLocked>> {
    if !cfg!(unix) {
        return None;
    }
    let file = File::open(folder).ok()?;
    match lock_file(file, max_wait) {
        Err(NotLocked::Failed(_)) => None,
        locked => Some(locked),
    }
}

fn lock_file(file: File, max_wait: Duration) -> Result<File, NotLocked> {
    match wait_for(&file, max_wait) {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(NotLocked::Held(holder(&file))),
        Err(TryLockError::Error(error)) => Err(NotLocked::Failed(error)),
    }
}

#[cfg(unix)]
fn identity_of(file: &fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt as _;
    (file.dev(), file.ino())
}

/// Returns the same value for all files: on this system, an open file cannot be removed.
#[cfg(not(unix))]
fn identity_of(_: &fs::Metadata) -> (u64, u64) {
    (0, 0)
}

/// Waits for the exclusive lock on `file`, which was opened at `path`.
pub(crate) fn lock(file: &File, path: &Path) -> io::Result<()> {
    match wait_for(file, MAX_WAIT) {
        Ok(()) => Ok(()),
        Err(TryLockError::Error(error)) => Err(error),
        Err(TryLockError::WouldBlock) => {
            let error = LockedError { path: path.to_owned(), holder: holder(file) };
            Err(io::Error::new(io::ErrorKind::WouldBlock, error))
        }
    }
}

fn wait_for(file: &File, max_wait: Duration) -> Result<(), TryLockError> {
    let mut waited = Duration::ZERO;
    loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if waited < max_wait => {
                std::thread::sleep(PAUSE);
                waited += PAUSE;
            }
            done => return done,
        }
    }
}

/// Opens a lock file, and creates it with access for its owner only. The content is kept, because
/// another process may hold the lock.
pub(crate) fn open_lock_file(path: &Path) -> io::Result<File> {
    check_regular(path)?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Checks that `path` is an ordinary file or does not exist. Opening a FIFO would block until a
/// process opens its other end.
pub(crate) fn check_regular(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(()),
        Ok(found) => {
            let what = if found.is_dir() { "a folder" } else { "a FIFO, socket or device" };
            Err(io::Error::other(format!("it is {what} and not a file: move it away")))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Creates `folder` and its missing parents with access for their owner only. An existing folder
/// keeps its mode, so an operator who wants another mode creates the folder first.
///
/// # Errors
///
/// Fails if a folder cannot be created, or if a part of the path is not a folder.
pub fn create_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn write_text(file: &mut File, text: &str) -> io::Result<()> {
    use std::io::{Seek as _, Write as _};
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(text.as_bytes())
}

/// Reads the process id and the address from `up.lock`.
fn written_holder(path: &Path) -> Option<(u32, Option<SocketAddr>)> {
    let text = fs::read_to_string(path).ok()?;
    let mut lines = text.lines();
    let id = lines.next()?.trim().parse().ok()?;
    Some((id, lines.next().and_then(|address| address.trim().parse().ok())))
}

fn name_of(holder: Option<u32>) -> String {
    match holder {
        Some(id) => format!("process {id}{}", command_of(id)),
        None => "another process".to_owned(),
    }
}

/// Returns the name of the program as ` (flock)`, or an empty text if the system does not report
/// it.
fn command_of(id: u32) -> String {
    let name = fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
    let name: String = name.trim().chars().filter(|char| !char.is_control()).collect();
    if name.is_empty() { name } else { format!(" ({name})") }
}

/// Returns the process that holds a lock on the whole `file`.
fn holder(file: &File) -> Option<u32> {
    holder_of(&file.metadata().ok()?, "FLOCK", 0)
}

/// Returns the process that holds the write lock of a SQLite database in WAL mode. That lock is one
/// byte of the shared-memory file beside the database.
pub(crate) fn writer_of(database: &Path) -> Option<u32> {
    const WRITE_LOCK_BYTE: u64 = 120;
    let mut path = database.as_os_str().to_owned();
    path.push("-shm");
    holder_of(&fs::metadata(path).ok()?, "POSIX", WRITE_LOCK_BYTE)
}

/// Adds the holder of the write lock to a message about a locked database.
pub(crate) fn locked_by(database: &Path) -> String {
    name_of(writer_of(database))
}

/// The number of times that the list of locks is read before a holder counts as unknown.
#[cfg(target_os = "linux")]
const MAX_READS: usize = 5;

#[cfg(target_os = "linux")]
fn holder_of(file: &fs::Metadata, kind: &str, byte: u64) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    let (dev, inode) = (file.dev(), file.ino());
    let major = ((dev >> 32) & 0xffff_f000) | ((dev >> 8) & 0xfff);
    let minor = ((dev >> 12) & 0xffff_ff00) | (dev & 0xff);
    let place = format!("{major:02x}:{minor:02x}:{inode}");
    // The kernel writes the list in parts. A lock that is released between two parts hides another one.
    (0..MAX_READS).find_map(|_| {
        let locks = fs::read_to_string("/proc/locks").ok()?;
        holder_in(&locks, &LockedByte { place: &place, kind, byte })
    })
}

#[cfg(not(target_os = "linux"))]
fn holder_of(_: &fs::Metadata, _: &str, _: u64) -> Option<u32> {
    None
}

/// A locked byte, in the terms of `/proc/locks`.
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux lists its locks"))]
struct LockedByte<'a> {
    /// The device and the inode of the file: `08:01:131`.
    place: &'a str,
    /// The kind of the lock: `FLOCK` or `POSIX`.
    kind: &'a str,
    byte: u64,
}

/// Returns the holder from the text of `/proc/locks`: the process with the write lock.
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux lists its locks"))]
fn holder_in(locks: &str, locked: &LockedByte<'_>) -> Option<u32> {
    let LockedByte { place, kind, byte } = *locked;
    locks.lines().find_map(|line| {
        // `7: POSIX  ADVISORY  WRITE 4711 08:01:131 120 120`; a waiting process has `->` as the
        // second word.
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, its_kind, _, "WRITE", id, its_place, from, to] = fields.as_slice() else {
            return None;
        };
        let from: u64 = from.parse().ok()?;
        let covers = from <= byte && to.parse().map_or(*to == "EOF", |to: u64| byte <= to);
        let id: u32 = id.parse().ok()?;
        (*its_kind == kind && *its_place == place && covers && id > 0).then_some(id)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_of_a_byte_is_found_among_all_locks() {
        let locks = "\
            1: FLOCK  ADVISORY  WRITE 11 08:01:131 0 EOF\n\
            1: -> FLOCK  ADVISORY  WRITE 12 08:01:131 0 EOF\n\
            2: POSIX  ADVISORY  READ 13 00:2a:77 123 123\n\
            3: POSIX  ADVISORY  WRITE 14 00:2a:77 124 127\n\
            4: POSIX  ADVISORY  WRITE 15 00:2a:77 120 120\n\
            5: POSIX  ADVISORY  WRITE 0 00:2a:78 120 120\n";
        let found = |place, kind, byte| holder_in(locks, &LockedByte { place, kind, byte });
        assert_eq!(found("08:01:131", "FLOCK", 0), Some(11));
        assert_eq!(found("00:2a:77", "POSIX", 120), Some(15));
        assert_eq!(found("00:2a:77", "POSIX", 126), Some(14));
        assert_eq!(found("00:2a:77", "POSIX", 123), None, "a reader holds up no one");
        assert_eq!(found("00:2a:78", "POSIX", 120), None, "a process of another namespace");
        assert_eq!(found("08:01:132", "FLOCK", 0), None);
        let locked = LockedByte { place: "08:01:131", kind: "FLOCK", byte: 0 };
        assert_eq!(holder_in("nonsense\n\n", &locked), None);
    }
}
