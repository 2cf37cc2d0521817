//! Entries of operators, one of each kind, with every field.

use std::time::Duration;

use allclear_core::event::AlertId;
use allclear_core::id::{EntryId, MaintenanceId, RuleId};
use allclear_core::operator_entry::{EntryContent, OperatorEntry};
use allclear_core::rule::RuleScope;
use allclear_core::window::{
    Maintenance, OpeningDays, OpeningHours, WeekDay, WindowEnd, WindowSchedule,
};

use super::{at, monitor};

/// The time after the start of all sample times at which the samples expire. Stores that also compare the expiry with
/// their own clock keep them.
const EXPIRY: i64 = 60 * 24 * 365 * 100;

/// Returns an id of an entry.
#[must_use]
pub fn id(name: &str) -> EntryId {
    EntryId::new(name).unwrap()
}

fn entry(name: &str, content: EntryContent) -> OperatorEntry {
    OperatorEntry {
        id: id(name),
        created_at: at(0),
        author: "ann".to_owned(),
        comment: "known — \"quoted\"\n\u{1f980}".to_owned(),
        expires_at: Some(at(EXPIRY)),
        content,
    }
}

/// Returns a weekly maintenance window of one group.
#[must_use]
pub fn maintenance(name: &str) -> OperatorEntry {
    let hours = OpeningHours {
        from: jiff::civil::time(18, 0, 0, 0),
        to: WindowEnd::OnWeekday {
            weekday: WeekDay::Sunday,
            time: jiff::civil::time(18, 30, 0, 0),
        },
    };
    let window = Maintenance {
        id: MaintenanceId::new(name).unwrap(),
        title: "Weekend".to_owned(),
        description: Some("Writes are slow.".to_owned()),
        scope: RuleScope { groups: vec!["payments".to_owned()], ..RuleScope::default() },
        schedule: WindowSchedule::Repeated {
            days: OpeningDays::Weekly(vec![WeekDay::Friday]),
            hours,
            time_zone: "Europe/Berlin".to_owned(),
        },
        ended_at: None,
    };
    entry(name, EntryContent::Maintenance(Box::new(window)))
}

/// Returns a maintenance window that repeats by a rule.
#[must_use]
pub fn maintenance_by_rule(name: &str) -> OperatorEntry {
    let rule = "FREQ=MONTHLY;BYDAY=2TU;COUNT=3".parse().unwrap();
    let start = jiff::civil::date(2026, 12, 8).at(2, 0, 0, 0);
    let end = start + Duration::from_hours(2);
    let schedule = WindowSchedule::by_rule(rule, (start, end), &jiff::tz::TimeZone::UTC).unwrap();
    let window = Maintenance {
        id: MaintenanceId::new(name).unwrap(),
        title: "Patches".to_owned(),
        description: None,
        scope: RuleScope { monitors: vec![monitor("api")], ..RuleScope::default() },
        schedule,
        ended_at: None,
    };
    entry(name, EntryContent::Maintenance(Box::new(window)))
}

/// Returns a silence with two matchers.
#[must_use]
pub fn silence(name: &str) -> OperatorEntry {
    let matchers = ["group=payments", r#"rule=~"high_.*""#].map(|text| text.parse().unwrap());
    entry(name, EntryContent::Silence { matchers: matchers.into(), starts_at: at(1) })
}

/// Returns the acknowledgement of two alerts.
#[must_use]
pub fn acknowledgement(name: &str) -> OperatorEntry {
    let alert = |rule: &str| AlertId::new(&monitor("api"), &RuleId::new(rule).unwrap(), at(-5));
    let alerts = vec![alert("service_down"), alert("low_uptime")];
    entry(name, EntryContent::Acknowledgement { alerts })
}
