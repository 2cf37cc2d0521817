//! The config that a service works with, and what is built from it.
//!
//! A config that cannot be used leaves the last good one active, so that the monitors stay watched.
//! Each invocation then reports the reason.

use std::sync::Arc;

use crate::failure::{Code, Failure};
use allclear_core::config::Config;
use allclear_core::ports::{AppliedConfig, ReadConfig, StoreError, Version};

/// The number of older versions that a process without a config tries if the newest cannot be used.
const MAX_TRIED: u64 = 10;

/// The active config, with what is built from it.
#[derive(Debug)]
pub struct ActiveConfig<T> {
    used: Option<Used<T>>,
    /// The newest version that could not be used, with the reason.
    refused: Option<(Version, Failure)>,
}

/// A config in use.
#[derive(Debug)]
struct Used<T> {
    version: Version,
    config: Arc<Config>,
    made: T,
}

/// The config for one invocation.
#[derive(Debug)]
pub struct Current<'a, T> {
    /// The config.
    pub config: &'a Arc<Config>,
    /// The value that was built from it.
    pub made: &'a mut T,
    /// The reason why an older config is active; `None` if it is the newest. The caller reports it after
    /// its work.
    pub stale_reason: Option<Failure>,
}

impl<T> Default for ActiveConfig<T> {
    fn default() -> Self {
        Self { used: None, refused: None }
    }
}

impl<T> ActiveConfig<T> {
    /// Returns the active config. If another version was applied, `build` makes its value; the error of
    /// `build` is the reason why a config cannot be used.
    ///
    /// # Errors
    ///
    /// No config can be used, or the store does not answer.
    pub async fn current<S: ReadConfig>(
        &mut self,
        store: &S,
        build: impl Fn(&Arc<Config>) -> Result<T, String>,
    ) -> Result<Current<'_, T>, Failure> {
        let stale_reason = self.look(store, build).await?;
        match &mut self.used {
            Some(Used { config, made, .. }) => Ok(Current { config, made, stale_reason }),
            None => Err(stale_reason.unwrap_or_else(missing)),
        }
    }

    async fn look<S: ReadConfig>(
        &mut self,
        store: &S,
        build: impl Fn(&Arc<Config>) -> Result<T, String>,
    ) -> Result<Option<Failure>, Failure> {
        let version = match store.config_version().await {
            Ok(0) => return Ok(Some(missing())),
            Ok(version) => version,
            Err(error) => return unreadable(&error).map(Some),
        };
        if self.used.as_ref().is_some_and(|used| used.version == version) {
            self.refused = None;
            return Ok(None);
        }
        if let Some((refused, why)) = &self.refused
            && *refused == version
        {
            return Ok(Some(why.clone()));
        }
        let why = match read(store, version, &build).await? {
            Ok(used) => {
                self.used = Some(used);
                self.refused = None;
                return Ok(None);
            }
            Err(why) => why,
        };
        if self.used.is_none() {
            let oldest = version.saturating_sub(MAX_TRIED).max(1);
            for older in (oldest..version).rev() {
                if let Ok(used) = read(store, older, &build).await? {
                    self.used = Some(used);
                    break;
                }
            }
        }
        // Recorded last, so that an interrupted search is repeated.
        self.refused = Some((version, why.clone()));
        Ok(Some(why))
    }
}

/// Reads one version and builds its value. The inner error is the reason why it cannot be used.
async fn read<S: ReadConfig, T>(
    store: &S,
    version: Version,
    build: impl Fn(&Arc<Config>) -> Result<T, String>,
) -> Result<Result<Used<T>, Failure>, Failure> {
    let applied = match store.applied_config(version).await {
        Ok(applied) => applied,
        Err(error) => return unreadable(&error).map(Err),
    };
    let Some(AppliedConfig { config, .. }) = applied else {
        let what = format!(
            "version {version} of the config is not there: apply one with `allclear apply`"
        );
        return Ok(Err(Failure::new(Code::ConfigUnreadable, what)));
    };
    let config = Arc::new(config);
    Ok(match build(&config) {
        Ok(made) => Ok(Used { version, config, made }),
        Err(what) => Err(Failure::new(
            Code::ConfigInvalid,
            format!("version {version} of the config cannot be used: {what}: apply a sound one"),
        )),
    })
}

/// Returns the failure of a stored config that will never be readable. A store that does not answer ends
/// the invocation.
fn unreadable(error: &StoreError) -> Result<Failure, Failure> {
    let failure = Failure::from(error);
    if error.is_retryable() {
        return Err(failure);
    }
    let what = format!("{}: apply a config with `allclear apply`", failure.message);
    Ok(Failure::new(Code::ConfigUnreadable, what))
}

fn missing() -> Failure {
    Failure::new(Code::ConfigMissing, "no config was applied: do so with `allclear apply`")
}
