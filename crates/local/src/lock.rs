//! Locks among processes: waiting for one at most a few seconds, and naming the process that holds it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The longest time that a lock is waited for.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// The time between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// The file in the data folder that names the `allclear up` that works in it.
const LOCK_FILE: &str = "up.lock";

/// Another process holds a lock for longer than is waited.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{}` has been locked by {} for more than {} seconds: end it, or try again later",
    path.display(), name_of(*.holder), MAX_WAIT.as_secs()
)]
pub struct LockedError {
    /// The file or folder.
    pub path: PathBuf,
    /// The process that holds it; `None` where the system does not name it.
    pub holder: Option<u32>,
}

/// The reason that a data folder cannot be reserved for one process.
#[derive(Debug, thiserror::Error)]
pub enum DataLockError {
    /// Another process works in it.
    #[error("another `allclear up` works in `{}` already: {}", folder.display(), name_of(*.holder))]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// The process; `None` if the system does not name it.
        holder: Option<u32>,
        /// The address at which it serves; `None` if it serves nothing, or has not said so.
        address: Option<SocketAddr>,
    },
    /// A file is in its place.
    #[error("the data folder `{}` is a file: name another folder", folder.display())]
    NotAFolder {
        /// The path.
        folder: PathBuf,
    },
    /// The folder does not exist and cannot be created.
    #[error("the data folder `{}` cannot be created", folder.display())]
    Create {
        /// The folder.
        folder: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The folder or the file in it cannot be used.
    #[error("`{}` cannot be locked", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
}

/// A data folder that is reserved for this process as long as the value lives. The reservation ends
/// with the process, however that ends.
///
/// The lock is on the folder itself: a folder that holds a database cannot be removed unnoticed, and a
/// file in it can. The file `up.lock` only says who holds the lock. It is locked in place of the folder
/// where the system cannot lock folders.
#[derive(Debug)]
pub struct DataLock {
    folder: PathBuf,
    locked: Locked,
    /// Written to `up.lock` for the process that asks for the folder next.
    address: Option<SocketAddr>,
}

/// The thing that is locked.
#[derive(Debug)]
enum Locked {
    Folder(File),
    LockFile(File),
}

impl DataLock {
    /// Reserves `folder`, which is created for its owner alone where it is missing. Waits for
    /// another process for at most `patience`.
    pub fn acquire(folder: &Path, patience: Duration) -> Result<Self, DataLockError> {
        let path = folder.join(LOCK_FILE);
        let failed = |source| DataLockError::Io { path: path.clone(), source };
        if fs::metadata(folder).is_ok_and(|found| !found.is_dir()) {
            return Err(DataLockError::NotAFolder { folder: folder.to_owned() });
        }
        create_private_folder(folder)
            .map_err(|source| DataLockError::Create { folder: folder.to_owned(), source })?;
        let file = open_lock_file(&path).map_err(failed)?;
        let locked = match lock_folder(folder, patience) {
            Some(locked) => locked.map(Locked::Folder),
            None => lock_file(file, patience).map(Locked::LockFile),
        };
        match locked {
            Ok(locked) => {
                let lock = Self { folder: folder.to_owned(), locked, address: None };
                lock.write_holder();
                Ok(lock)
            }
            Err(NotLocked::Held(holder)) => {
                // The process that has the lock wrote this, unless its disk was full.
                let written = written_holder(&path);
                let holder = holder.or_else(|| written.map(|(id, _)| id));
                let said = written.filter(|(id, _)| holder == Some(*id));
                let address = said.and_then(|(_, address)| address);
                Err(DataLockError::InUse { folder: folder.to_owned(), holder, address })
            }
            Err(NotLocked::Failed(error)) => Err(failed(error)),
        }
    }

    /// Names the address at which this process serves, for a process that takes the folder over.
    pub fn set_address(&mut self, address: SocketAddr) {
        self.address = Some(address);
        self.write_holder();
    }

    /// Reserves what is at the path of the folder now, if that is another folder than the reserved
    /// one, or another lock file. Fails only if another process has reserved it. A folder that is
    /// missing stays missing: the store reports that.
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

    /// Writes the process id and the address to `up.lock`. The lock counts, not the text: a full disk
    /// keeps nothing from starting.
    fn write_holder(&self) {
        let address = self.address.map(|address| format!("{address}\n")).unwrap_or_default();
        let text = format!("{}\n{address}", std::process::id());
        let _ = open_lock_file(&self.folder.join(LOCK_FILE))
            .and_then(|mut file| write_text(&mut file, &text));
    }
}

/// The reason that a lock was not taken.
enum NotLocked {
    /// Another process has it, which is named if the system names it.
    Held(Option<u32>),
    Failed(io::Error),
}

/// Locks the folder itself; `None` where the system cannot lock folders.
fn lock_folder(folder: &Path, patience: Duration) -> Option<Result<File, NotLocked>> {
    if !cfg!(unix) {
        return None;
    }
    let file = File::open(folder).ok()?;
    match lock_file(file, patience) {
        Err(NotLocked::Failed(_)) => None,
        locked => Some(locked),
    }
}

fn lock_file(file: File, patience: Duration) -> Result<File, NotLocked> {
    match wait_for(&file, patience) {
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

/// Returns the same for all: an open file cannot be removed here.
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

fn wait_for(file: &File, patience: Duration) -> Result<(), TryLockError> {
    let mut waited = Duration::ZERO;
    loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if waited < patience => {
                std::thread::sleep(PAUSE);
                waited += PAUSE;
            }
            done => return done,
        }
    }
}

/// Opens the file of a lock, and creates it for its owner alone. Its content is left as it is, as
/// another process may hold it.
pub(crate) fn open_lock_file(path: &Path) -> io::Result<File> {
    check_regular(path)?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Refuses what is not an ordinary file at `path`. Opening a FIFO waits without end for a process at
/// its other end. Nothing at all is fine.
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

/// Creates `folder`, and those above it, for their owner alone. One that is there keeps its mode,
/// so an operator who wants another one creates it first.
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

/// ` (flock)`: the name of the program, where the system tells it.
fn command_of(id: u32) -> String {
    let name = fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
    let name: String = name.trim().chars().filter(|char| !char.is_control()).collect();
    if name.is_empty() { name } else { format!(" ({name})") }
}

/// The process that holds `file` locked as a whole.
fn holder(file: &File) -> Option<u32> {
    holder_of(&file.metadata().ok()?, "FLOCK", 0)
}

/// The process that holds the write lock of a SQLite database in WAL mode, which is a byte of the
/// shared memory beside it.
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

#[cfg(target_os = "linux")]
fn holder_of(file: &fs::Metadata, kind: &str, byte: u64) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    let (dev, inode) = (file.dev(), file.ino());
    let major = ((dev >> 32) & 0xffff_f000) | ((dev >> 8) & 0xfff);
    let minor = ((dev >> 12) & 0xffff_ff00) | (dev & 0xff);
    let place = format!("{major:02x}:{minor:02x}:{inode}");
    holder_in(&fs::read_to_string("/proc/locks").ok()?, &place, kind, byte)
}

#[cfg(not(target_os = "linux"))]
fn holder_of(_: &fs::Metadata, _: &str, _: u64) -> Option<u32> {
    None
}

/// Finds the holder in the text of `/proc/locks`: the process with a write lock of this kind that
/// covers this byte at `place`.
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux lists its locks"))]
fn holder_in(locks: &str, place: &str, kind: &str, byte: u64) -> Option<u32> {
    locks.lines().find_map(|line| {
        // `7: POSIX  ADVISORY  WRITE 4711 08:01:131 120 120`; one that waits has `->` in second place.
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, its_kind, _, "WRITE", id, its_place, from, to] = words.as_slice() else {
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
        let found = |place, kind, byte| holder_in(locks, place, kind, byte);
        assert_eq!(found("08:01:131", "FLOCK", 0), Some(11));
        assert_eq!(found("00:2a:77", "POSIX", 120), Some(15));
        assert_eq!(found("00:2a:77", "POSIX", 126), Some(14));
        assert_eq!(found("00:2a:77", "POSIX", 123), None, "a reader holds up no one");
        assert_eq!(found("00:2a:78", "POSIX", 120), None, "a process of another namespace");
        assert_eq!(found("08:01:132", "FLOCK", 0), None);
        assert_eq!(holder_in("nonsense\n\n", "08:01:131", "FLOCK", 0), None);
    }
}
