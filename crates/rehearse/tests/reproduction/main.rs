//! A rehearsal against the records of the production evaluator: with unchanged rules it decides the same, with changed
//! rules it gives the causes of each difference.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod causes;
mod edges;
mod month;
mod moved;
mod notified;
mod records;
mod removed;
mod shared_attempts;
mod signs;
mod silent;
mod stories;
mod summaries;
mod visibility;

use std::collections::BTreeSet;

use allclear_core::config::Config;
use allclear_core::delivery::NoticeKind;
use allclear_core::event::SuppressedBy;
use allclear_core::id::ShardId;
use allclear_rehearse::{
    ComparedPeriod, Comparison, Decided, DifferenceKind, Explainer, compare, rehearse, replay_until,
};

use records::{MINUTES, config, id, index, is_take_back, minute, recorded, start};

/// A comparison with the decisions of both sides.
struct Compared {
    recorded: Decided,
    simulated: Decided,
    comparison: Comparison,
}

impl Compared {
    /// Returns the number of differences of these kinds.
    fn n_of(&self, kinds: &[DifferenceKind]) -> usize {
        self.comparison.differences.iter().filter(|one| kinds.contains(&one.kind)).count()
    }
}

/// Compares the records with a replay under `after`.
async fn compared(after: Config, period: ComparedPeriod) -> Compared {
    let store = recorded().await;
    let (before, after) = (index(config()), index(after));
    let rehearsal = rehearse(store, &after, period, |_| ()).await.unwrap();
    let recorded = Decided::recorded(store, rehearsal.replayed_from).await.unwrap();
    let simulated = rehearsal.decided;
    let explainer = Explainer::new(&recorded, &simulated, &before, &after);
    let comparison = compare(&explainer, period);
    Compared { recorded, simulated, comparison }
}

async fn comparison(after: Config, period: ComparedPeriod) -> Comparison {
    compared(after, period).await.comparison
}

/// Compares the replays of two configs.
async fn between(before: Config, after: Config, period: ComparedPeriod) -> Comparison {
    let store = recorded().await;
    let (before, after) = (index(before), index(after));
    let old = rehearse(store, &before, period, |_| ()).await.unwrap().decided;
    let new = rehearse(store, &after, period, |_| ()).await.unwrap().decided;
    compare(&Explainer::new(&old, &new, &before, &after), period)
}

const ALL: fn() -> ComparedPeriod = || ComparedPeriod { from: start(), to: minute(MINUTES) };

#[tokio::test]
async fn unchanged_rules_reproduce_what_was_sent_and_suppressed() {
    let store = recorded().await;
    let records = Decided::recorded(store, start()).await.unwrap();
    let kinds: Vec<NoticeKind> =
        records.deliveries.iter().map(|one| one.notification.kind).collect();
    for kind in
        [NoticeKind::Firing, NoticeKind::Updated, NoticeKind::Reminder, NoticeKind::Resolved]
    {
        assert!(kinds.contains(&kind), "{kind:?} is missing in {kinds:?}");
    }
    assert!(records.deliveries.iter().any(|one| one.channel.as_str() == "backup"));
    let reasons: BTreeSet<&str> = records.suppressions.iter().map(|one| one.by.as_str()).collect();
    for reason in [
        SuppressedBy::Silence,
        SuppressedBy::Maintenance,
        SuppressedBy::Dependency,
        SuppressedBy::AlreadyNotified,
    ] {
        assert!(reasons.contains(reason.as_str()), "{reason:?} is missing in {reasons:?}");
    }

    let reported = |text: &str| {
        let mut changes = records.deliveries.iter().map(|one| &one.notification.details.change);
        changes.any(|change| change.as_ref().is_some_and(|change| change.contains(text)))
    };
    assert!(reported("attempt 1 of the action `restart`"));
    assert!(reported("is stopped"));

    let n_attempts = records.attempts.iter().filter(|one| !is_take_back(one)).count();
    assert!(n_attempts > 5 && records.attempts.iter().any(is_take_back));

    let whole = comparison(config(), ALL()).await;
    assert_eq!(whole.differences, []);
    assert_eq!(whole.n_recorded, whole.n_simulated);
    assert_eq!(whole.n_recorded, records.deliveries.len());
    assert_eq!((whole.n_recorded_attempts, whole.n_simulated_attempts), (n_attempts, n_attempts));
    assert_eq!(whole.n_recorded_suppressions, whole.n_simulated_suppressions);
    assert_eq!(whole.n_recorded_incidents, records.incidents.len());
    assert_eq!(whole.n_recorded_incidents, whole.n_simulated_incidents);
    assert!(whole.n_recorded_incidents > 5, "{whole:?}");

    // Periods that begin within an outage, a silence, an acknowledgement and a window.
    for (from, to) in [(65, 400), (510, 800), (920, 1_300), (1_205, 1_700)] {
        let period = ComparedPeriod { from: minute(from), to: minute(to) };
        let part = comparison(config(), period).await;
        assert_eq!(part.differences, [], "{from} to {to}");
        assert!(part.n_recorded > 0, "{from} to {to}");
    }
}

#[tokio::test]
async fn the_state_of_a_past_time_is_replayed() {
    let store = recorded().await;
    let replayed = replay_until(store, &index(config()), minute(930), |_| ()).await.unwrap();
    let replay = &replayed.shards[&ShardId::main()];
    let mail = &replay.state().monitors[&id("mail")];
    assert!(mail.alerts.values().any(|alert| alert.firing.is_some()));
    assert_eq!(mail.since, minute(900));
    let entries: Vec<&str> =
        replay.index().entries().iter().map(|entry| entry.id.as_str()).collect();
    assert!(entries.contains(&"seen") && !entries.contains(&"upgrade"), "{entries:?}");
}
