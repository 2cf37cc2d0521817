//! The handler of the function: publishes the page for an event. It contains no rules of its own.

use std::sync::Arc;

use crate::{ActiveConfig, Current, InvocationFailure};
use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::kind::KindSet;
use allclear_core::ports::{PublishSite, ReadConfig, ReadOperatorEntries};
use allclear_evaluate::ConfigIndex;
use tokio::time::Instant;

use crate::publish::{GenerateError, Generator, PageStore, PublishOptions, Published};

/// The generator as a function: its ports, and its memory.
pub struct PublishHandler<S, P> {
    store: S,
    site: P,
    generator: Generator,
    kinds: KindSet,
    active: ActiveConfig<ConfigIndex>,
}

impl<S, P> PublishHandler<S, P>
where
    S: ReadConfig + PageStore + ReadOperatorEntries,
    P: PublishSite,
{
    /// Creates the handler over its ports.
    pub fn new(store: S, site: P, options: PublishOptions) -> Self {
        let generator = Generator::new(options);
        let kinds = KindSet::default();
        Self { store, site, generator, kinds, active: ActiveConfig::default() }
    }

    /// Returns the handler with the declarations of the kinds of check, which name the providers of models.
    #[must_use]
    pub fn with_kinds(self, kinds: KindSet) -> Self {
        Self { kinds, ..self }
    }

    /// Reads the config ahead of the first event.
    pub async fn warm_up(&mut self) {
        let Self { store, active, kinds, .. } = self;
        active.warm_up(store, |config| index(config, *kinds)).await;
    }

    /// Publishes the page. The event carries no further input.
    ///
    /// # Errors
    ///
    /// Fails if no config can be used, if the facts cannot be read, or if the files cannot be
    /// published. Also fails, after the publication, if the config is stale.
    pub async fn handle(&mut self, now: Timestamp) -> Result<(), InvocationFailure> {
        let began = Instant::now();
        let Self { store, site, generator, kinds, active } = self;
        let Current { value, staleness, .. } =
            active.current(store, |config| index(config, *kinds)).await?;
        let Published { n_files, n_times, .. } =
            generator.generate(store, site, value, now).await?;
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(n_files, n_times, took_ms, "published the page");
        staleness.fail_or(())
    }
}

fn index(config: &Arc<Config>, kinds: KindSet) -> Result<ConfigIndex, String> {
    let index = ConfigIndex::new(Arc::clone(config)).map_err(|error| error.to_string())?;
    Ok(index.with_kinds(kinds))
}

impl From<GenerateError> for InvocationFailure {
    fn from(error: GenerateError) -> Self {
        match error {
            GenerateError::Read(error) => error.into(),
            GenerateError::Publish(error) => error.into(),
        }
    }
}
