//! A month of random outcomes and entries of operators, as the production evaluator and notifier settled them: under the
//! same rules, a rehearsal decides the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::delivery::{Delivery, DeliveryState, NoticeKind};
use allclear_core::event::SuppressedBy;
use allclear_core::id::{EntryId, MaintenanceId, ShardId, SummaryId};
use allclear_core::notice_path::GroupStep;
use allclear_core::operator_entry::{EntryContent, OperatorEntry};
use allclear_core::outcome::{Cause, Finding, Outcome, Verdict};
use allclear_core::ports::{
    Outbox as _, ReadHistory as _, ReadPast as _, RecordOperatorEntries as _, RecordRun as _,
};
use allclear_core::reason::Reason;
use allclear_core::rollup::Period;
use allclear_core::rule::RuleScope;
use allclear_core::run::Run;
use allclear_core::state::{ShardState, Summarized};
use allclear_core::summary::{Covered, Summary, SummaryPeriod};
use allclear_core::window::{Maintenance, WeekDay, WindowSchedule};
use allclear_engine::evaluate::Shards;
use allclear_evaluate::attempts::RecordedAttempt;
use allclear_evaluate::replay::{Replay, recorded_at};
use allclear_evaluate::summary::{History, LATEST, SummaryFacts, begin, compose, due};
use allclear_local::SqliteStore;
use allclear_rehearse::{ComparedPeriod, Decided, Explainer, compare, rehearse};

use crate::records::{self, id, index, is_take_back, minute, start};

const DAYS: u64 = 30;

/// The minutes between two runs.
const INTERVAL: u64 = 10;

/// The time for which a rehearsal continues after its period.
const MARGIN: Duration = Duration::from_mins(5);

fn end() -> Timestamp {
    minute(DAYS * 24 * 60)
}

const MONITORS: [&str; 5] = ["api", "cart", "database", "mail", "orders"];

/// A sequence of numbers that is the same in each run of the test.
struct Random(u64);

impl Random {
    /// Returns a number below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

fn config() -> Config {
    let mut config = records::config();
    for monitor in &mut config.monitors {
        monitor.interval = Duration::from_mins(INTERVAL);
        monitor.expected_response_time = Some(Duration::from_millis(100));
        monitor.critical = monitor.id == id("database");
    }
    let summary = |name: &str, every| Summary {
        id: SummaryId::new(name).unwrap(),
        every,
        at: "08:00:00".parse().unwrap(),
        time_zone: "Europe/Berlin".to_owned(),
        channels: Vec::new(),
    };
    config.summaries = vec![
        summary("daily", SummaryPeriod::Day),
        summary("weekly", SummaryPeriod::Week(WeekDay::Monday)),
    ];
    config
}

/// Returns the runs of the month. Some are recorded after the next one.
fn runs() -> Vec<Run> {
    let mut random = Random(7);
    let mut trouble: BTreeMap<&str, (u64, Verdict)> = BTreeMap::new();
    let mut runs: Vec<Run> = (0..DAYS * 24 * 60 / INTERVAL)
        .map(|n| {
            let at = minute(n * INTERVAL);
            let outcomes = MONITORS.map(|name| {
                if trouble.get(name).is_none_or(|(until, _)| *until <= n) && random.below(90) == 0 {
                    trouble.insert(name, (n + 1 + random.below(60), verdict(&mut random)));
                }
                let current = trouble.get(name).filter(|(until, _)| n < *until);
                // Some outcomes within an outage are good.
                let current = current.filter(|_| random.below(12) != 0);
                let verdict = current.map_or(Verdict::Healthy, |(_, verdict)| verdict.clone());
                let is_slow = random.below(400) < 40 && n % 300 < 40;
                let mut finding = Finding::of(verdict.clone());
                let ms = if is_slow { 900 } else { 80 };
                finding.latency =
                    (verdict == Verdict::Healthy).then_some(Duration::from_millis(ms));
                Outcome::new(id(name), Duration::ZERO, finding, 1)
            });
            let mut run = Run { outcomes: outcomes.to_vec(), ..records::run(0) };
            run.key.scheduled_at = at;
            if n % 397 == 7 {
                run.lag = Duration::from_mins(INTERVAL + 2);
            }
            run
        })
        .collect();
    runs.sort_by_key(recorded_at);
    runs
}

fn verdict(random: &mut Random) -> Verdict {
    match random.below(8) {
        0 => Verdict::Unhealthy(Cause::of(Reason::AuthInvalid, "status 401")),
        1 => Verdict::Degraded(Cause::of(Reason::HttpStatus, "status 500 of 1 of 3")),
        2 => Verdict::Unhealthy(Cause::of(Reason::Timeout, "no answer within 10 s")),
        _ => Verdict::Unhealthy(Cause::of(Reason::HttpStatus, "status 503, want 2xx")),
    }
}

/// Makes entries of operators at random times.
async fn operate(store: &SqliteStore, random: &mut Random, n: u64, at: Timestamp) {
    let name = *MONITORS.get(usize::try_from(random.below(5)).unwrap()).unwrap();
    let minutes = 30 + random.below(600);
    // No entry ends within the second between a run and its evaluation.
    let until = at + Duration::from_mins(minutes) + Duration::from_secs(30);
    let (kind, content) = match random.below(120) {
        0 => {
            let matchers = vec![format!("monitor={name}").parse().unwrap()];
            ("silence", EntryContent::Silence { matchers, starts_at: at })
        }
        1 => {
            let window = Maintenance {
                id: MaintenanceId::new(format!("window-{n}")).unwrap(),
                title: "Upgrade".to_owned(),
                description: None,
                scope: RuleScope { monitors: vec![id(name)], ..RuleScope::default() },
                schedule: WindowSchedule::Once { start: at, end: until },
                ended_at: None,
            };
            ("window", EntryContent::Maintenance(Box::new(window)))
        }
        2 | 3 => {
            let alerts = store.alerts(start()).await.unwrap();
            let firing = alerts.into_iter().filter(|one| one.resolved_at.is_none());
            let alerts: Vec<_> = firing.map(|one| one.id).collect();
            if alerts.is_empty() {
                return;
            }
            ("ack", EntryContent::Acknowledgement { alerts })
        }
        _ => return,
    };
    let entry = OperatorEntry {
        id: EntryId::new(format!("{kind}-{n}")).unwrap(),
        created_at: at,
        author: "ann".to_owned(),
        comment: String::new(),
        expires_at: Some(until),
        content,
    };
    store.add_operator_entry(&entry).await.unwrap();
}

/// Settles what is owed, like the notifier: notices at once, and attempts after a minute.
async fn settle(store: &SqliteStore, now: Timestamp) {
    let owed = store.owed().await.unwrap();
    let is_taken_back = |one: &Delivery| owed.iter().any(|it| it.after.contains(&one.id));
    for one in &owed {
        let at = now;
        let state = match one.attempt() {
            Some(_) if is_take_back(one) => DeliveryState::Sent { at },
            Some(_) if is_taken_back(one) => DeliveryState::Superseded { at },
            // Those on `api` do not begin before they are taken back.
            Some(_) if one.notification.monitor == id("api") => continue,
            Some(_) if now < one.created_at + Duration::from_mins(1) => continue,
            Some(attempt) if attempt.number % 2 == 1 => {
                DeliveryState::GivenUp { at, reason: "status 500".to_owned() }
            }
            None | Some(_) => DeliveryState::Sent { at },
        };
        store.record_delivery(&Delivery { n_tries: 1, state, ..one.clone() }).await.unwrap();
    }
}

async fn recorded(runs: &[Run]) -> SqliteStore {
    let store = SqliteStore::in_memory().unwrap();
    let mut shards = Shards::new(Arc::new(index(config())));
    let main = ShardId::main();
    let mut random = Random(11);
    for (n, run) in (0..).zip(runs) {
        store.record_run(run).await.unwrap();
        let next_run = runs.get(usize::try_from(n).unwrap() + 1).map(recorded_at);
        let mut now = recorded_at(run) + Duration::from_millis(n % 7 * 130);
        settle(&store, recorded_at(run)).await;
        loop {
            let evaluated = shards.evaluate(&store, &main, run.key.scheduled_at, now).await;
            assert!(evaluated.error.is_none(), "{:?}", evaluated.error);
            let is_before = |at: &Timestamp| *at < next_run.unwrap_or_else(end);
            match shards.next_notice_at(&main).filter(is_before) {
                Some(next) if next > now => now = next,
                Some(_) | None => break,
            }
        }
        // What happens after an evaluation is later than it.
        settle(&store, now + Duration::from_millis(1)).await;
        operate(&store, &mut random, n, now + Duration::from_millis(1)).await;
    }
    store
}

/// Composes the summaries of the month from the decisions of a replay alone.
async fn replayed_summaries(store: &SqliteStore, runs: &[Run]) -> Vec<Delivery> {
    let index = index(config());
    let attempts = store.deliveries(start()).await.unwrap();
    let mut replay = Replay::new(index.clone())
        .with_entries(store.past_entries(start()).await.unwrap())
        .with_attempts(attempts.iter().filter_map(RecordedAttempt::of).collect());
    let summaries = &index.config().summaries;
    let (mut rollups, mut transitions, mut alerts) = (Vec::new(), Vec::new(), BTreeMap::new());
    let mut clock = ShardState::default();
    let mut composed = Vec::new();
    for (n, run) in runs.iter().enumerate() {
        let until = recorded_at(run) + Duration::from_nanos(1);
        replay.play(vec![run.clone()], until, |_, decision| {
            rollups.extend(decision.rollups);
            transitions.extend(decision.transitions);
            alerts.extend(decision.alerts.into_iter().map(|one| (one.id.clone(), one)));
        });
        clock.folded.newest = replay.state().folded.newest;
        begin(&mut clock, summaries);
        let is_due: Vec<(&Summary, Covered)> = due(&clock, summaries);
        for (summary, covered) in is_due {
            let newest = clock.folded.newest.unwrap();
            let rollups = rollups.iter().filter(|one: &&allclear_core::rollup::RollupRecord| {
                let from = match one.period {
                    Period::Hour => covered.from,
                    Period::Day => covered.month,
                };
                one.start >= one.period.start_of(from)
            });
            let alerts = alerts.values().filter(|one: &&allclear_core::event::AlertRecord| {
                one.fired_at >= covered.from || one.resolved_at.is_none()
            });
            let transitions = transitions.iter();
            let transitions = transitions
                .filter(|one: &&allclear_core::event::Transition| one.at >= covered.from);
            let latest: Vec<Run> = runs
                .iter()
                .take(n + 1)
                .filter(|one| one.key.scheduled_at >= newest - LATEST)
                .cloned()
                .collect();
            let history = History::new(
                rollups.cloned(),
                transitions.cloned().collect(),
                alerts.cloned().collect(),
                &latest,
            );
            let shard = ShardId::main();
            let (state, history) = (replay.state(), &history);
            let facts = SummaryFacts { shard: &shard, index: &index, state, history };
            composed.extend(compose(summary, &covered, facts));
            clock.summaries.insert(summary.id.clone(), Summarized { until: covered.until });
        }
    }
    composed
}

#[tokio::test]
async fn a_month_under_unchanged_rules_is_decided_again_exactly() {
    let runs = runs();
    let store = recorded(&runs).await;
    let (before, after) = (index(config()), index(config()));
    let period = ComparedPeriod { from: start(), to: end() - MARGIN };
    let rehearsal = rehearse(&store, &after, period, |_| ()).await.unwrap();
    let records = Decided::recorded(&store, rehearsal.replayed_from).await.unwrap();
    let replayed = rehearsal.decided;
    let comparison = compare(&Explainer::new(&records, &replayed, &before, &after), period);
    assert_eq!(comparison.differences, []);
    assert_covers(&records);
    assert!(comparison.n_recorded_summaries >= 30, "{}", comparison.n_recorded_summaries);
    assert_eq!(comparison.n_recorded_summaries, comparison.n_simulated_summaries);

    assert_eq!(records.incidents, replayed.incidents);
    let alerts = |of: &Decided| of.alerts.values().cloned().collect::<Vec<_>>();
    assert_eq!(alerts(&records), alerts(&replayed));
    let content = |all: &[Delivery]| -> BTreeMap<String, String> {
        let content = all.iter().map(|one| {
            let notice = &one.notification;
            let details = &notice.details;
            let text = format!(
                "{}: {} {:?} {:?} {:?}",
                notice.title(),
                notice.message,
                notice.alerts,
                details.change,
                details.acknowledged
            );
            (one.id.to_string(), text)
        });
        content.collect()
    };
    for (old, new) in [
        (content(&records.deliveries), content(&replayed.deliveries)),
        (content(&records.attempts), content(&replayed.attempts)),
    ] {
        assert_eq!(old.keys().collect::<Vec<_>>(), new.keys().collect::<Vec<_>>());
        let different: Vec<_> =
            old.iter().filter(|(id, text)| new.get(*id) != Some(text)).collect();
        let other: Vec<_> = different.iter().map(|(id, _)| &new[*id]).collect();
        assert!(different.is_empty(), "{different:#?} {other:#?}");
    }
    let held = |of: &Decided| -> Vec<(String, SuppressedBy)> {
        of.suppressions.iter().map(|one| (one.alert.to_string(), one.by)).collect()
    };
    let sorted = |mut all: Vec<(String, SuppressedBy)>| {
        all.sort_by_key(|(alert, by)| (alert.clone(), by.as_str()));
        all
    };
    assert_eq!(sorted(held(&records)), sorted(held(&replayed)));

    let deliveries = store.deliveries(start()).await.unwrap();
    let summaries: Vec<&Delivery> =
        deliveries.iter().filter(|one| one.notification.kind == NoticeKind::Summary).collect();
    assert!(summaries.len() >= 30, "{}", summaries.len());
    let replayed = replayed_summaries(&store, &runs).await;
    let facts = |one: &Delivery| (one.id.clone(), one.channel.clone(), one.notification.clone());
    assert_eq!(summaries.len(), replayed.len());
    for (old, new) in summaries.into_iter().zip(&replayed) {
        assert_eq!(facts(old), facts(new));
    }
}

/// Checks that the month has what a comparison must find.
fn assert_covers(records: &Decided) {
    for kind in
        [NoticeKind::Firing, NoticeKind::Updated, NoticeKind::Reminder, NoticeKind::Resolved]
    {
        let n = records.deliveries.iter().filter(|one| one.notification.kind == kind).count();
        assert!(n > 5, "{n} of {kind:?}");
    }
    let reasons: BTreeSet<&str> = records.suppressions.iter().map(|one| one.by.as_str()).collect();
    for reason in [
        SuppressedBy::Silence,
        SuppressedBy::Maintenance,
        SuppressedBy::Dependency,
        SuppressedBy::AlreadyNotified,
    ] {
        assert!(reasons.contains(reason.as_str()), "{reason:?} is missing in {reasons:?}");
    }
    let details = || records.deliveries.iter().map(|one| &one.notification.details);
    assert!(details().any(|it| it.acknowledged.is_some()), "no acknowledgement is reported");
    let is_escalated = |step: GroupStep| step == GroupStep::Escalated;
    assert!(details().any(|it| it.path.as_ref().is_some_and(|path| is_escalated(path.step))));
    assert!(records.attempts.len() > 20, "{}", records.attempts.len());
    assert!(records.incidents.len() > 20, "{}", records.incidents.len());
}
