//! The 90-day bars of a service: one path per state. The height of a bar depends on the state.
//!
//! A day is a column of 5 units: a bar of 4 and a gap of 1. Bars stand on the base line.

use crate::{
    snapshot::{N_DAYS, PublicService, ServiceState, UptimeDays},
    wording::{count, short_date},
};

const COLUMN: usize = 5;
const HEIGHT: usize = 34;

/// The bars of one service, ready for the template.
pub(crate) struct UptimeBars {
    /// The value of the `viewBox` attribute.
    pub(crate) view_box: String,
    /// The sentence for readers who do not see the drawing.
    pub(crate) label: String,
    /// One path per state that occurs, in a fixed order.
    pub(crate) bars: Vec<Bars>,
    /// The base line of the days before the first measurement, as a path; empty if there are none.
    pub(crate) before: String,
}

/// All days of one state.
pub(crate) struct Bars {
    /// The class of the path.
    pub(crate) class: &'static str,
    /// The path.
    pub(crate) path: String,
}

/// Returns the height of a state's bar.
fn height(state: ServiceState) -> usize {
    match state {
        ServiceState::NoData => 6,
        ServiceState::Maintenance => 13,
        ServiceState::Operational => 20,
        ServiceState::Degraded => 27,
        ServiceState::Outage => HEIGHT,
    }
}

impl UptimeBars {
    pub(crate) fn of(service: &PublicService) -> Self {
        let bars = ServiceState::WORST_FIRST
            .into_iter()
            .map(|state| Bars { class: state.slug(), path: path(&service.days, state) })
            .filter(|bars| !bars.path.is_empty())
            .collect();
        let view_box = format!("0 0 {} {HEIGHT}", N_DAYS * COLUMN - 1);
        Self { view_box, label: label(service), bars, before: before(&service.days) }
    }
}

/// Returns the path of one state. Bars are vertical strokes, so that a narrow page makes them
/// narrower; a hollow bar is an outline. Each bar is positioned relative to the last one of its
/// state, so that long runs repeat the same bytes and compress well.
fn path(days: &UptimeDays, state: ServiceState) -> String {
    let up = height(state);
    let mut last = None;
    let measured = (n_before(days)..).zip(days.measured());
    let columns = measured.filter(|(_, day)| day.state == state).map(|(n, _)| n);
    columns
        .map(|n| match (state, last.replace(n)) {
            (ServiceState::NoData, _) => format!("M{}.5 28.5h3v5h-3z", n * COLUMN),
            (_, None) => format!("M{} {}v{up}", n * COLUMN + 2, HEIGHT - up),
            (_, Some(last)) => format!("m{}-{up}v{up}", (n - last) * COLUMN),
        })
        .collect()
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

/// Returns a text such as "Checkout: last 90 days, 99.96 % uptime, 2 days with problems".
fn label(service: &PublicService) -> String {
    if service.days.measured().is_empty() {
        return format!("{}: not measured yet", service.label());
    }
    let period = match service.days.measured_since() {
        Some(date) => format!("measured since {}", short_date(date)),
        None => format!("last {N_DAYS} days"),
    };
    let mut facts = vec![format!("{}: {period}", service.label())];
    if service.uptime().basis_points().is_some() {
        facts.push(format!("{} uptime", service.uptime()));
    }
    let counts = exceptions(&service.days);
    facts.push(if counts.is_empty() { "no problems".to_owned() } else { counts });
    facts.join(", ")
}

/// Returns the kinds of exceptional days that occur since the first measurement, such as "2 days
/// with problems, 1 day with maintenance, 29 days without data".
pub(crate) fn exceptions(days: &UptimeDays) -> String {
    let counted = |wanted: fn(ServiceState) -> bool, words: &str| {
        let n = days.measured().iter().filter(|day| wanted(day.state)).count();
        (n > 0).then(|| format!("{} {words}", count(n, "day")))
    };
    [
        counted(ServiceState::is_problem, "with problems"),
        counted(|state| state == ServiceState::Maintenance, "with maintenance"),
        counted(|state| state == ServiceState::NoData, "without data"),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(", ")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::snapshot::{Uptime, UptimeDay};

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
        let strip = UptimeBars::of(&service(&[
            (27, ServiceState::Maintenance),
            (28, ServiceState::Operational),
            (29, ServiceState::Degraded),
            (30, ServiceState::Outage),
            (31, ServiceState::Operational),
        ]));
        assert_eq!(strip.view_box, "0 0 449 34");
        assert_eq!(path_of(&strip, ServiceState::Outage), Some("M442 0v34"));
        assert_eq!(path_of(&strip, ServiceState::Degraded), Some("M437 7v27"));
        assert_eq!(path_of(&strip, ServiceState::Operational), Some("M432 14v20m15-20v20"));
        assert_eq!(path_of(&strip, ServiceState::Maintenance), Some("M427 21v13"));
        assert_eq!(path_of(&strip, ServiceState::NoData), None);
        assert_eq!(strip.before, "M0 33.5h424");
    }

    #[test]
    fn a_day_without_data_is_hollow_unless_it_is_before_the_first_measurement() {
        let strip = UptimeBars::of(&service(&[
            (27, ServiceState::Operational),
            (30, ServiceState::Operational),
            (31, ServiceState::Operational),
        ]));
        let hollow = path_of(&strip, ServiceState::NoData);
        assert_eq!(hollow, Some("M430.5 28.5h3v5h-3zM435.5 28.5h3v5h-3z"));
        assert_eq!(
            strip.label,
            "API: measured since 27 March, 99.00 % uptime, 2 days without data"
        );
    }

    #[test]
    fn a_state_that_does_not_occur_has_no_path() {
        let strip = UptimeBars::of(&service(&[]));
        assert_eq!(strip.bars.len(), 0);
        assert_eq!(strip.before, "M0 33.5h449");
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
            UptimeBars::of(&some).label,
            "API: measured since 1 March, 99.00 % uptime, 1 day with problems, 1 day with \
             maintenance"
        );
    }
}
