//! The 90-day bars of a service: one path per state. The height of a bar depends on the state.
//!
//! A day is a column of 5 units: a bar of 4 and a gap of 1. Bars stand on the base line.

use crate::{
    snapshot::{Days, N_DAYS, Service, State},
    wording::count,
};

const COLUMN: usize = 5;
const HEIGHT: usize = 34;

/// The bars of one service, ready for the template.
pub(crate) struct Strip {
    /// The value of the `viewBox` attribute.
    pub(crate) view_box: String,
    /// The sentence for readers who do not see the drawing.
    pub(crate) label: String,
    /// One path per state that occurs, in a fixed order.
    pub(crate) bars: Vec<Bars>,
}

/// All days of one state.
pub(crate) struct Bars {
    /// The class of the path.
    pub(crate) class: &'static str,
    /// The path.
    pub(crate) path: String,
}

/// Returns the height of a state's bar.
fn height(state: State) -> usize {
    match state {
        State::NoData => 6,
        State::Maintenance => 13,
        State::Operational => 20,
        State::Degraded => 27,
        State::Outage => HEIGHT,
    }
}

impl Strip {
    pub(crate) fn of(service: &Service) -> Self {
        let bars = State::WORST_FIRST
            .into_iter()
            .map(|state| Bars { class: state.slug(), path: path(&service.days, state) })
            .filter(|bars| !bars.path.is_empty())
            .collect();
        let view_box = format!("0 0 {} {HEIGHT}", N_DAYS * COLUMN - 1);
        Self { view_box, label: label(service), bars }
    }
}

/// Returns the path of one state. Bars are vertical strokes, so that a narrow page makes them
/// narrower; a hollow bar is an outline. Each bar is positioned relative to the last one of its
/// state, so that long runs repeat the same bytes and compress well.
fn path(days: &Days, state: State) -> String {
    let up = height(state);
    let mut last = None;
    let columns = days.iter().enumerate().filter(|(_, day)| day.state == state).map(|(n, _)| n);
    columns
        .map(|n| match (state, last.replace(n)) {
            (State::NoData, _) => format!("M{}.5 28.5h3v5h-3z", n * COLUMN),
            (_, None) => format!("M{} {}v{up}", n * COLUMN + 2, HEIGHT - up),
            (_, Some(last)) => format!("m{}-{up}v{up}", (n - last) * COLUMN),
        })
        .collect()
}

/// Returns a text such as "Checkout: last 90 days, 99.96 % uptime, 2 days with problems".
fn label(service: &Service) -> String {
    let mut facts = vec![format!("{}: last {N_DAYS} days", service.label())];
    if service.uptime().basis_points().is_some() {
        facts.push(format!("{} uptime", service.uptime()));
    }
    let counts = exceptions(&service.days);
    facts.push(if counts.is_empty() { "no problems".to_owned() } else { counts });
    facts.join(", ")
}

/// Returns the kinds of exceptional days that occur, such as "2 days with problems, 1 day with
/// maintenance, 29 days without data".
pub(crate) fn exceptions(days: &Days) -> String {
    let counted = |wanted: fn(State) -> bool, words: &str| {
        let n = days.iter().filter(|day| wanted(day.state)).count();
        (n > 0).then(|| format!("{} {words}", count(n, "day")))
    };
    [
        counted(State::is_problem, "with problems"),
        counted(|state| state == State::Maintenance, "with maintenance"),
        counted(|state| state == State::NoData, "without data"),
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
    use crate::snapshot::{Day, Uptime};

    fn service(states: &[(i8, State)]) -> Service {
        let day = |(day, state): &(i8, State)| Day {
            state: *state,
            uptime: Uptime::new(99, 100),
            ..Day::without_data(date(2026, 3, *day))
        };
        Service {
            id: "api".into(),
            name: "API".into(),
            state: State::Operational,
            since: None,
            days: Days::ending(date(2026, 3, 31), states.iter().map(day)),
            own_word: None,
        }
    }

    fn path_of(strip: &Strip, state: State) -> Option<&str> {
        strip.bars.iter().find(|bars| bars.class == state.slug()).map(|bars| bars.path.as_str())
    }

    #[test]
    fn height_carries_the_state_and_the_column_the_day() {
        let strip = Strip::of(&service(&[
            (27, State::Maintenance),
            (28, State::Operational),
            (29, State::Degraded),
            (30, State::Outage),
            (31, State::Operational),
        ]));
        assert_eq!(strip.view_box, "0 0 449 34");
        assert_eq!(path_of(&strip, State::Outage), Some("M442 0v34"));
        assert_eq!(path_of(&strip, State::Degraded), Some("M437 7v27"));
        assert_eq!(path_of(&strip, State::Operational), Some("M432 14v20m15-20v20"));
        assert_eq!(path_of(&strip, State::Maintenance), Some("M427 21v13"));
        let hollow = path_of(&strip, State::NoData).unwrap();
        assert!(hollow.starts_with("M0.5 28.5h3v5h-3zM5.5 28.5h3v5h-3z"), "{hollow}");
        assert_eq!(hollow.matches('M').count(), 85);
    }

    #[test]
    fn a_state_that_does_not_occur_has_no_path() {
        let strip = Strip::of(&service(&[]));
        assert_eq!(strip.bars.len(), 1);
        assert_eq!(strip.label, "API: last 90 days, 90 days without data");
    }

    #[test]
    fn the_label_describes_the_drawing() {
        let full: Vec<(i8, State)> = (1..=31).map(|day| (day, State::Operational)).collect();
        let mut some = service(&full);
        let problems = [(30, State::Outage), (31, State::Maintenance)];
        let known: Vec<Day> =
            some.days.iter().chain(service(&problems).days.iter()).copied().collect();
        some.days = Days::ending(
            date(2026, 3, 31),
            known.into_iter().filter(|day| day.state != State::NoData),
        );
        assert_eq!(
            Strip::of(&some).label,
            "API: last 90 days, 99.00 % uptime, 1 day with problems, 1 day with maintenance, \
             59 days without data"
        );
    }
}
