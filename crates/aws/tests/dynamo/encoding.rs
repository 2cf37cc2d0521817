//! The binary format of records: short, exact, and safe to decode for any input.

use std::time::Duration;

use allclear_aws::dynamo::encoding::{
    DecodeError, decode_rollups, decode_run, decode_state, decode_value, encode_rollups,
    encode_run, encode_state,
};
use allclear_aws::dynamo::items::DecisionEvent;
use allclear_aws::dynamo::units;
use allclear_contract::samples;
use allclear_core::cost::Cost;
use allclear_core::outcome::{Cause, DurationParts, Labels, Outcome, Verdict};
use allclear_core::reason::Reason;
use allclear_core::run::Run;
use allclear_core::status::Fault;
use proptest::prelude::*;

use crate::realistic::{self, N_MONITORS, TestRng};
use crate::table::FOR_EVER;

/// A run in format 2. Any later version must still decode it.
const RUN_FORMAT_2: &str = include_str!("run_format_2.hex");

fn is_kept(run: &Run) {
    let body = decode_run(&encode_run(run)).unwrap();
    assert_eq!((body.lag, body.took), (run.lag, run.took));
    assert_eq!(body.outcomes, run.outcomes);
}

#[test]
fn a_run_that_was_written_in_format_2_can_be_read() {
    let hex = RUN_FORMAT_2.split_whitespace().collect::<String>();
    let bytes: Vec<u8> = (0..hex.len() / 2)
        .map(|n| u8::from_str_radix(&hex[n * 2..n * 2 + 2], 16).unwrap())
        .collect();
    let full = samples::full_run(0);
    assert_eq!(decode_run(&bytes).unwrap().outcomes, full.outcomes);
    assert_eq!(bytes[0], 2);
}

#[test]
fn a_healthy_outcome_takes_between_10_and_20_bytes() {
    let mut rng = TestRng(7);
    let at = samples::at(0);
    for _ in 0..20 {
        let run = realistic::run(at, &mut rng, |_| false);
        is_kept(&run);
        let n_bytes = encode_run(&run).len() as f64 / N_MONITORS as f64;
        println!("{n_bytes:.1} bytes per outcome, {} units a run", units::run(&run, &FOR_EVER));
        assert!((10.0..=20.0).contains(&n_bytes), "{n_bytes}");
    }
}

#[test]
fn labels_and_costs_take_one_byte_if_empty_and_few_bytes_otherwise() {
    let mut run = samples::run(0);
    let mut without = Run { outcomes: vec![run.outcomes.remove(0); 50], ..run };
    for outcome in &mut without.outcomes {
        (outcome.labels, outcome.cost) = (Labels::new(), Cost::ZERO);
    }
    let n_without = encode_run(&without).len();
    let mut with = without.clone();
    for (n, outcome) in with.outcomes.iter_mut().enumerate() {
        outcome.labels.insert("finish_reason".to_owned(), "stop".to_owned());
        outcome.labels.insert("model".to_owned(), format!("model-{}", n % 3));
        outcome.cost = Cost::from_nanodollars(9_000);
    }
    is_kept(&with);
    let n_with = encode_run(&with).len();
    println!("{n_without} bytes without, {n_with} with");
    assert!(n_with - n_without < 100, "{n_without} bytes without, {n_with} with");
    // One outcome with a cost among many without.
    without.outcomes[20].cost = Cost::from_nanodollars(u64::MAX);
    is_kept(&without);
    without.outcomes[20].cost = Cost::ZERO;
    without.outcomes[30].labels.insert(String::new(), String::new());
    is_kept(&without);
}

#[test]
fn an_unknown_format_names_the_required_version() {
    let mut bytes = encode_run(&samples::run(0));
    bytes[0] = 9;
    let error = decode_run(&bytes).unwrap_err();
    assert!(error.is_unknown_format());
    assert!(error.to_string().contains("deploy a version of Allclear that knows the format 9"));
    assert!(matches!(decode_run(&[]), Err(DecodeError::Empty)));
}

#[test]
fn states_and_rollups_round_trip() {
    let state = samples::state();
    assert_eq!(decode_state(&encode_state(&state).unwrap()).unwrap(), state);
    let records = samples::decision("api", 0).rollups;
    assert_eq!(decode_rollups(&encode_rollups(&records).unwrap()).unwrap(), records);
}

#[test]
fn extreme_values_round_trip() {
    let mut run = samples::full_run(0);
    run.lag = Duration::MAX;
    run.took = Duration::from_nanos(1);
    run.outcomes[0].latency = Some(Duration::ZERO);
    run.outcomes[0].parts.dns = Some(Duration::MAX);
    run.outcomes[0].parts.connect = Some(Duration::MAX);
    run.outcomes[0].metrics = [
        ("negative zero", -0.0),
        ("tenth", -0.1),
        ("exact", 9_007_199_254_740_991.0),
        ("inexact", 9_007_199_254_740_994.0),
        ("tenths", 123_456_789.7),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    is_kept(&run);
    let read = decode_run(&encode_run(&run)).unwrap();
    assert!(read.outcomes[0].metrics["negative zero"].is_sign_negative());
}

fn durations() -> impl Strategy<Value = Duration> {
    prop_oneof![
        Just(Duration::ZERO),
        (0_u64..10_000_000).prop_map(Duration::from_micros),
        any::<u64>().prop_map(Duration::from_nanos),
        (any::<u64>(), 0_u32..1_000_000_000).prop_map(|(s, ns)| Duration::new(s, ns)),
    ]
}

fn verdicts() -> impl Strategy<Value = Verdict> {
    let causes =
        (0..Fault::ALL.len(), 0..Reason::ALL.len(), ".*").prop_map(|(fault, reason, message)| {
            Cause::new(Fault::ALL[fault], Reason::ALL[reason], message)
        });
    prop_oneof![
        Just(Verdict::Healthy),
        causes.clone().prop_map(Verdict::Degraded),
        causes.clone().prop_map(Verdict::Unhealthy),
        causes.prop_map(Verdict::Unknown),
    ]
}

prop_compose! {
    fn outcomes()(
        monitor in "[a-z0-9][a-z0-9._-]{0,20}",
        offset in durations(),
        verdict in verdicts(),
        times in prop::array::uniform6(prop::option::of(durations())),
        metrics in prop::collection::btree_map("[a-d]{0,2}", prop::num::f64::NORMAL
            | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO | prop::num::f64::INFINITE, 0..4),
        labels in prop::collection::btree_map("[a-d]{0,2}", ".*", 0..3),
        cost in prop_oneof![Just(0), 0_u64..1_000_000, any::<u64>()],
        attempts in any::<u8>(),
    ) -> Outcome {
        let [latency, dns, connect, tls, first_byte, transfer] = times;
        let parts = DurationParts { dns, connect, tls, first_byte, transfer };
        let monitor = samples::monitor(&monitor);
        let cost = Cost::from_nanodollars(cost);
        Outcome { monitor, offset, verdict, latency, parts, metrics, labels, cost, attempts }
    }
}

proptest! {
    #[test]
    fn every_run_round_trips(
        lag in durations(),
        took in durations(),
        mut outcomes in prop::collection::vec(outcomes(), 0..12),
        doubled in any::<bool>(),
    ) {
        if doubled {
            outcomes.extend(outcomes.clone());
        }
        is_kept(&Run { lag, took, outcomes, ..samples::run(0) });
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut bytes = bytes;
        for format in [0_u8, 2] {
            if let Some(first) = bytes.first_mut() {
                *first = format;
            }
            let _ = decode_run(&bytes);
            let _ = decode_state(&bytes);
            let _ = decode_rollups(&bytes);
            let _ = decode_value::<Vec<DecisionEvent>>(&bytes);
        }
    }

    #[test]
    fn a_flipped_or_cut_run_is_read_or_refused(
        place in 0_usize..10_000,
        flip in 1_u8..=255,
        cut in any::<bool>(),
    ) {
        let mut bytes = encode_run(&samples::full_run(0));
        let place = place % bytes.len();
        if cut {
            bytes.truncate(place);
            prop_assert!(decode_run(&bytes).is_err());
        } else {
            bytes[place] ^= flip;
            let _ = decode_run(&bytes);
        }
    }
}
