//! The public facts about the providers of models: their speed, their own status pages, and their models.

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp, civil::Date};

use super::{Href, PublicIncidentPhase, ReportedStatus, ServiceState};

/// A provider of models, with the services that measure it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicProvider {
    /// A stable id, unique among providers; it becomes the anchor `provider-<id>`.
    pub id: String,
    /// The public name.
    pub name: String,
    /// Its own status page; `None` if none is read, and for a page that the operator has set.
    pub status_page: Option<Href>,
    /// The services that measure it, in the order of the page. Not empty.
    pub services: Vec<MeasuredModel>,
    /// The state on its own status page; `None` if none was read recently.
    pub reported_status: Option<ReportedStatus>,
    /// The headline of the open incident on its own status page; `None` without an incident.
    pub headline: Option<String>,
    /// The phase of that incident, as its own status page states it; `None` without an incident or a statement.
    pub phase: Option<PublicIncidentPhase>,
    /// The troubles of the last 90 days that were compared with its own status page, newest first.
    pub detections: Vec<ProviderDetection>,
    /// The models about which facts are known, in the order of the catalog.
    pub models: Vec<PublicModel>,
}

/// A service that measures a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasuredModel {
    /// The id of the service.
    pub service: String,
    /// The provider's id of the model; `None` if it is not public, or if no model is asked.
    pub model: Option<String>,
    /// The speed over several periods.
    pub speeds: PeriodSpeeds,
}

/// The speed of a model over periods that end at [`history_until`](super::history_until).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PeriodSpeeds {
    /// Over 24 hours.
    pub hours_24: ModelSpeed,
    /// Over 7 days, including the present one.
    pub days_7: ModelSpeed,
    /// Over 90 days, including the present one.
    pub days_90: ModelSpeed,
}

impl PeriodSpeeds {
    /// Returns true if no speed was measured.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The speed of a model over a period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ModelSpeed {
    /// The time to the first token; `None` if none was measured.
    pub first_token: Option<FirstTokenTimes>,
    /// The median of the tokens per second; `None` if none was measured.
    pub tokens_per_second: Option<TokenRate>,
}

/// Times that 50 and 95 percent of the answered checks did not exceed, within 1 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstTokenTimes {
    /// The median.
    pub p50: Duration,
    /// The 95th percentile.
    pub p95: Duration,
}

/// Tokens per second, with one decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenRate {
    tenths: u32,
}

impl TokenRate {
    /// Creates a rate from tokens per second.
    #[must_use]
    pub fn new(tokens_per_second: f64) -> Self {
        Self { tenths: rounded(tokens_per_second * 10.0) }
    }

    /// Returns the tokens per second.
    #[must_use]
    pub fn tokens_per_second(self) -> f64 {
        f64::from(self.tenths) / 10.0
    }
}

/// Formats as "84", or as "8.4" below 10.
impl fmt::Display for TokenRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.tenths < 100 {
            write!(f, "{:.1}", self.tokens_per_second())
        } else {
            write!(f, "{:.0}", self.tokens_per_second())
        }
    }
}

/// A trouble that the checks measured, compared with the provider's own status page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderDetection {
    /// The service.
    pub service: String,
    /// The time of the first failed check.
    pub started_at: Timestamp,
    /// The end; `None` while it lasts.
    pub ended_at: Option<Timestamp>,
    /// The time of the provider's report.
    pub report: ProviderReportTime,
}

/// The time at which a provider reports a trouble, compared with the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderReportTime {
    /// The checks were first by this much.
    After(SignedDuration),
    /// The provider had reported it when the checks confirmed it.
    Before,
    /// The provider has not reported it.
    Never,
}

/// A model of a provider, with facts from public sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicModel {
    /// The provider's id of it.
    pub id: String,
    /// The capabilities: `chat`, `tools`, `embeddings`, …
    pub capabilities: Vec<String>,
    /// The most tokens of question and answer together; `None` if no source states them.
    pub context_tokens: Option<u64>,
    /// The list price of a million tokens of the question.
    pub input_price: Option<TokenListPrice>,
    /// The list price of a million tokens of the answer.
    pub output_price: Option<TokenListPrice>,
    /// The first day on which it is no longer served.
    pub shutdown: Option<Date>,
    /// The source of the facts; `None` if there are none.
    pub source: Option<FactSource>,
}

/// The price of a million tokens in US dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenListPrice {
    /// Hundredths of a cent.
    hundredths_of_cents: u32,
}

impl TokenListPrice {
    /// Creates a price from US dollars.
    #[must_use]
    pub fn from_dollars(dollars: f64) -> Self {
        Self { hundredths_of_cents: rounded(dollars * 10_000.0) }
    }

    /// Returns the price in US dollars.
    #[must_use]
    pub fn dollars(self) -> f64 {
        f64::from(self.hundredths_of_cents) / 10_000.0
    }
}

/// Formats as "0.15" or "10.00", and with up to four decimals if the price has them.
impl fmt::Display for TokenListPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.4}", self.dollars());
        let decimals = text.trim_end_matches('0').split_once('.').map_or(0, |(_, part)| part.len());
        write!(f, "{:.*}", decimals.max(2), self.dollars())
    }
}

/// The source of facts, and its day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FactSource {
    /// The name of the source.
    pub name: String,
    /// The day on which it stated the facts.
    pub as_of: Date,
}

/// The report of a provider compared with the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportComparison {
    /// Both show a problem, or neither does.
    Agree,
    /// The provider reports a problem that the checks do not show.
    ReportedOnly,
    /// The checks show a problem that the provider does not report.
    MeasuredOnly,
    /// The checks have no data, or the provider reports nothing.
    NotComparable,
}

impl ReportComparison {
    /// Compares the report of a provider with its state by the checks.
    pub(super) fn of(reported: Option<&ReportedStatus>, state: ServiceState) -> Self {
        let Some(reported) = reported else { return Self::NotComparable };
        match (reported.state != ServiceState::Operational, state) {
            (_, ServiceState::NoData | ServiceState::Maintenance) => Self::NotComparable,
            (true, ServiceState::Operational) => Self::ReportedOnly,
            (false, ServiceState::Degraded | ServiceState::Outage) => Self::MeasuredOnly,
            (true, ServiceState::Degraded | ServiceState::Outage)
            | (false, ServiceState::Operational) => Self::Agree,
        }
    }
}

/// Returns the state of a provider whose services have these states: an outage if all services that are measured are
/// down, and a degradation if some have a problem.
pub(super) fn combined_state(states: &[ServiceState]) -> ServiceState {
    let is_measured = |state: &&ServiceState| match state {
        ServiceState::Operational | ServiceState::Degraded | ServiceState::Outage => true,
        ServiceState::Maintenance | ServiceState::NoData => false,
    };
    let measured: Vec<&ServiceState> = states.iter().filter(is_measured).collect();
    if measured.is_empty() {
        let is_planned = states.contains(&ServiceState::Maintenance);
        return if is_planned { ServiceState::Maintenance } else { ServiceState::NoData };
    }
    if measured.iter().all(|state| **state == ServiceState::Outage) {
        ServiceState::Outage
    } else if measured.iter().any(|state| state.is_problem()) {
        ServiceState::Degraded
    } else {
        ServiceState::Operational
    }
}

/// Rounds a value to a whole number; 0 for a value below 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the conversion saturates, and the value is not negative"
)]
fn rounded(value: f64) -> u32 {
    value.max(0.0).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_prices_are_shown_with_as_many_decimals_as_they_need() {
        let rates = [0.04, 8.44, 9.96, 84.4].map(|rate| TokenRate::new(rate).to_string());
        assert_eq!(rates, ["0.0", "8.4", "10", "84"]);
        let prices = [0.0, 0.15, 10.0, 0.0375, 0.075, 2.5];
        let prices = prices.map(|price| TokenListPrice::from_dollars(price).to_string());
        assert_eq!(prices, ["0.00", "0.15", "10.00", "0.0375", "0.075", "2.50"]);
        assert_eq!(TokenListPrice::from_dollars(f64::NAN).to_string(), "0.00");
    }
}
