//! The files of the site, each read, hashed and compressed once per version.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

/// Length of the part of a hash that distinguishes the versions of a file, in bytes.
const TAG_BYTES: usize = 12;

/// The time for which a version is taken for the present one without a look at the disk.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The files below one folder.
pub(super) struct SiteFiles {
    folder: PathBuf,
    /// The time for which a version is taken for the present one.
    look_every: Duration,
    /// Locked while a file is read, so that each version is read and compressed once.
    read: Mutex<HashMap<String, ReadFile>>,
}

/// A file that was read, and the time when the version was the present one.
struct ReadFile {
    file: Arc<ServedFile>,
    at: Instant,
}

/// One version of a file.
pub(super) struct ServedFile {
    version: FileVersion,
    /// As it is on the disk.
    pub(super) plain: Representation,
    /// `None` if compression does not make it smaller.
    pub(super) gzip: Option<Representation>,
}

/// A form in which a file is sent.
#[derive(Clone)]
pub(super) struct Representation {
    pub(super) content: Bytes,
    /// A strong validator: another one for each form, as the bytes are others.
    pub(super) tag: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct FileVersion {
    n_bytes: u64,
    modified: Option<SystemTime>,
}

impl SiteFiles {
    /// Creates a reader of the files below `folder`, which need not exist yet.
    pub(super) fn new(folder: PathBuf, look_every: Duration) -> Self {
        Self { folder, look_every, read: Mutex::default() }
    }

    /// Returns the present version of the file at `path`, which is one that [`site_path`] returned.
    /// `None` if there is no such file.
    pub(super) async fn get(&self, path: &str) -> Option<Arc<ServedFile>> {
        let mut read = self.read.lock().await;
        if let Some(known) = read.get(path).filter(|known| known.at.elapsed() < self.look_every) {
            return Some(Arc::clone(&known.file));
        }
        let (folder, place, before) = (
            self.folder.clone(),
            self.folder.join(path),
            read.get(path).map(|known| Arc::clone(&known.file)),
        );
        let file = spawn_blocking(move || load(&folder, &place, before)).await.ok().flatten();
        match &file {
            Some(file) => {
                let known = ReadFile { file: Arc::clone(file), at: Instant::now() };
                read.insert(path.to_owned(), known)
            }
            None => read.remove(path),
        };
        file
    }
}

/// Returns the path below the folder of the site that the path of a request names. A site has only
/// names of letters, digits, `-`, `_`, `~` and `.` that do not begin with a dot; every other path,
/// one with dot segments or percent encoding among them, is `None`.
pub(super) fn site_path(path: &str) -> Option<&str> {
    let relative = path.strip_prefix('/')?;
    let relative = if relative.is_empty() { "index.html" } else { relative };
    let is_name = |name: &str| {
        let is_plain = |char: char| char.is_ascii_alphanumeric() || "-_~.".contains(char);
        !name.is_empty() && !name.starts_with('.') && name.chars().all(is_plain)
    };
    relative.split('/').all(is_name).then_some(relative)
}

/// Reads a file, unless `before` is its present version.
fn load(folder: &Path, place: &Path, before: Option<Arc<ServedFile>>) -> Option<Arc<ServedFile>> {
    let metadata = fs::metadata(place).ok().filter(fs::Metadata::is_file)?;
    let version = FileVersion { n_bytes: metadata.len(), modified: metadata.modified().ok() };
    if let Some(before) = before.filter(|before| before.version == version) {
        return Some(before);
    }
    // A link could lead out of the folder.
    let inside = fs::canonicalize(place).ok()?.starts_with(fs::canonicalize(folder).ok()?);
    let content = if inside { fs::read(place).ok()? } else { return None };
    let tag = hex::encode(Sha256::digest(&content).get(..TAG_BYTES)?);
    let gzip = compressed(&content).filter(|compressed| compressed.len() < content.len());
    Some(Arc::new(ServedFile {
        version,
        gzip: gzip.map(|content| Representation { content, tag: format!("\"{tag}-gzip\"") }),
        plain: Representation { content: content.into(), tag: format!("\"{tag}\"") },
    }))
}

fn compressed(content: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).ok()?;
    Some(encoder.finish().ok()?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_below_the_folder_are_served() {
        for (path, relative) in [
            ("/", "index.html"),
            ("/index.html", "index.html"),
            ("/api/v2/incidents/unresolved.json", "api/v2/incidents/unresolved.json"),
            ("/badge/api_v2~1.svg", "badge/api_v2~1.svg"),
        ] {
            assert_eq!(site_path(path), Some(relative));
        }
        for path in [
            "",
            "*",
            "//",
            "/..",
            "/../allclear.db",
            "/api/../../x",
            "/./index.html",
            "//etc/passwd",
            "/api/",
            "/.publishing/0",
            "/api/.x",
            "/%2e%2e/allclear.db",
            "/..%2fallclear.db",
            "/..\\allclear.db",
            "/C:/x",
            "/a\0b",
            "/index.html%00",
            "/a b",
            "/ä",
        ] {
            assert_eq!(site_path(path), None, "{path:?}");
        }
    }

    #[tokio::test]
    async fn a_file_version_is_read_once_and_a_new_one_has_new_tags() {
        let folder = tempfile::tempdir().unwrap();
        let files = SiteFiles::new(folder.path().to_owned(), Duration::ZERO);
        assert!(files.get("index.html").await.is_none());
        let place = folder.path().join("index.html");
        fs::write(&place, "one and the same, ".repeat(100)).unwrap();
        let first = files.get("index.html").await.unwrap();
        let again = files.get("index.html").await.unwrap();
        assert!(Arc::ptr_eq(&first, &again));
        let gzip = first.gzip.clone().unwrap();
        assert!(gzip.content.len() < first.plain.content.len() && gzip.tag != first.plain.tag);

        fs::write(&place, "tiny").unwrap();
        let second = files.get("index.html").await.unwrap();
        assert_ne!(second.plain.tag, first.plain.tag);
        assert!(second.gzip.is_none());
        fs::remove_file(&place).unwrap();
        assert!(files.get("index.html").await.is_none());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_link_out_of_the_folder_is_not_followed() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret.txt"), "secret").unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(outside.path(), folder.path().join("api")).unwrap();
        let files = SiteFiles::new(folder.path().to_owned(), Duration::ZERO);
        assert!(files.get("api/secret.txt").await.is_none());
        assert!(files.get("api").await.is_none());
    }
}
