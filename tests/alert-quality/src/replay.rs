//! Allclear on a series: the fold of each run, and the decisions that depend on time alone between them.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::delivery::{NoticeKind, Notification};
use allclear_core::id::{MonitorId, RegionId, ShardId};
use allclear_core::outcome::{Cause, Finding, Outcome, Verdict};
use allclear_core::reason::Reason;
use allclear_core::rule::{MONITORING_IMPAIRED, Rule};
use allclear_core::run::{Lane, Run, RunKey};
use allclear_core::state::Decision;
use allclear_evaluate::replay::Replay;
use anyhow::Result;

use crate::defaults;
use crate::message::{Message, MessageKind};
use crate::scenario::{About, CheckResult, Series, whole_seconds};

/// Returns the messages of Allclear with these rules.
///
/// # Errors
///
/// Fails if the condition of a rule does not compile.
pub fn messages(series: &Series<'_>, rules: Vec<Rule>) -> Result<Vec<Message>> {
    let index = defaults::index(series.scenario, series.interval_s, rules)?;
    let start: Timestamp = "2026-11-02T00:00:00Z".parse()?;
    let mut replay = Replay::new(index);
    let mut messages = Vec::new();
    for (at_s, results) in &series.checks {
        let offset_s = series.scenario.clock_offset_s(*at_s);
        let now = Timestamp::from_second(start.as_second() + whole_seconds(*at_s) + offset_s)?;
        replay.play(Vec::new(), now, |at, decision| {
            let earlier_s = now.as_second() - at.as_second();
            messages.extend(messages_of(&decision, *at_s - earlier_s as f64));
        });
        let decision = replay.step(now, &[run(now, results)?]);
        messages.extend(messages_of(&decision, *at_s));
    }
    Ok(messages)
}

fn messages_of(decision: &Decision, at_s: f64) -> impl Iterator<Item = Message> {
    let notifications = decision.deliveries.iter().map(|one| &one.notification);
    notifications.filter_map(move |one| message(one, at_s))
}

fn message(notification: &Notification, at_s: f64) -> Option<Message> {
    let kind = match notification.kind {
        NoticeKind::Firing | NoticeKind::Momentary => MessageKind::Begin,
        NoticeKind::Updated => MessageKind::Update,
        NoticeKind::Resolved => MessageKind::End,
        NoticeKind::Reminder | NoticeKind::Summary => return None,
    };
    let details = &notification.details;
    let named = details.others.iter().map(|one| &one.id).chain([&notification.monitor]);
    let position = |id: &MonitorId| id.as_str().rsplit('-').next()?.parse().ok();
    let is_own = notification.alerts.iter().any(|one| one.rule.as_str() == MONITORING_IMPAIRED);
    let thread = details.alert_group.as_ref().map_or("none", |group| group.as_str()).to_owned();
    Some(Message {
        at_s,
        kind,
        thread,
        services: named.filter_map(position).collect(),
        about: if is_own { About::Monitoring } else { About::Services },
    })
}

fn run(now: Timestamp, results: &[CheckResult]) -> Result<Run> {
    let outcomes = results.iter().enumerate().map(|(position, result)| {
        Ok(Outcome::new(defaults::id(position)?, Duration::ZERO, finding(*result), 1))
    });
    Ok(Run {
        shard: ShardId::main(),
        key: RunKey { scheduled_at: now, region: RegionId::local(), lane: Lane::Main },
        lag: Duration::ZERO,
        took: Duration::ZERO,
        outcomes: outcomes.collect::<Result<_>>()?,
    })
}

fn finding(result: CheckResult) -> Finding {
    let failed = |reason, detail| Cause::of(reason, detail);
    match result {
        CheckResult::Answered { ms } => Finding {
            latency: Some(Duration::from_secs_f64(ms / 1_000.0)),
            ..Finding::of(Verdict::Healthy)
        },
        CheckResult::Failed => {
            Finding::of(Verdict::Unhealthy(failed(Reason::HttpStatus, "status 503, want 2xx")))
        }
        CheckResult::NotMeasured => {
            let detail = "4 of 4 unrelated targets cannot be reached";
            Finding::of(Verdict::Unknown(failed(Reason::MonitoringImpaired, detail)))
        }
    }
}
