//! The revisions of maintenance windows. Calendars accept a changed window only with a higher number, and a config has no
//! history, so the state keeps the time of the latest change of each window.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::digest::hexadecimal;
use allclear_core::id::MaintenanceId;
use allclear_core::state::{KnownWindow, ShardState, WindowAnnouncement};
use allclear_core::window::{Maintenance, WindowSchedule};

use crate::ConfigIndex;

/// The time after its end for which a withdrawn window is kept: as long as the calendar contains past windows.
const KEEP: Duration = Duration::from_hours(14 * 24);

/// The shortest time between two revisions of a window, which is the unit of the number that calendars compare.
const UNIT: Duration = Duration::from_secs(1);

/// Records the windows of the config and of operators that are new, changed or withdrawn since the last call. Returns true
/// if the state has changed.
pub fn observe(state: &mut ShardState, index: &ConfigIndex, now: Timestamp) -> bool {
    let of_config = index.config().maintenances.iter();
    let entered = index.entered_maintenances().map(|(window, _)| window);
    let mut present = BTreeSet::new();
    let mut has_changed = false;
    for window in of_config.chain(entered) {
        present.insert(window.id.clone());
        has_changed |= record(&mut state.windows, window, index, now);
    }
    let n_before = state.windows.len();
    state.windows.retain(|id, known| present.contains(id) || is_kept(known, now));
    has_changed |= state.windows.len() != n_before;
    for (_, known) in state.windows.iter_mut().filter(|(id, _)| !present.contains(*id)) {
        if !known.is_withdrawn {
            known.is_withdrawn = true;
            known.revised_at = next_revision(known, now);
            has_changed = true;
        }
    }
    has_changed
}

/// Records a window that exists. Returns true if it is new or changed.
fn record(
    windows: &mut BTreeMap<MaintenanceId, KnownWindow>,
    window: &Maintenance,
    index: &ConfigIndex,
    now: Timestamp,
) -> bool {
    let monitors = &index.config().monitors;
    let affected = monitors.iter().filter(|one| one.public && window.scope.includes(one));
    let names: Vec<&str> = affected.map(|monitor| monitor.name.as_str()).collect();
    let is_public = window.scope.is_everything() || !names.is_empty();
    // Another form of the same schedule, in another version, is a revision that changes nothing.
    let times = format!("{:?} {:?}", window.schedule, window.ended_at);
    let texts = [&window.title, window.description.as_deref().unwrap_or_default(), &times];
    let digest = hexadecimal(texts.into_iter().chain(names));
    let (announced, is_withdrawn) = match window.schedule {
        WindowSchedule::Once { start, end } => {
            let title = window.title.clone();
            let announced = WindowAnnouncement { title, starts_at: start, ends_at: end };
            let is_withdrawn = window.ended_at.is_some_and(|ended_at| ended_at <= start);
            (Some(announced).filter(|_| is_public), is_withdrawn)
        }
        WindowSchedule::Repeated { .. } => (None, false),
    };
    let known = windows.get(&window.id);
    let is_same = |known: &KnownWindow| {
        (&known.digest, known.is_withdrawn, &known.announced) == (&digest, is_withdrawn, &announced)
    };
    if known.is_some_and(is_same) {
        return false;
    }
    let revised_at = known.map_or(now, |known| next_revision(known, now));
    windows.insert(window.id.clone(), KnownWindow { digest, revised_at, announced, is_withdrawn });
    true
}

fn next_revision(known: &KnownWindow, now: Timestamp) -> Timestamp {
    now.max(known.revised_at + UNIT)
}

/// Returns true while calendars contain a window that the config no longer has, to cancel it. One that has begun is not
/// cancelled: it leaves the calendar.
fn is_kept(known: &KnownWindow, now: Timestamp) -> bool {
    known.announced.as_ref().is_some_and(|one| {
        let withdrawn_at = if known.is_withdrawn { known.revised_at } else { now };
        withdrawn_at < one.starts_at && now < one.ends_at + KEEP
    })
}
