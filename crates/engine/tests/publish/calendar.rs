//! The calendar of maintenance after changes of the windows: the numbers by which calendars accept the change.

use std::sync::Arc;

use allclear_core::config::Config;
use allclear_core::id::MaintenanceId;
use allclear_core::state::ShardState;
use allclear_core::status::Status;
use allclear_core::window::{Maintenance, WindowSchedule};
use allclear_engine::publish::{PageFacts, reduce};
use allclear_evaluate::{ConfigIndex, window_revisions};
use allclear_status_site::render;

use crate::reduction::{ago, config, each_minute, facts, known, monitor, now, window};

/// A page whose windows change.
struct Page {
    facts: PageFacts,
    /// The minutes since the first change.
    minute: i64,
}

/// The fields of an event by which a calendar finds and accepts it.
#[derive(Debug, PartialEq, Eq)]
struct Event {
    uid: String,
    sequence: i64,
    status: String,
    start: String,
}

impl Page {
    fn new() -> Self {
        Self { facts: facts(vec![("api", known(Status::Healthy, None, ago(1)))]), minute: -60 }
    }

    /// Publishes the page with these windows, a minute after the publication before.
    fn publish(&mut self, maintenances: Vec<Maintenance>) -> Vec<Event> {
        self.minute += 1;
        let config = Config { maintenances, ..config(vec![monitor("api")]) };
        let index = ConfigIndex::new(Arc::new(config.clone())).unwrap();
        let evaluated_at = now() + jiff::SignedDuration::from_mins(self.minute);
        let state: &mut ShardState = &mut self.facts.states[0];
        window_revisions::observe(state, &index, evaluated_at);
        let snapshot = reduce(&config, &self.facts, &each_minute(), now());
        let files = render(&snapshot);
        let file = files.iter().find(|file| file.path == "maintenance.ics").unwrap();
        let text = std::str::from_utf8(&file.bytes).unwrap();
        text.split("BEGIN:VEVENT").skip(1).map(event).collect()
    }
}

fn event(text: &str) -> Event {
    let field = |name: &str| {
        let mut lines = text.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap().to_owned()
    };
    Event {
        uid: field("UID"),
        sequence: field("SEQUENCE").parse().unwrap(),
        status: field("STATUS"),
        start: field("DTSTART"),
    }
}

#[test]
fn a_changed_or_withdrawn_window_is_the_same_event_with_a_higher_number() {
    let mut page = Page::new();
    let planned = window(60, 120);
    let first = page.publish(vec![planned.clone()]).remove(0);
    assert_eq!(page.publish(vec![planned.clone()]), [first], "an unchanged event is the same");
    let mut latest = page.publish(vec![planned.clone()]).remove(0);
    let at = |minutes| now() + jiff::SignedDuration::from_mins(minutes);
    let schedule = |start, end| WindowSchedule::Once { start: at(start), end: at(end) };
    for changed in [
        Maintenance { schedule: schedule(90, 120), ..planned.clone() },
        Maintenance { schedule: schedule(90, 240), ..planned.clone() },
        Maintenance { title: "Later".to_owned(), ..planned.clone() },
        Maintenance { description: Some("Carts are lost.".to_owned()), ..planned.clone() },
    ] {
        let event = page.publish(vec![changed]).remove(0);
        assert_eq!(event.uid, latest.uid);
        assert!(event.sequence > latest.sequence, "{event:?} after {latest:?}");
        assert_eq!(event.status, "CONFIRMED");
        latest = event;
    }
    let withdrawn = page.publish(Vec::new()).remove(0);
    assert_eq!(withdrawn.uid, latest.uid);
    assert!(withdrawn.sequence > latest.sequence);
    assert_eq!((withdrawn.status.as_str(), &withdrawn.start), ("CANCELLED", &latest.start));
    let again = page.publish(vec![planned]);
    assert_eq!(again.len(), 1);
    assert!(again[0].sequence > withdrawn.sequence);
    assert_eq!(again[0].status, "CONFIRMED");
}

#[test]
fn a_withdrawn_window_of_private_services_is_in_no_calendar() {
    let mut page = Page::new();
    let mut private = window(60, 120);
    private.id = MaintenanceId::new("private").unwrap();
    private.scope.tags = vec!["internal".to_owned()];
    assert_eq!(page.publish(vec![private]), []);
    assert_eq!(page.publish(Vec::new()), []);
}
