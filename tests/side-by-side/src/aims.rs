//! The performance aims, and whether a scenario reached them.

use serde::Serialize;

use crate::arguments::Scenario;
use crate::scenario::Measured;

/// An aim and the measured value. Lower values are better.
#[derive(Debug, Serialize)]
pub(crate) struct Aim {
    pub(crate) scenario: Scenario,
    pub(crate) what: &'static str,
    pub(crate) measured: f64,
    pub(crate) at_most: f64,
    pub(crate) is_met: bool,
}

/// Returns the aims for a scenario.
pub(crate) fn aims(measured: &Measured) -> Vec<Aim> {
    let scenario = measured.scenario;
    let aim = |what, value: f64, at_most| Aim {
        scenario,
        what,
        measured: value,
        at_most,
        is_met: value <= at_most,
    };
    let allclear = &measured.allclear;
    let mut aims = vec![
        aim("gap off the interval, p99, s", measured.rhythm.deviation_p99_s, 0.1),
        aim("busiest second to the mean", measured.busiest_second, 2.0),
        aim("peak memory, MB", allclear.memory.peak, 30.0),
    ];
    if scenario == Scenario::Http {
        aims.push(aim("CPU per check, all in, ms", allclear.cpu_ms_per_check, 0.15));
    }
    let share = match scenario {
        Scenario::Http => 1.0 / 10.0,
        Scenario::Https => 1.0 / 3.0,
        Scenario::TenthHangs | Scenario::HalfHangs => return aims,
    };
    if let Some(peer) = &measured.peer {
        let ratio = allclear.cpu_ms_per_check / peer.cpu_ms_per_check;
        aims.push(aim("CPU per check to blackbox_exporter's", ratio, share));
    }
    aims
}
