//! The answer: the one sentence at the top of the page that sums up all services.
//!
//! Pure, and the only place that decides it: the page, its title and icon, `status.txt` and the
//! JSON all repeat this sentence.

use std::fmt;

use jiff::SignedDuration;

use crate::{
    snapshot::{
        Freshness, MaintenancePhase, PublicIncidentImpact, PublicService, ServiceState, Snapshot,
    },
    wording::{count, rough_age},
};

/// The summary of the whole page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverallStatus {
    /// The state behind the sentence; it selects color and icon.
    pub state: ServiceState,
    /// The sentence.
    pub headline: Headline,
    /// Further facts that a reader needs to understand the sentence; whole sentences.
    pub notes: Vec<String>,
}

/// A sentence that may name a service. The name is a field of its own because it may be written in
/// another direction than the sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headline {
    /// The words before the name, with their trailing space; the whole sentence if no service is
    /// named.
    pub before: String,
    /// The name of a service, or empty.
    pub name: String,
    /// The words after the name, with their leading space.
    pub after: String,
}

/// The sentence about stale data, with `#` in the place of the age. The script of the page uses it
/// when the data becomes too old while the page is open.
pub(crate) const STALE_SENTENCE: &str = "Status unknown: the data is # old";

const IMPAIRED_NOTE: &str = "Some data is missing because monitoring is impaired. The services \
                             may be unaffected.";

impl OverallStatus {
    /// Sums up a snapshot. The result is "All systems operational" only if every service was
    /// measured recently and found operational, and no open incident or active window contradicts
    /// that.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Self {
        let services: Vec<&PublicService> = snapshot.services().collect();
        let unknown = with_state(&services, &[ServiceState::NoData]);
        let (state, headline) = headline(snapshot, &services);

        let mut notes = Vec::new();
        if snapshot.monitoring_impaired {
            notes.push(IMPAIRED_NOTE.to_owned());
        }
        match snapshot.freshness() {
            Freshness::Stale { .. } => notes.push(
                "The current status of the services is unknown. Their history is shown below."
                    .to_owned(),
            ),
            Freshness::Fresh if state.is_problem() && !unknown.is_empty() => {
                let verb = if unknown.len() == 1 { "has" } else { "have" };
                notes.push(format!("{} of {} {verb} no data.", unknown.len(), total(&services)));
            }
            Freshness::Fresh | Freshness::NeverMeasured => {}
        }
        Self { state, headline, notes }
    }
}

fn headline(snapshot: &Snapshot, services: &[&PublicService]) -> (ServiceState, Headline) {
    if services.is_empty() {
        return (ServiceState::NoData, Headline::plain("Status unknown: no services are watched"));
    }
    match snapshot.freshness() {
        Freshness::NeverMeasured => {
            (ServiceState::NoData, Headline::plain("Status unknown: nothing has been measured yet"))
        }
        Freshness::Stale { age } => (ServiceState::NoData, Headline::plain(stale_sentence(age))),
        Freshness::Fresh => measured(snapshot, services),
    }
}

/// Decides from the measured states. Known problems come first, then missing data, then good news.
fn measured(snapshot: &Snapshot, services: &[&PublicService]) -> (ServiceState, Headline) {
    let outages = with_state(services, &[ServiceState::Outage]);
    let problems = with_state(services, &[ServiceState::Outage, ServiceState::Degraded]);
    let unknown = with_state(services, &[ServiceState::NoData]);
    let maintained = with_state(services, &[ServiceState::Maintenance]);
    let total = total(services);
    let worst = if outages.is_empty() { ServiceState::Degraded } else { ServiceState::Outage };

    if let [service] = problems.as_slice() {
        let does =
            if worst == ServiceState::Outage { " is down" } else { " is slow or failing in part" };
        (worst, Headline::naming("", service, does))
    } else if services.len() > 1 && outages.len() == services.len() {
        (worst, Headline::plain(format!("All {total} are down")))
    } else if !problems.is_empty() {
        (worst, Headline::plain(format!("{} of {total} have problems", problems.len())))
    } else if snapshot.monitoring_impaired {
        (ServiceState::NoData, Headline::plain("Status unknown: monitoring is impaired"))
    } else if unknown.len() == services.len() {
        // A first failure was measured, but may be an error of its check.
        let is_new = unknown.iter().all(|service| service.uptime().basis_points().is_none());
        let what = if is_new { "no status has been confirmed yet" } else { "no service has data" };
        (ServiceState::NoData, Headline::plain(format!("Status unknown: {what}")))
    } else if let [service] = unknown.as_slice() {
        (ServiceState::NoData, Headline::naming("No data for ", service, ""))
    } else if !unknown.is_empty() {
        (ServiceState::NoData, Headline::plain(format!("No data for {} of {total}", unknown.len())))
    } else if let Some(announced) = open_incident(snapshot) {
        (ServiceState::Degraded, announced)
    } else if let [service] = maintained.as_slice() {
        (ServiceState::Maintenance, Headline::naming("", service, " is under maintenance"))
    } else if !maintained.is_empty() {
        let n = maintained.len();
        (
            ServiceState::Maintenance,
            Headline::plain(format!("{n} of {total} are under maintenance")),
        )
    } else if !snapshot.maintenances_in(MaintenancePhase::Active).is_empty() {
        (ServiceState::Maintenance, Headline::plain("Maintenance is in progress"))
    } else {
        (ServiceState::Operational, Headline::plain("All systems operational"))
    }
}

/// Returns the headline for an open incident with an impact. It counts even if all checks pass.
fn open_incident(snapshot: &Snapshot) -> Option<Headline> {
    let mut open = snapshot.open_incidents();
    open.retain(|incident| incident.impact != PublicIncidentImpact::None);
    let first = open.first()?;
    let headline = match (open.as_slice(), snapshot.affected(&first.affected).as_slice()) {
        ([_], [service]) => Headline::naming("", service, " has an open incident"),
        ([_], _) => Headline::plain("An incident is open"),
        (many, _) => Headline::plain(format!("{} incidents are open", many.len())),
    };
    Some(headline)
}

fn stale_sentence(age: SignedDuration) -> String {
    STALE_SENTENCE.replace('#', &rough_age(age))
}

fn with_state<'a>(
    services: &[&'a PublicService],
    states: &[ServiceState],
) -> Vec<&'a PublicService> {
    services.iter().copied().filter(|service| states.contains(&service.state)).collect()
}

fn total(services: &[&PublicService]) -> String {
    count(services.len(), "service")
}

impl Headline {
    fn plain(sentence: impl Into<String>) -> Self {
        Self { before: sentence.into(), name: String::new(), after: String::new() }
    }

    fn naming(before: &str, service: &PublicService, after: &str) -> Self {
        Self {
            before: before.to_owned(),
            name: service.label().to_owned(),
            after: after.to_owned(),
        }
    }
}

impl fmt::Display for Headline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.before, self.name, self.after)
    }
}
