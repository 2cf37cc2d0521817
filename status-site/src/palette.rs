//! Every color of the page, defined once. The style sheet and the icons are generated from these
//! tables, and the tests compute contrast and color-blind separation from them.

use std::fmt;

use crate::snapshot::ServiceState;

/// A color in sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rgb(
    /// Red.
    pub u8,
    /// Green.
    pub u8,
    /// Blue.
    pub u8,
);

/// One color in both themes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shade {
    /// On a light page.
    pub light: Rgb,
    /// On a dark page.
    pub dark: Rgb,
}

/// A color that does not depend on a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColorToken {
    /// The name of the CSS variable without its dashes.
    pub name: &'static str,
    /// Its color.
    pub shade: Shade,
}

/// The colors of one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateColors {
    /// The state.
    pub state: ServiceState,
    /// Bars and edges, on the page.
    pub fill: Shade,
    /// Text and icons on the tint.
    pub ink: Shade,
    /// The background of chips and of the answer.
    pub tint: Shade,
}

/// The colors that are the same in every state.
pub const TOKENS: [ColorToken; 6] = [
    ColorToken { name: "bg", shade: shade(0xff_ff_ff, 0x0f_14_19) },
    ColorToken { name: "text", shade: shade(0x1b_1f_24, 0xe6_ed_f3) },
    ColorToken { name: "muted", shade: shade(0x57_60_6a, 0x9a_a7_b4) },
    ColorToken { name: "surface", shade: shade(0xf6_f8_fa, 0x17_1d_24) },
    // Hairlines only separate; no information depends on seeing them.
    ColorToken { name: "line", shade: shade(0xd8_de_e4, 0x2a_32_3b) },
    ColorToken { name: "link", shade: shade(0x0b_57_d0, 0x8a_b4_ff) },
];

/// The colors of the states. Shape, height and word distinguish the states as well.
pub const STATES: [StateColors; 5] = [
    StateColors {
        state: ServiceState::Operational,
        fill: shade(0x0a_95_8c, 0x4f_e3_d0),
        ink: shade(0x00_62_5c, 0x8f_f0_e2),
        tint: shade(0xe3_f5_f3, 0x0d_2b_29),
    },
    StateColors {
        state: ServiceState::Degraded,
        fill: shade(0xb4_5f_06, 0xf5_b8_3d),
        ink: shade(0x6e_3a_00, 0xf9_d4_8a),
        tint: shade(0xfd_f0_df, 0x2e_21_0a),
    },
    StateColors {
        state: ServiceState::Outage,
        fill: shade(0x7d_0a_18, 0xc9_50_4b),
        ink: shade(0x7d_0a_18, 0xff_b3_ae),
        tint: shade(0xfb_e9_ea, 0x36_13_14),
    },
    StateColors {
        state: ServiceState::Maintenance,
        fill: shade(0x24_40_8e, 0x5f_82_e0),
        ink: shade(0x24_40_8e, 0xc3_d1_ff),
        tint: shade(0xe8_ed_fb, 0x18_21_3d),
    },
    // Hollow: only the outline has the fill color; text and background are those of the rest of the
    // page.
    StateColors {
        state: ServiceState::NoData,
        fill: shade(0x6e_77_81, 0x6e_7a_86),
        ink: shade(0x57_60_6a, 0x9a_a7_b4),
        tint: shade(0xf6_f8_fa, 0x17_1d_24),
    },
];

/// Returns the background of a state under white text, which has a contrast of at least 4.5.
#[must_use]
pub fn under_white(state: ServiceState) -> Rgb {
    let colors = STATES.iter().find(|colors| colors.state == state);
    let of_state = colors.map(|colors| match state {
        // The fill is too light for text.
        ServiceState::Operational => colors.ink.light,
        ServiceState::Degraded
        | ServiceState::Outage
        | ServiceState::Maintenance
        | ServiceState::NoData => colors.fill.light,
    });
    of_state.unwrap_or(Rgb(0, 0, 0))
}

const fn shade(light: u32, dark: u32) -> Shade {
    Shade { light: rgb(light), dark: rgb(dark) }
}

const fn rgb(hex: u32) -> Rgb {
    let [_, red, green, blue] = hex.to_be_bytes();
    Rgb(red, green, blue)
}

/// Formats the color as `#rrggbb`.
impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(red, green, blue) = self;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}
