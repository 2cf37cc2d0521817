//! A page in the look of its owner.

use allclear_status_site::{
    Snapshot,
    palette::{Rgb, Shade},
    snapshot::{
        Brand, DesignTokens, GroupDisplay, HiddenSection, Href, NeutralColors, ServiceState,
    },
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
        tokens: DesignTokens::default(),
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

/// Returns a page with every token of a theme, and a service in each state.
pub(super) fn themed() -> Snapshot {
    let mut snapshot = healthy();
    for (id, state) in [
        ("search", ServiceState::Degraded),
        ("checkout", ServiceState::Outage),
        ("database", ServiceState::Maintenance),
        ("gemini", ServiceState::NoData),
    ] {
        set(&mut snapshot, id, state, "2026-03-10T11:17:00Z");
    }
    snapshot.page.brand.tokens = DesignTokens {
        light: NeutralColors {
            background: Some(Rgb(0xff, 0xfa, 0xf0)),
            surface: Some(Rgb(0xf5, 0xec, 0xd9)),
            text: Some(Rgb(0x2a, 0x21, 0x18)),
            muted: Some(Rgb(0x5f, 0x55, 0x46)),
            line: Some(Rgb(0xdd, 0xcf, 0xb6)),
        },
        dark: NeutralColors {
            background: Some(Rgb(0x14, 0x11, 0x0d)),
            surface: Some(Rgb(0x21, 0x1c, 0x15)),
            text: Some(Rgb(0xf1, 0xe9, 0xdc)),
            muted: Some(Rgb(0xb5, 0xa8, 0x93)),
            line: Some(Rgb(0x3a, 0x32, 0x28)),
        },
        radius_px: Some(4),
        width_rem: Some(56),
    };
    snapshot
}
