//! `allclear ack`: acknowledgement of firing alerts.

use std::process::ExitCode;

use allclear_core::Timestamp;
use allclear_core::event::{AlertId, AlertRecord};
use allclear_core::id::{MonitorId, RuleId};
use allclear_core::operator_entry::{EntryContent, OperatorEntry};
use allclear_core::status::Severity;
use anyhow::Context as _;
use serde::Serialize;

use super::entries::{EntryContext, EntryDraft};
use crate::arguments::{Ack, Paths};
use crate::clock::now;
use crate::exit_code::NOT_HEALTHY;
use crate::local::EntryAccess;
use crate::output;

/// Acknowledges alerts, withdraws an acknowledgement, or lists both.
pub(crate) async fn run(place: &Paths, options: &Ack) -> anyhow::Result<ExitCode> {
    let now = now();
    let access = if options.list { EntryAccess::Read } else { EntryAccess::Write };
    let context = EntryContext::open(place, &options.stack, access).await?;
    let alerts = context.store.firing(now).await?;
    let entries = context.current_entries(now).await?;
    let acknowledgements: Vec<&OperatorEntry> =
        entries.iter().filter(|entry| !alerts_of(entry).is_empty()).collect();
    let Some(monitor) = &options.monitor else {
        print(options, &listed(&alerts, &acknowledgements));
        return Ok(ExitCode::SUCCESS);
    };
    anyhow::ensure!(
        context.config.monitor(monitor).is_some() || monitor.is_itself(),
        "no monitor `{monitor}` in the config: `allclear ack --list` shows what fires"
    );
    let is_meant = |alert: &&AlertRecord| {
        alert.monitor == *monitor
            && (options.rules.is_empty() || options.rules.contains(&alert.rule))
    };
    let meant: Vec<AlertId> = alerts.iter().filter(is_meant).map(|one| one.id.clone()).collect();
    if meant.is_empty() {
        refuse(monitor, options, &alerts);
        return Ok(ExitCode::from(NOT_HEALTHY));
    }
    if options.undo {
        let n_ended = withdraw(&context, &acknowledgements, &meant, now).await?;
        if n_ended == 0 {
            output::error(&anyhow::anyhow!("no firing alert of `{monitor}` is acknowledged"));
            return Ok(ExitCode::from(NOT_HEALTHY));
        }
    } else {
        let expires_at = now.checked_add(options.lasting).context("`--for` is too long")?;
        let entry_content = EntryContent::Acknowledgement { alerts: meant.clone() };
        let draft = EntryDraft::new(&options.by, Some(expires_at), entry_content);
        context.add(draft, None, now).await?;
    }
    let entries = context.current_entries(now).await?;
    let entries: Vec<&OperatorEntry> = entries.iter().collect();
    let changed: Vec<AlertRecord> =
        alerts.into_iter().filter(|one| meant.contains(&one.id)).collect();
    print(options, &listed(&changed, &entries));
    output::note(context.effect);
    Ok(ExitCode::SUCCESS)
}

/// Reports that no such alert fires, and lists what fires.
fn refuse(monitor: &MonitorId, options: &Ack, alerts: &[AlertRecord]) {
    let of: Vec<&str> = options.rules.iter().map(RuleId::as_str).collect();
    let of = if of.is_empty() { String::new() } else { format!(" of {}", of.join(", ")) };
    output::error(&anyhow::anyhow!("no alert{of} fires on `{monitor}`"));
    let firing: Vec<String> =
        alerts.iter().map(|one| format!("`{}` ({})", one.monitor, one.rule)).collect();
    output::note(&match firing.as_slice() {
        [] => "nothing fires".to_owned(),
        some => format!("what fires: {}", some.join(", ")),
    });
}

/// Ends the acknowledgements of `alerts`. Those of other alerts in the same entries are made again. Returns the number
/// of ended entries.
async fn withdraw(
    context: &EntryContext,
    entries: &[&OperatorEntry],
    alerts: &[AlertId],
    now: Timestamp,
) -> anyhow::Result<usize> {
    let mut n_ended = 0;
    for entry in entries {
        let of = alerts_of(entry);
        if !of.iter().any(|alert| alerts.contains(alert)) {
            continue;
        }
        context.store.end(&entry.id, now).await?;
        n_ended += 1;
        let kept: Vec<AlertId> =
            of.iter().filter(|alert| !alerts.contains(alert)).cloned().collect();
        if !kept.is_empty() {
            let OperatorEntry { author, comment, expires_at, .. } = (*entry).clone();
            let kept = EntryContent::Acknowledgement { alerts: kept };
            context
                .add(EntryDraft { author, comment, expires_at, content: kept }, None, now)
                .await?;
        }
    }
    Ok(n_ended)
}

/// Returns the alerts that an entry acknowledges.
fn alerts_of(entry: &OperatorEntry) -> &[AlertId] {
    match &entry.content {
        EntryContent::Acknowledgement { alerts } => alerts,
        EntryContent::Maintenance(_) | EntryContent::Silence { .. } => &[],
    }
}

/// A firing alert as it is listed.
#[derive(Serialize)]
struct ListedAlert<'a> {
    id: &'a AlertId,
    monitor: &'a MonitorId,
    rule: &'a RuleId,
    severity: Severity,
    message: &'a str,
    fired_at: Timestamp,
    acknowledged: Option<ListedAcknowledgement<'a>>,
}

/// An acknowledgement as it is listed.
#[derive(Serialize)]
struct ListedAcknowledgement<'a> {
    id: &'a str,
    author: &'a str,
    comment: &'a str,
    at: Timestamp,
    expires_at: Option<Timestamp>,
}

fn listed<'a>(alerts: &'a [AlertRecord], entries: &[&'a OperatorEntry]) -> Vec<ListedAlert<'a>> {
    let listed = |alert: &'a AlertRecord| {
        let of_alert = entries.iter().filter(|entry| alerts_of(entry).contains(&alert.id));
        let latest = of_alert.max_by_key(|entry| entry.created_at);
        ListedAlert {
            id: &alert.id,
            monitor: &alert.monitor,
            rule: &alert.rule,
            severity: alert.severity,
            message: &alert.message,
            fired_at: alert.fired_at,
            acknowledged: latest.map(|entry| ListedAcknowledgement {
                id: entry.id.as_str(),
                author: &entry.author,
                comment: &entry.comment,
                at: entry.created_at,
                expires_at: entry.expires_at,
            }),
        }
    };
    alerts.iter().map(listed).collect()
}

fn print(options: &Ack, alerts: &[ListedAlert<'_>]) {
    if options.json {
        output::json(&alerts);
        return;
    }
    if alerts.is_empty() {
        output::line("nothing fires");
        return;
    }
    let row = |alert: &ListedAlert<'_>| {
        let acknowledged = alert.acknowledged.as_ref().map_or_else(
            || "-".to_owned(),
            |by| match by.comment {
                "" => by.author.to_owned(),
                comment => format!("{}: {comment}", by.author),
            },
        );
        [
            alert.monitor.to_string(),
            alert.rule.to_string(),
            alert.severity.to_string(),
            format!("{:.0}", alert.fired_at),
            acknowledged,
            alert.message.to_owned(),
        ]
    };
    let rows: Vec<[String; 6]> = alerts.iter().map(row).collect();
    output::table(["MONITOR", "RULE", "SEVERITY", "FIRED", "ACKNOWLEDGED", "MESSAGE"], &rows);
}
