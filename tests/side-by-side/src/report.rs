//! The results, as a table or as JSON.

use std::fmt;

use serde::Serialize;

use crate::aims::{Aim, aims};
use crate::arguments::Arguments;
use crate::scenario::{Load, Measured};
use crate::targets::INTERVAL;

/// The results of a run.
pub(crate) struct Report {
    machine: Machine,
    pub(crate) measured: Vec<Measured>,
}

/// The machine of the run.
#[derive(Debug, Serialize)]
struct Machine {
    n_cores: usize,
    /// The system's load average over a minute at the start; it shows the load of other programs.
    load_at_start: f64,
    n_monitors: usize,
    interval_s: u64,
    is_quick: bool,
}

impl Report {
    /// Creates an empty report for this machine.
    pub(crate) fn of_this_machine(arguments: &Arguments) -> anyhow::Result<Self> {
        let load = std::fs::read_to_string("/proc/loadavg")?;
        let machine = Machine {
            n_cores: std::thread::available_parallelism()?.get(),
            load_at_start: load.split(' ').next().unwrap_or_default().parse()?,
            n_monitors: arguments.monitors,
            interval_s: INTERVAL.as_secs(),
            is_quick: arguments.quick,
        };
        Ok(Self { machine, measured: Vec::new() })
    }

    fn aims(&self) -> Vec<Aim> {
        self.measured.iter().flat_map(aims).collect()
    }
}

impl Serialize for Report {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Whole<'a> {
            machine: &'a Machine,
            measured: &'a [Measured],
            aims: Vec<Aim>,
        }
        let Self { machine, measured } = self;
        Whole { machine, measured, aims: self.aims() }.serialize(serializer)
    }
}

/// A line of the table: its name, its decimals, and its value if there is one.
type Row = (&'static str, usize, fn(&Measured) -> Option<f64>);

const ROWS: &[Row] = &[
    ("checks a second", 1, |one| Some(one.allclear.checks_per_s)),
    ("gap p50, s", 3, |one| Some(one.rhythm.gap_p50_s)),
    ("gap p99, s", 3, |one| Some(one.rhythm.gap_p99_s)),
    ("gap off the interval p99, s", 3, |one| Some(one.rhythm.deviation_p99_s)),
    ("gap off the interval max, s", 3, |one| Some(one.rhythm.deviation_max_s)),
    ("busiest second to the mean", 2, |one| Some(one.busiest_second)),
    ("CPU ms per check, all in", 3, |one| Some(one.allclear.cpu_ms_per_check)),
    ("memory peak, MB", 1, |one| Some(one.allclear.memory.peak)),
    ("memory at the end, MB", 1, |one| Some(one.allclear.memory.resident)),
    ("  without pages of files, MB", 1, |one| Some(one.allclear.memory.anonymous)),
    ("blackbox: checks a second", 1, |one| Some(one.peer?.checks_per_s)),
    ("blackbox: CPU ms per check", 3, |one| Some(one.peer?.cpu_ms_per_check)),
    ("blackbox: memory peak, MB", 1, |one| Some(one.peer?.memory.peak)),
    ("blackbox saturated: checks a second", 1, |one| Some(one.peer_saturated?.checks_per_s)),
    ("blackbox saturated: CPU ms per check", 3, |one| Some(one.peer_saturated?.cpu_ms_per_check)),
    ("blackbox saturated: memory peak, MB", 1, |one| Some(one.peer_saturated?.memory.peak)),
    ("CPU, blackbox to allclear", 1, |one| ratio_to_allclear(one, one.peer)),
    ("CPU, blackbox saturated to allclear", 1, |one| ratio_to_allclear(one, one.peer_saturated)),
    ("memory peak, blackbox to allclear", 2, |one| {
        Some(one.peer?.memory.peak / one.allclear.memory.peak)
    }),
];

fn ratio_to_allclear(one: &Measured, peer: Option<Load>) -> Option<f64> {
    Some(peer?.cpu_ms_per_check / one.allclear.cpu_ms_per_check)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { n_cores, load_at_start, n_monitors, interval_s, is_quick } = &self.machine;
        let how = if *is_quick { ", quick" } else { "" };
        writeln!(
            f,
            "{n_monitors} monitors every {interval_s} s on {n_cores} cores, load {load_at_start} at the start{how}\n"
        )?;
        let widths: Vec<usize> =
            self.measured.iter().map(|one| one.scenario.title().len().max(10) + 2).collect();
        write!(f, "{:38}", "")?;
        for (one, width) in self.measured.iter().zip(&widths) {
            write!(f, "{:>width$}", one.scenario.title())?;
        }
        writeln!(f)?;
        for (name, decimals, value) in ROWS {
            write!(f, "{name:38}")?;
            for (one, width) in self.measured.iter().zip(&widths) {
                match value(one) {
                    Some(value) => write!(f, "{value:>width$.decimals$}")?,
                    None => write!(f, "{:>width$}", "–")?,
                }
            }
            writeln!(f)?;
        }
        writeln!(f)?;
        for aim in self.aims() {
            let Aim { scenario, what, measured, at_most, is_met } = aim;
            let sign = if is_met { "met   " } else { "MISSED" };
            let title = scenario.title();
            writeln!(f, "{sign} {title}: {what}: {measured:.3}, aim at most {at_most:.3}")?;
        }
        Ok(())
    }
}
