//! The entries of operators that a test makes: silences, maintenance windows and acknowledgements.

use allclear_core::Timestamp;
use allclear_core::event::AlertId;
use allclear_core::id::{EntryId, MaintenanceId, MonitorId};
use allclear_core::matcher::{Matcher, MatcherError};
use allclear_core::operator_entry::{EntryContent, OperatorEntry};
use allclear_core::rule::RuleScope;
use allclear_core::state::ShardState;
use allclear_core::window::{Maintenance, WindowSchedule};
use toml::Spanned;

use super::case::Case;
use super::file::{FileProblem, RawAcknowledgement, RawSilence};

impl Case<'_> {
    /// Returns the silences and the maintenance windows.
    pub(super) fn entries(&self, start: Timestamp) -> Result<Vec<OperatorEntry>, FileProblem> {
        let mut entries = Vec::new();
        for (n, silence) in self.test.silence.iter().enumerate() {
            let from = self.any_time(&silence.from, start)?;
            let until = self.any_time(&silence.until, start)?;
            let matchers = self.matchers(silence)?;
            let content = EntryContent::Silence { matchers, starts_at: from };
            entries.extend(entry(&format!("silence-{n}"), from, Some(until), content));
        }
        for (n, window) in self.test.maintenance.iter().enumerate() {
            let from = self.any_time(&window.from, start)?;
            let until = self.any_time(&window.until, start)?;
            let Ok(id) = MaintenanceId::new(format!("maintenance-{n}")) else { continue };
            let monitors = window.monitors.iter().map(|one| one.get_ref().clone()).collect();
            let content = EntryContent::Maintenance(Box::new(Maintenance {
                id,
                title: "maintenance".to_owned(),
                description: None,
                scope: RuleScope { monitors, ..RuleScope::default() },
                schedule: WindowSchedule::Once { start: from, end: until },
                ended_at: None,
            }));
            entries.extend(entry(&format!("maintenance-{n}"), from, Some(until), content));
        }
        Ok(entries)
    }

    /// Returns the matchers of a silence.
    pub(super) fn matchers(&self, silence: &RawSilence) -> Result<Vec<Matcher>, FileProblem> {
        let parse = |text: &Spanned<String>| {
            text.get_ref().parse().map_err(|error: MatcherError| {
                let message = format!("{error}: {}", error.hint());
                self.problem(text.span(), message)
            })
        };
        silence.matchers.get_ref().iter().map(parse).collect()
    }

    /// Returns the `n`th acknowledgement, of the alerts of its monitor that fire at `at`. Refuses one of none.
    pub(super) fn acknowledgement(
        &self,
        (n, raw): (usize, &RawAcknowledgement),
        state: &ShardState,
        at: Timestamp,
    ) -> Result<Option<OperatorEntry>, FileProblem> {
        let monitor: &MonitorId = raw.monitor.get_ref();
        let known = state.monitors.get(monitor);
        let alerts = known.into_iter().flat_map(|known| known.alerts.values());
        let firing: Vec<AlertId> =
            alerts.filter_map(|alert| Some(alert.firing.as_ref()?.id.clone())).collect();
        if firing.is_empty() {
            let message = format!(
                "no alert of `{monitor}` fires at {}: acknowledge it while it fires",
                raw.at.get_ref()
            );
            return Err(self.problem(raw.at.span(), message));
        }
        let id = format!("acknowledgement-{n}");
        Ok(entry(&id, at, None, EntryContent::Acknowledgement { alerts: firing }))
    }
}

fn entry(
    id: &str,
    at: Timestamp,
    expires_at: Option<Timestamp>,
    content: EntryContent,
) -> Option<OperatorEntry> {
    let (author, comment) = ("the test".to_owned(), String::new());
    Some(OperatorEntry {
        id: EntryId::new(id).ok()?,
        created_at: at,
        author,
        comment,
        expires_at,
        content,
    })
}
