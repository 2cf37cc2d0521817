//! Decisions at the edges of a period: that of the records may be just outside, and its twin in the replay just within.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::event::{SuppressedBy, Suppression};
use allclear_core::incident::IncidentEpisode;
use allclear_rehearse::{ComparedPeriod, Decided, DifferenceKind, Explainer, compare, rehearse};

use crate::records::{config, index, minute, recorded, start};

/// Returns the times of all decisions of the records.
fn times(records: &Decided) -> Vec<Timestamp> {
    let deliveries = records.deliveries.iter().chain(&records.attempts).map(|one| one.created_at);
    let suppressions = records.suppressions.iter().map(|one| one.at);
    let incidents = records.incidents.values().flat_map(|one| {
        let confirmed = one.episodes.iter().map(IncidentEpisode::confirmed_at);
        [Some(one.opened_at), one.resolved_at].into_iter().flatten().chain(confirmed)
    });
    let mut all: Vec<Timestamp> = deliveries.chain(suppressions).chain(incidents).collect();
    all.sort();
    all.dedup();
    all
}

#[tokio::test]
async fn unchanged_rules_have_no_difference_and_equal_numbers_wherever_a_period_begins_and_ends() {
    let store = recorded().await;
    let index = index(config());
    let whole = ComparedPeriod { from: start(), to: minute(1_790) };
    let replayed = rehearse(store, &index, whole, |_| ()).await.unwrap();
    let records = Decided::recorded(store, replayed.replayed_from).await.unwrap();
    let explainer = Explainer::new(&records, &replayed.decided, &index, &index);
    let all = times(&records);
    assert!(all.len() > 50, "{}", all.len());
    // The records are decided up to a second later than the replay.
    for at in all {
        for offset in [0, 1, 300, 2_000] {
            let edge = at - Duration::from_secs(1) + Duration::from_millis(offset);
            for (from, to) in
                [(edge, edge + Duration::from_hours(2)), (edge - Duration::from_hours(2), edge)]
            {
                let compared = compare(&explainer, ComparedPeriod { from, to });
                assert_eq!(compared.differences, [], "{from} to {to}");
                assert_eq!(compared.n_recorded, compared.n_simulated, "{from} to {to}");
                assert_eq!(compared.n_recorded_attempts, compared.n_simulated_attempts);
                assert_eq!(compared.n_recorded_suppressions, compared.n_simulated_suppressions);
                assert_eq!(compared.n_recorded_incidents, compared.n_simulated_incidents);
            }
        }
    }
}

#[tokio::test]
async fn a_suppression_long_before_the_period_is_not_paired_with_one_within_it() {
    let store = recorded().await;
    let index = index(config());
    let records = Decided::recorded(store, start()).await.unwrap();
    let silenced = records.suppressions.iter().find(|one| one.by == SuppressedBy::Silence).unwrap();
    assert!(silenced.at < minute(515), "{silenced:?}");
    let repeated = Suppression { at: minute(525), ..silenced.clone() };
    let mut simulated = records.clone();
    simulated.suppressions = vec![repeated];
    let explainer = Explainer::new(&records, &simulated, &index, &index);
    let period = ComparedPeriod { from: minute(522), to: minute(540) };
    let compared = compare(&explainer, period);
    let kinds: Vec<DifferenceKind> = compared.differences.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [DifferenceKind::Suppressed]);
    assert_eq!((compared.n_recorded_suppressions, compared.n_simulated_suppressions), (0, 1));
}
