//! The fold that evaluates only the conditions that can hold decides what the one that evaluates all of them decides.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::config::Config;
use allclear_core::id::RegionId;
use allclear_core::rule::Rule;
use allclear_core::run::Run;
use allclear_core::state::Decision;
use allclear_core::status::{Fault, Severity};
use allclear_evaluate::fold::fold;
use allclear_evaluate::{ConfigIndex, RuleEvaluation};
use proptest::prelude::*;

use crate::scenario::{FoldScenario, builtin_rules, config, immediate_rules, monitor, rule, run};

const MONITORS: [&str; 2] = ["a", "b"];

/// The values of the metric `queue`, and its absence.
const QUEUES: [Option<f64>; 6] = [None, None, Some(0.0), Some(4.0), Some(9.0), Some(7.5)];

/// A step of a history.
#[derive(Debug, Clone)]
enum Step {
    Outcomes { letters: [char; 2], queue: Option<f64>, is_remote: bool },
    Reload(usize),
    Pause,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let letters = prop::sample::select("HHHHHHHHSSDUUK?I".chars().collect::<Vec<_>>());
    let outcomes = (prop::array::uniform2(letters), prop::sample::select(&QUEUES), 0..40_u8)
        .prop_map(|(letters, queue, n)| Step::Outcomes { letters, queue, is_remote: n == 0 });
    let step = prop_oneof![
        30 => outcomes,
        1 => (0..configs().len()).prop_map(Step::Reload),
        1 => Just(Step::Pause),
    ];
    prop::collection::vec(step, 1..120)
}

fn other_rules() -> Vec<Rule> {
    let of_account = |name: &str, condition: &str| Rule {
        fault: Some(Fault::Quota),
        ..rule(name, condition, Severity::Warning)
    };
    vec![
        of_account("queue_long", "metrics.queue > 3 * 2"),
        of_account("queue_known", "has(metrics.queue) && metrics.queue != 4"),
        rule("queue_negated", "-metrics.queue <= -4", Severity::Warning),
        rule("not_slow", "!(response_time_ms > 200)", Severity::Info),
        rule("slow_or_down", "unhealthy || response_time_ms >= 250", Severity::Error),
        rule("uptime_equal", "uptime_percentage != 100", Severity::Warning),
        rule("in_a_row", "consecutive_successes % 7 == 3", Severity::Info),
    ]
}

/// The configs between which a history changes.
fn configs() -> Vec<Config> {
    let both = || vec![monitor("a"), monitor("b")];
    let mut all = builtin_rules();
    all.extend(other_rules());
    let mut immediate = immediate_rules();
    immediate.extend(other_rules());
    vec![
        config(both(), all.clone()),
        config(both(), immediate),
        config(both(), other_rules()),
        config(vec![monitor("b")], all),
        config(both(), Vec::new()),
    ]
}

fn with(config: Config, evaluation: RuleEvaluation) -> ConfigIndex {
    let index = ConfigIndex::new(Arc::new(config)).unwrap();
    index.with_kinds(allclear_probes::kinds()).with_evaluation(evaluation)
}

/// Folds a history with runs at a distance of `every`, and returns the decisions and the shard at its end.
fn folded(
    steps: &[Step],
    every: Duration,
    evaluation: RuleEvaluation,
) -> (Vec<Decision>, FoldScenario) {
    let mut scenario = FoldScenario::new(configs().remove(0));
    scenario.index = scenario.index.clone().with_evaluation(evaluation);
    let (mut decisions, mut n) = (Vec::new(), 0);
    for step in steps {
        n += 1;
        match step {
            Step::Outcomes { letters, queue, is_remote } => {
                let outcomes: Vec<(&str, char)> =
                    MONITORS.into_iter().zip(letters.iter().copied()).collect();
                let mut run: Run = run(0, &outcomes);
                run.key.scheduled_at += every * n;
                if *is_remote {
                    run.key.region = RegionId::new("far").unwrap();
                }
                for outcome in &mut run.outcomes {
                    outcome.metrics.extend(queue.map(|value| ("queue".to_owned(), value)));
                }
                decisions.push(fold(&mut scenario.state, &run, &scenario.index));
            }
            Step::Reload(number) => {
                scenario.index = with(configs().remove(*number), evaluation);
                decisions.push(scenario.retire());
            }
            Step::Pause => n += 30,
        }
    }
    (decisions, scenario)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn conditions_that_cannot_hold_change_no_decision_and_no_state(
        steps in steps(),
        every_s in prop::sample::select(vec![10_u64, 30, 1_200]),
    ) {
        let every = Duration::from_secs(every_s);
        let (needed, short) = folded(&steps, every, RuleEvaluation::Needed);
        let (full, long) = folded(&steps, every, RuleEvaluation::Full);
        prop_assert_eq!(needed, full);
        prop_assert_eq!(short.state, long.state);
    }
}
