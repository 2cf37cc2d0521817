//! Witnesses: unrelated hosts that show whether an unreachable target or our own network is at fault.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::budget::NoBudget;
use allclear_core::checker::{CheckContext, CheckKinds, Checker, Checkers, PriorState};
use allclear_core::config::Config;
use allclear_core::monitor::CheckSpec;
use allclear_core::outcome::{Cause, Outcome, Verdict};
use allclear_core::reason::Reason;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

/// The minimum number of unrelated hosts for a verdict about our own network.
const MIN_SITES: usize = 3;

/// The maximum number of hosts that are checked.
const MAX_CONTROLS: usize = 5;

/// The time limit of the check of one control.
const TIMEOUT: Duration = Duration::from_secs(3);

/// The time for which a result is reused.
const REUSED_FOR: Duration = Duration::from_secs(5);

/// Hosts whose reachability tests the network, each unrelated to the others.
pub(crate) struct Controls {
    candidates: Vec<(Site, Arc<dyn Checker>)>,
    last_result: Mutex<Option<(Instant, Reachability)>>,
}

/// The part of an address by which hosts count as related: the last two labels of the name, or the IP
/// address.
type Site = String;

/// The reachability of unrelated hosts.
type Reachability = BTreeMap<Site, bool>;

impl Controls {
    /// Collects the control hosts of `config`: its controls first, then its monitors.
    pub(crate) fn new(config: &Config, kinds: &dyn CheckKinds, checkers: &Checkers) -> Self {
        let controls = config.settings.controls.iter().filter_map(|address| {
            let params = serde_json::json!({ "address": address });
            let spec = CheckSpec { kind: "tcp".to_owned(), params };
            kinds.build(&spec).ok().map(Arc::from)
        });
        let others =
            config.monitors.iter().filter_map(|monitor| checkers.get(&monitor.id).cloned());
        let mut candidates: Vec<(Site, Arc<dyn Checker>)> = Vec::new();
        for checker in controls.chain(others) {
            if let Some(site) = site_of(checker.as_ref())
                && checker.secrets().is_empty()
                && !candidates.iter().any(|(known, _)| *known == site)
            {
                candidates.push((site, checker));
            }
        }
        Self { candidates, last_result: Mutex::new(None) }
    }

    /// Sets the outcomes to unknown if their failure is due to our own network.
    pub(crate) async fn reclassify_lost_network(
        &self,
        outcomes: &mut [Outcome],
        checkers: &Checkers,
        now: Timestamp,
    ) {
        let site = |outcome: &Outcome| site_of(checkers.get(&outcome.monitor)?.as_ref());
        let mut seen = Reachability::new();
        for outcome in outcomes.iter() {
            if let Some(site) = site(outcome) {
                *seen.entry(site).or_default() |= reached(&outcome.verdict);
            }
        }
        if seen.values().all(|reached| *reached) {
            return;
        }
        let reachability = self.reachability(seen, now).await;
        if !is_impaired(&reachability) {
            return;
        }
        let n_lost = n_lost(&reachability);
        for outcome in outcomes {
            if site(outcome).is_some()
                && let Verdict::Unhealthy(cause) = &outcome.verdict
                && cause.reason.is_transport()
            {
                let message = format!(
                    "{n_lost} of {} unrelated hosts cannot be reached; for example: {}",
                    reachability.len(),
                    cause.message
                );
                let cause = Cause::of(Reason::MonitoringImpaired, message);
                outcome.verdict = Verdict::unknown(cause);
            }
        }
    }

    /// Returns `seen` together with the reachability of other hosts, checked now or within the last seconds.
    async fn reachability(&self, seen: Reachability, now: Timestamp) -> Reachability {
        let mut last = self.last_result.lock().await;
        if let Some((at, known)) = last.as_ref()
            && at.elapsed() < REUSED_FOR
        {
            let has_new_failure =
                seen.iter().any(|(site, reached)| !reached && known.get(site) != Some(&false));
            let mut reachability = known.clone();
            reachability.extend(seen.clone());
            // A new unreachable host invalidates the earlier answers of the others.
            if !has_new_failure || is_impaired(&reachability) {
                return reachability;
            }
        }
        let mut reachability = self.check_candidates(&seen, now).await;
        reachability.extend(seen);
        *last = Some((Instant::now(), reachability.clone()));
        reachability
    }

    async fn check_candidates(&self, seen: &Reachability, now: Timestamp) -> Reachability {
        let n_needed = MAX_CONTROLS.saturating_sub(seen.len());
        let mut checks = JoinSet::new();
        let unseen = self.candidates.iter().filter(|(site, _)| !seen.contains_key(site));
        for (site, checker) in unseen.take(n_needed) {
            let (site, checker) = (site.clone(), Arc::clone(checker));
            checks.spawn(async move {
                let secrets = BTreeMap::new();
                let context = CheckContext {
                    now,
                    timeout: TIMEOUT,
                    secrets: &secrets,
                    beat: None,
                    listener_gap: None,
                    prior_state: PriorState::Unreadable,
                    budget: &NoBudget,
                    interval: Duration::ZERO,
                    force_all: false,
                };
                let finding = timeout(TIMEOUT * 2, checker.check(context)).await;
                (site, finding.is_ok_and(|finding| reached(&finding.verdict)))
            });
        }
        let mut reachability = Reachability::new();
        while let Some(answer) = checks.join_next().await {
            reachability.extend(answer.ok());
        }
        reachability
    }
}

/// Returns true if there are enough unrelated hosts and most of them cannot be reached.
fn is_impaired(reachability: &Reachability) -> bool {
    reachability.len() >= MIN_SITES && n_lost(reachability) * 2 > reachability.len()
}

fn n_lost(reachability: &Reachability) -> usize {
    reachability.values().filter(|reached| !**reached).count()
}

/// Returns true if the target was reached, whatever its answer.
fn reached(verdict: &Verdict) -> bool {
    verdict.cause().is_none_or(|cause| !cause.reason.is_transport())
}

/// Returns the site of a check's host; `None` for a check without a host or of this machine.
fn site_of(checker: &dyn Checker) -> Option<Site> {
    let host = checker.host()?.trim_matches(['[', ']']);
    if let Ok(address) = host.parse::<IpAddr>() {
        return (!address.is_loopback()).then(|| address.to_string());
    }
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    if host == "localhost" || host.ends_with(".localhost") {
        return None;
    }
    let mut labels: Vec<&str> = host.rsplit('.').take(2).collect();
    labels.reverse();
    Some(labels.join("."))
}
