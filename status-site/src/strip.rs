//! The 90-day strip of a service: one path per state, whose height carries the state.
//!
//! A day is a column of 5 units: a bar of 4 and a gap of 1. Bars stand on the ground line.

use crate::{
    snapshot::{Days, N_DAYS, Service, State},
    wording::count,
};

const COLUMN: usize = 5;
const HEIGHT: usize = 34;

/// A strip, ready for the template.
pub(crate) struct Strip {
    /// The `viewBox`.
    pub(crate) view_box: String,
    /// The sentence for those who do not see the drawing.
    pub(crate) label: String,
    /// One per state that occurs, in a fixed order.
    pub(crate) bars: Vec<Bars>,
}

/// All days of one state.
pub(crate) struct Bars {
    /// The class of the path.
    pub(crate) class: &'static str,
    /// The path.
    pub(crate) path: String,
}

/// The height of a state's bar.
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

/// Bars are upright strokes, so that a narrow page narrows them; a hollow stub is an outline. Each
/// bar begins where the last one of its state ended, which makes long runs repeat the same bytes.
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

/// "Checkout: last 90 days, 99.96 % uptime, 2 days with problems".
fn label(service: &Service) -> String {
    let n_with =
        |wanted: fn(State) -> bool| service.days.iter().filter(|day| wanted(day.state)).count();
    let n_unknown = n_with(|state| state == State::NoData);
    let mut facts = vec![format!("{}: last {N_DAYS} days", service.label())];
    if n_unknown == N_DAYS {
        facts.push("no data".to_owned());
        return facts.join(", ");
    }
    if service.uptime().basis_points().is_some() {
        facts.push(format!("{} uptime", service.uptime()));
    }
    facts.push(match n_with(State::is_problem) {
        0 => "no problems".to_owned(),
        n => format!("{} with problems", count(n, "day")),
    });
    if n_unknown > 0 {
        facts.push(format!("{} without data", count(n_unknown, "day")));
    }
    facts.join(", ")
}
