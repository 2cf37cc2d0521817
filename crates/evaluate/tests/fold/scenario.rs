//! The scenarios of the tests: one letter per outcome, one run per letter.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::channel::{Channel, ChannelFilter, SendSpec};
use allclear_core::config::{Config, Page, Settings};
use allclear_core::delivery::Delivery;
use allclear_core::event::SuppressedBy;
use allclear_core::id::{ChannelId, MonitorId, RegionId, RuleId, ShardId};
use allclear_core::monitor::{CheckSpec, Monitor};
use allclear_core::notification_settings::NotificationSettings;
use allclear_core::outcome::{Cause, Finding, Outcome, Verdict};
use allclear_core::reason::Reason;
use allclear_core::rule::{DEFAULT_COOLDOWN, Rule, RuleConfirmation, RuleScope, SERVICE_RECOVERY};
use allclear_core::run::{Lane, Run, RunKey};
use allclear_core::state::{Decision, ShardState};
use allclear_core::status::Severity;
use allclear_evaluate::ConfigIndex;
use allclear_evaluate::fold::{fold, retire, tick};

pub(crate) const INTERVAL: Duration = Duration::from_secs(30);

/// The time from a run to the reload that follows it.
pub(crate) const RELOADED_AFTER: Duration = Duration::from_secs(10);

pub(crate) fn id(text: &str) -> MonitorId {
    MonitorId::new(text).unwrap()
}

pub(crate) fn start() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

pub(crate) fn monitor(name: &str) -> Monitor {
    let check = CheckSpec { kind: "http".to_owned(), params: serde_json::Value::Null };
    Monitor {
        interval: INTERVAL,
        expected_response_time: Some(Duration::from_millis(100)),
        ..Monitor::new(id(name), check)
    }
}

pub(crate) fn rule(name: &str, condition: &str, severity: Severity) -> Rule {
    Rule {
        id: RuleId::new(name).unwrap(),
        condition: condition.to_owned(),
        severity,
        hold_for: Duration::ZERO,
        confirm: RuleConfirmation::ONE,
        keep_firing_for: Duration::ZERO,
        cooldown: DEFAULT_COOLDOWN,
        scope: RuleScope::default(),
        channels: Vec::new(),
        fault: None,
        momentary: false,
        runbook: None,
    }
}

/// Returns the built-in rules that are on by default, and the one about recoveries.
pub(crate) fn builtin_rules() -> Vec<Rule> {
    allclear_probes::kinds()
        .rules()
        .filter(|builtin| builtin.is_enabled() || builtin.id == SERVICE_RECOVERY)
        .map(|builtin| Rule {
            hold_for: builtin.hold_for,
            confirm: builtin.confirm,
            keep_firing_for: Duration::ZERO,
            momentary: builtin.momentary,
            fault: builtin.fault,
            ..rule(builtin.id, builtin.condition, builtin.severity)
        })
        .collect()
}

/// Returns the built-in rules, each confirmed by one outcome.
pub(crate) fn immediate_rules() -> Vec<Rule> {
    let immediate = |rule| Rule { confirm: RuleConfirmation::ONE, ..rule };
    builtin_rules().into_iter().map(immediate).collect()
}

pub(crate) fn channel(name: &str) -> Channel {
    Channel {
        id: ChannelId::new(name).unwrap(),
        send: SendSpec { kind: "log".to_owned(), params: serde_json::Value::Null },
        filter: ChannelFilter {
            min_severity: Severity::Info,
            faults: Vec::new(),
            scope: RuleScope::default(),
        },
    }
}

pub(crate) fn config(monitors: Vec<Monitor>, rules: Vec<Rule>) -> Config {
    Config {
        page: Page::titled("Test"),
        settings: Settings::default(),
        monitors,
        rules,
        channels: vec![channel("team")],
        maintenances: Vec::new(),
        silences: Vec::new(),
        summaries: Vec::new(),
        actions: Vec::new(),
        notifications: NotificationSettings::immediate(),
        routing: None,
        watchdog: None,
    }
}

/// Returns the finding of a letter: H healthy, S slow, D degraded, U unhealthy, K unhealthy and k degraded because
/// of our key, T unhealthy because of a limited rate, ? not measured, I impaired.
pub(crate) fn finding(letter: char) -> Finding {
    let mut finding = Finding::of(match letter {
        'H' | 'S' => Verdict::Healthy,
        'D' => Verdict::Degraded(Cause::of(Reason::Degraded, "too slow")),
        'U' => Verdict::Unhealthy(Cause::of(Reason::HttpStatus, "status 503, want 2xx")),
        'K' => Verdict::Unhealthy(Cause::of(Reason::AuthInvalid, "status 401")),
        'k' => Verdict::Degraded(Cause::of(Reason::AuthInvalid, "status 401")),
        'T' => Verdict::Unhealthy(Cause::of(Reason::Throttled, "status 429")),
        '?' => Verdict::Unknown(Cause::of(Reason::NotSent, "no time was left")),
        'I' => Verdict::Unknown(Cause::of(
            Reason::MonitoringImpaired,
            "4 of 4 unrelated targets cannot be reached",
        )),
        other => panic!("no outcome `{other}`"),
    });
    finding.latency = match letter {
        'H' | 'D' => Some(Duration::from_millis(50)),
        'S' => Some(Duration::from_millis(250)),
        _ => None,
    };
    finding
}

pub(crate) fn run(n: usize, outcomes: &[(&str, char)]) -> Run {
    Run {
        shard: ShardId::main(),
        key: RunKey {
            scheduled_at: start() + INTERVAL * u32::try_from(n).unwrap(),
            region: RegionId::local(),
            lane: Lane::Main,
        },
        lag: Duration::ZERO,
        took: Duration::from_millis(60),
        outcomes: outcomes
            .iter()
            .map(|(name, letter)| Outcome::new(id(name), Duration::ZERO, finding(*letter), 1))
            .collect(),
    }
}

/// A shard that is being folded.
pub(crate) struct FoldScenario {
    pub state: ShardState,
    pub index: ConfigIndex,
    pub log: Decision,
    n_runs: usize,
}

impl FoldScenario {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            state: ShardState::default(),
            index: ConfigIndex::new(Arc::new(config)).unwrap().with_kinds(allclear_probes::kinds()),
            log: Decision::default(),
            n_runs: 0,
        }
    }

    /// Creates a shard of one monitor `api` under the built-in rules.
    pub(crate) fn of_one() -> Self {
        Self::new(config(vec![monitor("api")], builtin_rules()))
    }

    /// Skips `n_runs` runs.
    pub(crate) fn skip(&mut self, n_runs: usize) {
        self.n_runs += n_runs;
    }

    /// Continues with the present config like an evaluator that loads the state, [`RELOADED_AFTER`] the latest run.
    pub(crate) fn retire(&mut self) -> Decision {
        let now = self.state.folded.newest.unwrap_or(start()) + RELOADED_AFTER;
        retire(&mut self.state, &self.index, now)
    }

    /// Returns the time of the latest run.
    pub(crate) fn now(&self) -> Timestamp {
        start() + INTERVAL * u32::try_from(self.n_runs - 1).unwrap()
    }

    /// Decides what depends on time alone, at `later` after the latest run.
    pub(crate) fn tick(&mut self, later: Duration) -> Decision {
        let now = self.now() + later;
        let (decided, _) = tick(&mut self.state, &self.index, now);
        self.log.append(decided.clone());
        decided
    }

    /// Folds one run per letter of `api` and returns the decisions.
    pub(crate) fn fold_letters(&mut self, letters: &str) -> Decision {
        self.fold_script(&[("api", letters)])
    }

    /// Folds one run per letter, each with one outcome per monitor.
    pub(crate) fn fold_script(&mut self, script: &[(&str, &str)]) -> Decision {
        let mut decided = Decision::default();
        for n in 0..script[0].1.len() {
            let outcomes: Vec<(&str, char)> = script
                .iter()
                .map(|(name, letters)| (*name, letters.chars().nth(n).unwrap()))
                .collect();
            let run = run(self.n_runs, &outcomes);
            self.n_runs += 1;
            decided.append(fold(&mut self.state, &run, &self.index));
        }
        self.log.append(decided.clone());
        decided
    }
}

/// Returns `10:00:30 healthy → unhealthy` for each transition.
pub(crate) fn transitions(decision: &Decision) -> Vec<String> {
    decision
        .transitions
        .iter()
        .map(|one| format!("{} {} {} → {}", clock(one.at), one.monitor, one.from, one.to))
        .collect()
}

/// Returns `10:01:00 team firing critical consecutive_failures+service_down` for each delivery.
pub(crate) fn notices(deliveries: &[Delivery]) -> Vec<String> {
    deliveries
        .iter()
        .map(|delivery| {
            let notification = &delivery.notification;
            let rules: Vec<&str> =
                notification.alerts.iter().map(|alert| alert.rule.as_str()).collect();
            let kind = format!("{:?}", notification.kind).to_lowercase();
            format!(
                "{} {} {} {kind} {} {}",
                clock(notification.at),
                delivery.channel,
                notification.monitor,
                notification.severity,
                rules.join("+")
            )
        })
        .collect()
}

/// Returns `rule gate` for each suppressed alert.
pub(crate) fn suppressed(decision: &Decision) -> Vec<(String, SuppressedBy)> {
    decision
        .suppressions
        .iter()
        .map(|one| (one.alert.as_str().split('/').nth(1).unwrap().to_owned(), one.by))
        .collect()
}

fn clock(at: Timestamp) -> String {
    at.to_string()[11..19].to_owned()
}
