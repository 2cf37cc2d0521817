//! The config file of a process that watches, as a source of configs.
//!
//! A version of the file is its content: an editor that writes it again without a change, and a
//! file that is put back as it was, lead to no reload.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use allclear_core::checker::Checkers;
use allclear_core::config::Config;
use allclear_core::ports::{AppliedConfig, ReadConfig, StoreError, StoreResult, Version};
use allclear_rehearse::DisabledRules;
use tokio::time::sleep;

use crate::arguments::Paths;
use crate::clock::now;
use crate::local::{self, Adapters, AllKinds, LoadedConfig, Machine, user_name};

/// The interval at which the file is looked at. A change is read when it has lasted for as long, so
/// that a file is not read while it is written.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The remedy for a file that is gone while the process runs.
const REMEDY: &str = "restore it";

/// Path of the config file, and the last look at it.
pub(crate) struct ConfigFile<'a> {
    place: &'a Paths,
    seen: Mutex<FileStamp>,
}

#[derive(Default)]
struct FileStamp {
    /// The file at the last look; `None` if there was none.
    stamp: Option<Stamp>,
    /// Set from a change until it is read.
    is_settling: bool,
    /// The number of requests to load the file although it has not changed.
    n_requests: u32,
    version: Version,
    /// The content of that version, until it is parsed.
    text: Option<anyhow::Result<(String, String)>>,
    /// The kinds and checkers of that version, until a machine is made from them.
    built: Option<(AllKinds, Checkers)>,
    /// The reason why that version cannot be used, until it is printed.
    error: Option<anyhow::Error>,
}

impl<'a> ConfigFile<'a> {
    /// Loads the file for the first time. Its mistakes and warnings are printed.
    pub(crate) fn load(place: &'a Paths) -> anyhow::Result<(Self, LoadedConfig)> {
        let stamp = Stamp::of(&place.config);
        let (file, text) = local::read(place)?;
        let version = version_of(0, Some(&text));
        let loaded = local::load_text(&file, &text)?;
        let seen = FileStamp { stamp, version, ..FileStamp::default() };
        Ok((Self { place, seen: Mutex::new(seen) }, loaded))
    }

    /// Returns the name of the file in messages.
    pub(crate) fn name(&self) -> String {
        self.place.config.display().to_string()
    }

    /// Returns the version that was read last.
    pub(crate) fn version(&self) -> Version {
        self.seen().version
    }

    /// Waits until the file has changed and stays as it is.
    pub(crate) async fn changed(&self) {
        loop {
            sleep(LOOK_EVERY).await;
            if self.has_settled() {
                return;
            }
        }
    }

    /// Looks at the file. Returns true once after each change, at the first look that finds no
    /// further one.
    fn has_settled(&self) -> bool {
        let stamp = Stamp::of(&self.place.config);
        let mut seen = self.seen();
        if seen.stamp != stamp {
            (seen.stamp, seen.is_settling) = (stamp, true);
            return false;
        }
        std::mem::take(&mut seen.is_settling)
    }

    /// Makes the present content a new version, so that it is loaded although it has not changed.
    pub(crate) fn request(&self) {
        let mut seen = self.seen();
        seen.n_requests = seen.n_requests.wrapping_add(1);
    }

    /// Makes the machine of the version that was read last.
    pub(crate) fn machine(
        &self,
        adapters: &Adapters,
        config: &Arc<Config>,
    ) -> Result<Machine, String> {
        let built = self.seen().built.take();
        let (catalog, checkers) = built.ok_or("its file was read again meanwhile")?;
        let (config, disabled_rules) = (Arc::clone(config), DisabledRules::default());
        let loaded = LoadedConfig { config, catalog, checkers, disabled_rules };
        Ok(Machine::new(loaded, adapters.clone()))
    }

    /// Takes the reason why the version that was read last cannot be used.
    pub(crate) fn take_error(&self) -> Option<anyhow::Error> {
        self.seen().error.take()
    }

    fn seen(&self) -> MutexGuard<'_, FileStamp> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReadConfig for ConfigFile<'_> {
    async fn config_version(&self) -> StoreResult<Version> {
        let text = local::read_with_remedy(self.place, REMEDY);
        let mut seen = self.seen();
        let content = text.as_ref().map(|(_, text)| text.as_str());
        seen.version = version_of(seen.n_requests, content.ok());
        seen.text = Some(text);
        Ok(seen.version)
    }

    async fn applied_config(&self, version: Version) -> StoreResult<Option<AppliedConfig>> {
        let text = {
            let mut seen = self.seen();
            if seen.version != version {
                return Ok(None);
            }
            seen.text.take()
        };
        let Some(text) = text else { return Ok(None) };
        let loaded = text.and_then(|(file, text)| local::load_text(&file, &text));
        let mut loaded = match loaded {
            Ok(loaded) => loaded,
            Err(error) => {
                let source = error.to_string().into();
                self.seen().error = Some(error);
                return Err(StoreError::Corrupt { operation: "load", object: self.name(), source });
            }
        };
        loaded.connect_to_aws().await;
        let LoadedConfig { config, catalog, checkers, .. } = loaded;
        let config = Arc::unwrap_or_clone(config);
        self.seen().built = Some((catalog, checkers));
        // The text is in the file.
        Ok(Some(AppliedConfig { config, text: String::new(), at: now(), by: user_name() }))
    }

    fn remedy(&self) -> &'static str {
        "correct the config file"
    }
}

/// Returns the version of a content that was asked for so often. It is never 0, which stands for
/// none.
fn version_of(n_requests: u32, text: Option<&str>) -> Version {
    let mut hasher = DefaultHasher::new();
    (n_requests, text).hash(&mut hasher);
    hasher.finish().max(1)
}

/// The properties by which a changed file is noticed. A link is followed, so that a link that leads
/// elsewhere, as in a `ConfigMap`, is a change, and so is a file that was put in the place of
/// another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    n_bytes: u64,
    #[cfg(unix)]
    inode: (u64, u64),
    #[cfg(unix)]
    changed: (i64, i64),
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt as _;

        let file = fs::metadata(path).ok()?;
        Some(Self {
            modified: file.modified().ok(),
            n_bytes: file.len(),
            #[cfg(unix)]
            inode: (file.dev(), file.ino()),
            #[cfg(unix)]
            changed: (file.ctime(), file.ctime_nsec()),
        })
    }
}

#[cfg(test)]
mod tests {
    use allclear_engine::{ActiveConfig, ConfigRefresh};

    use super::*;

    const GOOD: &str = "[[monitor]]\nid = \"api\"\ncheck.tcp = { address = \"127.0.0.1:9\" }\n";
    const BROKEN: &str = "[[monitor]]\nid = \"api\"\n";

    /// Reads the file as `up` does, and returns the resulting change.
    async fn look(
        active: &mut ActiveConfig<usize>,
        file: &ConfigFile<'_>,
    ) -> (ConfigRefresh, usize) {
        let build = |config: &Arc<Config>| Ok(config.monitors.len());
        let current = active.current(file, build).await.unwrap();
        (current.change, *current.value)
    }

    #[tokio::test]
    async fn a_version_is_identified_by_its_content_and_a_broken_one_is_refused_once() {
        let folder = tempfile::tempdir().unwrap();
        let place = Paths::new(folder.path().join("allclear.toml"), folder.path().join("data"));
        let write = |text: &str| fs::write(&place.config, text).unwrap();
        write(GOOD);
        let (file, loaded) = ConfigFile::load(&place).unwrap();
        let mut active = ActiveConfig::starting_with(file.version(), loaded.config, 1);
        assert_eq!(look(&mut active, &file).await, (ConfigRefresh::Unchanged, 1));

        write(BROKEN);
        assert_eq!(look(&mut active, &file).await, (ConfigRefresh::Refused, 1));
        assert!(file.take_error().unwrap().to_string().contains("has 1 error"));
        assert_eq!(look(&mut active, &file).await, (ConfigRefresh::Unchanged, 1));
        fs::remove_file(&place.config).unwrap();
        assert_eq!(look(&mut active, &file).await, (ConfigRefresh::Refused, 1));
        assert!(file.take_error().unwrap().to_string().contains(REMEDY));

        // The content of the active config is no change, unless it is asked for.
        write(GOOD);
        assert_eq!(look(&mut active, &file).await, (ConfigRefresh::Unchanged, 1));
        file.request();
        assert_eq!(look(&mut active, &file).await, (ConfigRefresh::Activated, 1));
        write(&[GOOD, &GOOD.replace("api", "web")].concat());
        assert_eq!(look(&mut active, &file).await, (ConfigRefresh::Activated, 2));
    }

    #[cfg(unix)]
    #[test]
    fn a_lasting_change_is_read_even_by_a_rename_or_through_a_link() {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        // As Kubernetes mounts a `ConfigMap`: two links, of which one is replaced.
        for version in ["v1", "v2"] {
            fs::create_dir(at(version)).unwrap();
            fs::write(at(version).join("allclear.toml"), GOOD).unwrap();
        }
        symlink("v1", at("..data")).unwrap();
        symlink("..data/allclear.toml", at("allclear.toml")).unwrap();
        let place = Paths::new(at("allclear.toml"), at("data"));
        let (file, _) = ConfigFile::load(&place).unwrap();
        assert!(!file.has_settled() && !file.has_settled());
        let settles = |what: &str| {
            let looks = [file.has_settled(), file.has_settled(), file.has_settled()];
            assert_eq!(looks, [false, true, false], "{what}");
        };

        fs::write(at("v1/allclear.toml"), GOOD.replace("api", "web")).unwrap();
        settles("written in place with the same length");
        symlink("v2", at("..next")).unwrap();
        fs::rename(at("..next"), at("..data")).unwrap();
        settles("another target of the link");
        fs::write(at("new.toml"), GOOD).unwrap();
        fs::rename(at("new.toml"), at("allclear.toml")).unwrap();
        settles("replaced by a rename");
        fs::remove_file(at("allclear.toml")).unwrap();
        settles("removed");

        // Two writes one after the other are one change.
        fs::write(at("allclear.toml"), BROKEN).unwrap();
        assert!(!file.has_settled());
        fs::write(at("allclear.toml"), GOOD).unwrap();
        settles("written again meanwhile");
    }
}
