//! The headers `RateLimit` and `RateLimit-Policy` of the IETF's drafts, old and new.

use std::time::Duration;

use http::HeaderMap;

use super::{Dimension, MAX_DIMENSIONS, amount, empty_dimension, metric_name};

/// A header of the drafts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Header {
    /// `RateLimit`: the rest of each bucket.
    Limits,
    /// `RateLimit-Policy`: the size of each bucket.
    Policy,
}

/// Reads both headers and merges them by the name of the bucket; an unnamed one is `requests`.
pub(super) fn read(headers: &HeaderMap) -> Vec<Dimension> {
    let mut dimensions: Vec<Dimension> = Vec::new();
    for (name, header) in [("ratelimit", Header::Limits), ("ratelimit-policy", Header::Policy)] {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        for item in values.flat_map(|value| split(value, ',')) {
            let found = of_item(item, header);
            if let Some(known) = dimensions.iter_mut().find(|one| one.name == found.name) {
                known.merge(&found);
            } else if dimensions.len() < MAX_DIMENSIONS {
                dimensions.push(found);
            }
        }
    }
    dimensions
}

/// Reads one item of either header: `"name";r=50;t=30`.
fn of_item(item: &str, header: Header) -> Dimension {
    let mut dimension = empty_dimension(String::new());
    for part in split(item, ';') {
        let part = part.trim();
        if let Some(quoted) = part.strip_prefix('"') {
            // Of several names the last is the bucket's: the others tell of its kind.
            dimension.name = metric_name(quoted.trim_end_matches('"'));
            continue;
        }
        let Some((key, value)) = part.split_once('=') else {
            // `100;w=60` is a policy without a name.
            if header == Header::Policy {
                dimension.limit = dimension.limit.or(amount(part));
            }
            continue;
        };
        let number = amount(value.trim_matches('"'));
        let time = number.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        match key.trim().to_ascii_lowercase().as_str() {
            "r" | "remaining" => dimension.remaining = number,
            "q" | "limit" => dimension.limit = number,
            "t" | "reset" => dimension.resets_in = time,
            "w" => dimension.window = time,
            _ => {}
        }
    }
    if dimension.name.is_empty() {
        "requests".clone_into(&mut dimension.name);
    }
    dimension
}

impl Dimension {
    /// Takes unknown fields from `other`.
    fn merge(&mut self, other: &Self) {
        self.limit = self.limit.or(other.limit);
        self.remaining = self.remaining.or(other.remaining);
        self.resets_in = self.resets_in.or(other.resets_in);
        self.window = self.window.or(other.window);
    }
}

/// Returns the parts of `text` between `separator`s that stand outside of quotes.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut is_quoted = false;
    text.split(move |letter| {
        is_quoted ^= letter == '"';
        letter == separator && !is_quoted
    })
    .collect()
}
