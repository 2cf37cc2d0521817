//! Templates: the parts of a success that depend on the time and on the remaining credit.
//!
//! `{{epoch}}`, `{{epoch_ms}}`, `{{rfc3339}}` and `{{date}}` are the time, `{{epoch+60}}` a minute
//! later; `{{balance}}` and `{{spent}}` are US dollars, with the suffixes `_cents` and `_nano`
//! other units.

use jiff::{SignedDuration, Timestamp};

/// The values that a template can use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    pub(super) now: Timestamp,
    /// The remaining part of [`CREDIT_USD`].
    pub(super) balance_usd: f64,
}

/// The initial credit of every account.
const CREDIT_USD: f64 = 100.0;

impl Facts {
    /// Replaces all placeholders in a text; unknown ones are kept.
    pub(super) fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            filled.push_str(before);
            let found = after.split_once("}}");
            if let Some((value, after)) =
                found.and_then(|(place, after)| Some((self.value(place)?, after)))
            {
                filled.push_str(&value);
                rest = after;
            } else {
                filled.push_str("{{");
                rest = after;
            }
        }
        filled.push_str(rest);
        filled
    }

    fn value(&self, place: &str) -> Option<String> {
        let at = place.find(['+', '-']).unwrap_or(place.len());
        let (name, seconds) = place.split_at(at);
        let seconds: i64 = if seconds.is_empty() { 0 } else { seconds.parse().ok()? };
        let time = self.now + SignedDuration::from_secs(seconds);
        let spent = CREDIT_USD - self.balance_usd;
        Some(match name {
            "epoch" => time.as_second().to_string(),
            "epoch_ms" => time.as_millisecond().to_string(),
            "rfc3339" => time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "date" => time.strftime("%Y-%m-%d").to_string(),
            "balance" => format!("{:.2}", self.balance_usd),
            "balance_cents" => format!("{:.0}", self.balance_usd * 100.0),
            "spent" => format!("{spent:.2}"),
            "spent_nano" => format!("{:.0}", spent * 1e9),
            _ => return None,
        })
    }
}
