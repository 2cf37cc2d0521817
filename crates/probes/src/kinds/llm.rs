//! The `llm` check: a ladder of steps up to a tiny completion, at the provider of a language model
//! or a server of one's own, and a verdict that tells whose fault a failure is.
//!
//! What providers say and mean is in `allclear-llm`; here is when it is asked, over which
//! connection, with which key, at what cost, and what all answers together amount to.

mod budget;
mod calls;
mod climb;
mod completion;
mod inquiry;
mod key;
mod ladder;
mod listing;
mod memory;
mod note;
mod params;
mod purse;
mod steps;
mod task;
mod upkeep;
mod usage;
mod verdict;
mod word;

use std::hash::Hasher as _;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::catalog::Price;
use allclear_core::checker::{CheckContext, Checker, Checking};
use allclear_core::cost::Cost;
use allclear_core::id::SecretName;
use allclear_expression::Expression;
use allclear_llm::account::Account;
use allclear_llm::task::TaskPrice;
use fnv::FnvHasher;

use super::Kind;
use crate::Shared;
use crate::exchange::{ProxyParam, TlsSetup};
use crate::net::Family;
use crate::tls::ClientIdentity;

pub use inquiry::{ImageCost, Spending, Used};
use ladder::Mode;
use memory::Memory;
use steps::{Cadence, Step};
pub use upkeep::{Upkeep, Written};

pub(super) const KIND: Kind = Kind { name: "llm", metrics: METRICS, build: params::build };

/// The JSON Schema of the parameters.
pub(super) const SCHEMA: super::Schema = super::schema::<params::Params>;

/// The measurements of the steps.
const METRICS: &[&str] = &[
    "headers_ms",
    "first_token_ms",
    "first_reasoning_ms",
    "longest_gap_ms",
    "tokens_per_second",
    "input_tokens",
    "output_tokens",
    "reasoning_tokens",
    "server_ms",
    "dimensions",
    "answer_bytes",
    "headroom_percent",
    // One for each rate limit that the provider names in its headers.
    "remaining_*",
    // One for each currency, by its code of three letters.
    "balance_???",
    "balance_days_left",
    "spend_month_usd",
    "spend_yesterday_usd",
    "spend_usual_usd",
    "spend_anomaly",
    "key_expires_days",
    "model_shutdown_days",
    "models_listed",
    "cost_month_usd",
    "cost_month_percent",
];

/// An `llm` check with its parameters.
#[derive(Debug)]
struct LlmCheck {
    shared: Arc<Shared>,
    account: Account,
    keys: Keys,
    /// The TLS of the account's own hosts, and of all others.
    tls: TlsSetup,
    public_tls: TlsSetup,
    family: Family,
    proxy: ProxyParam,
    cadence: Cadence,
    /// Whether a question is asked whose answer is judged.
    question: bool,
    degraded: Option<Expression>,
    first_token_timeout: Duration,
    price: Option<Price>,
    /// The price of a task, where the config tells it.
    task_price: Option<TaskPrice>,
    max_cost_per_month: Cost,
    /// What results are of, so that those of another account count for nothing.
    mark: String,
}

/// The secrets that hold the keys.
#[derive(Debug, Default)]
struct Keys {
    inference: Option<SecretName>,
    admin: Option<SecretName>,
}

impl Keys {
    fn names(&self) -> impl Iterator<Item = &SecretName> {
        self.inference.iter().chain(&self.admin)
    }
}

impl Checker for LlmCheck {
    fn check<'a>(&'a self, context: CheckContext<'a>) -> Checking<'a> {
        Box::pin(climb::climb(self, context))
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
}

impl LlmCheck {
    /// The highest rung that is made.
    fn top(&self) -> Option<Step> {
        self.cadence.steps().filter(|step| Step::RUNGS.contains(step)).last()
    }

    /// Checks whether a step is due at `now`, by what is noted of it.
    fn is_due(&self, step: Step, memory: &Memory, now: Timestamp, mode: Mode) -> bool {
        if step == Step::Completion {
            let cadence = self.completion_cadence(memory.is_trial);
            return ladder::is_due(step, &cadence, memory, now, mode);
        }
        ladder::is_due(step, &self.cadence, memory, now, mode)
    }

    /// The paces, given what is known of the key.
    fn completion_cadence(&self, is_trial: bool) -> Cadence {
        let mut cadence = Cadence::default();
        if let Some(pace) = self.cadence.pace(Step::Completion) {
            let model = self.account.model.as_deref();
            cadence.set(Step::Completion, ladder::completion_pace(pace, is_trial, model));
        }
        cadence
    }
}

/// A number that changes with `bytes`, the same in each process.
fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = FnvHasher::default();
    hasher.write(bytes);
    hasher.finish()
}
