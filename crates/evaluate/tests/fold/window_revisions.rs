//! The revisions of maintenance windows, by which calendars accept a changed one.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::id::{EntryId, MaintenanceId};
use allclear_core::monitor::Monitor;
use allclear_core::operator_entry::{EntryContent, OperatorEntry};
use allclear_core::rule::RuleScope;
use allclear_core::state::{KnownWindow, ShardState};
use allclear_core::window::{Maintenance, WindowSchedule};
use allclear_evaluate::ConfigIndex;
use allclear_evaluate::window_revisions::observe;

use crate::scenario::{config, id, monitor, start};

fn minute(n: u64) -> Timestamp {
    start() + Duration::from_mins(n)
}

fn window() -> Maintenance {
    Maintenance {
        id: MaintenanceId::new("upgrade").unwrap(),
        title: "Upgrade".to_owned(),
        description: None,
        scope: RuleScope { monitors: vec![id("api")], ..RuleScope::default() },
        schedule: WindowSchedule::Once { start: minute(600), end: minute(660) },
        ended_at: None,
    }
}

fn index(maintenances: Vec<Maintenance>) -> ConfigIndex {
    let config = Config { maintenances, ..config(vec![monitor("api")], Vec::new()) };
    ConfigIndex::new(Arc::new(config)).unwrap()
}

fn known(state: &ShardState) -> &KnownWindow {
    &state.windows[&window().id]
}

#[test]
fn each_change_of_what_readers_see_is_a_later_revision() {
    let mut state = ShardState::default();
    assert!(observe(&mut state, &index(vec![window()]), minute(0)));
    assert!(!observe(&mut state, &index(vec![window()]), minute(1)), "nothing has changed");
    assert_eq!(known(&state).revised_at, minute(0));
    let moved = WindowSchedule::Once { start: minute(700), end: minute(760) };
    let longer = WindowSchedule::Once { start: minute(600), end: minute(690) };
    let changes = [
        Maintenance { title: "Migration".to_owned(), ..window() },
        Maintenance { description: Some("Carts are lost.".to_owned()), ..window() },
        Maintenance { schedule: moved, ..window() },
        Maintenance { schedule: longer, ..window() },
        Maintenance { scope: RuleScope::default(), ended_at: Some(minute(620)), ..window() },
    ];
    for (n, change) in (1..).zip(changes) {
        assert!(observe(&mut state, &index(vec![change]), minute(10 * n)), "{n}");
        assert_eq!(known(&state).revised_at, minute(10 * n));
    }
    let renamed = Monitor { name: "Checkout".to_owned(), ..monitor("api") };
    let config = Config { maintenances: vec![window()], ..config(vec![renamed], Vec::new()) };
    assert!(observe(&mut state, &ConfigIndex::new(Arc::new(config)).unwrap(), minute(60)));
    assert_eq!(known(&state).revised_at, minute(60), "the name of a service is part of it");
}

#[test]
fn a_revision_increases_although_the_clock_was_set_back() {
    let mut state = ShardState::default();
    observe(&mut state, &index(vec![window()]), minute(60));
    let renamed = Maintenance { title: "Migration".to_owned(), ..window() };
    observe(&mut state, &index(vec![renamed]), minute(0));
    assert_eq!(known(&state).revised_at, minute(60) + Duration::from_secs(1));
}

#[test]
fn a_window_that_is_removed_before_its_start_is_withdrawn_until_calendars_forget_it() {
    let mut state = ShardState::default();
    observe(&mut state, &index(vec![window()]), minute(0));
    assert!(observe(&mut state, &index(Vec::new()), minute(30)));
    assert!(known(&state).is_withdrawn);
    assert_eq!(known(&state).revised_at, minute(30));
    assert!(!observe(&mut state, &index(Vec::new()), minute(31)), "it is withdrawn once");

    let mut returned = state.clone();
    observe(&mut returned, &index(vec![window()]), minute(40));
    assert!(!known(&returned).is_withdrawn);
    assert_eq!(known(&returned).revised_at, minute(40));
    observe(&mut state, &index(Vec::new()), minute(660 + 14 * 24 * 60));
    assert!(state.windows.is_empty());
}

#[test]
fn a_window_that_is_removed_after_its_start_leaves_the_calendar() {
    let mut state = ShardState::default();
    observe(&mut state, &index(vec![window()]), minute(0));
    observe(&mut state, &index(Vec::new()), minute(610));
    assert!(state.windows.is_empty());
}

#[test]
fn a_window_of_an_operator_that_is_ended_before_its_start_is_withdrawn() {
    let entry = OperatorEntry {
        id: EntryId::new("upgrade").unwrap(),
        created_at: minute(0),
        author: "ann".to_owned(),
        comment: String::new(),
        expires_at: Some(minute(660)),
        content: EntryContent::Maintenance(Box::new(window())),
    };
    let mut state = ShardState::default();
    let with = |entry: OperatorEntry| index(Vec::new()).with_entries(vec![entry].into());
    observe(&mut state, &with(entry.clone()), minute(0));
    assert!(!known(&state).is_withdrawn);
    assert!(observe(&mut state, &with(entry.ended(minute(20))), minute(20)));
    assert!(known(&state).is_withdrawn);
    assert_eq!(known(&state).revised_at, minute(20));
}

#[test]
fn a_window_of_private_services_has_no_announcement() {
    let private = Monitor { public: false, ..monitor("api") };
    let config = Config { maintenances: vec![window()], ..config(vec![private], Vec::new()) };
    let mut state = ShardState::default();
    observe(&mut state, &ConfigIndex::new(Arc::new(config)).unwrap(), minute(0));
    assert_eq!(known(&state).announced, None);
}
