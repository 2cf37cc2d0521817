//! Contrast and color-blind separation, computed from the tokens of the style sheet.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "palette/color.rs"]
mod color;

use allclear_status_site::{
    palette::{Rgb, STATES, Shade, TOKENS, under_white},
    snapshot::ServiceState,
};
use color::{DICHROMACIES, Lab, contrast, difference, seen};

type Theme = (&'static str, fn(Shade) -> Rgb);

const THEMES: [Theme; 2] = [("light", |shade| shade.light), ("dark", |shade| shade.dark)];

fn token(name: &str) -> Shade {
    TOKENS.iter().find(|token| token.name == name).unwrap().shade
}

#[test]
fn text_has_a_contrast_of_four_and_a_half_on_each_background() {
    let mut pairs: Vec<(String, Shade, Shade)> = Vec::new();
    for name in ["text", "muted", "link"] {
        for ground in ["bg", "surface"] {
            pairs.push((format!("{name} on {ground}"), token(name), token(ground)));
        }
    }
    for colors in STATES {
        pairs.push((format!("{:?} ink on tint", colors.state), colors.ink, colors.tint));
    }
    for (theme, of) in THEMES {
        for (what, text, ground) in &pairs {
            let ratio = contrast(of(*text), of(*ground));
            assert!(ratio >= 4.5, "{what}, {theme}: {ratio:.2}");
        }
    }
}

#[test]
fn white_text_has_a_contrast_of_four_and_a_half_on_the_badge_of_each_state() {
    for colors in STATES {
        let ratio = contrast(Rgb(255, 255, 255), under_white(colors.state));
        assert!(ratio >= 4.5, "{:?}: {ratio:.2}", colors.state);
    }
}

#[test]
fn fills_and_the_focus_ring_have_a_contrast_of_three_on_the_page() {
    for (theme, of) in THEMES {
        for colors in STATES {
            let ratio = contrast(of(colors.fill), of(token("bg")));
            assert!(ratio >= 3.0, "{:?}, {theme}: {ratio:.2}", colors.state);
        }
        assert!(contrast(of(token("link")), of(token("surface"))) >= 3.0, "{theme}");
    }
}

#[test]
fn filled_states_stay_apart_for_all_three_dichromacies() {
    // The state without data is recognized by its hollow shape.
    let filled: Vec<_> =
        STATES.into_iter().filter(|colors| colors.state != ServiceState::NoData).collect();
    let mut smallest = f64::MAX;
    for (theme, of) in THEMES {
        for (dichromacy, matrix) in DICHROMACIES {
            for (n, one) in filled.iter().enumerate() {
                for other in &filled[n + 1..] {
                    let apart =
                        difference(seen(of(one.fill), &matrix), seen(of(other.fill), &matrix));
                    let pair = (one.state, other.state);
                    assert!(apart >= 18.0, "{pair:?}, {theme}, {dichromacy}: {apart:.1}");
                    smallest = smallest.min(apart);
                }
            }
        }
    }
    assert!((smallest - 18.9).abs() < 0.05, "the smallest difference is {smallest:.2}");
}

#[test]
fn the_color_difference_agrees_with_the_published_test_data() {
    let lab = |lightness, a, b| Lab { lightness, a, b };
    let published = [
        (lab(50.0, 2.6772, -79.7751), lab(50.0, 0.0, -82.7485), 2.0425),
        (lab(50.0, 0.0, 0.0), lab(50.0, -1.0, 2.0), 2.3669),
        (lab(50.0, 2.5, 0.0), lab(73.0, 25.0, -18.0), 27.1492),
        (lab(22.7233, 20.0904, -46.694), lab(23.0331, 14.973, -42.5619), 2.0373),
        (lab(2.0776, 0.0795, -1.135), lab(0.9033, -0.0636, -0.5514), 0.9082),
    ];
    for (one, other, expected) in published {
        let actual = difference(one, other);
        assert!((actual - expected).abs() < 0.0001, "{one:?} and {other:?}: {actual}");
    }
}

#[test]
fn contrast_is_that_of_the_guidelines() {
    assert!((contrast(Rgb(0, 0, 0), Rgb(255, 255, 255)) - 21.0).abs() < 0.001);
    assert!((contrast(Rgb(0x77, 0x77, 0x77), Rgb(255, 255, 255)) - 4.48).abs() < 0.005);
}
