//! Headroom: the rest of a provider's rate limits, from the headers of an answer.
//!
//! The limits are the whole account's: a reading is a sample of everybody's use of it. Whether it is
//! too little is not decided here.

mod ietf;
mod reset;

use std::time::Duration;

use http::HeaderMap;
use jiff::Timestamp;

use crate::provider::Rates;

/// The most dimensions that are kept of one answer.
pub const MAX_DIMENSIONS: usize = 16;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
const MONTH: Duration = Duration::from_hours(30 * 24);

/// One limit and its rest.
#[derive(Debug, Clone, PartialEq)]
pub struct Dimension {
    /// The limited quantity in the form of a metric name: `requests`, `input_tokens`.
    pub name: String,
    /// The limit for one window.
    pub limit: Option<f64>,
    /// The rest of the limit.
    pub remaining: Option<f64>,
    /// Time until the whole limit is available again.
    pub resets_in: Option<Duration>,
    /// Length of the window; `None` if unknown.
    pub window: Option<Duration>,
}

impl Dimension {
    /// Returns the rest in percent, from 0 to 100; `None` if the limit is zero or unknown.
    #[must_use]
    pub fn percent(&self) -> Option<f64> {
        let limit = self.limit.filter(|limit| *limit > 0.0)?;
        Some((self.remaining? / limit * 100.0).clamp(0.0, 100.0))
    }
}

/// Reads the rate limits from `headers` in the form `rates`; empty if there are none. A dimension
/// without limit and remainder is left out.
#[must_use]
pub fn read(rates: Rates, headers: &HeaderMap, now: Timestamp) -> Vec<Dimension> {
    let mut found = FoundDimensions { dimensions: Vec::new(), now };
    match rates {
        Rates::None => {}
        Rates::OpenAi => {
            found.family(headers, "x-ratelimit-", &[]);
            // Low tiers count requests by the day, which only a late reset gives away.
            found.windows(|dimension| {
                dimension.resets_in.is_none_or(|time| time <= MINUTE).then_some(MINUTE)
            });
        }
        Rates::Groq => {
            found.family(headers, "x-ratelimit-", &[]);
            found
                .windows(|dimension| Some(if dimension.name == "requests" { DAY } else { MINUTE }));
        }
        Rates::Windowed => {
            found.family(headers, "x-ratelimit-", &[]);
            found.windows(|dimension| {
                Some(match dimension.name.rsplit_once('_') {
                    Some((_, "day")) => DAY,
                    Some((_, "hour")) => HOUR,
                    _ => MINUTE,
                })
            });
        }
        Rates::Anthropic => {
            found.suffixed(headers, "anthropic-");
            found.windows(|_| Some(MINUTE));
        }
        Rates::Mistral => {
            found.family(headers, "ratelimitbysize-", &[("", "tokens")]);
            found.family(
                headers,
                "x-ratelimit-",
                &[("req-minute", "requests"), ("tokens-minute", "tokens"), ("tokens-month", "")],
            );
            found.windows(|dimension| {
                Some(if dimension.name.ends_with("_month") { MONTH } else { MINUTE })
            });
        }
        Rates::HuggingFace => found.dimensions = ietf::read(headers),
        Rates::Together => {
            found.family(headers, "x-ratelimit-", &[("", "requests")]);
            found.family(headers, "x-tokenlimit-", &[("", "tokens")]);
            found.windows(|_| Some(SECOND));
        }
        Rates::OpenRouter => found.family(headers, "x-ratelimit-", &[("", "requests")]),
        Rates::Cohere => {
            found.family(headers, "x-trial-endpoint-call-", &[("", "trial_calls")]);
            found.family(headers, "x-endpoint-monthly-call-", &[("", "calls_month")]);
            found.windows(|dimension| {
                Some(if dimension.name == "calls_month" { MONTH } else { MINUTE })
            });
        }
    }
    found.dimensions.retain(|one| one.limit.is_some() || one.remaining.is_some());
    found.dimensions.sort_by(|one, other| one.name.cmp(&other.name));
    found.dimensions
}

/// Returns the dimension with the smallest remaining share, and that share in percent.
#[must_use]
pub fn tightest(dimensions: &[Dimension]) -> Option<(&Dimension, f64)> {
    dimensions
        .iter()
        .filter_map(|dimension| Some((dimension, dimension.percent()?)))
        .min_by(|one, other| one.1.total_cmp(&other.1))
}

/// The dimensions found so far.
struct FoundDimensions {
    dimensions: Vec<Dimension>,
    now: Timestamp,
}

impl FoundDimensions {
    /// Reads the headers `<prefix>{limit,remaining,reset}` and `<prefix>…-<dimension>`, whose
    /// dimensions `names` may rename.
    fn family(&mut self, headers: &HeaderMap, prefix: &str, names: &[(&str, &str)]) {
        for (header, value) in headers {
            let Some(rest) = header.as_str().strip_prefix(prefix) else { continue };
            let (kind, dimension) = rest.split_once('-').unwrap_or((rest, ""));
            let given = names.iter().find(|(from, _)| *from == dimension).map(|(_, to)| *to);
            let name = given.filter(|name| !name.is_empty()).unwrap_or(dimension);
            self.note(name, kind, value);
        }
    }

    /// Reads the headers `<prefix><dimension>-{limit,remaining,reset}`.
    fn suffixed(&mut self, headers: &HeaderMap, prefix: &str) {
        for (header, value) in headers {
            let Some(rest) = header.as_str().strip_prefix(prefix) else { continue };
            let Some((dimension, kind)) = rest.rsplit_once('-') else { continue };
            self.note(dimension.strip_prefix("ratelimit-").unwrap_or(dimension), kind, value);
        }
    }

    fn note(&mut self, name: &str, kind: &str, value: &http::HeaderValue) {
        let Ok(value) = value.to_str() else { return };
        let name = metric_name(name);
        if name.is_empty() || !matches!(kind, "limit" | "remaining" | "reset") {
            return;
        }
        let now = self.now;
        let Some(dimension) = self.dimension(name) else { return };
        match kind {
            "limit" => dimension.limit = dimension.limit.or(amount(value)),
            "remaining" => dimension.remaining = dimension.remaining.or(amount(value)),
            _ => dimension.resets_in = dimension.resets_in.or(reset::read(value, now)),
        }
    }

    /// Returns the dimension of this name; a new one if there is none yet and not too many.
    fn dimension(&mut self, name: String) -> Option<&mut Dimension> {
        let known = self.dimensions.iter().position(|one| one.name == name);
        let index = known.unwrap_or(self.dimensions.len());
        if index >= MAX_DIMENSIONS {
            return None;
        }
        if known.is_none() {
            self.dimensions.push(empty_dimension(name));
        }
        self.dimensions.get_mut(index)
    }

    fn windows(&mut self, window: impl Fn(&Dimension) -> Option<Duration>) {
        for dimension in &mut self.dimensions {
            dimension.window = window(dimension);
        }
    }
}

fn empty_dimension(name: String) -> Dimension {
    Dimension { name, limit: None, remaining: None, resets_in: None, window: None }
}

/// Returns `name` in lower case with underscores, at most 40 characters.
fn metric_name(name: &str) -> String {
    let letter = |letter: char| match letter.to_ascii_lowercase() {
        letter if letter.is_ascii_alphanumeric() => letter,
        _ => '_',
    };
    name.chars().take(40).map(letter).collect::<String>().trim_matches('_').to_owned()
}

/// Parses an amount; `None` for a text such as `unlimited`.
fn amount(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|amount: &f64| amount.is_finite() && *amount >= 0.0)
}
