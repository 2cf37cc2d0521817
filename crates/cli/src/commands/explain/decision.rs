//! The story of a decision: of a monitor, an alert, a notification or a group of alerts.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::delivery::Delivery;
use allclear_core::id::MonitorId;
use allclear_core::incident::{IncidentEntry, IncidentId};
use allclear_core::kind::KindSet;
use allclear_core::outcome::Outcome;
use allclear_core::ports::{LoadState, ReadIncidents, ReadOperatorEntries};
use allclear_core::remedy;
use allclear_core::state::ShardState;
use allclear_evaluate::ConfigIndex;
use allclear_evaluate::standing::{self, MonitorStanding};
use allclear_rehearse::story::{
    MonitorFacts, Story, of_alert, of_delivery, of_group, of_incident, of_monitor, of_open_alert,
    of_opened_incident,
};
use allclear_rehearse::{Decided, RehearseStore, replay_until};

use super::unknown::{Unknown, known_ids, unknown};
use crate::arguments::{Explain, Paths};
use crate::clock::now;
use crate::local::{Access, Machine};
use crate::output;
use crate::stack::{self, Stack};

/// The time before the explained one whose decisions are part of the story of a monitor.
const BEFORE: Duration = Duration::from_hours(24);

/// Prints the story of the decision with this id. Returns the sentence about an id that names none.
pub(super) async fn explain(
    place: &Paths,
    options: &Explain,
    id: &str,
) -> anyhow::Result<Option<Unknown>> {
    let at = options.at.map(|at| at.resolve("--at", now())).transpose()?;
    let answer = match options.stack.stack.as_deref() {
        None => {
            let machine = Machine::open(place, Access::Read)?;
            let kinds = allclear_probes::kinds();
            let config = (Arc::clone(&machine.config), kinds);
            Question { store: &*machine.store, config, id, at }.answer().await?
        }
        Some(name) => {
            let store = Stack::find(name).await?.store()?;
            let (_, applied) = stack::active_config(&store).await?;
            let config = (Arc::new(applied.config), allclear_probes::kinds());
            Question { store: &store, config, id, at }.answer().await?
        }
    };
    let story = match answer {
        Answer::Story(story) => story,
        Answer::Unknown(unknown) => return Ok(Some(unknown)),
    };
    if options.json {
        output::json(&story);
    } else {
        print(&story);
    }
    Ok(None)
}

/// Prints a story as lines and a table.
pub(in crate::commands) fn print(story: &Story) {
    output::line(&story.subject);
    for line in &story.state {
        output::line(&format!("  {line}"));
    }
    output::line("");
    if story.steps.is_empty() {
        output::line("nothing was decided");
        return;
    }
    let rows: Vec<[String; 3]> = story
        .steps
        .iter()
        .map(|step| [format!("{:.0}", step.at), step.stage.as_str().to_owned(), step.text.clone()])
        .collect();
    output::table(["TIME", "STAGE", "RESULT"], &rows);
}

/// A question about a decision.
struct Question<'a, S> {
    store: &'a S,
    config: (Arc<Config>, KindSet),
    id: &'a str,
    at: Option<Timestamp>,
}

/// The state of the shard of a monitor, and the standing of the monitor.
struct Standing {
    state: Option<ShardState>,
    of_monitor: MonitorStanding,
}

impl Standing {
    /// Returns the time of the newest run that the state knows.
    fn state_at(&self) -> Option<Timestamp> {
        self.state.as_ref().and_then(|state| state.folded.newest)
    }
}

/// The answer to a question.
enum Answer {
    Story(Story),
    Unknown(Unknown),
}

impl<S: RehearseStore + LoadState + ReadOperatorEntries + ReadIncidents> Question<'_, S> {
    async fn answer(&self) -> anyhow::Result<Answer> {
        let config = &self.config.0;
        let known = config.monitors.iter().find(|monitor| monitor.id.as_str() == self.id);
        if let Some(monitor) = known {
            return self.monitor_story(&monitor.id).await.map(Answer::Story);
        }
        if let Some(fired_at) = fired_at(self.id) {
            let records = self.records(fired_at).await?;
            if let Some(alert) = records.alerts.values().find(|it| it.id.as_str() == self.id) {
                self.ensure_known(alert.fired_at)?;
                let records = self.as_known(records.clone());
                let alert = records.alerts.get(&alert.id).unwrap_or(alert);
                let at = self.at.unwrap_or_else(now);
                let story = if alert.resolved_at.is_none() {
                    let standing = self.standing(&alert.monitor, at).await?;
                    let state_at = standing.state_at();
                    let remedy = self.remedy(&alert.monitor, standing.state.as_ref());
                    of_open_alert(alert, (&standing.of_monitor, state_at), &records)
                        .with_remedy(remedy)
                } else {
                    of_alert(alert, &records)
                };
                return Ok(Answer::Story(self.until(story)));
            }
        }
        if let Ok(incident) = self.id.parse::<IncidentId>()
            && let Some(story) = self.incident_story(&incident).await?
        {
            return Ok(Answer::Story(story));
        }
        let deliveries = self.store.deliveries(Timestamp::MIN).await?;
        if let Some(story) = self.delivery_story(&deliveries).await? {
            return Ok(Answer::Story(story));
        }
        let records = Decided::recorded(self.store, Timestamp::MIN).await?;
        let known = known_ids(self.store, config, &records, now()).await?;
        Ok(Answer::Unknown(unknown(self.id, &known, &records)))
    }

    /// Returns the story of the incident that checks or an operator opened; `None` if there is none.
    async fn incident_story(&self, id: &IncidentId) -> anyhow::Result<Option<Story>> {
        let mut entries = self.store.incident_entries().await?;
        entries.retain(|entry| entry.incident == *id);
        entries.sort_by_key(|entry| entry.at);
        let is_known = |entry: &IncidentEntry| self.at.is_none_or(|at| entry.at <= at);
        let known: Vec<IncidentEntry> =
            entries.iter().filter(|entry| is_known(entry)).cloned().collect();
        let records = self.records(id.before_its_records()).await?;
        let Some(incident) = records.incidents.get(id) else {
            let Some(first) = entries.first() else { return Ok(None) };
            self.ensure_known(first.at)?;
            return Ok(of_opened_incident(&known));
        };
        self.ensure_known(incident.opened_at)?;
        let records = self.as_known(records.clone());
        let incident = records.incidents.get(id).unwrap_or(incident);
        Ok(Some(self.until(of_incident(incident).with_entries(&known))))
    }

    /// Returns the story of the notification, the attempt or the group with the id; `None` if there is none.
    async fn delivery_story(&self, deliveries: &[Delivery]) -> anyhow::Result<Option<Story>> {
        let is_meant = |one: &&Delivery| {
            let group = one.notification.details.alert_group.as_ref();
            one.id.as_str() == self.id || group.is_some_and(|group| group.as_str() == self.id)
        };
        let Some(first) = deliveries.iter().find(is_meant) else { return Ok(None) };
        self.ensure_known(first.created_at)?;
        let fired = first.notification.alerts.iter().filter_map(|one| fired_at(one.id.as_str()));
        let from = fired.chain([first.created_at]).min().unwrap_or(first.created_at);
        let records = self.as_known(self.records(from).await?);
        let story = if first.id.as_str() == self.id {
            Some(of_delivery(first, &records))
        } else {
            let group = first.notification.details.alert_group.as_ref();
            group.and_then(|group| of_group(group, &records))
        };
        Ok(story.map(|story| self.until(story)))
    }

    async fn records(&self, from: Timestamp) -> anyhow::Result<Decided> {
        Ok(Decided::recorded(self.store, before(from, Duration::from_secs(1))).await?)
    }

    /// Returns the records as they were known at the time of the question.
    fn as_known(&self, records: Decided) -> Decided {
        match self.at {
            Some(at) => records.known_at(at),
            None => records,
        }
    }

    /// Refuses a time before the decision.
    fn ensure_known(&self, decided_at: Timestamp) -> anyhow::Result<()> {
        let Some(at) = self.at.filter(|at| *at < decided_at) else { return Ok(()) };
        let id = self.id;
        anyhow::bail!("`{id}` was not known at {at:.0}: it was decided at {decided_at:.0}");
    }

    fn until(&self, story: Story) -> Story {
        match self.at {
            Some(at) => story.until(at),
            None => story,
        }
    }

    async fn monitor_story(&self, monitor: &MonitorId) -> anyhow::Result<Story> {
        let at = self.at.unwrap_or_else(now);
        let from = before(at, BEFORE);
        let standing = self.standing(monitor, at).await?;
        let state_at = standing.state_at();
        let Standing { state, of_monitor: standing } = standing;
        let remedy = self.remedy(monitor, state.as_ref());
        let records = self.as_known(Decided::recorded(self.store, from).await?);
        let transitions = self.store.transitions(from).await?;
        let facts = MonitorFacts {
            monitor,
            at,
            state: state.as_ref().and_then(|state| state.monitors.get(monitor)),
            state_at,
            recorded_from: from,
            standing: &standing,
            transitions: &transitions,
        };
        Ok(of_monitor(&facts, &records).with_remedy(remedy))
    }

    /// Returns the remedy of the present trouble of a monitor; `None` if it is healthy or nothing is known of it.
    fn remedy(&self, monitor: &MonitorId, state: Option<&ShardState>) -> Option<String> {
        let configured = self.config.0.monitor(monitor)?;
        let cause = state?.monitors.get(monitor)?.cause.as_ref()?;
        Some(remedy::for_monitor(cause.reason, configured))
    }

    /// Returns the standing of a monitor at `at`, which is now or the time of the question.
    async fn standing(&self, monitor: &MonitorId, at: Timestamp) -> anyhow::Result<Standing> {
        let (config, kinds) = &self.config;
        let index = ConfigIndex::new(Arc::clone(config))?.with_kinds(*kinds);
        let (state, index) = if self.at.is_some() {
            self.past_state(monitor, index, at).await?
        } else {
            let entries = self.store.operator_entries(at).await?;
            (self.present_state(monitor).await?, index.with_entries(entries.into()))
        };
        let latest = self.latest_outcome(monitor, config, at).await?;
        let of_monitor = state
            .as_ref()
            .map(|state| standing::of_monitor(state, &index, monitor, latest.as_ref(), at))
            .unwrap_or_default();
        Ok(Standing { state, of_monitor })
    }

    /// Returns the stored state of the shard of the monitor.
    async fn present_state(&self, monitor: &MonitorId) -> anyhow::Result<Option<ShardState>> {
        for shard in self.store.shards().await? {
            let checkpoint = self.store.load_state(&shard).await?;
            let state = checkpoint.map(|checkpoint| checkpoint.state);
            if let Some(state) = state.filter(|state| state.monitors.contains_key(monitor)) {
                return Ok(Some(state));
            }
        }
        Ok(None)
    }

    /// Returns the state of the shard of the monitor at `at`, and the config with the entries of that time.
    async fn past_state(
        &self,
        monitor: &MonitorId,
        index: ConfigIndex,
        at: Timestamp,
    ) -> anyhow::Result<(Option<ShardState>, ConfigIndex)> {
        let spinner = output::spinner("replaying");
        let replayed = replay_until(self.store, &index, at, |progress| {
            spinner.set_message(format!("replayed until {:.0}", progress.at));
        })
        .await?;
        spinner.finish_and_clear();
        let mut shards = replayed.shards.into_values();
        let replay = shards.find(|replay| replay.state().monitors.contains_key(monitor));
        Ok(match replay {
            Some(replay) => (Some(replay.state().clone()), replay.index().clone()),
            None => (None, index),
        })
    }

    async fn latest_outcome(
        &self,
        monitor: &MonitorId,
        config: &Config,
        at: Timestamp,
    ) -> anyhow::Result<Option<Outcome>> {
        let interval = config.monitor(monitor).map(|one| one.interval).unwrap_or_default();
        let from = before(at, interval.saturating_mul(2).max(Duration::from_mins(10)));
        let runs = self.store.runs_between(from, at).await?;
        let mut outcomes = runs.into_iter().rev().flat_map(|run| run.outcomes.into_iter().rev());
        Ok(outcomes.find(|outcome| outcome.monitor == *monitor))
    }
}

fn before(at: Timestamp, time: Duration) -> Timestamp {
    at.checked_sub(time).unwrap_or(Timestamp::MIN)
}

/// Returns the time at which an alert fired, which is the last part of its id; `None` if `id` is not that of an alert.
fn fired_at(id: &str) -> Option<Timestamp> {
    let (alert, fired_at) = id.rsplit_once('/')?;
    alert.contains('/').then(|| Timestamp::from_millisecond(fired_at.parse().ok()?).ok())?
}

#[cfg(test)]
mod tests {
    use allclear_core::event::AlertId;
    use allclear_core::id::RuleId;

    use super::*;

    #[test]
    fn the_id_of_an_alert_has_the_time_at_which_it_fired() {
        let at: Timestamp = "2026-11-30T10:00:00Z".parse().unwrap();
        let (monitor, rule) = (MonitorId::new("api").unwrap(), RuleId::new("down").unwrap());
        assert_eq!(fired_at(AlertId::new(&monitor, &rule, at).as_str()), Some(at));
        assert_eq!(fired_at("5f1c0d9a7be2"), None);
        assert_eq!(fired_at("api/down"), None);
    }
}
