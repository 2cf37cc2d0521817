//! The handler of the function: runs the checks that an event asks for, and answers it. It contains no rules
//! of its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::failure::{secret_code, store_code};
use crate::{ActiveConfig, Code, Current, InvocationFailure};
use allclear_config::monitor_from_json;
use allclear_core::Timestamp;
use allclear_core::checker::CheckKinds;
use allclear_core::config::Config;
use allclear_core::config::WithRetention;
use allclear_core::id::{MonitorId, RegionId};
use allclear_core::monitor::Monitor;
use allclear_core::outcome::Outcome;
use allclear_core::ports::{ReadBeats, ReadConfig, ReadSecrets, RecordBeat, SecretFreshness};
use allclear_core::reason::Reason;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::probe::beat::{self, BeatRequest};
use crate::probe::check_response::CheckResponse;
use crate::probe::event::ProbeRequest;
use crate::probe::invocation::{DuePeriod, Invocation, ProbeError};
use crate::probe::prober::{BuildError, ProbeStore, Prober};

/// The length of the window of one scheduled event.
pub const WINDOW: Duration = Duration::from_mins(1);

/// The maximum number of checks under way at the same time. A check may hold two sockets while IPv4 and IPv6
/// race, and a sandbox has 1,024 descriptors.
const MAX_UNDER_WAY: usize = 400;

/// The part of an invocation's time that is reserved for writing the outcomes after the last check.
const MARGIN: Duration = Duration::from_secs(5);

/// The prober as a function: its ports, and the prober of the active config.
pub struct ProbeHandler<S, K, C> {
    store: S,
    secrets: K,
    kinds: C,
    region: RegionId,
    active: ActiveConfig<BuiltProber<S>>,
}

/// The parts of a handler that are built from a config.
struct BuiltProber<S> {
    /// The store, with the configured retention of runs.
    store: S,
    prober: Prober,
    tokens: BTreeMap<String, MonitorId>,
}

impl<S, K, C> ProbeHandler<S, K, C>
where
    S: ReadConfig + ProbeStore + ReadBeats + RecordBeat + WithRetention,
    K: ReadSecrets,
    C: CheckKinds,
{
    /// Creates the handler over its ports, in `region`.
    pub fn new(store: S, secrets: K, kinds: C, region: RegionId) -> Self {
        Self { store, secrets, kinds, region, active: ActiveConfig::default() }
    }

    /// Reads the config and the secrets ahead of the first event.
    pub async fn warm_up(&mut self) {
        let Self { store, secrets, kinds, region, active } = self;
        let built = active.warm_up(store, |config| make(config, store, kinds, region)).await;
        let Some(built) = built else { return };
        let mut checkers = built.prober.checkers.iter();
        if let Some(names) =
            checkers.find_map(|(_, one)| Some(one.secrets()).filter(|names| !names.is_empty()))
        {
            let _ = secrets.secrets(&names, SecretFreshness::Cached).await;
        }
    }

    /// Answers one event, within `time`.
    ///
    /// # Errors
    ///
    /// Fails if the event is invalid, if no config can be used, if a requested monitor is unknown,
    /// if an inline check is invalid, if the beats cannot be read, or if the run cannot be written.
    /// A scheduled invocation also fails, after its checks, if the config is stale.
    pub async fn handle(
        &mut self,
        event: &Value,
        now: Timestamp,
        time: Duration,
    ) -> Result<Value, InvocationFailure> {
        let began = Instant::now();
        let request = ProbeRequest::parse(event)?;
        let Self { store, secrets, kinds, region, active } = self;
        let Current { config, value: built, staleness, .. } =
            active.current(store, |config| make(config, store, kinds, region)).await?;
        let limit = time.saturating_sub(MARGIN).saturating_sub(began.elapsed());
        let probe = Probe { built, secrets, config, now, limit };
        let answer = match request {
            // After a run in the future was folded, all outcomes before it would count as old.
            ProbeRequest::Scheduled { start } if start > now + MAX_EARLY => {
                let what = format!("invalid event: `scheduled_time` {start} is in the future");
                return Err(InvocationFailure::new(Code::EventUnreadable, what));
            }
            ProbeRequest::Scheduled { start } => {
                let answer = probe.due(start, began).await?;
                return staleness.fail_or(answer);
            }
            ProbeRequest::Check { monitors, record } => {
                let monitors = probe.selected(&monitors)?;
                if record {
                    probe.recorded(&monitors).await?
                } else {
                    probe.unrecorded(&monitors).await?
                }
            }
            ProbeRequest::CheckInline { table } => probe.inline(&table, kinds, region).await?,
            ProbeRequest::Beat { method, path, query, content_type, body } => {
                let path = path.as_deref().unwrap_or_default();
                let (method, query, content_type) = (&*method, &*query, &*content_type);
                let request = BeatRequest { method, path, query, content_type, body: &body };
                let reply = beat::take(&built.store, &built.tokens, request, now).await;
                tracing::info!(status = reply.status, "handled a beat");
                let content_type = "text/plain; charset=utf-8";
                let headers = if reply.status == 405 {
                    json!({ "content-type": content_type, "allow": beat::METHODS })
                } else {
                    json!({ "content-type": content_type })
                };
                json!({ "statusCode": reply.status, "headers": headers, "body": reply.text })
            }
        };
        staleness.log();
        Ok(answer)
    }
}

fn make<S: WithRetention, C: CheckKinds>(
    config: &Arc<Config>,
    store: &S,
    kinds: &C,
    region: &RegionId,
) -> Result<BuiltProber<S>, String> {
    let prober = Prober::new(Arc::clone(config), kinds, region.clone())
        .map_err(|error| error.to_string())?
        .with_at_most(MAX_UNDER_WAY);
    let tokens = prober.beat_tokens().collect();
    Ok(BuiltProber { store: store.with_retention_of(&config.settings), prober, tokens })
}

/// The maximum lead of a scheduled time over the function's clock. The clocks of the schedule and the
/// function may differ.
const MAX_EARLY: Duration = Duration::from_mins(2);

/// One invocation.
struct Probe<'a, S, K> {
    built: &'a BuiltProber<S>,
    secrets: &'a K,
    config: &'a Arc<Config>,
    now: Timestamp,
    limit: Duration,
}

impl<S: ProbeStore, K: ReadSecrets> Probe<'_, S, K> {
    async fn due(&self, start: Timestamp, began: Instant) -> Result<Value, InvocationFailure> {
        let period = DuePeriod { start, length: WINDOW };
        let report = self
            .built
            .prober
            .probe_at_once(&self.built.store, self.secrets, period, self.invocation())
            .await?;
        self.log_missing_secrets(&report.outcomes).await;
        let mut statuses: BTreeMap<&str, usize> = BTreeMap::new();
        for outcome in &report.outcomes {
            *statuses.entry(outcome.status().as_str()).or_default() += 1;
        }
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let answer = json!({
            "checked": report.outcomes.len(),
            "statuses": statuses,
            "passed_over": report.n_skipped,
            "was_duplicate": report.was_duplicate,
        });
        // An alarm fires if no scheduled batch is logged.
        tracing::info!(
            monotonic_counter.scheduled_rounds = 1_u64,
            %start,
            took_ms,
            result = %answer,
            "checked due monitors"
        );
        Ok(answer)
    }

    /// Logs each missing secret once. The outcomes of its monitors are unknown, which otherwise only the page
    /// shows.
    async fn log_missing_secrets(&self, outcomes: &[Outcome]) {
        let lacks = |outcome: &&Outcome| {
            outcome.verdict.cause().is_some_and(|cause| cause.reason == Reason::SecretUnreadable)
        };
        for outcome in outcomes.iter().filter(lacks) {
            let Some(checker) = self.built.prober.checkers.get(&outcome.monitor) else { continue };
            let again = self.secrets.secrets(&checker.secrets(), SecretFreshness::Cached).await;
            if let Err(error) = again {
                let (code, monitor) = (secret_code(&error), &outcome.monitor);
                tracing::error!(%code, %monitor, %error, "failed to read a secret of a check");
            }
        }
    }

    fn invocation(&self) -> Invocation {
        Invocation { now: self.now, limit: self.limit }
    }

    /// Returns the monitors with these ids; all monitors if there are no ids.
    fn selected(&self, ids: &[MonitorId]) -> Result<Vec<&Monitor>, InvocationFailure> {
        let monitors: Vec<&Monitor> = if ids.is_empty() {
            self.config.monitors.iter().collect()
        } else {
            self.config.monitors.iter().filter(|monitor| ids.contains(&monitor.id)).collect()
        };
        let unknown: Vec<String> = ids
            .iter()
            .filter(|id| self.config.monitor(id).is_none())
            .map(|id| format!("`{id}`"))
            .collect();
        if !unknown.is_empty() {
            let known: Vec<_> = self.config.monitors.iter().map(|one| one.id.as_str()).collect();
            let (unknown, known) = (unknown.join(", "), known.join(", "));
            let what = format!("no monitor {unknown}; known monitors: {known}");
            return Err(InvocationFailure::new(Code::MonitorUnknown, what));
        }
        Ok(monitors)
    }

    /// Checks monitors and writes the outcomes.
    async fn recorded(&self, monitors: &[&Monitor]) -> Result<Value, InvocationFailure> {
        let Self { built: BuiltProber { store, prober, .. }, secrets, .. } = *self;
        let report = prober.probe_these(store, secrets, monitors, self.invocation()).await?;
        Ok(answer(&report.outcomes, &prober.region, monitors))
    }

    /// Checks monitors and writes no run.
    async fn unrecorded(&self, monitors: &[&Monitor]) -> Result<Value, InvocationFailure> {
        let Self { built: BuiltProber { store, prober, .. }, secrets, .. } = *self;
        let outcomes = prober.check(store, secrets, monitors, self.invocation()).await?;
        Ok(answer(&outcomes, &prober.region, monitors))
    }

    async fn inline<C: CheckKinds>(
        &self,
        table: &Map<String, Value>,
        kinds: &C,
        region: &RegionId,
    ) -> Result<Value, InvocationFailure> {
        let monitor = monitor_from_json(table, kinds)
            .map_err(|problems| InvocationFailure::new(Code::CheckInvalid, problems.join("\n")))?;
        let config = Config { monitors: vec![monitor], ..Config::clone(self.config) };
        let config = Arc::new(config);
        let prober = Prober::new(Arc::clone(&config), kinds, region.clone())?.without_state();
        let monitors: Vec<&Monitor> = config.monitors.iter().collect();
        let Self { built: BuiltProber { store, .. }, secrets, .. } = *self;
        let outcomes = prober.check(store, secrets, &monitors, self.invocation()).await?;
        Ok(answer(&outcomes, region, &monitors))
    }
}

fn answer(outcomes: &[Outcome], region: &RegionId, monitors: &[&Monitor]) -> Value {
    tracing::info!(checked = outcomes.len(), "checked monitors on request");
    let outcomes: Vec<CheckResponse<'_>> =
        outcomes.iter().map(|outcome| CheckResponse::of(outcome, region, monitors)).collect();
    json!({ "outcomes": outcomes })
}

impl From<ProbeError> for InvocationFailure {
    fn from(error: ProbeError) -> Self {
        let (ProbeError::Record { source, .. } | ProbeError::Beats(source)) = &error;
        Self::of(store_code(source), &error)
    }
}

impl From<BuildError> for InvocationFailure {
    fn from(error: BuildError) -> Self {
        Self::of(Code::CheckInvalid, &error)
    }
}
