//! A rehearsal against the records of the production evaluator: with unchanged rules it decides the same, with changed
//! rules it gives the reason for each difference.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::action::{
    Action, ActionFilter, ActionPolicy, ActionSpec, AttemptCount, AttemptOrder, Execution,
};
use allclear_core::channel::{Channel, ChannelFilter, SendSpec};
use allclear_core::config::{Config, Page, Settings};
use allclear_core::delivery::{Delivery, DeliveryState, NoticeKind};
use allclear_core::event::SuppressedBy;
use allclear_core::id::{
    ActionId, ChannelId, EntryId, MaintenanceId, MonitorId, RegionId, RuleId, ShardId,
};
use allclear_core::monitor::{CheckSpec, Monitor};
use allclear_core::notification_settings::{Escalation, NotificationSettings};
use allclear_core::operator_entry::{EntryContent, OperatorEntry};
use allclear_core::outcome::{Cause, Finding, Outcome, Verdict};
use allclear_core::ports::{
    Outbox as _, ReadHistory as _, RecordOperatorEntries as _, RecordRun as _,
};
use allclear_core::reason::Reason;
use allclear_core::rule::{DEFAULT_COOLDOWN, Rule, RuleScope};
use allclear_core::run::{Lane, Run, RunKey};
use allclear_core::status::{Fault, Severity};
use allclear_core::window::{Maintenance, WindowSchedule};
use allclear_engine::evaluate::Shards;
use allclear_evaluate::ConfigIndex;
use allclear_local::SqliteStore;
use allclear_rehearse::story::{Story, StoryStage, of_alert, of_delivery, of_group};
use allclear_rehearse::{
    ComparedPeriod, Comparison, Decided, Difference, DifferenceKind, Explainer, compare, rehearse,
    replay_until,
};

const MINUTES: u64 = 30 * 60;

/// The outages: the monitor, the first minute, the length in minutes.
const OUTAGES: [(&str, u64, u64); 10] = [
    ("api", 60, 20),
    ("api", 300, 6),
    ("cart", 301, 9),
    ("cart", 500, 40),
    ("database", 700, 30),
    ("orders", 703, 26),
    ("mail", 900, 400),
    ("orders", 1_200, 3),
    ("orders", 1_210, 5),
    ("api", 1_500, 30),
];

fn start() -> Timestamp {
    "2026-11-02T00:00:00Z".parse().unwrap()
}

fn minute(n: u64) -> Timestamp {
    start() + Duration::from_mins(n)
}

fn id(name: &str) -> MonitorId {
    MonitorId::new(name).unwrap()
}

fn config() -> Config {
    let check = CheckSpec { kind: "http".to_owned(), params: serde_json::Value::Null };
    let monitor = |name: &str| Monitor {
        depends_on: if name == "orders" { vec![id("database")] } else { Vec::new() },
        ..Monitor::new(id(name), check.clone())
    };
    let rule = |builtin: &allclear_core::rule::BuiltinRule| Rule {
        id: RuleId::new(builtin.id).unwrap(),
        condition: builtin.condition.to_owned(),
        severity: builtin.severity,
        hold_for: builtin.hold_for,
        confirm: builtin.confirm,
        keep_firing_for: Duration::ZERO,
        cooldown: DEFAULT_COOLDOWN,
        scope: RuleScope::default(),
        momentary: builtin.momentary,
        channels: Vec::new(),
        fault: builtin.fault,
        runbook: None,
    };
    let channel = |name: &str, monitors: Vec<MonitorId>| Channel {
        id: ChannelId::new(name).unwrap(),
        send: SendSpec { kind: "log".to_owned(), params: serde_json::Value::Null },
        filter: ChannelFilter {
            min_severity: Severity::Info,
            faults: Vec::new(),
            scope: RuleScope { monitors, ..RuleScope::default() },
        },
    };
    let backup = channel("backup", vec![id("none")]);
    let escalation = Escalation {
        after: Duration::from_mins(30),
        min_severity: Severity::Critical,
        channels: vec![backup.id.clone()],
    };
    Config {
        actions: vec![restart()],
        watchdog: None,
        page: Page::titled("Status"),
        settings: Settings::default(),
        monitors: ["api", "cart", "database", "mail", "orders"].map(monitor).to_vec(),
        rules: allclear_probes::kinds().rules().filter(|one| one.is_enabled()).map(rule).collect(),
        channels: vec![channel("team", Vec::new()), backup],
        maintenances: Vec::new(),
        silences: Vec::new(),
        summaries: Vec::new(),
        notifications: NotificationSettings {
            escalation: Some(escalation),
            ..NotificationSettings::default()
        },
        routing: None,
    }
}

/// Returns the action that mends `api` and `mail`, each with attempts of its own.
fn restart() -> Action {
    Action {
        id: ActionId::new("restart").unwrap(),
        run: ActionSpec { kind: "webhook".to_owned(), params: serde_json::Value::Null },
        effect: "restart the unit".to_owned(),
        filter: ActionFilter {
            rules: vec![RuleId::new("service_down").unwrap()],
            min_severity: Severity::Info,
            faults: vec![Fault::Target],
            scope: RuleScope { monitors: vec![id("api"), id("mail")], ..RuleScope::default() },
            matchers: Vec::new(),
        },
        policy: ActionPolicy {
            max_attempts: 3,
            cooldown: Duration::from_mins(10),
            timeout: Duration::from_secs(30),
            execution: Execution::Real,
            count: AttemptCount::PerMonitor,
        },
    }
}

fn index(config: Config) -> ConfigIndex {
    ConfigIndex::new(Arc::new(config)).unwrap().with_kinds(allclear_probes::kinds())
}

fn run(n: u64) -> Run {
    let outcome = |name: &str| {
        let is_down = OUTAGES
            .iter()
            .any(|(monitor, from, length)| *monitor == name && (*from..from + length).contains(&n));
        let verdict = if is_down {
            Verdict::Unhealthy(Cause::of(Reason::HttpStatus, "status 503, want 2xx"))
        } else {
            Verdict::Healthy
        };
        let mut finding = Finding::of(verdict);
        finding.latency = (!is_down).then_some(Duration::from_millis(80));
        Outcome::new(id(name), Duration::ZERO, finding, 1)
    };
    Run {
        shard: ShardId::main(),
        key: RunKey { scheduled_at: minute(n), region: RegionId::local(), lane: Lane::Main },
        lag: Duration::from_millis(40),
        took: Duration::from_millis(900),
        outcomes: ["api", "cart", "database", "mail", "orders"].map(outcome).to_vec(),
    }
}

fn entry(name: &str, at: Timestamp, until: u64, content: EntryContent) -> OperatorEntry {
    OperatorEntry {
        id: EntryId::new(name).unwrap(),
        created_at: at,
        author: "ann".to_owned(),
        comment: String::new(),
        expires_at: Some(minute(until)),
        content,
    }
}

/// Makes the entries of operators of the minute `n`.
async fn operate(store: &SqliteStore, n: u64) {
    let at = minute(n) + Duration::from_secs(20);
    match n {
        490 => {
            let matchers = vec!["monitor=cart".parse().unwrap()];
            let content = EntryContent::Silence { matchers, starts_at: at };
            store.add_operator_entry(&entry("quiet", at, 2_000, content)).await.unwrap();
        }
        // The silence is lifted while the outage lasts.
        520 => {
            store.end_operator_entry(&EntryId::new("quiet").unwrap(), at).await.unwrap().unwrap();
        }
        1_190 => {
            let (start, end) = (minute(1_195), minute(1_220));
            let content = EntryContent::Maintenance(Box::new(Maintenance {
                id: MaintenanceId::new("upgrade").unwrap(),
                title: "Upgrade".to_owned(),
                description: None,
                scope: RuleScope { monitors: vec![id("orders")], ..RuleScope::default() },
                schedule: WindowSchedule::Once { start, end },
                ended_at: None,
            }));
            store.add_operator_entry(&entry("upgrade", at, 1_220, content)).await.unwrap();
        }
        915 => {
            let alerts = store.alerts(minute(0)).await.unwrap();
            let firing = alerts.into_iter().filter(|one| one.resolved_at.is_none());
            let content =
                EntryContent::Acknowledgement { alerts: firing.map(|one| one.id).collect() };
            store.add_operator_entry(&entry("seen", at, 1_100, content)).await.unwrap();
        }
        _ => {}
    }
}

fn is_take_back(one: &Delivery) -> bool {
    one.attempt().is_some_and(|attempt| attempt.order == AttemptOrder::TakeBack)
}

/// Settles the attempts of actions of which `now` is the time, like the notifier: the first one on `mail` fails, and the
/// later ones succeed. Those on `api` do not begin before they are taken back.
async fn execute(store: &SqliteStore, now: Timestamp) {
    let owed = store.owed().await.unwrap();
    let orders: Vec<&Delivery> = owed.iter().filter(|one| one.attempt().is_some()).collect();
    let is_taken_back = |one: &Delivery| orders.iter().any(|it| it.after.contains(&one.id));
    for one in &orders {
        let attempt = one.attempt().unwrap();
        let at = one.created_at + Duration::from_secs(50) * attempt.number;
        let mut one = Delivery { n_tries: 1, ..(*one).clone() };
        one.state = match (one.notification.monitor.as_str(), attempt.number) {
            _ if is_take_back(&one) => DeliveryState::Sent { at: now },
            ("mail", 1) => DeliveryState::GivenUp { at, reason: "status 500".to_owned() },
            ("mail", _) => DeliveryState::Sent { at },
            _ if is_taken_back(&one) => DeliveryState::Superseded { at: now },
            _ => continue,
        };
        if at <= now || is_take_back(&one) || is_taken_back(&one) {
            store.record_delivery(&one).await.unwrap();
        }
    }
}

/// Records thirty hours with the production evaluator, which is called a little after each run.
async fn recorded() -> SqliteStore {
    let store = SqliteStore::in_memory().unwrap();
    let mut shards = Shards::new(Arc::new(index(config())));
    let main = ShardId::main();
    for n in 0..MINUTES {
        let run = run(n);
        store.record_run(&run).await.unwrap();
        let mut now =
            run.key.scheduled_at + run.lag + run.took + Duration::from_millis(n % 7 * 130);
        execute(&store, now).await;
        loop {
            let evaluated = shards.evaluate(&store, &main, run.key.scheduled_at, now).await;
            assert!(evaluated.error.is_none(), "{:?}", evaluated.error);
            // The process evaluates again when a decision is due before the next run.
            match shards.next_notice_at(&main).filter(|next| *next < minute(n + 1)) {
                Some(next) if next > now => now = next,
                Some(_) | None => break,
            }
        }
        operate(&store, n).await;
    }
    store
}

async fn comparison(store: &SqliteStore, after: Config, period: ComparedPeriod) -> Comparison {
    let (before, index) = (config(), index(after));
    let rehearsal = rehearse(store, &index, period, |_| ()).await.unwrap();
    let recorded = Decided::recorded(store, rehearsal.replayed_from).await.unwrap();
    let simulated = &rehearsal.decided;
    let explainer =
        Explainer { recorded: &recorded, simulated, before: &before, after: index.config() };
    compare(&explainer, period)
}

const ALL: fn() -> ComparedPeriod = || ComparedPeriod { from: start(), to: minute(MINUTES) };

#[tokio::test]
async fn unchanged_rules_reproduce_what_was_sent_and_suppressed() {
    let store = recorded().await;
    let records = Decided::recorded(&store, start()).await.unwrap();
    let kinds: Vec<NoticeKind> =
        records.deliveries.iter().map(|one| one.notification.kind).collect();
    for kind in [NoticeKind::Firing, NoticeKind::Updated, NoticeKind::Resolved] {
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
    assert!(reported("the action `restart` is stopped"));

    let n_attempts = records.attempts.iter().filter(|one| !is_take_back(one)).count();
    assert!(n_attempts > 5 && records.attempts.iter().any(is_take_back));

    let whole = comparison(&store, config(), ALL()).await;
    assert_eq!(whole.differences, []);
    assert_eq!(whole.n_recorded, whole.n_simulated);
    assert_eq!(whole.n_recorded, records.deliveries.len());
    assert_eq!((whole.n_recorded_attempts, whole.n_simulated_attempts), (n_attempts, n_attempts));
    assert_eq!(whole.n_recorded_suppressions, whole.n_simulated_suppressions);

    // Periods that begin within an outage, a silence, an acknowledgement and a window.
    for (from, to) in [(65, 400), (510, 800), (920, 1_300), (1_205, 1_700)] {
        let period = ComparedPeriod { from: minute(from), to: minute(to) };
        let part = comparison(&store, config(), period).await;
        assert_eq!(part.differences, [], "{from} to {to}");
        assert!(part.n_recorded > 0, "{from} to {to}");
    }
}

#[tokio::test]
async fn an_entry_that_is_missing_in_the_records_is_a_difference() {
    let store = recorded().await;
    let mut after = config();
    after.silences.push(allclear_core::window::Silence {
        matchers: vec!["monitor=api".parse().unwrap()],
        starts_at: None,
        until: minute(100),
        author: "ann".to_owned(),
        comment: "the simulation".to_owned(),
    });
    let differences = comparison(&store, after, ALL()).await.differences;
    let lost = differences.iter().find(|one| one.kind == DifferenceKind::NotSent).unwrap();
    assert!(lost.decision.contains("of `api` to `team`"), "{lost:?}");
    assert!(lost.because.starts_with("suppressed in the replay by silence since"), "{lost:?}");
    assert!(differences.iter().any(|one| one.kind == DifferenceKind::Suppressed));
    assert!(differences.iter().all(|one| one.at < minute(101)), "{differences:?}");
}

#[tokio::test]
async fn each_difference_of_a_changed_rule_has_its_reason() {
    let store = recorded().await;
    let mut after = config();
    after.rules.retain(|rule| rule.id.as_str() != "consecutive_failures");
    let down = after.rules.iter_mut().find(|rule| rule.id.as_str() == "service_down").unwrap();
    down.hold_for = Duration::from_mins(15);
    let comparison = comparison(&store, after, ALL()).await;
    assert!(comparison.differences.len() > 5);
    for one in &comparison.differences {
        let names_the_rule = one.because.contains("the config has no rule `consecutive_failures`")
            || one.because.contains("rule `service_down`: for `2m` → `15m`");
        assert!(names_the_rule || one.kind == DifferenceKind::Changed, "{one:?}");
    }
    let short = comparison.differences.iter().find(|one| one.at > minute(300)).unwrap();
    assert_eq!(short.kind, DifferenceKind::NotSent, "{short:?}");
}

#[tokio::test]
async fn the_story_of_a_notification_leads_from_the_outcomes_to_the_delivery() {
    let store = recorded().await;
    let records = Decided::recorded(&store, start()).await.unwrap();
    let is_about_cart = |one: &&Delivery| {
        one.notification.monitor.as_str() == "cart" && one.created_at > minute(500)
    };
    let sent = records.deliveries.iter().find(is_about_cart).unwrap();
    let told = of_delivery(sent, &records);
    let stages: Vec<StoryStage> = told.steps.iter().map(|step| step.stage).collect();
    for stage in [
        StoryStage::Outcome,
        StoryStage::Lifecycle,
        StoryStage::Suppress,
        StoryStage::Route,
        StoryStage::Group,
        StoryStage::Notice,
        StoryStage::Compose,
        StoryStage::Outbox,
        StoryStage::Delivery,
    ] {
        assert!(stages.contains(&stage), "{stage:?} is missing in {told:#?}");
    }
    assert!(told.steps.is_sorted(), "{told:#?}");
    let silenced = told.steps.iter().find(|step| step.text.contains("silence")).unwrap();
    assert!(silenced.at < minute(520), "{silenced:?}");

    let alert = &records.alerts[&sent.notification.alerts[0].id];
    assert!(of_alert(alert, &records).steps.len() >= told.steps.len());
    let group = sent.notification.details.alert_group.as_ref().unwrap();
    assert!(of_group(group, &records).unwrap().state[0].contains("ended"));
}

#[tokio::test]
async fn an_attempt_of_an_action_is_a_stage_of_the_story_and_no_notification() {
    let store = recorded().await;
    let mut records = Decided::recorded(&store, start()).await.unwrap();
    let is_attempt = |one: &&Delivery| one.notification.monitor.as_str() == "mail";
    let first = records.attempts.iter().find(is_attempt).unwrap().clone();
    let alert = records.alerts[&first.notification.alerts[0].id].clone();
    // Without notices to channels, attempts are all that followed from the alert.
    records.deliveries.retain(|one| one.attempt().is_some());
    let told = of_alert(&alert, &records);
    assert!(told.state[1].starts_with("no channel was notified"), "{:?}", told.state);
    let of_action = |told: &Story| -> Vec<String> {
        let steps = told.steps.iter().filter(|step| step.stage == StoryStage::Action);
        steps.map(|step| step.text.clone()).collect()
    };
    let actions = of_action(&told);
    assert_eq!(
        actions[..2],
        [
            "attempt 1 of 3 of the action `restart` for `mail`: restart the unit",
            "result of attempt 1 of the action `restart`: executed, failed: status 500",
        ]
    );
    assert_eq!(of_delivery(&first, &records).state, ["executed, failed: status 500"]);
    let group = first.notification.details.alert_group.as_ref().unwrap();
    assert!(of_group(group, &records).unwrap().subject.contains("attempt 3 of 3"));

    let order = records.attempts.iter().find(|one| is_take_back(one)).unwrap();
    let actions = of_action(&of_delivery(order, &records));
    let taken_back = "attempt 2 of the action `restart` for `api` is taken back: its alert is over";
    assert!(actions.iter().any(|text| text == taken_back), "{actions:?}");
}

#[tokio::test]
async fn each_difference_about_an_attempt_has_its_reason() {
    let store = recorded().await;
    let of_attempts = async |after: Config| -> Vec<Difference> {
        let mut differences = comparison(&store, after, ALL()).await.differences;
        differences.retain(|one| one.decision.contains("of the action `restart`"));
        differences
    };
    let mut after = config();
    after.actions.clear();
    let missing = of_attempts(after).await;
    assert!(missing.len() > 5, "{missing:?}");
    for one in &missing {
        assert_eq!(one.kind, DifferenceKind::NotAttempted, "{one:?}");
        assert_eq!(one.because, "the config has no action `restart`");
    }

    let mut after = config();
    after.actions[0].policy.max_attempts = 4;
    let more = of_attempts(after).await;
    let fourth = more.iter().find(|one| one.kind == DifferenceKind::Attempted).unwrap();
    assert!(fourth.decision.starts_with("attempt 4 of 4"), "{fourth:?}");
    assert_eq!(fourth.because, "action `restart`: max_attempts `3` → `4`");
    let changed = more.iter().find(|one| one.kind == DifferenceKind::Changed).unwrap();
    assert_eq!(changed.because, "attempt 1 of 4 instead of 1 of 3");

    let mut after = config();
    after.actions[0].policy.execution = Execution::DryRun;
    for one in of_attempts(after).await {
        assert_eq!(one.because, "a dry run instead of an execution", "{one:?}");
    }
}

#[tokio::test]
async fn the_state_of_a_past_time_is_replayed() {
    let store = recorded().await;
    let replayed = replay_until(&store, &index(config()), minute(930), |_| ()).await.unwrap();
    let replay = &replayed.shards[&ShardId::main()];
    let mail = &replay.state().monitors[&id("mail")];
    assert!(mail.alerts.values().any(|alert| alert.firing.is_some()));
    assert_eq!(mail.since, minute(900));
    let entries: Vec<&str> =
        replay.index().entries().iter().map(|entry| entry.id.as_str()).collect();
    assert!(entries.contains(&"seen") && !entries.contains(&"upgrade"), "{entries:?}");
}
