//! Automatic incidents: each confirmed outage of a public monitor is one, derived from its transitions. They
//! state the measurement and not its cause.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::event::Transition;
use allclear_core::monitor::Monitor;
use allclear_core::outcome::Cause;
use allclear_status_site::snapshot::{
    Incident, IncidentImpact, IncidentPhase, IncidentUpdate, ServiceState,
};

use crate::publish::public::public_state;
use crate::publish::public::{Public, PublicMonitor, PublicWindow};

/// The period for which past incidents are shown.
const PAST: Duration = Duration::from_hours(14 * 24);

/// Returns the outages that are open, or ended at most [`PAST`] before `now`.
pub(crate) fn incidents(public: &Public<'_>, now: Timestamp) -> Vec<Incident> {
    let outages = public.monitors.iter().flat_map(|monitor| {
        let outages = outages(monitor).into_iter();
        outages.filter(|outage| !is_planned(&public.windows, monitor.monitor, outage, now))
    });
    outages.filter(|outage| outage.resolved_at.is_none_or(|at| at + PAST >= now)).collect()
}

/// Returns true if the outage began and ended, or still lasts, within one planned window.
fn is_planned(
    windows: &[PublicWindow<'_>],
    monitor: &Monitor,
    incident: &Incident,
    now: Timestamp,
) -> bool {
    let (from, until) = (incident.started_at, incident.resolved_at.unwrap_or(now));
    windows.iter().filter(|window| window.affects(monitor)).any(|window| {
        let openings = window.window.openings(from, until);
        openings.iter().any(|opening| opening.contains(from) && until <= opening.end)
    })
}

fn outages(PublicMonitor { monitor, transitions, .. }: &PublicMonitor<'_>) -> Vec<Incident> {
    let mut incidents: Vec<Incident> = Vec::new();
    for transition in transitions {
        let state = public_state(transition.to, transition.cause.as_ref());
        let open = incidents.last_mut().filter(|incident| incident.is_open());
        match (open, state) {
            (None, ServiceState::Outage) => incidents.push(outage(monitor, transition)),
            (Some(incident), ServiceState::Operational | ServiceState::Degraded) => {
                end(incident, monitor, transition, state);
            }
            // A period without measurement neither begins nor ends an outage.
            (_, ServiceState::NoData | ServiceState::Maintenance)
            | (None, ServiceState::Operational | ServiceState::Degraded)
            | (Some(_), ServiceState::Outage) => {}
        }
    }
    incidents
}

fn outage(monitor: &Monitor, transition: &Transition) -> Incident {
    let name = &monitor.name;
    Incident {
        id: format!("{}-{}", monitor.id, transition.at.as_second()),
        title: format!("{name} is down"),
        affected: vec![monitor.id.to_string()],
        impact: if monitor.critical { IncidentImpact::Critical } else { IncidentImpact::Major },
        started_at: transition.at,
        resolved_at: None,
        updates: vec![IncidentUpdate {
            at: transition.confirmed_at,
            phase: IncidentPhase::Investigating,
            text: format!("Our checks of {name} fail."),
        }],
    }
}

fn end(incident: &mut Incident, monitor: &Monitor, transition: &Transition, state: ServiceState) {
    let name = &monitor.name;
    let is_partial = transition.cause.as_ref().is_some_and(Cause::is_of_some_regions);
    let text = if state == ServiceState::Degraded && is_partial {
        format!("{name} responds again in some regions.")
    } else if state == ServiceState::Degraded {
        format!("{name} responds again, but with degraded results.")
    } else {
        format!("Our checks of {name} succeed again.")
    };
    incident.resolved_at = Some(transition.at);
    incident.updates.push(IncidentUpdate {
        at: transition.confirmed_at,
        phase: IncidentPhase::Resolved,
        text,
    });
}
