//! The latest outcomes of the checks that use a key: an answer about the key that was remembered
//! longer ago does not stand against them.

use std::collections::BTreeMap;

use allclear_core::error_chain::chain;
use allclear_core::ports::{LoadState, ReadHistory, StoreResult};
use allclear_core::state::LastOutcome;
use allclear_llm::key::Validation;
use allclear_probes::llm::ProviderKey;

use super::secret_uses::{SecretUse, User};
use crate::arguments::{Paths, StackOption};
use crate::local;
use crate::output;
use crate::stack::Stack;

/// The latest outcome of each monitor, by its id.
#[derive(Debug, Default)]
pub(super) struct LatestOutcomes(BTreeMap<String, LastOutcome>);

impl LatestOutcomes {
    /// Reads the outcomes of this machine or of a stack. Where nothing was recorded there are none.
    pub(super) async fn read(place: &Paths, stack: &StackOption) -> Self {
        let read = match stack.stack.as_deref() {
            None => match local::store_for_reading(place) {
                Ok(None) => return Self::default(),
                Ok(Some(store)) => Self::of(&store).await.map_err(anyhow::Error::from),
                Err(error) => Err(error),
            },
            Some(name) => Self::of_stack(name).await,
        };
        read.unwrap_or_else(|error| {
            let error = chain(error.as_ref());
            output::note(&format!("warning: cannot read the results of the checks: {error}"));
            Self::default()
        })
    }

    async fn of_stack(name: &str) -> anyhow::Result<Self> {
        Ok(Self::of(&Stack::find(name).await?.store()?).await?)
    }

    async fn of(store: &(impl LoadState + ReadHistory)) -> StoreResult<Self> {
        let mut latest = BTreeMap::new();
        for shard in store.shards().await? {
            let Some(checkpoint) = store.load_state(&shard).await? else { continue };
            let monitors = checkpoint.state.monitors.into_iter();
            latest.extend(monitors.filter_map(|(id, known)| Some((id.to_string(), known.last?))));
        }
        Ok(Self(latest))
    }

    /// Returns whether a check that asks `key`'s provider found, after the answer, that it no
    /// longer holds.
    pub(super) fn contradicts(
        &self,
        answer: &Validation,
        uses: &[SecretUse],
        key: &ProviderKey,
    ) -> bool {
        // A check does not use the admin key.
        !key.is_admin()
            && uses
                .iter()
                .filter(|one| one.key.as_ref().is_some_and(|other| other.is_same_question(key)))
                .filter_map(|one| match &one.user {
                    User::Monitor(id) => self.0.get(id),
                    User::Channel(_) | User::Action(_) | User::Watchdog => None,
                })
                .any(|last| answer.is_contradicted_by(last))
    }
}
