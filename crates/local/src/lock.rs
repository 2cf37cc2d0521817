//! Locks among processes: waiting for one at most a few seconds, and naming the process that holds it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The longest time that a lock is waited for.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// The time between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// The file in the data folder that `allclear up` holds locked.
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
        /// The process, where it is known.
        holder: Option<u32>,
    },
    /// The folder or the file in it cannot be used.
    #[error("`{}` cannot be locked: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
}

/// A data folder that is reserved for this process as long as the value lives. The reservation ends
/// with the process, however that ends.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
}

impl DataLock {
    /// Reserves `folder`, which is created for its owner alone where it is missing. Waits for
    /// another process for at most `patience`.
    pub fn acquire(folder: &Path, patience: Duration) -> Result<Self, DataLockError> {
        let path = folder.join(LOCK_FILE);
        let failed = |source| DataLockError::Io { path: path.clone(), source };
        create_private_folder(folder).map_err(failed)?;
        let mut file = open_lock_file(&path).map_err(failed)?;
        match wait_for(&file, patience) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                // The process that has the lock wrote its id, unless its disk was full.
                let holder = holder(&file).or_else(|| written_id(&path));
                return Err(DataLockError::InUse { folder: folder.to_owned(), holder });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        // The lock counts, not the text: a full disk keeps nothing from starting.
        let _ = write_id(&mut file);
        Ok(Self { _file: file })
    }
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

fn write_id(file: &mut File) -> io::Result<()> {
    use std::io::{Seek as _, Write as _};
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn written_id(path: &Path) -> Option<u32> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
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
