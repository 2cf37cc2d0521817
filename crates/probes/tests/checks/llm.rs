//! The `llm` check against a simulator that imitates every provider.

mod absent;
mod accounts;
mod connections;
mod cost;
mod encodings;
mod hostile;
mod keys;
mod params;
mod providers;
mod redaction;
mod steps;
mod streams;
mod tasks;

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::budget::{Budget, CountedBudget, MemoryBudgets, NoBudget, ReserveResult};
use allclear_core::checker::{CheckContext, Checker, PriorState};
use allclear_core::checker_state::Note;
use allclear_core::cost::Cost;
use allclear_core::id::{MonitorId, SecretName};
use allclear_core::outcome::Finding;
use allclear_core::secret::Secrets;
use allclear_simulator::Behavior;
use allclear_simulator::llm::LlmBehavior;
use secrecy::SecretString;
use serde_json::{Value, json};

use self::accounts::account;
use crate::support::{CheckFixture, LONG, bench, build, declared};

pub(crate) const KEY: &str = "sk-proj-0123456789abcdefghij";
pub(crate) const ADMIN_KEY: &str = "sk-admin-0123456789abcdefghij";

/// A monitor of a provider that is checked repeatedly.
pub(crate) struct TestServer {
    pub(crate) bench: CheckFixture,
    checker: Box<dyn Checker>,
    pub(crate) secrets: Secrets,
    /// The state that the last check stored.
    pub(crate) note: Option<Note>,
    pub(crate) budgets: MemoryBudgets,
    pub(crate) budget_is_away: bool,
}

/// Merges `more` into `params`.
pub(crate) fn merged(mut params: Value, more: Value) -> Value {
    if let (Some(params), Value::Object(more)) = (params.as_object_mut(), more) {
        for (name, value) in more {
            let old = params.remove(&name);
            let both_tables = old.as_ref().is_some_and(Value::is_object) && value.is_object();
            let value = if both_tables { merged(old.unwrap(), value) } else { value };
            params.insert(name, value);
        }
    }
    params
}

/// Returns parameters that enable only these steps.
pub(crate) fn only(steps: &[&str]) -> Value {
    let all = ["reach", "key", "models", "completion", "usage", "status_page"];
    let off = all.into_iter().filter(|step| !steps.contains(step));
    json!({ "steps": off.map(|step| (step, "off")).collect::<BTreeMap<_, _>>() })
}

impl TestServer {
    pub(crate) async fn of(provider: &str, more: Value) -> Self {
        Self::with_keys(provider, &[("key", KEY)], more).await
    }

    pub(crate) async fn with_keys(provider: &str, keys: &[(&str, &str)], more: Value) -> Self {
        let mut world = Self::on(bench().await, provider, more);
        world.secrets = keys
            .iter()
            .map(|(name, value)| (SecretName::new(*name).unwrap(), SecretString::from(*value)))
            .collect();
        world
    }

    /// Creates the monitor on an existing bench.
    pub(crate) fn on(bench: CheckFixture, provider: &str, more: Value) -> Self {
        let params = merged(account(provider, |path| bench.simulator.llm_url(path)), more);
        let checker =
            build(&bench.probes, "llm", params).unwrap_or_else(|all| panic!("{provider}: {all:?}"));
        let budgets = MemoryBudgets::default();
        let key = (SecretName::new("key").unwrap(), SecretString::from(KEY));
        Self {
            bench,
            checker,
            secrets: Secrets::from([key]),
            note: None,
            budgets,
            budget_is_away: false,
        }
    }

    pub(crate) fn set(&self, endpoint: &str, behavior: impl Into<Behavior>) {
        self.bench.simulator.set(endpoint, behavior.into());
    }

    pub(crate) fn row(&self, endpoint: &str, row: &str) {
        self.set(endpoint, LlmBehavior::row(row));
    }

    pub(crate) fn hits(&self, endpoint: &str) -> usize {
        self.bench.simulator.hits(endpoint).len()
    }

    /// Returns the booked cost in the month of a minute.
    pub(crate) async fn spent(&self, minute: i64) -> Cost {
        let monitor = MonitorId::new("provider").unwrap();
        let budget = CountedBudget::new(&self.budgets, monitor, at_minute(minute));
        match budget.reserve(Cost::ZERO, Cost::from_dollars(1e6)).await.unwrap() {
            ReserveResult::Granted(reservation) => reservation.spent,
            ReserveResult::Exhausted { spent } => spent,
        }
    }

    /// Runs a check at a minute with the stored state, and keeps the new state.
    pub(crate) async fn at(&mut self, minute: i64) -> Finding {
        let note = self.note.take();
        let recall = note.as_ref().map_or(PriorState::Blank, PriorState::Noted);
        let finding = self.check(minute, recall, BillingCheck::Usual).await;
        self.note = finding.note.clone().or(note);
        finding
    }

    pub(crate) async fn check(
        &self,
        minute: i64,
        recall: PriorState<'_>,
        care: BillingCheck,
    ) -> Finding {
        let monitor = MonitorId::new("provider").unwrap();
        let counted = CountedBudget::new(&self.budgets, monitor, at_minute(minute));
        let budget: &dyn Budget = if self.budget_is_away { &NoBudget } else { &counted };
        let context = CheckContext {
            now: at_minute(minute),
            timeout: LONG,
            secrets: &self.secrets,
            beat: None,
            listener_gap: None,
            prior_state: recall,
            budget,
            interval: Duration::from_mins(1),
            force_all: care == BillingCheck::Thorough,
        };
        let checking = self.checker.check(context);
        declared("llm", tokio::time::timeout(LONG, checking).await.expect("ended by the prober"))
    }
}

/// The care of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BillingCheck {
    Usual,
    /// As a person asks for it.
    Thorough,
}

/// Returns the time of a minute, counted from a fixed Sunday.
pub(crate) fn at_minute(minute: i64) -> Timestamp {
    Timestamp::from_second(1_795_305_600 + minute * 60).unwrap()
}
