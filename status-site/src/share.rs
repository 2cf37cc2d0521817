//! The images of links to the page in chats and social networks: `share/<state>.png`, one for each state.
//!
//! They are drawn by `tests/browser/share.test.js` from the icons and the palette, because a reader of links takes no
//! SVG, and fonts are different on each machine. All states are published, so that an address in a cache stays valid.

use crate::{SiteFile, snapshot::ServiceState};

/// Returns the path of the image of a state.
pub(crate) fn path(state: ServiceState) -> String {
    format!("share/{}.png", state.slug())
}

/// Returns the image of each state.
pub(crate) fn files() -> impl Iterator<Item = SiteFile> {
    ServiceState::WORST_FIRST.into_iter().map(|state| SiteFile::bytes(path(state), image(state)))
}

fn image(state: ServiceState) -> &'static [u8] {
    match state {
        ServiceState::Operational => include_bytes!("../assets/share/ok.png"),
        ServiceState::Degraded => include_bytes!("../assets/share/degraded.png"),
        ServiceState::Outage => include_bytes!("../assets/share/outage.png"),
        ServiceState::Maintenance => include_bytes!("../assets/share/maintenance.png"),
        ServiceState::NoData => include_bytes!("../assets/share/nodata.png"),
    }
}
