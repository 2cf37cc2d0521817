//! Every color of the page, once. The style sheet and the icons are generated from this table,
//! and the tests compute contrast and color-blind separation from it.

use std::fmt;

/// A color in sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb(
    /// Red.
    pub u8,
    /// Green.
    pub u8,
    /// Blue.
    pub u8,
);

/// A color with a name, in both themes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// The CSS variable without its dashes. A state's fill has the name of the state; its text on
    /// its tint are `<state>-ink` and `<state>-tint`.
    pub name: &'static str,
    /// On a light page.
    pub light: Rgb,
    /// On a dark page.
    pub dark: Rgb,
}

const fn token(name: &'static str, light: u32, dark: u32) -> Token {
    Token { name, light: rgb(light), dark: rgb(dark) }
}

const fn rgb(hex: u32) -> Rgb {
    let [_, red, green, blue] = hex.to_be_bytes();
    Rgb(red, green, blue)
}

/// The table.
pub const TOKENS: [Token; 21] = [
    token("bg", 0xff_ff_ff, 0x0f_14_19),
    token("text", 0x1b_1f_24, 0xe6_ed_f3),
    token("muted", 0x57_60_6a, 0x9a_a7_b4),
    token("surface", 0xf6_f8_fa, 0x17_1d_24),
    // Hairlines only separate; nothing depends on seeing them.
    token("line", 0xd8_de_e4, 0x2a_32_3b),
    token("link", 0x0b_57_d0, 0x8a_b4_ff),
    token("ok", 0x0a_95_8c, 0x4f_e3_d0),
    token("ok-ink", 0x00_62_5c, 0x8f_f0_e2),
    token("ok-tint", 0xe3_f5_f3, 0x0d_2b_29),
    token("degraded", 0xb4_5f_06, 0xf5_b8_3d),
    token("degraded-ink", 0x6e_3a_00, 0xf9_d4_8a),
    token("degraded-tint", 0xfd_f0_df, 0x2e_21_0a),
    token("outage", 0x7d_0a_18, 0xc9_50_4b),
    token("outage-ink", 0x7d_0a_18, 0xff_b3_ae),
    token("outage-tint", 0xfb_e9_ea, 0x36_13_14),
    token("maintenance", 0x24_40_8e, 0x5f_82_e0),
    token("maintenance-ink", 0x24_40_8e, 0xc3_d1_ff),
    token("maintenance-tint", 0xe8_ed_fb, 0x18_21_3d),
    token("nodata", 0x6e_77_81, 0x6e_7a_86),
    token("nodata-ink", 0x57_60_6a, 0x9a_a7_b4),
    token("nodata-tint", 0xf6_f8_fa, 0x17_1d_24),
];

/// The token of a name.
#[must_use]
pub fn find(name: &str) -> Option<Token> {
    TOKENS.into_iter().find(|token| token.name == name)
}

/// `#rrggbb`.
impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(red, green, blue) = self;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}
