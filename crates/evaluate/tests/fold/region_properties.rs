//! Tests of properties that hold for any log of runs of several regions.

use allclear_core::Timestamp;
use allclear_core::quorum::Quorum;
use allclear_core::region_state::RegionState;
use allclear_core::rollup::Tally;
use allclear_core::run::Run;
use allclear_core::state::Decision;
use allclear_core::status::Status;
use allclear_evaluate::fold::fold;
use proptest::prelude::*;

use crate::regions::{REGIONS, api, region, run_of, scenario};
use crate::scenario::{FoldScenario, INTERVAL, builtin_rules, finding};

/// Generates letters of three regions for up to 60 rounds; `.` is a run that is missing.
fn logs() -> impl Strategy<Value = Vec<[char; 3]>> {
    let letters =
        prop::sample::select(vec!['H', 'H', 'H', 'H', 'S', 'D', 'U', 'U', 'K', '?', 'I', '.']);
    prop::collection::vec(prop::array::uniform3(letters), 1..60)
}

fn quorums() -> impl Strategy<Value = Quorum> {
    prop::sample::select(vec![
        Quorum::Any,
        Quorum::Majority,
        Quorum::All,
        Quorum::Count(1),
        Quorum::Count(2),
    ])
}

fn fold_log(scenario: &mut FoldScenario, log: &[[char; 3]]) -> Decision {
    let mut decided = Decision::default();
    for (n, letters) in log.iter().enumerate() {
        for (name, letter) in REGIONS.into_iter().zip(letters) {
            if *letter != '.' {
                let run = run_of(n, name, *letter);
                decided.append(fold(&mut scenario.state, &run, &scenario.index));
            }
        }
    }
    decided
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn time_never_counts_twice(log in logs(), quorum in quorums()) {
        let mut scenario = scenario(quorum, builtin_rules());
        fold_log(&mut scenario, &log);
        for monitor_state in scenario.state.monitors.values() {
            for rollup in monitor_state.open.hours.values() {
                let Tally { unknown_s, maintenance_s, .. } = rollup.tally;
                let total = rollup.tally.measured_s() + unknown_s + maintenance_s;
                prop_assert!(total <= INTERVAL.as_secs() * (log.len() as u64 + 1), "{total}");
            }
        }
    }

    #[test]
    fn transitions_are_a_chain_with_growing_times(log in logs(), quorum in quorums()) {
        let mut scenario = scenario(quorum, builtin_rules());
        let decided = fold_log(&mut scenario, &log);
        let (mut status, mut since) = (Status::Unknown, Timestamp::MIN);
        for transition in &decided.transitions {
            prop_assert_eq!(transition.from, status);
            prop_assert_ne!(transition.to, status);
            prop_assert!(since <= transition.at && transition.at <= transition.confirmed_at);
            (status, since) = (transition.to, transition.at);
        }
        if let Some(state) = scenario.state.monitors.values().next() {
            prop_assert_eq!(state.status, status);
            prop_assert!(state.partial.is_none() || status == Status::Degraded);
        }
    }

    #[test]
    fn an_outage_needs_its_quorum_of_regions(log in logs()) {
        let mut scenario = scenario(Quorum::All, Vec::new());
        fold_log(&mut scenario, &log);
        let Some(state) = scenario.state.monitors.values().next() else { return Ok(()) };
        let last = state.last.as_ref().map(|last| last.at);
        // A region that measured after the last round is not part of its decision.
        let is_decided = state.regions.values().all(|one| one.pending.is_empty());
        let is_healthy = |one: &RegionState| {
            one.status == Status::Healthy && one.last.as_ref().map(|last| last.at) == last
        };
        if is_decided && state.regions.values().any(is_healthy) {
            prop_assert_ne!(state.status, Status::Unhealthy);
        }
    }

    #[test]
    fn a_reloaded_state_continues_the_same(log in logs(), cut in 0_usize..60, quorum in quorums()) {
        let mut whole = scenario(quorum, builtin_rules());
        let mut parts = scenario(quorum, builtin_rules());
        let runs: Vec<Run> = log
            .iter()
            .enumerate()
            .flat_map(|(n, letters)| {
                let present = REGIONS.into_iter().zip(*letters).filter(|(_, letter)| *letter != '.');
                present.map(move |(name, letter)| run_of(n, name, letter))
            })
            .collect();
        let (mut decided, mut in_parts) = (Decision::default(), Decision::default());
        for (n, run) in runs.iter().enumerate() {
            decided.append(fold(&mut whole.state, run, &whole.index));
            if n == cut {
                let stored = postcard::to_stdvec(&parts.state).unwrap();
                parts.state = postcard::from_bytes(&stored).unwrap();
            }
            in_parts.append(fold(&mut parts.state, run, &parts.index));
        }
        prop_assert_eq!(decided, in_parts);
        prop_assert_eq!(whole.state, parts.state);
    }

    #[test]
    fn one_region_has_the_status_that_its_outcomes_confirm(
        letters in prop::collection::vec(
            prop::sample::select(vec!['H', 'S', 'D', 'U', 'K', '?', 'I']), 1..60),
        quorum in quorums(),
    ) {
        let mut scenario = scenario(quorum, builtin_rules());
        for (n, letter) in letters.iter().enumerate() {
            let run = run_of(n, "eu", *letter);
            fold(&mut scenario.state, &run, &scenario.index);
            let state = api(&scenario);
            let one = &state.regions[&region("eu")];
            prop_assert_eq!(
                (state.status, state.since, &state.cause, state.measured),
                (one.status, one.since, &one.cause, one.measured)
            );
            prop_assert_eq!(&state.last, &one.last);
            prop_assert_eq!(one.last.as_ref().unwrap().latency, finding(*letter).latency);
            prop_assert!(one.pending.is_empty());
        }
    }
}
