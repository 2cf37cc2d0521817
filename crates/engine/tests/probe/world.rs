//! Scripted checks, and a store of secrets in memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::budget::ReserveResult;
use allclear_core::catalog::{Catalog, CatalogItem};
use allclear_core::checker::{
    CheckContext, CheckKinds, Checker, Checking, ParamProblem, PriorState,
};
use allclear_core::checker_state::Note;
use allclear_core::config::{Config, Settings};
use allclear_core::cost::Cost;
use allclear_core::id::{RegionId, SecretName};
use allclear_core::kind::{Example, Kind, KindSet, Texts};
use allclear_core::monitor::{CheckSpec, Monitor};
use allclear_core::outcome::{Cause, Finding, Outcome, Verdict};
use allclear_core::ports::{ReadSecrets, SecretError, SecretFreshness};
use allclear_core::reason::Reason;
use allclear_core::secret::Secrets;
use allclear_core::status::Fault;
use allclear_core::threshold::Category;
use allclear_engine::probe::Prober;
use allclear_support::samples;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use crate::log::Log;

/// The behavior of the checks, which the parameter of each monitor selects.
#[derive(Default)]
pub(crate) struct CheckBehavior {
    pub(crate) n_checks: Mutex<BTreeMap<String, usize>>,
    pub(crate) network_is_out: AtomicUsize,
    /// The key that targets accept.
    pub(crate) key: Mutex<String>,
    /// True if checks store the same state again and again.
    pub(crate) notes_stand_still: AtomicBool,
    /// The models that providers list; empty for no list.
    pub(crate) models: Mutex<Vec<String>>,
    n_under_way: AtomicUsize,
    pub(crate) most_under_way: AtomicUsize,
}

/// The prefix of a script whose check counts its executions in its state, costs something, and
/// reports the state that it received.
const REMEMBERS: &str = "remember ";

/// The cost of such a check.
pub(crate) const PRICE: Cost = Cost::from_nanodollars(1_000);

impl ScriptedCheck {
    fn remember(&self, context: CheckContext<'_>, finding: &mut Finding) {
        let received = match context.prior_state {
            PriorState::Unreadable => "unreadable".to_owned(),
            PriorState::Blank => "blank".to_owned(),
            PriorState::Noted(note) => note.read::<CountState>().unwrap().n.to_string(),
        };
        let n = received.parse().unwrap_or(0) + 1;
        finding.labels.insert("received".to_owned(), received);
        finding.labels.insert("force_all".to_owned(), context.force_all.to_string());
        finding.cost = PRICE;
        let n = if self.behavior.notes_stand_still.load(Ordering::Relaxed) { 1 } else { n };
        finding.note = Note::of(&CountState { n, text: "Bearer abcdefghijklmnop".to_owned() });
        let models = self.behavior.models.lock().unwrap();
        finding.catalog = (!models.is_empty()).then(|| Catalog {
            provider: "openai".to_owned(),
            at: context.now,
            items: models.iter().map(|id| (id.clone(), CatalogItem::default())).collect(),
        });
    }
}

/// The amount that a paying check reserves, its actual cost, and the cap.
pub(crate) const RESERVED: Cost = Cost::from_nanodollars(40);
pub(crate) const PAID: Cost = Cost::from_nanodollars(10);
pub(crate) const CAP: Cost = Cost::from_nanodollars(100);

/// Pays, and reports the resulting sum and the time that it took in seconds.
async fn pay(context: CheckContext<'_>) -> String {
    let began = Instant::now();
    let text = match context.budget.reserve(RESERVED, CAP).await {
        Ok(ReserveResult::Granted(reservation)) => {
            format!("spent {}", context.budget.settle(reservation, PAID).await.nanodollars())
        }
        Ok(ReserveResult::Exhausted { spent }) => format!("exhausted at {}", spent.nanodollars()),
        Err(error) => error.to_string(),
    };
    format!("{text} in {} s", began.elapsed().as_secs())
}

/// The state that such a check stores.
#[derive(Serialize, Deserialize)]
pub(crate) struct CountState {
    /// The number of executions.
    pub(crate) n: u32,
    pub(crate) text: String,
}

/// Counts a check while it is running.
struct UnderWay<'a>(&'a CheckBehavior);

impl<'a> UnderWay<'a> {
    fn on(behavior: &'a CheckBehavior) -> Self {
        let n = behavior.n_under_way.fetch_add(1, Ordering::Relaxed) + 1;
        behavior.most_under_way.fetch_max(n, Ordering::Relaxed);
        Self(behavior)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.n_under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

pub(crate) struct ScriptedCheck {
    behavior: Arc<CheckBehavior>,
    script: String,
    host: String,
    secrets: Vec<SecretName>,
}

impl Checker for ScriptedCheck {
    fn check<'a>(&'a self, context: CheckContext<'a>) -> Checking<'a> {
        Box::pin(async move {
            let _under_way = UnderWay::on(&self.behavior);
            let n = {
                let mut counts = self.behavior.n_checks.lock().unwrap();
                let n = counts.entry(self.host.clone()).or_default();
                *n += 1;
                *n
            };
            let unreachable = Cause::of(Reason::ConnectUnreachable, "no route to host");
            if self.behavior.network_is_out.load(Ordering::Relaxed) == 1 {
                return Finding::of(Verdict::Unhealthy(unreachable));
            }
            let script = self.script.strip_prefix(REMEMBERS).unwrap_or(&self.script);
            let mut paid = None;
            let verdict = match script {
                "down" => Verdict::Unhealthy(Cause::of(Reason::HttpStatus, "status 503")),
                "unreachable" => Verdict::Unhealthy(unreachable),
                "mark" => {
                    let text = "\u{202e}eteled\u{2066} \u{200b}ok\u{7}\u{1b}[31m";
                    Verdict::Unhealthy(Cause::of(Reason::HttpStatus, text))
                }
                "down once" if n == 1 => {
                    Verdict::Unhealthy(Cause::of(Reason::HttpStatus, "status 503"))
                }
                "healthy" | "down once" => Verdict::Healthy,
                "slow at odd times" => {
                    let took = Duration::from_millis(if n % 2 == 1 { 900 } else { 100 });
                    sleep(took).await;
                    return Finding { latency: Some(took), ..Finding::of(Verdict::Healthy) };
                }
                "hang" => {
                    sleep(Duration::from_secs(10_000)).await;
                    Verdict::Healthy
                }
                "pay" => {
                    paid = Some(pay(context).await);
                    Verdict::Healthy
                }
                "pay late" => {
                    sleep(Duration::from_secs(3)).await;
                    paid = Some(pay(context).await);
                    Verdict::Healthy
                }
                "pay and hang" => {
                    let _reservation = context.budget.reserve(RESERVED, CAP).await;
                    sleep(Duration::from_secs(10_000)).await;
                    Verdict::Healthy
                }
                "throttled" => Verdict::Unhealthy(Cause::of(Reason::Throttled, "429")),
                "echo" => Verdict::Unhealthy(Cause::of(
                    Reason::HttpStatus,
                    "wrong key: Bearer abcdefghijklmnop",
                )),
                "key" => {
                    let sent = context.secrets.values().next().unwrap().expose_secret();
                    if sent == *self.behavior.key.lock().unwrap() {
                        Verdict::Healthy
                    } else {
                        let reason = Reason::AuthInvalid;
                        Verdict::Unhealthy(Cause::new(Fault::Credentials, reason, "status 401"))
                    }
                }
                "job" => match context.beat {
                    Some(_) => Verdict::Healthy,
                    None => Verdict::Unhealthy(Cause::of(Reason::BeatMissing, "no beat")),
                },
                "babble" => {
                    let echo = format!("{} Bearer abcdefghijklmnop", "x".repeat(485));
                    Verdict::Unhealthy(Cause::of(Reason::HttpStatus, echo))
                }
                "panic" => panic!("as told"),
                other => panic!("nothing to do for `{other}`"),
            };
            let mut finding = Finding::of(verdict);
            finding.labels.extend(paid.map(|paid| ("paid".to_owned(), paid)));
            if self.takes_notes() {
                self.remember(context, &mut finding);
            }
            if script == "babble" {
                let echo = format!("{} Bearer abcdefghijklmnop", "x".repeat(185));
                finding.labels = (0..40).map(|n| (format!("label-{n:02}"), echo.clone())).collect();
            }
            finding
        })
    }

    fn takes_notes(&self) -> bool {
        self.script.starts_with(REMEMBERS)
    }

    fn secrets(&self) -> Vec<SecretName> {
        self.secrets.clone()
    }

    fn host(&self) -> Option<&str> {
        Some(&self.host)
    }

    fn listens_for_beats(&self) -> bool {
        self.script == "job"
    }

    fn beat_token(&self) -> Option<&str> {
        self.listens_for_beats().then_some(&self.host)
    }
}

#[derive(Default)]
pub(crate) struct Kinds(pub(crate) Arc<CheckBehavior>);

impl CheckKinds for Kinds {
    fn declared(&self) -> KindSet {
        const ACT: &[Kind] = &[Kind {
            name: "act",
            category: Category::External,
            metrics: &[],
            rules: &[],
            labels: &[],
            texts: Texts::NONE,
            properties: |_| Vec::new(),
            budget: None,
            providers: None,
            example: Example::NONE,
        }];
        KindSet::new(ACT)
    }

    fn build(&self, spec: &CheckSpec) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
        if spec.kind != "act" {
            let what = format!("unknown kind `{}`", spec.kind);
            return Err(vec![ParamProblem::at([], what, None)]);
        }
        let text = |key: &str| spec.params[key].as_str().unwrap_or_default().to_owned();
        let secrets = SecretName::new(text("secret")).into_iter().collect();
        let behavior = Arc::clone(&self.0);
        Ok(Box::new(ScriptedCheck { behavior, script: text("act"), host: text("host"), secrets }))
    }
}

/// A store of one secret under any name, with a cache.
#[derive(Default)]
pub(crate) struct Vault {
    pub(crate) value: Mutex<String>,
    remembered: Mutex<Option<String>>,
    pub(crate) n_fresh: AtomicUsize,
    /// True if the store does not answer.
    pub(crate) is_away: AtomicBool,
}

impl Vault {
    pub(crate) fn with(value: &str) -> Self {
        Self { value: Mutex::new(value.to_owned()), ..Self::default() }
    }
}

impl ReadSecrets for &Vault {
    async fn secrets(
        &self,
        names: &[SecretName],
        freshness: SecretFreshness,
    ) -> Result<Secrets, SecretError> {
        let name = names[0].clone();
        let mut remembered = self.remembered.lock().unwrap();
        if freshness == SecretFreshness::Fresh || remembered.is_none() {
            if self.is_away.load(Ordering::Relaxed) {
                return Err(SecretError::Unavailable { name, message: "throttled".to_owned() });
            }
            if freshness == SecretFreshness::Fresh {
                self.n_fresh.fetch_add(1, Ordering::Relaxed);
            }
            *remembered = Some(self.value.lock().unwrap().clone());
        }
        let value = remembered.clone().unwrap();
        Ok(names.iter().map(|name| (name.clone(), value.as_str().into())).collect())
    }
}

pub(crate) struct NoSecrets;

impl ReadSecrets for NoSecrets {
    async fn secrets(
        &self,
        names: &[SecretName],
        _: SecretFreshness,
    ) -> Result<Secrets, SecretError> {
        let name = names[0].clone();
        Err(SecretError::Missing { name, hint: "set it".to_owned() })
    }
}

pub(crate) fn monitor(id: &str, script: &str) -> Monitor {
    let params = serde_json::json!({ "act": script, "host": format!("{id}.test") });
    let check = CheckSpec { kind: "act".to_owned(), params };
    Monitor { check, interval: Duration::from_secs(20), ..samples::monitor(id) }
}

pub(crate) fn config(monitors: Vec<Monitor>) -> Config {
    let settings = Settings { concurrency: 8, ..Settings::default() };
    Config { settings, ..samples::config(monitors) }
}

pub(crate) fn prober(monitors: Vec<Monitor>) -> (Prober, Arc<CheckBehavior>) {
    let behavior = Arc::new(CheckBehavior::default());
    let kinds = Kinds(Arc::clone(&behavior));
    (Prober::new(Arc::new(config(monitors)), &kinds, RegionId::local()).unwrap(), behavior)
}

pub(crate) fn start() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

pub(crate) async fn probe_all(prober: &Prober, log: &Log) -> Vec<Outcome> {
    prober.probe_all(log, &NoSecrets, start()).await.unwrap().outcomes
}

pub(crate) fn reason(outcome: &Outcome) -> Option<Reason> {
    outcome.verdict.cause().map(|cause| cause.reason)
}
