//! The sentences about providers of models.

use jiff::Timestamp;

use crate::{
    latency_chart::latency,
    snapshot::{
        FirstTokenTimes, ModelSpeed, ProviderReportTime, PublicModel, ReportComparison,
        ReportedStatus, ServiceState, TokenListPrice,
    },
    wording::{duration, long_date, time_near},
};

/// The sign in a cell without a value.
pub(crate) const NO_VALUE: &str = "–";

/// Returns the sentence about the provider's own status page, compared with the measured `state`.
pub(crate) fn provider_status(
    word: &ReportedStatus,
    state: ServiceState,
    now: Timestamp,
) -> String {
    let since = time_near(word.since, now);
    let report = match word.state {
        ServiceState::Operational | ServiceState::NoData if state.is_problem() => {
            return "Its status page reports no problem.".to_owned();
        }
        ServiceState::Operational | ServiceState::NoData => {
            return "Its status page agrees: operational.".to_owned();
        }
        ServiceState::Degraded => {
            format!("Its status page reports degraded service since {since}")
        }
        ServiceState::Outage => format!("Its status page reports an outage since {since}"),
        ServiceState::Maintenance => {
            format!("Its status page reports maintenance since {since}")
        }
    };
    match word.lag {
        _ if !state.is_problem() => format!("{report}, not confirmed by this page."),
        Some(lag) if lag.as_secs() >= 60 => format!("{report}, {} after this page.", duration(lag)),
        Some(_) | None => format!("{report}."),
    }
}

/// Returns the sentence that compares the report of a provider with the checks.
pub(crate) fn comparison(comparison: ReportComparison, report: Option<&ReportedStatus>) -> String {
    let Some(report) = report else {
        return "This page reads no status page of it.".to_owned();
    };
    let text = match (comparison, report.lag) {
        (ReportComparison::NotComparable, _) => "This page has no measurement to compare with.",
        (ReportComparison::ReportedOnly, _) => {
            "Its status page reports a problem that the checks do not show."
        }
        (ReportComparison::MeasuredOnly, _) => {
            "The checks show a problem that its status page does not report."
        }
        (ReportComparison::Agree, _) if report.state == ServiceState::Operational => {
            "The checks and its status page agree: no problem."
        }
        (ReportComparison::Agree, Some(lag)) if lag.as_secs() >= 60 => {
            return format!("The checks saw the problem {} before its status page.", duration(lag));
        }
        (ReportComparison::Agree, Some(lag)) if lag.as_secs() <= -60 => {
            let lead = duration(-lag);
            return format!(
                "Its status page reported the problem {lead} before the checks saw it."
            );
        }
        (ReportComparison::Agree, _) => "The checks and its status page agree.",
    };
    text.to_owned()
}

/// Returns the time of a provider's report of a trouble, compared with the first failed check.
pub(crate) fn report_time(report: ProviderReportTime, ended_at: Option<Timestamp>) -> String {
    match report {
        ProviderReportTime::After(lead) => format!("{} later", duration(lead)),
        ProviderReportTime::Before => "at the same time or before".to_owned(),
        ProviderReportTime::Never if ended_at.is_none() => "not yet".to_owned(),
        ProviderReportTime::Never => "never".to_owned(),
    }
}

/// Returns the length of a trouble.
pub(crate) fn lasted(started_at: Timestamp, ended_at: Option<Timestamp>) -> String {
    ended_at.map_or_else(|| "open".to_owned(), |end| duration(end.duration_since(started_at)))
}

/// Returns the median and the 95th percentile of the time to the first token.
pub(crate) fn first_token(times: Option<FirstTokenTimes>) -> [String; 2] {
    times.map_or_else(
        || [NO_VALUE.to_owned(), NO_VALUE.to_owned()],
        |times| [latency(times.p50), latency(times.p95)],
    )
}

/// Returns the tokens per second.
pub(crate) fn rate(speed: &ModelSpeed) -> String {
    speed.tokens_per_second.map_or_else(|| NO_VALUE.to_owned(), |rate| rate.to_string())
}

/// Returns the measured speed of a model as a note; empty if none was measured.
pub(crate) fn speed_note(speed: &ModelSpeed) -> String {
    let first = speed.first_token.map(|times| format!("first token {}", latency(times.p50)));
    let rate = speed.tokens_per_second.map(|rate| format!("{rate} tokens/s"));
    first.into_iter().chain(rate).collect::<Vec<_>>().join(", ")
}

/// Returns the capabilities of a model, and its end if one is announced.
pub(crate) fn abilities(model: &PublicModel) -> String {
    let capabilities = model.capabilities.iter().map(|one| one.replace('_', " "));
    let end = model.shutdown.map(|day| format!("shutdown on {}", long_date(day)));
    capabilities.chain(end).collect::<Vec<_>>().join(", ")
}

/// Returns a price.
pub(crate) fn price(price: Option<TokenListPrice>) -> String {
    price.map_or_else(|| NO_VALUE.to_owned(), |price| price.to_string())
}

/// Returns a number of tokens: "8,192", and from 10,000 on "922k", rounded down.
pub(crate) fn tokens(n: Option<u64>) -> String {
    match n {
        None => NO_VALUE.to_owned(),
        Some(n @ 0..10_000) => with_separators(n),
        Some(n) => format!("{}k", with_separators(n / 1_000)),
    }
}

fn with_separators(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

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
            let text = provider_status(&ReportedStatus { state: report, since, lag }, state, now);
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
        let text = |minutes| comparison(ReportComparison::Agree, Some(&report(minutes)));
        assert_eq!(text(Some(6)), "The checks saw the problem 6 min before its status page.");
        assert_eq!(
            text(Some(-6)),
            "Its status page reported the problem 6 min before the checks saw it."
        );
        assert_eq!(text(Some(0)), "The checks and its status page agree.");
        let fine = ReportedStatus { state: ServiceState::Operational, ..report(Some(6)) };
        assert_eq!(
            comparison(ReportComparison::Agree, Some(&fine)),
            "The checks and its status page agree: no problem."
        );
        let none = comparison(ReportComparison::NotComparable, None);
        assert_eq!(none, "This page reads no status page of it.");
    }

    #[test]
    fn numbers_of_tokens_are_short_and_have_separators() {
        let shown = [0, 999, 8_192, 131_072, 1_047_576].map(|n| tokens(Some(n)));
        assert_eq!(shown, ["0", "999", "8,192", "131k", "1,047k"]);
        assert_eq!(tokens(None), NO_VALUE);
    }
}
