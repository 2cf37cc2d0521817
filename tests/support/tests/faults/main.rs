//! Deterministic fault simulation: the four services over a store in memory, with everything that can go
//! wrong between them. A seed makes a scenario of monitors, outages and faults. At the end the faults
//! stop, and the result has to be the one without them.
//!
//! `ALLCLEAR_FAULTS` is the number of faults to inject, `ALLCLEAR_FAULT_SEED` the one seed to play.

#[cfg(test)]
mod functions;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod outside;
#[cfg(test)]
mod process;
#[cfg(test)]
mod rng;
#[cfg(test)]
mod scenario;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod stream;
#[cfg(test)]
mod verdict;
#[cfg(test)]
mod verdict_tests;
#[cfg(test)]
mod world;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ledger::FaultKind;
use crate::scenario::Scenario;
use crate::world::World;

/// The number of faults that are injected at least, over all scenarios.
const N_FAULTS: usize = 10_000;

/// Plays the scenario of a seed, and returns its world. Panics with the seed if anything is wrong.
fn play(seed: u64) -> Arc<World> {
    let (world, problems) = simulation::simulate(Scenario::of(seed));
    let problems = problems.join("\n");
    assert!(problems.is_empty(), "ALLCLEAR_FAULT_SEED={seed} plays it again: {problems}");
    world
}

#[expect(clippy::disallowed_methods, reason = "a choice of the operator of the tests")]
fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn faults_lose_nothing_and_send_nothing_twice() {
    let n_wanted = number("ALLCLEAR_FAULTS").map_or(N_FAULTS, |n| usize::try_from(n).unwrap());
    let seeds = match number("ALLCLEAR_FAULT_SEED") {
        Some(seed) => seed..seed + 1,
        None => 1..u64::MAX,
    };
    let mut faults: BTreeMap<FaultKind, usize> = BTreeMap::new();
    let (mut n_seeds, mut n_arrived, mut n_repeated) = (0, 0, 0);
    for seed in seeds {
        let world = play(seed);
        n_seeds += 1;
        for (kind, n) in world.ledger.faults() {
            *faults.entry(kind).or_default() += n;
        }
        for arrivals in world.ledger.arrivals().values() {
            n_arrived += 1;
            n_repeated += arrivals.len() - 1;
        }
        if faults.values().sum::<usize>() >= n_wanted {
            break;
        }
    }
    println!("{} faults in {n_seeds} scenarios", faults.values().sum::<usize>());
    for (kind, n) in &faults {
        println!("{n:8} {kind:?}");
    }
    println!("{n_arrived} deliveries arrived, of which {n_repeated} times one once more");
}

#[test]
fn a_seed_reproduces_its_scenario() {
    let results = [play(5), play(5)].map(|world| {
        let (faults, arrivals) = (world.ledger.faults(), world.ledger.arrivals());
        format!("{faults:?} {arrivals:?} {:?}", world.store.decided())
    });
    assert_eq!(results[0], results[1]);
}
