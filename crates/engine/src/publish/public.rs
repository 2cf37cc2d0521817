//! The public part of the config and of the facts. All published data is derived from it, so that a private
//! monitor cannot reach the page.

use std::collections::{BTreeMap, HashMap, HashSet};

use allclear_core::Timestamp;
use allclear_core::config::{Config, Page};
use allclear_core::id::{MaintenanceId, MonitorId};
use allclear_core::incident::{AutomaticIncident, Incident};
use allclear_core::monitor::Monitor;
use allclear_core::outcome::Cause;
use allclear_core::public_effect::PublicEffect;
use allclear_core::state::{KnownWindow, MonitorState, ShardState};
use allclear_core::status::Status;
use allclear_core::window::Maintenance;
use allclear_status_site::snapshot::ServiceState;

use crate::publish::{MonitorHistory, PageFacts, ProviderFacts};

/// The publishable part of the config, and of the facts by monitor.
pub(crate) struct Public<'a> {
    pub(crate) page: &'a Page,
    /// In the order of the config.
    pub(crate) monitors: Vec<PublicMonitor<'a>>,
    /// The windows that affect a public monitor, or everything. Those of the config in
    /// its order, then those of operators.
    pub(crate) windows: Vec<PublicWindow<'a>>,
    /// The windows as the evaluators know them, each in its latest revision.
    pub(crate) revisions: BTreeMap<&'a MaintenanceId, &'a KnownWindow>,
    /// The published incidents with a public monitor, and those of operators about none; the newest first. Their facts and
    /// their monitors are the public ones.
    pub(crate) incidents: Vec<Incident>,
    /// The providers of the public monitors.
    pub(crate) providers: &'a ProviderFacts,
    /// True while a process that checks public monitors cannot measure.
    pub(crate) is_impaired: bool,
}

/// A public monitor with the facts about it.
pub(crate) struct PublicMonitor<'a> {
    pub(crate) monitor: &'a Monitor,
    /// `None` before the first outcome.
    pub(crate) state: Option<&'a MonitorState>,
    /// The stored history; `None` if there is none.
    pub(crate) history: Option<&'a MonitorHistory>,
}

/// A window with the public monitors that it affects.
pub(crate) struct PublicWindow<'a> {
    pub(crate) window: &'a Maintenance,
    /// The time at which an operator entered it; `None` for one of the config.
    pub(crate) entered_at: Option<Timestamp>,
    /// The public monitors that it affects, in the order of the config; all of them if the window is for
    /// everything.
    pub(crate) affected: Vec<&'a MonitorId>,
    /// The same ids as a set, because a window for everything affects thousands.
    ids: HashSet<&'a MonitorId>,
}

impl<'a> Public<'a> {
    /// Extracts the public part of `config` and `facts`.
    pub(crate) fn of(config: &'a Config, facts: &'a PageFacts) -> Self {
        let states: HashMap<&MonitorId, &MonitorState> =
            facts.states.iter().flat_map(|state| &state.monitors).collect();
        let public = public(config).map(|monitor| PublicMonitor {
            monitor,
            state: states.get(&monitor.id).copied(),
            history: facts.history.of(&monitor.id),
        });
        let monitors: Vec<PublicMonitor<'a>> = public.collect();
        // A shard with only private monitors does not concern the public.
        let is_impaired = facts.states.iter().any(|shard| {
            let mut ids = monitors.iter().map(|public| &public.monitor.id);
            shard.impairment.since.is_some()
                && (shard.monitors.is_empty() || ids.any(|id| shard.monitors.contains_key(id)))
        });
        Self {
            page: &config.page,
            incidents: incidents(config, facts),
            windows: windows(config, facts),
            revisions: revisions(&facts.states),
            monitors,
            providers: &facts.providers,
            is_impaired,
        }
    }
}

impl PublicWindow<'_> {
    /// Returns true if the window affects `monitor`.
    pub(crate) fn affects(&self, monitor: &Monitor) -> bool {
        self.ids.contains(&monitor.id)
    }
}

/// Returns the public monitors of `config`, in its order.
pub(crate) fn public(config: &Config) -> impl Iterator<Item = &Monitor> {
    config.monitors.iter().filter(|monitor| monitor.public)
}

/// Returns the published incidents, without the trouble of private monitors. The public start, end and impact follow
/// from the rest.
fn incidents(config: &Config, facts: &PageFacts) -> Vec<Incident> {
    let known: HashMap<&MonitorId, bool> =
        config.monitors.iter().map(|monitor| (&monitor.id, monitor.public)).collect();
    let automatic = facts.incidents.iter().filter_map(|one| {
        let mut incident: AutomaticIncident = one.clone();
        incident.episodes.retain(|episode| {
            // A monitor that was removed from the config is as public as it was.
            episode.is_public && known.get(&episode.monitor).copied().unwrap_or(true)
        });
        (!incident.episodes.is_empty()).then_some(incident)
    });
    let mut all = Incident::merge_published(automatic.collect(), facts.incident_entries.clone());
    // An incident by hand may be about private monitors alone.
    all.retain(|incident| {
        let is_private = |id: &MonitorId| known.get(id) == Some(&false);
        !incident.episodes.is_empty()
            || incident.monitors.is_empty()
            || !incident.monitors.iter().all(is_private)
    });
    for incident in &mut all {
        incident.monitors.retain(|id| known.get(id).copied().unwrap_or_default());
    }
    all
}

/// Returns the windows that the shards know. Each shard knows all of them, since its latest evaluation.
fn revisions(states: &[ShardState]) -> BTreeMap<&MaintenanceId, &KnownWindow> {
    let mut latest: BTreeMap<&MaintenanceId, &KnownWindow> = BTreeMap::new();
    for (id, window) in states.iter().flat_map(|state| &state.windows) {
        let known = latest.entry(id).or_insert(window);
        if known.revised_at < window.revised_at {
            *known = window;
        }
    }
    latest
}

fn windows<'a>(config: &'a Config, facts: &'a PageFacts) -> Vec<PublicWindow<'a>> {
    let of_config = config.maintenances.iter().map(|window| (window, None));
    let entered = facts.maintenances.iter().map(|one| (&one.window, Some(one.entered_at)));
    let windows = of_config.chain(entered).filter_map(|(window, entered_at)| {
        let affected = public(config).filter(|monitor| window.scope.includes(monitor));
        let affected: Vec<&MonitorId> = affected.map(|monitor| &monitor.id).collect();
        let is_public = window.scope.is_everything() || !affected.is_empty();
        is_public.then(|| PublicWindow {
            window,
            entered_at,
            ids: affected.iter().copied().collect(),
            affected,
        })
    });
    windows.collect()
}

/// Returns the public state for a status. A failure of Allclear or of its owner is no data, never red.
pub(crate) fn public_state(status: Status, cause: Option<&Cause>) -> ServiceState {
    match PublicEffect::of(status, cause) {
        PublicEffect::Operational => ServiceState::Operational,
        PublicEffect::Degraded => ServiceState::Degraded,
        PublicEffect::Outage => ServiceState::Outage,
        PublicEffect::NoData => ServiceState::NoData,
    }
}
