//! The times that the page states: those of updates, ends and announcements.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::incident::{
    EpisodeChange, EpisodeEnd, EpisodeEndKind, IncidentEpisode, IncidentVisibility,
};
use allclear_core::status::Status;
use allclear_core::window::{Maintenance, WindowSchedule};
use allclear_engine::publish::{EnteredMaintenance, reduce};
use allclear_status_site::snapshot::{PublicIncident, PublicIncidentPhase};

use crate::incidents::{episode, incident};
use crate::reduction::{ago, config, each_minute, facts, known, monitor, now, window};

/// Returns the time so many seconds after the confirmation of the first outage.
fn second(n: u64) -> Timestamp {
    ago(29) + Duration::from_secs(n)
}

/// Returns an outage that was confirmed at one second and ended at another one; its end was confirmed 10 s later.
fn outage(name: &str, confirmed: u64, end: Option<u64>) -> IncidentEpisode {
    let known = episode(name, 30);
    let change = EpisodeChange { confirmed_at: second(confirmed), ..known.changes[0] };
    let kind = EpisodeEndKind::Recovered;
    let end = end.map(|at| EpisodeEnd { at: second(at), confirmed_at: second(at + 10), kind });
    IncidentEpisode { changes: vec![change], end, ..known }
}

fn shown(episodes: Vec<IncidentEpisode>) -> PublicIncident {
    let states = ["api", "web"].map(|name| (name, known(Status::Healthy, None, ago(1))));
    let mut facts = facts(states.into());
    facts.incidents = vec![incident(IncidentVisibility::Published, episodes)];
    let config = config(vec![monitor("api"), monitor("web")]);
    reduce(&config, &facts, &each_minute(), now()).incidents.remove(0)
}

/// Returns the time and the phase of each update.
fn updates(incident: &PublicIncident) -> Vec<(Timestamp, PublicIncidentPhase)> {
    incident.updates.iter().map(|update| (update.at, update.phase)).collect()
}

#[test]
fn an_end_within_a_minute_is_an_update_of_its_own_that_is_not_before_the_end() {
    use PublicIncidentPhase::{Investigating, Resolved};
    let short = shown(vec![outage("api", 0, Some(20))]);
    assert_eq!(short.resolved_at, Some(second(20)));
    assert_eq!(updates(&short), [(second(0), Investigating), (second(30), Resolved)]);

    let apart = shown(vec![outage("api", 0, Some(100)), outage("web", 0, Some(130))]);
    assert_eq!(apart.resolved_at, Some(second(130)));
    let expected =
        [(second(0), Investigating), (second(110), Investigating), (second(140), Resolved)];
    assert_eq!(updates(&apart), expected);

    let together = shown(vec![outage("api", 0, Some(100)), outage("web", 0, Some(104))]);
    assert_eq!(updates(&together), [(second(0), Investigating), (second(110), Resolved)]);
}

#[test]
fn an_update_that_a_further_change_joins_states_the_time_of_that_change() {
    let incident = shown(vec![outage("api", 0, None), outage("web", 40, None)]);
    let times: Vec<_> = incident.updates.iter().map(|one| (one.at, one.changed_at)).collect();
    assert_eq!(times, [(second(0), second(40))]);
}

#[test]
fn a_window_of_an_operator_is_not_announced_before_it_was_entered() {
    let at = |minutes: i64| now() + jiff::SignedDuration::from_mins(minutes);
    for (entered, announced) in [(-5, -5), (-60 * 24 * 30, 60 - 60 * 24 * 14), (90, 60)] {
        let mut facts = facts(vec![("api", known(Status::Healthy, None, ago(1)))]);
        let schedule = WindowSchedule::Once { start: at(60), end: at(120) };
        let window = Maintenance { schedule, ..window(0, 0) };
        facts.maintenances = vec![EnteredMaintenance { window, entered_at: at(entered) }];
        let snapshot = reduce(&config(vec![monitor("api")]), &facts, &each_minute(), now());
        assert_eq!(snapshot.maintenances[0].announced_at, at(announced), "entered {entered} min");
    }
}
