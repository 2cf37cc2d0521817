//! The promise of the next update of an incident.

use std::time::Duration;

use allclear_core::incident::{
    EpisodeEndKind, IncidentChange, IncidentRevision, IncidentVisibility,
};
use allclear_engine::publish::PageFacts;

use crate::incidents::{all_healthy, ended, entry, episode, incident, page};
use crate::reduction::now;

#[test]
fn an_update_promises_the_next_one_and_a_later_one_ends_the_promise() {
    let mut facts = all_healthy(&["api", "web"]);
    let mut automatic = incident(IncidentVisibility::Published, vec![episode("api", 30)]);
    let id = automatic.id.clone();
    let promise = Some(now() + Duration::from_mins(30));
    let update = |text: Option<&str>, title: Option<&str>, next_update_at| {
        let (text, title) = (text.map(str::to_owned), title.map(str::to_owned));
        IncidentChange::Update(IncidentRevision {
            text,
            title,
            next_update_at,
            ..IncidentRevision::default()
        })
    };
    let promised = |facts: &PageFacts| {
        let one = page(&["api", "web"], facts).incidents[0].clone();
        (one.next_update_at, one.updates.iter().filter(|one| one.next_update_at.is_some()).count())
    };
    facts.incidents = vec![automatic.clone()];
    assert_eq!(promised(&facts), (None, 0), "checks promise nothing");
    facts.incident_entries = vec![entry(&id, 20, update(Some("A disk is full."), None, promise))];
    assert_eq!(promised(&facts), (promise, 1));
    // A correction of the title is no update.
    facts.incident_entries.push(entry(&id, 15, update(None, Some("Disk"), None)));
    assert_eq!(promised(&facts), (promise, 1));
    let later = promise.map(|at| at + Duration::from_mins(30));
    facts.incident_entries.push(entry(&id, 12, update(None, None, later)));
    assert_eq!(promised(&facts), (later, 1));
    facts.incident_entries.push(entry(&id, 10, update(Some("It is replaced."), None, None)));
    assert_eq!(promised(&facts), (None, 1));
    facts.incident_entries.truncate(1);
    automatic.episodes[0].end = Some(ended(5, EpisodeEndKind::Recovered));
    facts.incidents = vec![automatic];
    assert_eq!(promised(&facts), (None, 1), "the incident is over");
    facts.incident_entries[0].visibility = IncidentVisibility::Draft;
    assert_eq!(promised(&facts), (None, 0), "promised to the team alone");
}
