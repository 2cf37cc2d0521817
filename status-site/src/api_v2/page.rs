//! `page` and `status`, the first fields of the files.

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    Answer, Snapshot,
    snapshot::{Href, State},
    wording::machine_time,
};

#[derive(Serialize)]
pub(super) struct Page {
    id: String,
    name: String,
    url: String,
    time_zone: &'static str,
    updated_at: String,
}

#[derive(Serialize)]
pub(super) struct Status {
    indicator: &'static str,
    description: String,
}

impl Page {
    pub(super) fn of(snapshot: &Snapshot, changed_at: Timestamp) -> Self {
        Self {
            id: snapshot.page.id.clone(),
            name: snapshot.page.title.clone(),
            url: snapshot.page.url.as_ref().map_or_else(String::new, Href::to_string),
            time_zone: "Etc/UTC",
            updated_at: machine_time(changed_at),
        }
    }
}

impl Status {
    pub(super) fn of(snapshot: &Snapshot, answer: &Answer) -> Self {
        let everything_is_down =
            snapshot.services().all(|service| snapshot.state_of(service) == State::Outage);
        let indicator = match answer.state {
            State::Operational | State::Maintenance => "none",
            State::Degraded | State::NoData => "minor",
            State::Outage if everything_is_down => "critical",
            State::Outage => "major",
        };
        let description = match answer.state {
            // The words of Statuspage, which some clients compare.
            State::Operational => "All Systems Operational".to_owned(),
            State::Degraded | State::Outage | State::Maintenance | State::NoData => {
                answer.headline.to_string()
            }
        };
        Self { indicator, description }
    }
}
