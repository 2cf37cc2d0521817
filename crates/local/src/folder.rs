//! Publication of the page into a folder.

mod record;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use allclear_core::ports::{PublishError, PublishSite, PublishedFile};
use allclear_core::publication_record::RECORD_PATH;

use self::record::FolderRecord;
use crate::lock;

/// The folder that holds the new files until all of them are written. A web server need not serve
/// it.
const STAGING: &str = ".publishing";

/// Publishes into a folder that any web server can serve.
///
/// The changed files are first written beside the site and then renamed into place one after the
/// other, in the order given. So a reader gets each file wholly old or wholly new, and a failure
/// before the first rename leaves the last version unchanged. The web server must set media types
/// and cache headers. The hidden file [`RECORD_PATH`] in the folder lists the published files. Those that are no longer
/// published are then removed, and their folders if these are empty then; other files are left in place.
#[derive(Debug, Clone)]
pub struct FolderSite {
    folder: PathBuf,
    /// Serializes the publications of this process.
    lock: Arc<Mutex<()>>,
}

impl FolderSite {
    /// Creates a site in `folder`. The folder is created at the first publication.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), lock: Arc::default() }
    }

    /// Returns true if the folder is missing or empty, or contains a site that was published into it before.
    ///
    /// # Errors
    ///
    /// Fails if the folder cannot be read.
    pub fn is_free_or_published(&self) -> io::Result<bool> {
        let is_empty = match fs::read_dir(&self.folder) {
            Ok(mut entries) => entries.next().is_none(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => true,
            Err(error) => return Err(error),
        };
        Ok(is_empty || FolderRecord::read(&self.folder).is_stored())
    }

    /// Publishes from the calling thread, which is blocked until the disk is done. The files are
    /// not copied.
    ///
    /// # Errors
    ///
    /// Fails if a path leads out of the folder or names no file, if another process keeps the
    /// folder locked, or if a file or folder cannot be written.
    pub fn publish_here(&self, files: &[PublishedFile<'_>]) -> Result<(), PublishError> {
        let _lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if files.is_empty() { Ok(()) } else { self.publish_files(files) }
    }

    /// Returns the site for a thread that may block; the port calls [`Self::publish_here`].
    #[must_use]
    pub fn blocking(&self) -> BlockingFolderSite<'_> {
        BlockingFolderSite(self)
    }
}

/// A site that is published from the calling thread.
#[derive(Debug, Clone, Copy)]
pub struct BlockingFolderSite<'a>(&'a FolderSite);

impl PublishSite for BlockingFolderSite<'_> {
    async fn publish(&self, files: &[PublishedFile<'_>]) -> Result<(), PublishError> {
        self.0.publish_here(files)
    }
}

impl PublishSite for FolderSite {
    async fn publish(&self, files: &[PublishedFile<'_>]) -> Result<(), PublishError> {
        let files: Vec<OwnedFile> = files.iter().map(OwnedFile::of).collect();
        let site = self.clone();
        let published = tokio::task::spawn_blocking(move || {
            let files: Vec<PublishedFile<'_>> = files.iter().map(OwnedFile::borrowed).collect();
            site.publish_here(&files)
        });
        published.await.unwrap_or_else(|error| Err(failed(&self.folder.to_string_lossy(), error)))
    }
}

/// A file for another thread.
struct OwnedFile {
    path: String,
    content_type: String,
    cache_control: String,
    content: Vec<u8>,
}

impl OwnedFile {
    fn of(file: &PublishedFile<'_>) -> Self {
        Self {
            path: file.path.to_owned(),
            content_type: file.content_type.to_owned(),
            cache_control: file.cache_control.to_owned(),
            content: file.content.to_owned(),
        }
    }

    fn borrowed(&self) -> PublishedFile<'_> {
        PublishedFile {
            path: &self.path,
            content_type: &self.content_type,
            cache_control: &self.cache_control,
            content: &self.content,
        }
    }
}

impl FolderSite {
    fn publish_files(&self, files: &[PublishedFile<'_>]) -> Result<(), PublishError> {
        let folder = &self.folder;
        // No file is changed if any path is invalid.
        let targets = files
            .iter()
            .map(|file| {
                let target =
                    target_of(folder, file.path).map_err(|error| failed(file.path, error))?;
                Ok((file, target))
            })
            .collect::<Result<Vec<_>, _>>()?;

        let of_folder = |error| failed(&folder.to_string_lossy(), error);
        fs::create_dir_all(folder).map_err(of_folder)?;
        let _lock = lock_for_processes(folder).map_err(of_folder)?;
        let staging = folder.join(STAGING);
        clear(&staging).map_err(|error| failed(STAGING, error))?;
        let of_record = |error| failed(RECORD_PATH, error);
        let mut record = FolderRecord::read(folder);
        record.current.claim(files);
        record.write(&staging).map_err(of_record)?;
        put_changed(folder, &staging, &targets)?;
        for path in record.current.complete(files) {
            remove(folder, &path).map_err(|error| failed(&path, error))?;
        }
        record.write(&staging).map_err(of_record)?;
        fs::remove_dir(&staging).map_err(|error| failed(STAGING, error))
    }
}

/// Writes the changed files beside the site, then renames them into place in their order.
fn put_changed(
    folder: &Path,
    staging: &Path,
    targets: &[(&PublishedFile<'_>, PathBuf)],
) -> Result<(), PublishError> {
    let mut staged = Vec::new();
    for (index, (PublishedFile { path, content, .. }, target)) in targets.iter().enumerate() {
        let temporary = staging.join(index.to_string());
        if stage(&temporary, target, content).map_err(|error| failed(path, error))? {
            staged.push((*path, temporary, target));
        }
    }
    let mut folders = BTreeSet::new();
    for (path, temporary, target) in staged {
        put(folder, &temporary, target).map_err(|error| failed(path, error))?;
        folders.extend(target.parent());
    }
    for changed in folders {
        sync_folder(changed).map_err(|error| failed(&changed.to_string_lossy(), error))?;
    }
    Ok(())
}

/// Removes a file that has left the site, and its folders if they are empty. A path that leads out of the folder, and
/// whatever is no longer a file, is left alone: no publication wrote it.
fn remove(folder: &Path, path: &str) -> io::Result<()> {
    let Ok(target) = target_of(folder, path) else { return Ok(()) };
    let parents: Vec<&Path> =
        target.ancestors().skip(1).take_while(|parent| *parent != folder).collect();
    let is = |place: &Path, is_expected: fn(&fs::Metadata) -> bool| {
        fs::symlink_metadata(place).is_ok_and(|metadata| is_expected(&metadata))
    };
    if !parents.iter().all(|parent| is(parent, fs::Metadata::is_dir)) {
        return Ok(());
    }
    if is(&target, fs::Metadata::is_file) {
        fs::remove_file(&target)?;
    }
    for parent in parents {
        // Fails if the folder has other files.
        if fs::remove_dir(parent).is_err() {
            break;
        }
    }
    Ok(())
}

/// Returns the target of a published path. The path must lead down from the folder and nowhere
/// else.
fn target_of(folder: &Path, path: &str) -> Result<PathBuf, String> {
    let relative = Path::new(path);
    let mut parts = relative.components();
    let stays_inside = parts.all(|part| matches!(part, Component::Normal(_)));
    if path.is_empty() || path.ends_with('/') || path.contains(['\\', '\0', ':']) || !stays_inside {
        return Err("the path must be relative, name a file and stay inside the folder".to_owned());
    }
    if relative.starts_with(STAGING) {
        return Err(format!("`{STAGING}` is the name of the folder for unfinished files"));
    }
    if relative.starts_with(RECORD_PATH) {
        return Err(format!("`{RECORD_PATH}` is the name of the record of the published files"));
    }
    Ok(folder.join(relative))
}

/// Waits a few seconds for the lock among all processes that publish into the folder. The lock ends
/// with the returned value or with the process. `None` if folders cannot be locked on this system:
/// then only one process may publish there.
fn lock_for_processes(folder: &Path) -> io::Result<Option<File>> {
    if !cfg!(unix) {
        return Ok(None);
    }
    let file = File::open(folder)?;
    match lock::lock(&file, folder) {
        Ok(()) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(error),
        Err(_) => Ok(None),
    }
}

/// Creates the staging folder, and removes the files that a killed publication left in it.
fn clear(staging: &Path) -> io::Result<()> {
    match fs::remove_dir_all(staging) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::create_dir_all(staging)
}

/// Writes the new content beside the target and syncs it to the disk. Returns false if the target
/// already has this content.
fn stage(temporary: &Path, target: &Path, content: &[u8]) -> io::Result<bool> {
    let size = fs::symlink_metadata(target).ok().filter(fs::Metadata::is_file);
    if size.is_some_and(|size| size.len() == content.len() as u64)
        && holds(target, content).unwrap_or(false)
    {
        return Ok(false);
    }
    let mut file = File::create(temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    Ok(true)
}

/// Returns whether the file has exactly this content, without a second copy of it in memory.
fn holds(file: &Path, content: &[u8]) -> io::Result<bool> {
    let mut file = File::open(file)?;
    let mut buffer = [0; 16 * 1024];
    let mut rest = content;
    loop {
        let n_read = file.read(&mut buffer)?;
        if n_read == 0 {
            return Ok(rest.is_empty());
        }
        match rest.strip_prefix(buffer.get(..n_read).unwrap_or_default()) {
            Some(after) => rest = after,
            None => return Ok(false),
        }
    }
}

fn put(folder: &Path, temporary: &Path, target: &Path) -> io::Result<()> {
    if let Some(parent) = target.parent() {
        make_folders(folder, parent)?;
    }
    fs::rename(temporary, target)
}

/// Creates the folders from `folder` down to `parent`. A symbolic link is refused, because it could
/// lead out of the folder.
fn make_folders(folder: &Path, parent: &Path) -> io::Result<()> {
    let mut current = folder.to_owned();
    for part in parent.strip_prefix(folder).into_iter().flat_map(Path::components) {
        current.push(part);
        match fs::create_dir(&current) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        if !fs::symlink_metadata(&current)?.is_dir() {
            let problem = format!("`{}` is not a folder: remove it", current.display());
            return Err(io::Error::new(io::ErrorKind::NotADirectory, problem));
        }
    }
    Ok(())
}

/// Makes renames within a folder durable. Only Unix can do this, and only Unix needs it.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn failed(path: &str, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> PublishError {
    PublishError { path: path.to_owned(), source: error.into() }
}
