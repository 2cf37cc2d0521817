//! Thirty hours of outcomes with outages, silences, a window, acknowledgements, an escalation and an action, as the
//! production evaluator decided them.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::action::{
    Action, ActionFilter, ActionPolicy, ActionSpec, AttemptCount, AttemptOrder, Execution,
};
use allclear_core::channel::{Channel, ChannelFilter, SendSpec};
use allclear_core::config::{Config, Page, Settings};
use allclear_core::delivery::{Delivery, DeliveryState};
use allclear_core::id::{
    ActionId, ChannelId, EntryId, MaintenanceId, MonitorId, RegionId, RuleId, ShardId,
};
use allclear_core::monitor::{CheckSpec, Monitor};
use allclear_core::notification_settings::{
    Escalation, NotificationSettings, ReminderGrowth, ReminderPolicy,
};
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
use tokio::sync::OnceCell;

pub(crate) const MINUTES: u64 = 30 * 60;

/// The outages: the monitor, the first minute, the length in minutes.
const OUTAGES: [(&str, u64, u64); 12] = [
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
    ("api", 1_600, 12),
    ("cart", 1_600, 14),
];

pub(crate) fn start() -> Timestamp {
    "2026-11-02T00:00:00Z".parse().unwrap()
}

pub(crate) fn minute(n: u64) -> Timestamp {
    start() + Duration::from_mins(n)
}

pub(crate) fn id(name: &str) -> MonitorId {
    MonitorId::new(name).unwrap()
}

pub(crate) fn config() -> Config {
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
            reminders: vec![ReminderPolicy {
                every: Duration::from_hours(1),
                growth: ReminderGrowth::Constant,
                ..NotificationSettings::CRITICAL_REMINDERS
            }],
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

pub(crate) fn index(config: Config) -> ConfigIndex {
    ConfigIndex::new(Arc::new(config)).unwrap().with_kinds(allclear_probes::kinds())
}

pub(crate) fn run(n: u64) -> Run {
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

pub(crate) fn is_take_back(one: &Delivery) -> bool {
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

/// Returns thirty hours that are recorded once for all tests.
pub(crate) async fn recorded() -> &'static SqliteStore {
    static RECORDED: OnceCell<SqliteStore> = OnceCell::const_new();
    RECORDED.get_or_init(record).await
}

/// Records thirty hours with the production evaluator, which is called a little after each run.
async fn record() -> SqliteStore {
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
