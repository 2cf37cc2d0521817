//! The latest outcomes of the checks that use a key: an answer about the key that was remembered
//! longer ago does not stand against them.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::error_chain::chain;
use allclear_core::ports::{LoadState, ReadHistory, StoreResult};
use allclear_core::state::LastOutcome;
use allclear_core::status::{Fault, Status};

use super::named::{KeyOf, Use, User};
use super::validation::{Answer, Validation};
use crate::arguments::{Place, StackOption};
use crate::machine;
use crate::output;
use crate::stack::Stack;

/// The time that a check may take after it was due.
const LONGEST_CHECK: Duration = Duration::from_mins(1);

/// The latest outcome of each monitor, by its id.
#[derive(Debug, Default)]
pub(super) struct Checked(BTreeMap<String, LastOutcome>);

impl Checked {
    /// Reads the outcomes of this machine or of a stack. Where nothing was recorded there are none.
    pub(super) async fn read(place: &Place, stack: &StackOption) -> Self {
        let read = match stack.stack.as_deref() {
            None => match machine::store_for_reading(place) {
                Ok(None) => return Self::default(),
                Ok(Some(store)) => Self::of(&store).await.map_err(anyhow::Error::from),
                Err(error) => Err(error),
            },
            Some(name) => Self::of_stack(name).await,
        };
        read.unwrap_or_else(|error| {
            let error = chain(error.as_ref());
            output::note(&format!("warning: the results of the checks cannot be read: {error}"));
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

    /// Returns whether a check that asks `key`'s provider found, after the answer, that it no longer
    /// holds.
    pub(super) fn contradicts(&self, answer: &Validation, uses: &[Use], key: &KeyOf) -> bool {
        // A check says nothing of the key that tells what was spent.
        !key.is_admin()
            && uses
                .iter()
                .filter(|one| one.key.as_ref().is_some_and(|other| other.is_same_question(key)))
                .filter_map(|one| match &one.user {
                    User::Monitor(id) => self.0.get(id),
                    User::Channel(_) => None,
                })
                .any(|last| is_newer(last, answer.at) && disagrees(last, answer))
    }
}

/// Returns whether the outcome may be of a later time than `at`: it is known by when it was due.
fn is_newer(last: &LastOutcome, at: Timestamp) -> bool {
    last.at + LONGEST_CHECK > at
}

/// Returns whether the outcome says something of the key, and another thing than the answer.
fn disagrees(last: &LastOutcome, answer: &Validation) -> bool {
    match (last.status, &last.cause) {
        (Status::Healthy, _) => answer.answer == Answer::Refused,
        (Status::Degraded | Status::Unhealthy | Status::Unknown, Some(cause)) => {
            match cause.fault {
                Fault::Credentials | Fault::Quota => {
                    answer.answer != Answer::Refused || answer.reason != Some(cause.reason)
                }
                Fault::Target | Fault::Throttled | Fault::Request | Fault::Monitor => false,
            }
        }
        (Status::Degraded | Status::Unhealthy | Status::Unknown, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use allclear_core::outcome::Cause;
    use allclear_core::reason::Reason;
    use allclear_llm::classify::ProviderFailure;
    use allclear_llm::key::KeyFacts;

    use super::*;

    fn last(status: Status, reason: Option<(Fault, Reason)>) -> LastOutcome {
        let cause = reason.map(|(fault, reason)| Cause::new(fault, reason, ""));
        LastOutcome { at: Timestamp::from_second(600).unwrap(), status, cause, latency: None }
    }

    #[test]
    fn a_check_disagrees_only_with_another_word_on_the_key() {
        let at = Timestamp::from_second(500).unwrap();
        let good = Validation::good(KeyFacts::default(), at);
        let invalid = Validation::failed(ProviderFailure::new(Reason::AuthInvalid, ""), at);
        let refused = Some((Fault::Credentials, Reason::AuthInvalid));
        let unpaid = Some((Fault::Quota, Reason::Billing));
        let outage = Some((Fault::Target, Reason::ServerError));
        for (status, reason, answer, expected) in [
            (Status::Healthy, None, &good, false),
            (Status::Healthy, None, &invalid, true),
            (Status::Unhealthy, refused, &good, true),
            (Status::Unhealthy, refused, &invalid, false),
            (Status::Unhealthy, unpaid, &invalid, true),
            (Status::Degraded, unpaid, &good, true),
            (Status::Unhealthy, outage, &good, false),
            (Status::Unhealthy, outage, &invalid, false),
        ] {
            let last = last(status, reason);
            assert_eq!(disagrees(&last, answer), expected, "{last:?} {answer:?}");
        }
    }

    #[test]
    fn a_check_that_ended_before_the_answer_is_not_newer() {
        let last = last(Status::Healthy, None);
        for (second, is) in [(500, true), (600, true), (659, true), (660, false)] {
            assert_eq!(is_newer(&last, Timestamp::from_second(second).unwrap()), is, "{second}");
        }
    }
}
