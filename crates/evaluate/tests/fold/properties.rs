//! Tests of properties that hold for any log of runs, in any order of arrival within the late limit.

use std::collections::{BTreeMap, BTreeSet};

use allclear_core::Timestamp;
use allclear_core::delivery::NoticeKind;
use allclear_core::event::AlertId;
use allclear_core::id::MonitorId;
use allclear_core::rollup::{Period, Rollup};
use allclear_core::rule::SERVICE_RECOVERY;
use allclear_core::run::Run;
use allclear_core::state::{Decision, ShardState};
use allclear_core::status::{Fault, Severity};
use allclear_evaluate::fold::fold;
use proptest::prelude::*;

use crate::scenario::{FoldScenario, builtin_rules, channel, config, monitor, notices, run};

const MONITORS: [&str; 3] = ["a", "b", "c"];

/// Generates a log of up to 160 runs, 80 minutes: longer than the late limit, so that hours are closed.
pub(crate) fn logs() -> impl Strategy<Value = Vec<Run>> {
    let letters = prop::sample::select(vec!['H', 'H', 'H', 'S', 'D', 'U', 'U', 'K', '?', 'I']);
    prop::collection::vec(prop::array::uniform3(prop::option::weighted(0.8, letters)), 1..160)
        .prop_map(|rows| {
            rows.iter()
                .enumerate()
                .map(|(n, row)| {
                    let outcomes: Vec<(&str, char)> = MONITORS
                        .iter()
                        .zip(row)
                        .filter_map(|(name, letter)| letter.map(|letter| (*name, letter)))
                        .collect();
                    run(n, &outcomes)
                })
                .collect()
        })
}

pub(crate) fn scenario() -> FoldScenario {
    let mut b = monitor("b");
    b.critical = true;
    b.depends_on = vec![MonitorId::new("a").unwrap()];
    let mut config = config(vec![monitor("a"), b, monitor("c")], builtin_rules());
    let mut owners = channel("owners");
    owners.filter.faults = vec![Fault::Credentials];
    let mut pager = channel("pager");
    pager.filter.faults = vec![Fault::Target];
    pager.filter.min_severity = Severity::Critical;
    config.channels.extend([owners, pager]);
    FoldScenario::new(config)
}

fn fold_all<'a>(scenario: &mut FoldScenario, runs: impl IntoIterator<Item = &'a Run>) -> Decision {
    let mut decided = Decision::default();
    for run in runs {
        decided.append(fold(&mut scenario.state, run, &scenario.index));
    }
    decided
}

/// Returns all hourly counts: the rollups that were written, and the open ones.
fn hours(state: &ShardState, decided: &Decision) -> BTreeMap<(MonitorId, Timestamp), Rollup> {
    let closed = decided
        .rollups
        .iter()
        .filter(|record| record.period == Period::Hour)
        .map(|record| ((record.monitor.clone(), record.start), record.rollup.clone()));
    let open = state.monitors.iter().flat_map(|(id, known)| {
        known.open.hours.iter().map(move |(start, rollup)| ((id.clone(), *start), rollup.clone()))
    });
    let mut all = BTreeMap::new();
    for (key, rollup) in closed.chain(open) {
        assert!(all.insert(key, rollup).is_none(), "an hour was written twice");
    }
    all
}

/// Returns the same runs, each delayed by up to `delay` places and some twice.
fn delayed_and_doubled(runs: &[Run], delays: &[(usize, bool)]) -> Vec<Run> {
    let mut keyed: Vec<(usize, Run)> = Vec::new();
    for (n, (run, (delay, twice))) in runs.iter().zip(delays.iter().cycle()).enumerate() {
        keyed.push((n + delay, run.clone()));
        if *twice {
            keyed.push((n + delay * 2, run.clone()));
        }
    }
    keyed.sort_by_key(|(place, _)| *place);
    keyed.into_iter().map(|(_, run)| run).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn order_duplicates_and_delays_do_not_change_the_counts(
        runs in logs(),
        delays in prop::collection::vec((0_usize..60, any::<bool>()), 1..20),
    ) {
        let (mut in_order, mut shuffled) = (scenario(), scenario());
        let decided_in_order = fold_all(&mut in_order, &runs);
        let arrived = delayed_and_doubled(&runs, &delays);
        let decided_shuffled = fold_all(&mut shuffled, &arrived);
        prop_assert!(decided_shuffled.too_late.is_empty());
        prop_assert_eq!(
            hours(&in_order.state, &decided_in_order),
            hours(&shuffled.state, &decided_shuffled)
        );
    }

    #[test]
    fn folding_again_changes_nothing(runs in logs(), doubled in prop::collection::vec(0_usize..160, 0..40)) {
        let mut once = scenario();
        let decided = fold_all(&mut once, &runs);
        let mut twice = scenario();
        let mut again = Decision::default();
        for (n, run) in runs.iter().enumerate() {
            again.append(fold(&mut twice.state, run, &twice.index));
            for _ in doubled.iter().filter(|one| **one == n) {
                let earlier = &runs[n.saturating_sub(doubled.len())..=n];
                prop_assert!(fold_all(&mut twice, earlier).is_empty());
            }
        }
        prop_assert_eq!(&decided, &again);
        prop_assert_eq!(&once.state, &twice.state);
    }

    #[test]
    fn a_reloaded_state_continues_the_same(runs in logs(), cut in 0_usize..160) {
        let mut whole = scenario();
        let decided = fold_all(&mut whole, &runs);
        let mut parts = scenario();
        let cut = cut.min(runs.len());
        let mut in_parts = fold_all(&mut parts, &runs[..cut]);
        let stored = postcard::to_stdvec(&parts.state).unwrap();
        parts.state = postcard::from_bytes(&stored).unwrap();
        in_parts.append(fold_all(&mut parts, &runs[cut..]));
        prop_assert_eq!(decided, in_parts);
        prop_assert_eq!(whole.state, parts.state);
    }

    #[test]
    fn uptime_stays_within_its_bounds(runs in logs()) {
        let mut scenario = scenario();
        let decided = fold_all(&mut scenario, &runs);
        for rollup in hours(&scenario.state, &decided).values() {
            if let Some(uptime) = rollup.tally.uptime_percentage() {
                prop_assert!((0.0..=100.0).contains(&uptime));
            }
            prop_assert!(rollup.tally.good_s() <= rollup.tally.measured_s());
        }
    }

    #[test]
    fn consecutive_transitions_differ(runs in logs()) {
        let decided = fold_all(&mut scenario(), &runs);
        let mut last = BTreeMap::new();
        for one in &decided.transitions {
            prop_assert_ne!(one.from, one.to);
            if let Some(before) = last.insert(one.monitor.clone(), one) {
                prop_assert_eq!(before.to, one.from);
                prop_assert!(before.at <= one.at);
            }
            prop_assert!(one.at <= one.confirmed_at);
        }
    }

    #[test]
    fn every_fired_alert_is_either_resolved_or_open(runs in logs()) {
        let mut scenario = scenario();
        let decided = fold_all(&mut scenario, &runs);
        let of = |resolved: bool| -> Vec<&AlertId> {
            decided
                .alerts
                .iter()
                .filter(|alert| alert.resolved_at.is_some() == resolved)
                .map(|alert| &alert.id)
                .collect()
        };
        let fired: BTreeSet<_> = of(false).into_iter().collect();
        let resolved: BTreeSet<_> = of(true).into_iter().collect();
        prop_assert_eq!(fired.len(), of(false).len(), "an alert fired twice");
        prop_assert_eq!(resolved.len(), of(true).len(), "an alert was resolved twice");
        let monitors = scenario.state.monitors.values().flat_map(|known| {
            known.alerts.values().chain(known.unreported.iter().map(|one| &one.alert))
        });
        let open: BTreeSet<_> = monitors
            .filter_map(|alert| alert.firing.as_ref())
            .chain(&scenario.state.impairment.alert)
            .map(|firing| &firing.id)
            .collect();
        prop_assert!(open.is_disjoint(&resolved));
        prop_assert_eq!(fired, open.union(&resolved).copied().collect::<BTreeSet<_>>());
    }

    #[test]
    fn exactly_the_notified_channels_get_the_all_clear(runs in logs()) {
        let mut scenario = scenario();
        let decided = fold_all(&mut scenario, &runs);
        let mut open = BTreeSet::new();
        let mut ids = BTreeSet::new();
        for delivery in &decided.deliveries {
            prop_assert!(ids.insert(&delivery.id), "two deliveries share an id");
            for before in &delivery.after {
                prop_assert!(ids.contains(before), "an all-clear follows what was never owed");
            }
            match delivery.notification.kind {
                NoticeKind::Firing | NoticeKind::Updated => open.extend(
                    delivery
                        .notification
                        .alerts
                        .iter()
                        .filter(|one| one.rule.as_str() != SERVICE_RECOVERY)
                        .map(|one| &one.id)
                        .chain(delivery.notification.details.others.iter().flat_map(|one| &one.alerts))
                        .map(|id| (&delivery.channel, id)),
                ),
                NoticeKind::Resolved => {
                    prop_assert!(!delivery.after.is_empty());
                    let others = &delivery.notification.details.others;
                    let of_others = others.iter().flat_map(|one| &one.alerts);
                    let alerts = delivery.notification.alerts.iter().map(|one| &one.id);
                    for id in alerts.chain(of_others) {
                        open.remove(&(&delivery.channel, id));
                    }
                }
                NoticeKind::Reminder | NoticeKind::Momentary | NoticeKind::Summary => {}
            }
        }
        // The end of an outage waits while the monitor fails intermittently.
        let unreported = scenario.state.alert_groups.values().flat_map(|group| {
            group.ended.iter().map(move |ended| (&group.channel, &ended.id))
        });
        let still: BTreeSet<_> = scenario
            .state
            .monitors
            .values()
            .flat_map(|known| known.alerts.values())
            .filter_map(|alert| alert.firing.as_ref())
            .chain(&scenario.state.impairment.alert)
            .flat_map(|firing| {
                firing.notified.keys().map(move |channel| (channel, &firing.id))
            })
            .chain(unreported)
            .collect();
        prop_assert!(
            open.is_subset(&still),
            "alerts ended without an all-clear: {:?}\n{}",
            open.difference(&still).collect::<Vec<_>>(),
            notices(&decided.deliveries).join("\n")
        );
    }
}
