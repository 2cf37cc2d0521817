//! The `llm` check: a sequence of steps up to a tiny completion, at the provider of a language model
//! or a self-hosted server, and a verdict that attributes a failure to its cause.
//!
//! The crate `allclear-llm` knows the providers' APIs and the meaning of their answers. This module
//! decides the time, the connection, the key and the cost of each request, and combines all answers
//! into a verdict.

mod budget;
mod calls;
mod completion;
mod cost_cap;
mod declaration;
mod due;
mod key;
mod labels;
mod listing;
mod metrics;
mod note;
mod offering;
mod on_demand;
mod params;
mod price_model;
mod provider_key;
mod provider_status;
mod step_run;
mod step_state;
mod steps;
mod task;
mod texts;
mod upkeep;
mod usage;
mod variables;
mod verdict;

use std::hash::Hasher as _;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::checker::{CheckContext, Checker, Checking};
use allclear_core::cost::Cost;
use allclear_core::id::SecretName;
use allclear_core::price_model::PriceModel;
use allclear_expression::Expression;
use allclear_llm::account::Account;
use allclear_llm::model::TokenPrice;
use allclear_llm::task::TaskPrice;
use fnv::FnvHasher;

use super::Implementation;
use crate::SharedState;
use crate::exchange::{ProxyParam, TlsSetup};
use crate::net::AddressFamily;
use crate::tls::ClientIdentity;

pub(super) use declaration::KIND;
use due::Mode;
pub use on_demand::ProviderUse;
pub use provider_key::ProviderKey;
use step_state::StepState;
use steps::{BeatCadence, Step};
pub(super) use variables::VARIABLES;

pub(super) const IMPLEMENTATION: Implementation =
    Implementation { name: KIND.name, build: params::build };

/// The JSON Schema of the parameters.
pub(super) const SCHEMA: super::Schema = super::schema::<params::Params>;

/// An `llm` check with its parameters.
#[derive(Debug)]
struct LlmCheck {
    shared: Arc<SharedState>,
    account: Account,
    keys: KeySecrets,
    /// The TLS of the account's own hosts, and of all others.
    tls: TlsSetup,
    public_tls: TlsSetup,
    family: AddressFamily,
    proxy: ProxyParam,
    cadence: BeatCadence,
    /// True if the completion asks a question whose answer is judged.
    question: bool,
    degraded: Option<Expression>,
    first_token_timeout: Duration,
    price: Option<TokenPrice>,
    /// The price of a task, if the config sets it.
    task_price: Option<TaskPrice>,
    max_cost_per_month: Cost,
    /// Fingerprint of the account, so that results of another account are ignored.
    account_fingerprint: String,
}

/// The secrets that hold the keys.
#[derive(Debug, Default)]
struct KeySecrets {
    inference: Option<SecretName>,
    admin: Option<SecretName>,
}

impl KeySecrets {
    fn names(&self) -> impl Iterator<Item = &SecretName> {
        self.inference.iter().chain(&self.admin)
    }
}

impl Checker for LlmCheck {
    fn check<'a>(&'a self, context: CheckContext<'a>) -> Checking<'a> {
        Box::pin(step_run::run_steps(self, context))
    }

    fn secrets(&self) -> Vec<SecretName> {
        let mut names: Vec<SecretName> =
            self.keys.names().chain(self.proxy.secret()).cloned().collect();
        names.extend(self.tls.identity.iter().flat_map(ClientIdentity::secrets));
        names.sort();
        names.dedup();
        names
    }

    fn host(&self) -> Option<&str> {
        self.account.hosts.get("api")?.host_str()
    }

    fn takes_notes(&self) -> bool {
        true
    }

    fn price_model(&self) -> Option<&dyn PriceModel> {
        Some(self)
    }
}

impl LlmCheck {
    /// Returns the highest step that is executed.
    fn top(&self) -> Option<Step> {
        self.cadence.steps().filter(|step| Step::SEQUENCE.contains(step)).last()
    }

    /// Returns the paces of the steps.
    fn paces(&self) -> Paces<'_> {
        Paces { cadence: &self.cadence, model: self.account.model.as_deref() }
    }

    /// Checks whether a step is due at `now`, by its stored state.
    fn is_due(&self, step: Step, state: &StepState, now: Timestamp, mode: Mode) -> bool {
        self.paces().is_due(step, state, now, mode)
    }
}

/// The paces of the steps of a check.
#[derive(Debug, Clone, Copy)]
struct Paces<'a> {
    cadence: &'a BeatCadence,
    model: Option<&'a str>,
}

impl Paces<'_> {
    /// Checks whether a step is due at `now`, by its stored state.
    fn is_due(self, step: Step, state: &StepState, now: Timestamp, mode: Mode) -> bool {
        if step == Step::Completion {
            let cadence = self.of_completions(state);
            return due::is_due(step, &cadence, state, now, mode);
        }
        due::is_due(step, self.cadence, state, now, mode)
    }

    /// Returns the pace of completions, which is slower with a trial key.
    fn of_completions(self, state: &StepState) -> BeatCadence {
        let mut cadence = BeatCadence::default();
        if let Some(pace) = self.cadence.pace(Step::Completion) {
            let pace = due::completion_pace(pace, state, self.model);
            cadence.set(Step::Completion, pace);
        }
        cadence
    }
}

/// Returns a digest of `bytes` that is the same in each process.
fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = FnvHasher::default();
    hasher.write(bytes);
    hasher.finish()
}
