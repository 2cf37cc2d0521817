//! What a function works with: made from the config in force, and kept while that stays the same.
//!
//! A config that cannot be used is no reason to leave everything unwatched. The last one that can
//! be stays in use, and each invocation says what is wrong.

use std::sync::Arc;

use crate::failure::{Code, Failure};
use allclear_core::config::Config;
use allclear_core::ports::{AppliedConfig, ReadConfig, StoreError, Version};

/// How many versions before one that cannot be used are tried by a process that knows none.
const MAX_TRIED: u64 = 10;

/// What was made from the config in force.
#[derive(Debug)]
pub struct ActiveConfig<T> {
    used: Option<Used<T>>,
    /// The version that could not be used, and why.
    refused: Option<(Version, Failure)>,
}

/// A config in use.
#[derive(Debug)]
struct Used<T> {
    version: Version,
    config: Arc<Config>,
    made: T,
}

/// What to work with in this invocation.
#[derive(Debug)]
pub struct Current<'a, T> {
    /// The config.
    pub config: &'a Arc<Config>,
    /// What was made from it.
    pub made: &'a mut T,
    /// Why this is not the config in force; whoever has done the work reports it.
    pub objection: Option<Failure>,
}

impl<T> Default for ActiveConfig<T> {
    fn default() -> Self {
        Self { used: None, refused: None }
    }
}

impl<T> ActiveConfig<T> {
    /// What to work with now, made again by `build` where another version is in force. `build` says
    /// what it has against a config.
    ///
    /// Fails where there is nothing to work with at all.
    pub async fn standing<S: ReadConfig>(
        &mut self,
        store: &S,
        build: impl Fn(&Arc<Config>) -> Result<T, String>,
    ) -> Result<Current<'_, T>, Failure> {
        let objection = self.look(store, build).await?;
        match &mut self.used {
            Some(Used { config, made, .. }) => Ok(Current { config, made, objection }),
            None => Err(objection.unwrap_or_else(missing)),
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
        // Only now: a search that was cut short is made again.
        self.refused = Some((version, why.clone()));
        Ok(Some(why))
    }
}

/// One version, ready for use; within, what is wrong with it.
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

/// A stored config that will never be readable is told of; a store that does not answer ends the
/// invocation.
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
