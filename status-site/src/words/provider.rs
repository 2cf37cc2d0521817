//! The sentences about providers of models.

use jiff::Timestamp;

use super::Words;
use crate::formats::NO_VALUE;
use crate::snapshot::{
    FirstTokenTimes, ModelSpeed, ProviderReportTime, PublicModel, ReportComparison, ReportedStatus,
    ServiceState, TokenListPrice, TokenRate,
};

impl Words {
    /// Returns the sentence about the provider's own status page, compared with the measured state at `now`.
    pub(crate) fn provider_status(
        &self,
        report: &ReportedStatus,
        (state, now): (ServiceState, Timestamp),
    ) -> String {
        let since = &self.time_near(report.since, now);
        let text = match report.state {
            ServiceState::Operational | ServiceState::NoData if state.is_problem() => {
                return self.provider_reports_nothing();
            }
            ServiceState::Operational | ServiceState::NoData => return self.provider_agrees(),
            ServiceState::Degraded => self.provider_degraded(since),
            ServiceState::Outage => self.provider_outage(since),
            ServiceState::Maintenance => self.provider_maintenance(since),
        };
        match report.lag {
            _ if !state.is_problem() => self.provider_unconfirmed(&text),
            Some(lag) if lag.as_secs() >= 60 => self.provider_later(&text, &self.duration(lag)),
            Some(_) | None => self.sentence(&text),
        }
    }

    /// Returns the sentence that compares the report of a provider with the checks.
    pub(crate) fn provider_comparison(
        &self,
        comparison: ReportComparison,
        report: Option<&ReportedStatus>,
    ) -> String {
        let Some(report) = report else { return self.compared_without_page() };
        match (comparison, report.lag) {
            (ReportComparison::NotComparable, _) => self.compared_without_data(),
            (ReportComparison::ReportedOnly, _) => self.compared_reported_only(),
            (ReportComparison::MeasuredOnly, _) => self.compared_measured_only(),
            (ReportComparison::Agree, _) if report.state == ServiceState::Operational => {
                self.compared_no_problem()
            }
            (ReportComparison::Agree, Some(lag)) if lag.as_secs() >= 60 => {
                self.compared_before(&self.duration(lag))
            }
            (ReportComparison::Agree, Some(lag)) if lag.as_secs() <= -60 => {
                self.compared_after(&self.duration(-lag))
            }
            (ReportComparison::Agree, _) => self.compared_agreeing(),
        }
    }

    /// Returns the time of a provider's report of a trouble, compared with the first failed check.
    pub(crate) fn report_time(
        &self,
        report: ProviderReportTime,
        ended_at: Option<Timestamp>,
    ) -> String {
        match report {
            ProviderReportTime::After(lead) => self.reported_later(&self.duration(lead)),
            ProviderReportTime::Before => self.reported_before(),
            ProviderReportTime::Never if ended_at.is_none() => self.reported_not_yet(),
            ProviderReportTime::Never => self.reported_never(),
        }
    }

    /// Returns the length of a trouble.
    pub(crate) fn trouble_length(
        &self,
        started_at: Timestamp,
        ended_at: Option<Timestamp>,
    ) -> String {
        ended_at
            .map_or_else(|| self.still_open(), |end| self.duration(end.duration_since(started_at)))
    }

    /// Returns the median and the 95th percentile of the time to the first token.
    pub(crate) fn first_token_times(&self, times: Option<FirstTokenTimes>) -> [String; 2] {
        times.map_or_else(
            || [NO_VALUE.to_owned(), NO_VALUE.to_owned()],
            |times| [self.latency(times.p50), self.latency(times.p95)],
        )
    }

    /// Returns the tokens per second as "84", or as "8.4" below 10.
    pub(crate) fn token_rate(&self, rate: Option<TokenRate>) -> String {
        let Some(rate) = rate else { return NO_VALUE.to_owned() };
        let text = rate.to_string();
        text.split_once('.').map_or_else(
            || text.clone(),
            |(whole, fraction)| self.decimal(whole.parse().unwrap_or(0), fraction),
        )
    }

    /// Returns the measured speed of a model as a note; empty if none was measured.
    pub(crate) fn speed_note(&self, speed: &ModelSpeed) -> String {
        let first = speed.first_token.map(|times| self.first_token_after(&self.latency(times.p50)));
        let rate = speed.tokens_per_second;
        let rate = rate.map(|rate| self.tokens_each_second(&self.token_rate(Some(rate))));
        self.list(&first.into_iter().chain(rate).collect::<Vec<_>>())
    }

    /// Returns the capabilities of a model, and its end if one is announced.
    pub(crate) fn abilities(&self, model: &PublicModel) -> String {
        let capabilities = model.capabilities.iter().map(|one| one.replace('_', " "));
        let end = model.shutdown.map(|day| self.shutdown_on(&self.long_date(day)));
        self.list(&capabilities.chain(end).collect::<Vec<_>>())
    }

    /// Returns a price in US dollars as "0.15", and with up to four decimals if the price has them.
    pub(crate) fn list_price(&self, price: Option<TokenListPrice>) -> String {
        let Some(price) = price else { return NO_VALUE.to_owned() };
        let text = price.to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, "00"));
        self.decimal(whole.parse().unwrap_or(0), fraction)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::Language;

    fn english() -> &'static Words {
        Words::of(Language::English)
    }

    #[test]
    fn the_provider_status_is_compared_with_the_measured_state() {
        let now: Timestamp = "2026-03-10T12:30:00Z".parse().unwrap();
        let since = "2026-03-10T12:05:00Z".parse().unwrap();
        let minutes = |n| Some(SignedDuration::from_mins(n));
        for (report, lag, state, sentence) in [
            (ServiceState::Operational, None, ServiceState::Operational, "agrees: operational."),
            (ServiceState::Operational, None, ServiceState::Outage, "reports no problem."),
            (
                ServiceState::Degraded,
                None,
                ServiceState::Operational,
                "reports degraded service since 12:05 UTC, not confirmed by this page.",
            ),
            (
                ServiceState::Outage,
                minutes(14),
                ServiceState::Outage,
                "reports an outage since 12:05 UTC, 14 min after this page.",
            ),
            (
                ServiceState::Degraded,
                minutes(-3),
                ServiceState::Outage,
                "degraded service since 12:05 UTC.",
            ),
            (
                ServiceState::Maintenance,
                None,
                ServiceState::Degraded,
                "maintenance since 12:05 UTC.",
            ),
        ] {
            let report = ReportedStatus { state: report, since, lag };
            let text = english().provider_status(&report, (state, now));
            assert!(text.ends_with(sentence), "{text}");
        }
    }

    #[test]
    fn the_comparison_states_who_was_first() {
        let report = |minutes: Option<i64>| ReportedStatus {
            state: ServiceState::Outage,
            since: Timestamp::UNIX_EPOCH,
            lag: minutes.map(SignedDuration::from_mins),
        };
        let text = |minutes| {
            english().provider_comparison(ReportComparison::Agree, Some(&report(minutes)))
        };
        assert_eq!(text(Some(6)), "The checks saw the problem 6 min before its status page.");
        assert_eq!(
            text(Some(-6)),
            "Its status page reported the problem 6 min before the checks saw it."
        );
        assert_eq!(text(Some(0)), "The checks and its status page agree.");
        let fine = ReportedStatus { state: ServiceState::Operational, ..report(Some(6)) };
        assert_eq!(
            english().provider_comparison(ReportComparison::Agree, Some(&fine)),
            "The checks and its status page agree: no problem."
        );
        let none = english().provider_comparison(ReportComparison::NotComparable, None);
        assert_eq!(none, "This page reads no status page of it.");
    }

    #[test]
    fn rates_and_prices_are_short() {
        let rates = [8.44, 84.4].map(|rate| english().token_rate(Some(TokenRate::new(rate))));
        assert_eq!(rates, ["8.4", "84"]);
        let price = Some(TokenListPrice::from_dollars(0.0375));
        assert_eq!(english().list_price(price), "0.0375");
        assert_eq!(Words::of(Language::German).list_price(price), "0,0375");
    }
}
