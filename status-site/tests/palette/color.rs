//! Color arithmetic: the contrast of WCAG 2, the simulation of the three dichromacies by Machado,
//! Oliveira and Fernandes (2009), and the color difference CIEDE2000.

use allclear_status_site::palette::Rgb;

type Matrix = [[f64; 3]; 3];

/// The three dichromacies, as matrices on linear sRGB.
pub(crate) const DICHROMACIES: [(&str, Matrix); 3] = [
    (
        "protan",
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
    ),
    (
        "deutan",
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
    ),
    (
        "tritan",
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ),
];

const SRGB_TO_XYZ: Matrix = [
    [0.412_456_4, 0.357_576_1, 0.180_437_5],
    [0.212_672_9, 0.715_152_2, 0.072_175_0],
    [0.019_333_9, 0.119_192_0, 0.950_304_1],
];

/// A color in CIE L*a*b* under D65.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lab {
    pub(crate) lightness: f64,
    pub(crate) a: f64,
    pub(crate) b: f64,
}

/// Returns the contrast ratio, from 1 (none) to 21.
pub(crate) fn contrast(one: Rgb, other: Rgb) -> f64 {
    let luminance = |color| {
        let [red, green, blue] = linear(color);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Returns the color as a person with the dichromacy of the matrix sees it.
pub(crate) fn seen(color: Rgb, matrix: &Matrix) -> Lab {
    lab(times(matrix, linear(color)).map(|channel| channel.clamp(0.0, 1.0)))
}

/// Returns the difference CIEDE2000, as defined by Sharma, Wu and Dalal (2005).
pub(crate) fn difference(one: Lab, other: Lab) -> f64 {
    let seventh = |chroma: f64| (chroma.powi(7) / (chroma.powi(7) + 25_f64.powi(7))).sqrt();
    let mean_chroma = f64::midpoint(one.a.hypot(one.b), other.a.hypot(other.b));
    let stretch = 1.0 + 0.5 * (1.0 - seventh(mean_chroma));
    let (a1, a2) = (one.a * stretch, other.a * stretch);
    let (chroma1, chroma2) = (a1.hypot(one.b), a2.hypot(other.b));
    let (hue1, hue2) = (hue(a1, one.b), hue(a2, other.b));
    let gray = chroma1 * chroma2 == 0.0;

    let turn = if gray { 0.0 } else { (hue2 - hue1 + 180.0).rem_euclid(360.0) - 180.0 };
    let d_lightness = other.lightness - one.lightness;
    let d_chroma = chroma2 - chroma1;
    let d_hue = 2.0 * (chroma1 * chroma2).sqrt() * (turn / 2.0).to_radians().sin();

    let lightness = f64::midpoint(one.lightness, other.lightness);
    let chroma = f64::midpoint(chroma1, chroma2);
    let hue = if gray { hue1 + hue2 } else { (hue1 + turn / 2.0).rem_euclid(360.0) };
    let cosine = |factor: f64, shift: f64| (factor * hue + shift).to_radians().cos();
    let weight =
        1.0 - 0.17 * cosine(1.0, -30.0) + 0.24 * cosine(2.0, 0.0) + 0.32 * cosine(3.0, 6.0)
            - 0.20 * cosine(4.0, -63.0);
    let off = (lightness - 50.0).powi(2);
    let s_lightness = 1.0 + 0.015 * off / (20.0 + off).sqrt();
    let s_chroma = 1.0 + 0.045 * chroma;
    let s_hue = 1.0 + 0.015 * chroma * weight;
    let rotation = 60.0 * (-((hue - 275.0) / 25.0).powi(2)).exp();
    let turned = -rotation.to_radians().sin() * 2.0 * seventh(chroma);

    let (dl, dc, dh) = (d_lightness / s_lightness, d_chroma / s_chroma, d_hue / s_hue);
    (dl * dl + dc * dc + dh * dh + turned * dc * dh).sqrt()
}

fn hue(a: f64, b: f64) -> f64 {
    if a == 0.0 && b == 0.0 { 0.0 } else { b.atan2(a).to_degrees().rem_euclid(360.0) }
}

fn linear(Rgb(red, green, blue): Rgb) -> [f64; 3] {
    [red, green, blue].map(|channel| {
        let channel = f64::from(channel) / 255.0;
        if channel <= 0.040_45 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
    })
}

fn lab(linear: [f64; 3]) -> Lab {
    let [x, y, z] = times(&SRGB_TO_XYZ, linear);
    let f = |t: f64| {
        if t > 216.0 / 24_389.0 { t.cbrt() } else { (24_389.0 / 27.0 * t + 16.0) / 116.0 }
    };
    let (x, y, z) = (f(x / 0.950_47), f(y), f(z / 1.088_83));
    Lab { lightness: 116.0 * y - 16.0, a: 500.0 * (x - y), b: 200.0 * (y - z) }
}

fn times(matrix: &Matrix, [x, y, z]: [f64; 3]) -> [f64; 3] {
    matrix.map(|[a, b, c]| a * x + b * y + c * z)
}
