//! The icon of each state: a circle with a check, a triangle, an octagon with a cross, a diamond, a
//! hollow circle. The shapes differ even without color. The icon of the browser tab is the same.

use crate::{palette::STATES, snapshot::ServiceState};

/// A drawing on a square of 16 by 16 units. Its paths have commas instead of spaces, which a URI cannot contain: the same
/// text in the page and in its icon is compressed to almost nothing.
pub(crate) struct Icon {
    /// The state that the icon represents.
    pub(crate) state: ServiceState,
    /// The outline of the filled body.
    pub(crate) body: &'static str,
    /// The strokes on the body.
    pub(crate) mark: &'static str,
}

const ICONS: [Icon; 5] = [
    Icon {
        state: ServiceState::Operational,
        body: "M8,.5a7.5,7.5,0,1,0,0,15,7.5,7.5,0,0,0,0-15z",
        mark: "M4.7,8.3,7,10.6l4.4-4.8",
    },
    Icon {
        state: ServiceState::Degraded,
        body: "M8,1,.6,14.3q-.5,1.2.7,1.2h13.4q1.2,0,.7-1.2z",
        mark: "M8,6v4.2M8,12.4v.9",
    },
    Icon {
        state: ServiceState::Outage,
        body: "M4.9.5h6.2l4.4,4.4v6.2l-4.4,4.4H4.9L.5,11.1V4.9z",
        mark: "M5.3,5.3l5.4,5.4M10.7,5.3,5.3,10.7",
    },
    Icon { state: ServiceState::Maintenance, body: "M8,0l8,8-8,8-8-8z", mark: "M6,5v6M10,5v6" },
    Icon {
        state: ServiceState::NoData,
        body: "M8,.5a7.5,7.5,0,1,0,0,15,7.5,7.5,0,0,0,0-15zm0,1.6a5.9,5.9,0,1,1,0,11.8,5.9,5.9,0,0,1,0-11.8z",
        mark: "",
    },
];

/// Returns all icons, for the definitions in the page.
pub(crate) fn all() -> &'static [Icon] {
    &ICONS
}

/// Returns the icon of the browser tab as a `data:` URI. The icon follows the light or dark theme
/// of the browser.
pub(crate) fn favicon(state: ServiceState) -> String {
    let (body, mark) = ICONS
        .iter()
        .find(|icon| icon.state == state)
        .map_or(("", ""), |icon| (icon.body, icon.mark));
    let (light, dark) = STATES
        .iter()
        .find(|colors| colors.state == state)
        .map_or_else(Default::default, |colors| {
            (colors.fill.light.to_string(), colors.fill.dark.to_string())
        });
    let svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><style>path{{fill:{light}}}\
         .m{{fill:none;stroke:#fff;stroke-width:1.8}}@media(prefers-color-scheme:dark)\
         {{path{{fill:{dark}}}.m{{stroke:#000}}}}</style>\
         <path d='{body}'/><path class='m' d='{mark}'/></svg>"
    );
    format!("data:image/svg+xml,{}", percent_encoded(&svg))
}

/// Percent-encodes the characters that a URI cannot contain.
fn percent_encoded(svg: &str) -> String {
    let written = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    svg.bytes().map(written).collect()
}
