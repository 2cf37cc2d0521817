//! The answer: the one sentence at the top of the page that sums up all services.
//!
//! Pure, and the only place that decides it: the page, its title and icon, `status.txt` and the
//! JSON all repeat this sentence.

use std::fmt;

use crate::{
    Language,
    snapshot::{
        Freshness, MaintenancePhase, PublicIncidentImpact, PublicService, ServiceState, Snapshot,
    },
    words::{Around, Words},
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

impl OverallStatus {
    /// Sums up a snapshot in a language. The result is "All systems operational" only if every service was
    /// measured recently and found operational, and no open incident or active window contradicts
    /// that.
    #[must_use]
    pub fn of(snapshot: &Snapshot, language: Language) -> Self {
        Self::in_words(snapshot, Words::of(language))
    }

    pub(crate) fn in_words(snapshot: &Snapshot, words: &Words) -> Self {
        let services: Vec<&PublicService> = snapshot.services().collect();
        let unknown = with_state(&services, &[ServiceState::NoData]);
        let (state, headline) = headline(snapshot, &services, words);

        let mut notes = Vec::new();
        if snapshot.monitoring_impaired {
            notes.push(words.note_impaired());
        }
        match snapshot.freshness() {
            Freshness::Stale { .. } => notes.push(words.note_stale()),
            Freshness::Fresh if state.is_problem() && !unknown.is_empty() => {
                notes.push(words.note_no_data(unknown.len(), services.len()));
            }
            Freshness::Fresh | Freshness::NeverMeasured => {}
        }
        Self { state, headline, notes }
    }
}

fn headline(
    snapshot: &Snapshot,
    services: &[&PublicService],
    words: &Words,
) -> (ServiceState, Headline) {
    let unknown = |sentence: String| (ServiceState::NoData, Headline::plain(sentence));
    if services.is_empty() {
        return unknown(words.headline_without_services());
    }
    match snapshot.freshness() {
        Freshness::NeverMeasured => unknown(words.headline_never_measured()),
        Freshness::Stale { age } => unknown(words.headline_stale(&words.rough_age(age))),
        Freshness::Fresh => measured(snapshot, services, words),
    }
}

/// Decides from the measured states. Known problems come first, then missing data, then good news.
fn measured(
    snapshot: &Snapshot,
    services: &[&PublicService],
    words: &Words,
) -> (ServiceState, Headline) {
    let outages = with_state(services, &[ServiceState::Outage]);
    let problems = with_state(services, &[ServiceState::Outage, ServiceState::Degraded]);
    let total = services.len();
    let worst = if outages.is_empty() { ServiceState::Degraded } else { ServiceState::Outage };

    if let [service] = problems.as_slice() {
        let does = if worst == ServiceState::Outage {
            words.headline_down()
        } else {
            words.headline_degraded()
        };
        (worst, Headline::naming(does, service))
    } else if total > 1 && outages.len() == total {
        (worst, Headline::plain(words.headline_all_down(total)))
    } else if !problems.is_empty() {
        (worst, Headline::plain(words.headline_problems(problems.len(), total)))
    } else if let Some(missing) = missing(snapshot, services, words) {
        (ServiceState::NoData, missing)
    } else if let Some(announced) = open_incident(snapshot, words) {
        (ServiceState::Degraded, announced)
    } else if let Some(planned) = maintained(snapshot, services, words) {
        (ServiceState::Maintenance, planned)
    } else {
        (ServiceState::Operational, Headline::plain(words.headline_operational()))
    }
}

/// Returns the headline for missing data; `None` if there is data for all services.
fn missing(snapshot: &Snapshot, services: &[&PublicService], words: &Words) -> Option<Headline> {
    let unknown = with_state(services, &[ServiceState::NoData]);
    Some(match unknown.as_slice() {
        _ if snapshot.monitoring_impaired => Headline::plain(words.headline_impaired()),
        [] => return None,
        all if all.len() == services.len() => {
            // A first failure was measured, but may be an error of its check.
            let is_new = all.iter().all(|service| service.uptime().basis_points().is_none());
            Headline::plain(if is_new {
                words.headline_unconfirmed()
            } else {
                words.headline_all_without_data()
            })
        }
        [service] => Headline::naming(words.headline_no_data(), service),
        some => Headline::plain(words.headline_some_without_data(some.len(), services.len())),
    })
}

/// Returns the headline for maintenance; `None` if there is none.
fn maintained(snapshot: &Snapshot, services: &[&PublicService], words: &Words) -> Option<Headline> {
    let maintained = with_state(services, &[ServiceState::Maintenance]);
    Some(match maintained.as_slice() {
        [] if snapshot.maintenances_in(MaintenancePhase::Active).is_empty() => return None,
        [] => Headline::plain(words.headline_maintenance()),
        [service] => Headline::naming(words.headline_in_maintenance(), service),
        some => Headline::plain(words.headline_some_in_maintenance(some.len(), services.len())),
    })
}

/// Returns the headline for an open incident with an impact. It counts even if all checks pass.
fn open_incident(snapshot: &Snapshot, words: &Words) -> Option<Headline> {
    let mut open = snapshot.open_incidents();
    open.retain(|incident| incident.impact != PublicIncidentImpact::None);
    let first = open.first()?;
    Some(match (open.as_slice(), snapshot.affected(&first.affected).as_slice()) {
        ([_], [service]) => Headline::naming(words.headline_incident_of_service(), service),
        ([_], _) => Headline::plain(words.headline_incident()),
        (many, _) => Headline::plain(words.headline_incidents(many.len())),
    })
}

fn with_state<'a>(
    services: &[&'a PublicService],
    states: &[ServiceState],
) -> Vec<&'a PublicService> {
    services.iter().copied().filter(|service| states.contains(&service.state)).collect()
}

impl Headline {
    fn plain(sentence: String) -> Self {
        Self { before: sentence, name: String::new(), after: String::new() }
    }

    fn naming(sentence: Around, service: &PublicService) -> Self {
        let Around { before, after } = sentence;
        Self { before, name: service.label().to_owned(), after }
    }
}

impl fmt::Display for Headline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.before, self.name, self.after)
    }
}
