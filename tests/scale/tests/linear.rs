//! A mass outage takes time and room in proportion to the number of monitors.

use std::time::Duration;

use allclear_aws::dynamo::limits::{MAX_ITEM_BYTES, MAX_TRANSACTION_BYTES, MAX_TRANSACTION_ITEMS};
use allclear_scale::measure::{Measured, Past, measure};
use allclear_scale::scenario::OutageKind;

const FEW: usize = 750;
const MANY: usize = 6_000;

/// Eight times as many monitors take eight times as long. A step of which a part compares each monitor
/// with each takes longer: 64 times for that part.
const MOST: f64 = 11.0;

const PAST: Past = Past { n_days: 1, n_minutes: 2 };

/// Attempts, of which one without noise from other processes is enough.
const ATTEMPTS: usize = 4;

#[tokio::test]
async fn a_large_outage_takes_linear_time() {
    let mut worst = Vec::new();
    for _ in 0..ATTEMPTS {
        let few = measure(FEW, PAST, OutageKind::Down).await.unwrap();
        let many = measure(MANY, PAST, OutageKind::Down).await.unwrap();
        let steps = |one: &Measured| {
            [one.first_run, one.confirm, one.confirm_cold, one.page, one.page_cold]
        };
        let times = steps(&few).into_iter().zip(steps(&many)).map(|(few, many)| {
            assert!(few > Duration::ZERO, "nothing was measured");
            many.as_secs_f64() / few.as_secs_f64()
        });
        worst.push(times.fold(0.0, f64::max));
        if worst.last().is_some_and(|times| *times < MOST) {
            return;
        }
    }
    panic!("the slowest steps took {worst:.1?} times as long");
}

#[tokio::test]
async fn a_large_outage_loses_nothing_and_fits_the_table() {
    for outage_kind in [OutageKind::Down, OutageKind::Hanging] {
        let measured = measure(MANY, PAST, outage_kind).await.unwrap();
        assert_eq!(measured.n_transitions, MANY);
        assert_eq!(measured.sizes.n_deliveries, 1, "one message lists all");
        // In proportion, ten thousand monitors.
        let at_most = |bytes: usize| bytes * 10_000 / MANY;
        assert!(at_most(measured.sizes.run) <= MAX_ITEM_BYTES / 2, "{measured:?}");
        assert!(measured.sizes.decided <= MAX_ITEM_BYTES / 2, "{measured:?}");
        assert!(at_most(measured.sizes.transaction) <= MAX_TRANSACTION_BYTES, "{measured:?}");
        assert!(measured.sizes.n_items <= MAX_TRANSACTION_ITEMS, "{measured:?}");
    }
}
