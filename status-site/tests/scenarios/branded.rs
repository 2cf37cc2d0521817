//! A page in the look of its owner.

use allclear_status_site::{
    Snapshot,
    palette::{Rgb, Shade},
    snapshot::{Brand, GroupDisplay, HiddenSection, Href, ServiceState},
};

use super::parts::{healthy, set};

/// A circle as SVG.
const LOGO: &str = "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHZpZXdCb3g9IjAgMCA4IDgiPjxjaXJjbGUgY3g9IjQiIGN5PSI0IiByPSI0IiBmaWxsPSIjOTMzM2VhIi8+PC9zdmc+";

/// Returns a page with every setting of its look.
pub(super) fn branded() -> Snapshot {
    let mut snapshot = healthy();
    set(&mut snapshot, "search", ServiceState::Degraded, "2026-03-10T11:17:00Z");
    for group in &mut snapshot.groups {
        group.display = GroupDisplay::Closed;
    }
    snapshot.page.brand = Brand {
        logo: Some(LOGO.to_owned()),
        link: Href::parse("https://www.acme.example/").ok(),
        accent: Some(Shade { light: Rgb(0x7e, 0x22, 0xce), dark: Rgb(0xd8, 0xb4, 0xfe) }),
        footer: Some("Acme Inc. <legal>, Berlin".to_owned()),
        announcement: Some(
            "The office is closed on 24 December.\nSupport answers by mail.".to_owned(),
        ),
        hidden: vec![
            HiddenSection::Subscribe,
            HiddenSection::PastIncidents,
            HiddenSection::ResponseTimes,
        ],
    };
    snapshot
}
