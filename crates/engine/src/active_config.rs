//! The active config of a service, with the value that is built from it.
//!
//! If a config cannot be used, the last good one stays active, so that monitoring continues. [`Staleness`]
//! then reports the reason. `allclear up` reads its config file in this way, and the functions read the
//! table.

use std::sync::Arc;

use crate::failure::{Code, InvocationFailure};
use allclear_core::config::Config;
use allclear_core::ports::{AppliedConfig, ReadConfig, StoreError, Version};

/// The number of older versions that a process without a config tries if the newest cannot be used.
const MAX_TRIED: u64 = 10;

/// The active config, with the value that is built from it.
#[derive(Debug)]
pub struct ActiveConfig<T> {
    used: Option<UsedConfig<T>>,
    /// The newest version that could not be used, with the reason.
    refused: Option<(Version, InvocationFailure)>,
}

/// A config in use.
#[derive(Debug)]
struct UsedConfig<T> {
    version: Version,
    config: Arc<Config>,
    value: T,
}

/// The config for one invocation.
#[derive(Debug)]
pub struct Current<'a, T> {
    /// The config.
    pub config: &'a Arc<Config>,
    /// The value that was built from it.
    pub value: &'a mut T,
    /// The change since the last look.
    pub change: ConfigRefresh,
    /// The reason why an older config is active. The caller reports it after its work.
    pub staleness: Staleness,
}

/// The result of looking for a newer config.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigRefresh {
    /// The config and the reason of its staleness are those of the last look.
    Unchanged,
    /// Another config became active.
    Activated,
    /// A new version cannot be used, and the active config stays.
    Refused,
}

/// The age of the active config.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigAge {
    /// It is the newest one.
    Active,
    /// A newer one cannot be used, and may have entries that this one lacks.
    Older,
}

/// The reason why the active config is not the newest one, if there is one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use = "an older config that is active has to be reported"]
pub struct Staleness(Option<InvocationFailure>);

impl Staleness {
    /// Returns true if the active config is not the newest one, which may have entries that this one lacks.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.0.is_some()
    }

    /// Returns the age of the active config.
    #[must_use]
    pub fn config_age(&self) -> ConfigAge {
        if self.is_stale() { ConfigAge::Older } else { ConfigAge::Active }
    }

    /// Returns the reason.
    #[must_use]
    pub fn reason(&self) -> Option<&InvocationFailure> {
        self.0.as_ref()
    }

    /// Logs the reason, for invocations that must not fail with it: a stream would wait for the config, and
    /// an operator would get no answer. The invocation of the schedule fails with it.
    pub fn log(&self) {
        if let Some(InvocationFailure { code, message }) = &self.0 {
            tracing::error!(%code, message, "using an older config");
        }
    }

    /// Returns `answer` as the result of an invocation of the schedule. It fails if the config is stale,
    /// after the work is done, and its caller raises the alarm.
    ///
    /// # Errors
    ///
    /// Fails with the reason of the staleness.
    pub fn fail_or<A>(self, answer: A) -> Result<A, InvocationFailure> {
        self.0.map_or(Ok(answer), Err)
    }
}

impl<T> Default for ActiveConfig<T> {
    fn default() -> Self {
        Self { used: None, refused: None }
    }
}

impl<T> ActiveConfig<T> {
    /// Creates the active config from `config` and the value that was built from it.
    pub fn starting_with(version: Version, config: Arc<Config>, value: T) -> Self {
        Self { used: Some(UsedConfig { version, config, value }), refused: None }
    }

    /// Returns the value that was built from the active config; `None` before the first look.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        self.used.as_ref().map(|used| &used.value)
    }

    /// Reads the active config ahead of the first event. An error here occurs again at the first event, where
    /// it is reported.
    pub async fn warm_up<S: ReadConfig>(
        &mut self,
        store: &S,
        build: impl Fn(&Arc<Config>) -> Result<T, String>,
    ) -> Option<&mut T> {
        self.current(store, build).await.ok().map(|current| current.value)
    }

    /// Returns the active config. If another version was applied, `build` builds its value. An error of
    /// `build` makes the config unusable and becomes the reason.
    ///
    /// # Errors
    ///
    /// Fails if no config can be used, or the store does not answer.
    pub async fn current<S: ReadConfig>(
        &mut self,
        store: &S,
        build: impl Fn(&Arc<Config>) -> Result<T, String>,
    ) -> Result<Current<'_, T>, InvocationFailure> {
        let (change, stale_reason) = self.look(store, build).await?;
        match &mut self.used {
            Some(UsedConfig { config, value, .. }) => {
                Ok(Current { config, value, change, staleness: Staleness(stale_reason) })
            }
            None => Err(stale_reason.unwrap_or_else(|| missing(store))),
        }
    }

    async fn look<S: ReadConfig>(
        &mut self,
        store: &S,
        build: impl Fn(&Arc<Config>) -> Result<T, String>,
    ) -> Result<(ConfigRefresh, Option<InvocationFailure>), InvocationFailure> {
        let version = match store.config_version().await {
            Ok(0) => return Ok((ConfigRefresh::Unchanged, Some(missing(store)))),
            Ok(version) => version,
            Err(error) => {
                return unreadable(store, &error).map(|why| (ConfigRefresh::Unchanged, Some(why)));
            }
        };
        if self.used.as_ref().is_some_and(|used| used.version == version) {
            self.refused = None;
            return Ok((ConfigRefresh::Unchanged, None));
        }
        if let Some((refused, why)) = &self.refused
            && *refused == version
        {
            return Ok((ConfigRefresh::Unchanged, Some(why.clone())));
        }
        let why = match read(store, version, &build).await? {
            Ok(used) => {
                self.used = Some(used);
                self.refused = None;
                return Ok((ConfigRefresh::Activated, None));
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
        Ok((ConfigRefresh::Refused, Some(why)))
    }
}

/// Reads one version and builds its value. The inner error is the reason why it cannot be used.
async fn read<S: ReadConfig, T>(
    store: &S,
    version: Version,
    build: impl Fn(&Arc<Config>) -> Result<T, String>,
) -> Result<Result<UsedConfig<T>, InvocationFailure>, InvocationFailure> {
    let applied = match store.applied_config(version).await {
        Ok(applied) => applied,
        Err(error) => return unreadable(store, &error).map(Err),
    };
    let Some(AppliedConfig { config, .. }) = applied else {
        let remedy = store.remedy();
        let what = format!("config version {version} not found: {remedy}");
        return Ok(Err(InvocationFailure::new(Code::ConfigUnreadable, what)));
    };
    let config = Arc::new(config);
    Ok(match build(&config) {
        Ok(value) => Ok(UsedConfig { version, config, value }),
        Err(what) => Err(InvocationFailure::new(
            Code::ConfigInvalid,
            format!("config version {version} is invalid: {what}: {}", store.remedy()),
        )),
    })
}

/// Returns the failure of a stored config that can never be read. If the store does not answer, the
/// invocation ends with an error.
fn unreadable<S: ReadConfig>(
    store: &S,
    error: &StoreError,
) -> Result<InvocationFailure, InvocationFailure> {
    let failure = InvocationFailure::from(error);
    if error.is_retryable() {
        return Err(failure);
    }
    let what = format!("{}: {}", failure.message, store.remedy());
    Ok(InvocationFailure::new(Code::ConfigUnreadable, what))
}

fn missing<S: ReadConfig>(store: &S) -> InvocationFailure {
    InvocationFailure::new(
        Code::ConfigMissing,
        format!("no config was applied: {}", store.remedy()),
    )
}
