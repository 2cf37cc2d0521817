//! The 90-day bars of a service: one path per state. The height of a bar depends on the state of the day, and the colored
//! part at its top on the share of the day that the state lasted.
//!
//! A day is a column of 5 units: a bar of 4 and a gap of 1. Bars stand on a base line, below which each month has a mark.

use crate::{
    snapshot::{N_DAYS, PublicService, ServiceState, UptimeDay, UptimeDays},
    words::Words,
};

const COLUMN: usize = 5;
/// The position of the base line, and the height of the largest bar.
const BASE: usize = 34;
/// The height below the base line, for the marks of the months.
const BELOW: usize = 4;
/// The height of the smallest part of a bar, so that one minute of an outage is visible.
const MIN_PART: usize = 8;
const SECONDS_OF_A_DAY: u64 = 86_400;

/// The bars of one service, ready for the template.
pub(crate) struct UptimeBars {
    /// The value of the `viewBox` attribute.
    pub(crate) view_box: String,
    /// The sentence for readers who do not see the drawing.
    pub(crate) label: String,
    /// One path per state that occurs, in a fixed order.
    pub(crate) bars: Vec<Bars>,
    /// The base line of the days before the first measurement and the marks of the months, as a path.
    pub(crate) lines: String,
}

/// The parts of bars that have the color of one state.
pub(crate) struct Bars {
    /// The class of the path.
    pub(crate) class: &'static str,
    /// The path.
    pub(crate) path: String,
}

/// A part of the bar of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct BarPart {
    state: ServiceState,
    /// The distance from the top of the drawing.
    top: usize,
    height: usize,
}

/// Returns the height of a day's bar.
fn height(state: ServiceState) -> usize {
    match state {
        ServiceState::NoData => 6,
        ServiceState::Maintenance => 13,
        ServiceState::Operational => 20,
        ServiceState::Degraded => 27,
        ServiceState::Outage => BASE,
    }
}

/// Returns the path of one bar of a state at the left edge, for the legend.
pub(crate) fn sample(state: ServiceState) -> String {
    match state {
        ServiceState::NoData => hollow(0),
        ServiceState::Operational
        | ServiceState::Degraded
        | ServiceState::Outage
        | ServiceState::Maintenance => format!("M2 {}v{}", BASE - height(state), height(state)),
    }
}

/// Returns the outline of the bar of a day without data.
fn hollow(column: usize) -> String {
    format!("M{}.5 28.5h3v5h-3z", column * COLUMN)
}

impl UptimeBars {
    pub(crate) fn of(words: &Words, service: &PublicService) -> Self {
        let bars = ServiceState::WORST_FIRST
            .into_iter()
            .map(|state| Bars { class: state.slug(), path: path(&service.days, state) })
            .filter(|bars| !bars.path.is_empty())
            .collect();
        Self {
            view_box: format!("0 0 {} {}", N_DAYS * COLUMN - 1, BASE + BELOW),
            label: label(words, service),
            bars,
            lines: before(&service.days) + &months(&service.days),
        }
    }
}

/// Splits the bar of a day into parts, from the top down: the outage, the degraded time, the rest of the day. The part of a
/// short problem is enlarged to be visible.
fn parts(day: &UptimeDay) -> Vec<BarPart> {
    let whole = height(day.state);
    let mut left = whole;
    let mut parts = Vec::new();
    let mut take = |state, height: usize| {
        let height = height.min(left);
        if height > 0 {
            parts.push(BarPart { state, top: BASE - left, height });
            left -= height;
        }
    };
    if day.state.is_problem() {
        let share = |seconds: u64| {
            let of_bar = u64::try_from(whole).unwrap_or(0) * seconds / SECONDS_OF_A_DAY;
            let height = usize::try_from(of_bar).unwrap_or(whole);
            if seconds > 0 { height.max(MIN_PART) } else { 0 }
        };
        // The worst state has a part, even if its duration is not known.
        let lasted = |state, seconds| {
            if day.state == state { share(seconds).max(MIN_PART) } else { share(seconds) }
        };
        // A failure too short to be an outage is a partial one.
        let (outage, degraded) = match day.state {
            ServiceState::Outage => (day.outage_seconds, day.degraded_seconds),
            ServiceState::Operational
            | ServiceState::Degraded
            | ServiceState::Maintenance
            | ServiceState::NoData => (0, day.outage_seconds + day.degraded_seconds),
        };
        take(ServiceState::Outage, lasted(ServiceState::Outage, outage));
        take(ServiceState::Degraded, lasted(ServiceState::Degraded, degraded));
        take(ServiceState::Operational, whole);
    } else {
        take(day.state, whole);
    }
    parts
}

/// Returns the path of one state. Bars are vertical strokes, so that a narrow page makes them
/// narrower; a hollow bar is an outline. Each bar is positioned relative to the last one of its
/// state, so that long runs repeat the same bytes and compress well.
fn path(days: &UptimeDays, state: ServiceState) -> String {
    let measured = (n_before(days)..).zip(days.measured());
    let drawn = measured.flat_map(|(column, day)| {
        parts(day).into_iter().filter(|part| part.state == state).map(move |part| (column, part))
    });
    let mut pen: Option<(usize, usize)> = None;
    let stroke = |(column, BarPart { top, height, .. })| match (
        state,
        pen.replace((column, top + height)),
    ) {
        (ServiceState::NoData, _) => hollow(column),
        (_, None) => format!("M{} {top}v{height}", column * COLUMN + 2),
        (_, Some((last, bottom))) => {
            let right = (column - last) * COLUMN;
            if top < bottom {
                format!("m{right}-{}v{height}", bottom - top)
            } else {
                format!("m{right} {}v{height}", top - bottom)
            }
        }
    };
    drawn.map(stroke).collect::<Vec<_>>().concat()
}

/// Returns the number of days before the first measurement.
fn n_before(days: &UptimeDays) -> usize {
    N_DAYS - days.measured().len()
}

fn before(days: &UptimeDays) -> String {
    match n_before(days) {
        0 => String::new(),
        n => format!("M0 33.5h{}", n * COLUMN - 1),
    }
}

/// Returns a short mark below the first day of each month.
fn months(days: &UptimeDays) -> String {
    let first_days = days.iter().enumerate().filter(|(_, day)| day.date.day() == 1);
    let mark = |(column, _)| format!("M{} {BASE}v{BELOW}", column * COLUMN + 2);
    first_days.map(mark).collect::<Vec<_>>().concat()
}

/// Returns a text such as "Checkout: last 90 days, 99.96 % uptime, 2 days with problems".
fn label(words: &Words, service: &PublicService) -> String {
    let name = service.label();
    if service.days.measured().is_empty() {
        return words.strip_not_measured(name);
    }
    let mut facts = vec![match service.days.measured_since() {
        Some(date) => words.strip_since(name, &words.short_date(date)),
        None => words.strip_period(name),
    }];
    if service.uptime().basis_points().is_some() {
        facts.push(words.uptime_share(&words.uptime_percent(service.uptime())));
    }
    let counts = exceptions(words, &service.days);
    facts.push(if counts.is_empty() { words.no_problems() } else { counts });
    words.list(&facts)
}

/// Returns the kinds of exceptional days that occur since the first measurement, such as "2 days
/// with problems, 1 day with maintenance, 29 days without data".
pub(crate) fn exceptions(words: &Words, days: &UptimeDays) -> String {
    let count = |wanted: fn(ServiceState) -> bool| {
        Some(days.measured().iter().filter(|day| wanted(day.state)).count()).filter(|n| *n > 0)
    };
    let counts = [
        count(ServiceState::is_problem).map(|n| words.days_with_problems(n)),
        count(|state| state == ServiceState::Maintenance).map(|n| words.days_with_maintenance(n)),
        count(|state| state == ServiceState::NoData).map(|n| words.days_without_data(n)),
    ];
    words.list(&counts.into_iter().flatten().collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::snapshot::{ServiceHistory, Uptime};

    fn service(states: &[(i8, ServiceState)]) -> PublicService {
        let day = |(day, state): &(i8, ServiceState)| UptimeDay {
            state: *state,
            uptime: Uptime::new(99, 100),
            ..UptimeDay::without_data(date(2026, 3, *day))
        };
        PublicService {
            id: "api".into(),
            name: "API".into(),
            state: ServiceState::Operational,
            since: None,
            days: UptimeDays::ending(date(2026, 3, 31), states.iter().map(day)),
            history: ServiceHistory::NONE,
            failing_regions: None,
            response_time: None,
            reported_status: None,
        }
    }

    fn path_of(strip: &UptimeBars, state: ServiceState) -> Option<&str> {
        strip.bars.iter().find(|bars| bars.class == state.slug()).map(|bars| bars.path.as_str())
    }

    #[test]
    fn a_bar_shows_the_state_by_height_and_the_day_by_column() {
        let strip = UptimeBars::of(
            Words::of(crate::Language::English),
            &service(&[
                (27, ServiceState::Maintenance),
                (28, ServiceState::Operational),
                (29, ServiceState::Degraded),
                (30, ServiceState::Outage),
                (31, ServiceState::Operational),
            ]),
        );
        assert_eq!(strip.view_box, "0 0 449 38");
        assert_eq!(path_of(&strip, ServiceState::Outage), Some("M442 0v8"));
        assert_eq!(path_of(&strip, ServiceState::Degraded), Some("M437 7v8"));
        let operational = "M432 14v20m5-19v19m5-26v26m5-20v20";
        assert_eq!(path_of(&strip, ServiceState::Operational), Some(operational));
        assert_eq!(path_of(&strip, ServiceState::Maintenance), Some("M427 21v13"));
        assert_eq!(path_of(&strip, ServiceState::NoData), None);
        // The marks of 1 January, 1 February and 1 March.
        assert_eq!(strip.lines, "M0 33.5h424M2 34v4M157 34v4M297 34v4");
    }

    #[test]
    fn the_colored_part_of_a_bar_is_the_share_of_the_day() {
        let heights = |state, outage_seconds, degraded_seconds| {
            let day = UptimeDay {
                state,
                outage_seconds,
                degraded_seconds,
                ..UptimeDay::without_data(date(2026, 3, 1))
            };
            let slugs = parts(&day).into_iter().map(|part| (part.state.slug(), part.height));
            slugs.collect::<Vec<_>>()
        };
        let (half, all) = (SECONDS_OF_A_DAY / 2, SECONDS_OF_A_DAY);
        let (outage, degraded) = (ServiceState::Outage, ServiceState::Degraded);
        assert_eq!(heights(outage, 60, 0), [("outage", 8), ("ok", 26)]);
        assert_eq!(heights(outage, half, 0), [("outage", 17), ("ok", 17)]);
        assert_eq!(heights(outage, half, half), [("outage", 17), ("degraded", 17)]);
        assert_eq!(heights(outage, all, 60), [("outage", 34)]);
        assert_eq!(heights(degraded, 60, 0), [("degraded", 8), ("ok", 19)]);
        assert_eq!(heights(degraded, 0, all), [("degraded", 27)]);
        assert_eq!(heights(ServiceState::Maintenance, 0, 0), [("maintenance", 13)]);
    }

    #[test]
    fn a_day_without_data_is_hollow_unless_it_is_before_the_first_measurement() {
        let strip = UptimeBars::of(
            Words::of(crate::Language::English),
            &service(&[
                (27, ServiceState::Operational),
                (30, ServiceState::Operational),
                (31, ServiceState::Operational),
            ]),
        );
        let hollow = path_of(&strip, ServiceState::NoData);
        assert_eq!(hollow, Some("M430.5 28.5h3v5h-3zM435.5 28.5h3v5h-3z"));
        assert_eq!(
            strip.label,
            "API: measured since 27 March, 99.00 % uptime, 2 days without data"
        );
    }

    #[test]
    fn a_state_that_does_not_occur_has_no_path() {
        let strip = UptimeBars::of(Words::of(crate::Language::English), &service(&[]));
        assert_eq!(strip.bars.len(), 0);
        assert!(strip.lines.starts_with("M0 33.5h449M"));
        assert_eq!(strip.label, "API: not measured yet");
    }

    #[test]
    fn the_label_describes_the_drawing() {
        let full: Vec<(i8, ServiceState)> =
            (1..=31).map(|day| (day, ServiceState::Operational)).collect();
        let mut some = service(&full);
        let problems = [(30, ServiceState::Outage), (31, ServiceState::Maintenance)];
        let known: Vec<UptimeDay> =
            some.days.iter().chain(service(&problems).days.iter()).copied().collect();
        some.days = UptimeDays::ending(
            date(2026, 3, 31),
            known.into_iter().filter(|day| day.state != ServiceState::NoData),
        );
        assert_eq!(
            UptimeBars::of(Words::of(crate::Language::English), &some).label,
            "API: measured since 1 March, 99.00 % uptime, 1 day with problems, 1 day with \
             maintenance"
        );
    }
}
