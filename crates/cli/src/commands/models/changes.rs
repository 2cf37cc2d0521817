//! Models that were added, removed or announced for removal.

use std::collections::BTreeMap;

use allclear_core::Timestamp;
use allclear_core::catalog::{CatalogChange, ChangeKind, KnownCatalog};
use allclear_core::id::MonitorId;
use serde::Serialize;

use super::list::Filter;
use crate::output;

/// A change as it is reported.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct ReportedChange {
    at: Timestamp,
    provider: String,
    #[serde(rename = "id")]
    model: String,
    #[serde(flatten)]
    what: PrintedChange,
}

/// A change as it is printed in JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct PrintedChange {
    change: &'static str,
    /// The day on which it ends, if that was announced.
    shutdown: Option<String>,
}

/// Returns the known changes, oldest first. A change that several accounts saw appears once.
pub(super) fn of(
    known: &BTreeMap<MonitorId, KnownCatalog>,
    filter: &Filter,
) -> Vec<ReportedChange> {
    let mut reported: Vec<ReportedChange> = Vec::new();
    let mut changes: Vec<(&str, &CatalogChange)> = known
        .values()
        .flat_map(|one| one.changes.iter().map(|change| (one.latest.provider.as_str(), change)))
        .filter(|(provider, change)| filter.takes_id(provider, &change.item))
        .collect();
    changes.sort_by_key(|(provider, change)| (change.at, *provider, &change.item));
    for (provider, change) in changes {
        let what = PrintedChange::of(change.what);
        let last =
            reported.iter().rev().find(|it| it.provider == provider && it.model == change.item);
        if last.is_none_or(|last| last.what != what) {
            let (provider, model) = (provider.to_owned(), change.item.clone());
            reported.push(ReportedChange { at: change.at, provider, model, what });
        }
    }
    reported
}

impl PrintedChange {
    fn of(kind: ChangeKind) -> Self {
        let (change, shutdown) = match kind {
            ChangeKind::Appeared => ("appeared", None),
            ChangeKind::Disappeared => ("disappeared", None),
            ChangeKind::ShutdownSet(date) => ("shutdown_set", Some(date.to_string())),
            ChangeKind::ShutdownLifted => ("shutdown_lifted", None),
            ChangeKind::Deprecated => ("deprecated", None),
        };
        Self { change, shutdown }
    }

    fn sentence(&self) -> String {
        match (self.change, &self.shutdown) {
            (_, Some(date)) => format!("ends on {date}"),
            ("shutdown_lifted", None) => "no longer has an end date".to_owned(),
            ("deprecated", None) => "is deprecated".to_owned(),
            (word, None) => word.to_owned(),
        }
    }
}

/// Prints it, the latest last.
pub(super) fn print(reported: &[ReportedChange]) {
    if reported.is_empty() {
        output::line("nothing has changed since the models were first listed");
        return;
    }
    let rows: Vec<[String; 4]> = reported
        .iter()
        .map(|one| {
            let at = one.at.strftime("%Y-%m-%d %H:%M").to_string();
            [at, one.provider.clone(), one.model.clone(), one.what.sentence()]
        })
        .collect();
    output::table(["NOTICED (UTC)", "PROVIDER", "MODEL", "WHAT"], &rows);
}

#[cfg(test)]
mod tests {
    use allclear_core::catalog::Catalog;

    use super::*;

    #[test]
    fn a_change_seen_by_two_accounts_is_listed_once() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let change = |second, model: &str, what| CatalogChange {
            at: at(second),
            item: model.to_owned(),
            what,
        };
        let known = |changes| KnownCatalog {
            latest: Catalog { provider: "openai".to_owned(), at: at(9), items: BTreeMap::new() },
            changes,
        };
        let date = "2026-12-11".parse().unwrap();
        let both = BTreeMap::from([
            (
                MonitorId::new("a").unwrap(),
                known(vec![
                    change(1, "x", ChangeKind::Appeared),
                    change(5, "x", ChangeKind::ShutdownSet(date)),
                ]),
            ),
            (MonitorId::new("b").unwrap(), known(vec![change(2, "x", ChangeKind::Appeared)])),
        ]);
        let reported = of(&both, &Filter::default());
        let told: Vec<_> =
            reported.iter().map(|one| (one.at.as_second(), one.what.sentence())).collect();
        let expected = [(1, "appeared".to_owned()), (5, "ends on 2026-12-11".to_owned())];
        assert_eq!(told, expected);
    }
}
