//! Tests of the times at which a summary is due.

use allclear_core::Timestamp;
use allclear_core::id::SummaryId;
use allclear_core::summary::{Summary, SummaryPeriod};
use allclear_core::window::WeekDay;

fn summary(every: SummaryPeriod, at: &str) -> Summary {
    Summary {
        id: SummaryId::new("daily").unwrap(),
        every,
        at: at.parse().unwrap(),
        time_zone: "Europe/Berlin".to_owned(),
        channels: Vec::new(),
    }
}

/// Returns the period of the summary that was due last.
fn covered(summary: &Summary, now: &str) -> (String, String) {
    let covered = summary.covered(now.parse::<Timestamp>().unwrap()).unwrap();
    (covered.from.to_string(), covered.until.to_string())
}

fn times(from: &str, until: &str) -> (String, String) {
    (from.to_owned(), until.to_owned())
}

#[test]
fn a_daily_summary_is_due_exactly_at_its_local_time() {
    let daily = summary(SummaryPeriod::Day, "09:00");
    assert_eq!(
        covered(&daily, "2026-11-22T07:59:59Z"),
        times("2026-11-20T08:00:00Z", "2026-11-21T08:00:00Z")
    );
    assert_eq!(
        covered(&daily, "2026-11-22T08:00:00Z"),
        times("2026-11-21T08:00:00Z", "2026-11-22T08:00:00Z")
    );
    let month = daily.covered("2026-11-22T08:00:00Z".parse().unwrap()).unwrap().month;
    assert_eq!(month.to_string(), "2026-10-31T23:00:00Z");
}

#[test]
fn a_weekly_summary_is_due_on_its_day() {
    let weekly = summary(SummaryPeriod::Week(WeekDay::Monday), "09:00");
    for (now, until) in [
        ("2026-11-23T07:59:59Z", "2026-11-16T08:00:00Z"),
        ("2026-11-23T08:00:00Z", "2026-11-23T08:00:00Z"),
        ("2026-11-29T22:00:00Z", "2026-11-23T08:00:00Z"),
    ] {
        assert_eq!(covered(&weekly, now).1, until, "{now}");
    }
    assert_eq!(
        covered(&weekly, "2026-10-27T00:00:00Z"),
        times("2026-10-19T07:00:00Z", "2026-10-26T08:00:00Z"),
        "a week with an hour more"
    );
}

#[test]
fn a_skipped_or_repeated_hour_has_one_summary() {
    let daily = summary(SummaryPeriod::Day, "02:30");
    assert_eq!(
        covered(&daily, "2026-03-29T12:00:00Z"),
        times("2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z"),
        "skipped: as much later as the clock jumped"
    );
    assert_eq!(
        covered(&daily, "2026-10-25T00:30:00Z"),
        times("2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z"),
        "repeated: at the first of the two"
    );
    assert_eq!(covered(&daily, "2026-10-25T01:30:00Z").1, "2026-10-25T00:30:00Z");
    assert_eq!(
        covered(&daily, "2026-10-26T01:30:00Z"),
        times("2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z")
    );
}
