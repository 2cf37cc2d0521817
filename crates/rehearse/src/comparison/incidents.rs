//! The differences between recorded and replayed incidents.

use std::collections::{BTreeMap, BTreeSet};

use allclear_core::Timestamp;
use allclear_core::id::MonitorId;
use allclear_core::incident::{
    AutomaticIncident, EpisodeEndKind, IncidentEpisode, IncidentPublishing, IncidentVisibility,
};
use allclear_evaluate::is_published;

use crate::decided::Decided;
use crate::difference::{Difference, DifferenceCause, DifferenceKind, DifferenceKinds, Differing};
use crate::evidence_index::is_close;
use crate::explanation::Explainer;
use crate::pairing::Pair;
use crate::rehearsal::{ComparedPeriod, MARGIN, later};
use crate::story::StoryStage;

/// Pairs the incidents that were opened within the period: those of the same id, and then those that share a monitor at
/// the same time.
pub(super) fn pairs<'a>(
    recorded: &'a Decided,
    simulated: &'a Decided,
    period: ComparedPeriod,
) -> Vec<Pair<'a, AutomaticIncident>> {
    let opened =
        |of: &'a Decided| of.incidents.values().filter(move |one| period.contains(one.opened_at));
    let mut rest: BTreeMap<_, _> = opened(simulated).map(|one| (&one.id, one)).collect();
    let (mut pairs, mut lonely) = (Vec::new(), Vec::new());
    for one in opened(recorded) {
        match rest.remove(&one.id) {
            Some(same) => pairs.push(Pair { old: Some(one), new: Some(same) }),
            None => lonely.push(one),
        }
    }
    let mut rest: Vec<&AutomaticIncident> = rest.into_values().collect();
    for one in lonely {
        let similar = rest.iter().position(|other| share_trouble(one, other));
        pairs.push(Pair { old: Some(one), new: similar.map(|at| rest.remove(at)) });
    }
    pairs.extend(rest.into_iter().map(|one| Pair { old: None, new: Some(one) }));
    pairs
}

fn share_trouble(a: &AutomaticIncident, b: &AutomaticIncident) -> bool {
    let starts_by = |one: &AutomaticIncident, other: &AutomaticIncident| {
        other.resolved_at.is_none_or(|end| one.started_at <= end)
    };
    let names = |id: &MonitorId| b.episodes.iter().any(|one| one.monitor == *id);
    starts_by(a, b) && starts_by(b, a) && a.episodes.iter().any(|one| names(&one.monitor))
}

/// Returns the difference between two incidents, at the time `at` of a period.
pub(super) fn difference(
    pair: &Pair<'_, AutomaticIncident>,
    explainer: &Explainer<'_>,
    (at, period): (Timestamp, ComparedPeriod),
) -> Option<Difference> {
    let one = pair.old.or(pair.new)?;
    let kinds = DifferenceKinds {
        lost: DifferenceKind::NotOpened,
        added: DifferenceKind::Opened,
        changed: DifferenceKind::IncidentChanged,
    };
    let Differing { kind, changes } =
        pair.differing(kinds, |old, new| changes(old, new, period.to))?;
    let monitors: Vec<String> =
        monitors(one, period.to).iter().map(|it| format!("`{it}`")).collect();
    Some(Difference {
        at,
        kind,
        recorded_id: pair.old.map(|it| it.id.to_string()),
        simulated_id: pair.new.map(|it| it.id.to_string()),
        monitor: one.episodes.first()?.monitor.clone(),
        decision: format!("{} incident about {}", visibility(one), monitors.join(", ")),
        changes,
        causes: causes(pair, explainer, period),
    })
}

fn visibility(one: &AutomaticIncident) -> &'static str {
    match one.visibility {
        IncidentVisibility::Draft => "draft of an",
        IncidentVisibility::Published => "published",
    }
}

/// Returns the monitors whose trouble the incident had before `until`. The records may be newer than the period.
fn monitors(one: &AutomaticIncident, until: Timestamp) -> BTreeSet<&MonitorId> {
    let episodes = one.episodes.iter().filter(|episode| episode.confirmed_at() < until);
    episodes.map(|episode| &episode.monitor).collect()
}

fn changes(old: &AutomaticIncident, new: &AutomaticIncident, until: Timestamp) -> Vec<String> {
    let mut changes = trouble_changes(old, new, until);
    if old.visibility != new.visibility {
        changes.push(format!("{} instead of {}", visibility(new), visibility(old)));
    }
    changes
}

/// Returns the differences between the monitors and the times of two incidents.
fn trouble_changes(
    old: &AutomaticIncident,
    new: &AutomaticIncident,
    until: Timestamp,
) -> Vec<String> {
    let mut changes = Vec::new();
    let mut moved = |what: &str, old: Timestamp, new: Timestamp| {
        if !is_close(old, new) {
            changes.push(format!("{what} at {new:.0} instead of {old:.0}"));
        }
    };
    moved("started", old.started_at, new.started_at);
    moved("opened", old.opened_at, new.opened_at);
    let end = |one: &AutomaticIncident| one.resolved_at.filter(|end| *end < until);
    match (end(old), end(new)) {
        (Some(old), Some(new)) => moved("resolved", old, new),
        // One of the two ends shortly after the period.
        (Some(end), None) | (None, Some(end))
            if [old, new].iter().all(|it| it.resolved_at.is_some_and(|at| is_close(at, end))) => {}
        (Some(old), None) => changes.push(format!("not resolved at {old:.0}")),
        (None, Some(new)) => changes.push(format!("resolved at {new:.0} instead of later")),
        (None, None) => {}
    }
    let (before, after) = (monitors(old, until), monitors(new, until));
    // A status that one side confirmed shortly before the end of the period, the other may have confirmed after it.
    let shortly_after = later(until, MARGIN);
    let (nearly_before, nearly_after) =
        (monitors(old, shortly_after), monitors(new, shortly_after));
    let listed = |ids: Vec<&&MonitorId>| {
        ids.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
    };
    let added: Vec<_> = after.difference(&nearly_before).collect();
    let removed: Vec<_> = before.difference(&nearly_after).collect();
    if !added.is_empty() {
        changes.push(format!("also about {}", listed(added)));
    }
    if !removed.is_empty() {
        changes.push(format!("not about {}", listed(removed)));
    }
    changes
}

/// Returns the removal of a monitor from the config of the records as a cause. The replay has one config for the whole
/// period.
fn removal(episode: &IncidentEpisode) -> Option<DifferenceCause> {
    let end = episode.end.filter(|end| end.kind == EpisodeEndKind::Removed)?;
    let (monitor, at) = (&episode.monitor, end.at);
    let text =
        format!("the monitor `{monitor}` was removed from the config of the records at {at:.0}");
    Some(DifferenceCause { stage: StoryStage::Outcome, text })
}

fn causes(
    pair: &Pair<'_, AutomaticIncident>,
    explainer: &Explainer<'_>,
    period: ComparedPeriod,
) -> Vec<DifferenceCause> {
    let Some((old, new)) = pair.old.zip(pair.new) else {
        return trouble_causes(pair, explainer, period);
    };
    let mut causes = Vec::new();
    if !trouble_changes(old, new, period.to).is_empty() {
        causes.extend(trouble_causes(pair, explainer, period));
    }
    if old.visibility != new.visibility {
        causes.extend(visibility_causes((old, new), explainer, period));
    }
    causes.sort();
    causes.dedup();
    causes
}

/// Returns the causes of trouble that differs.
fn trouble_causes(
    pair: &Pair<'_, AutomaticIncident>,
    explainer: &Explainer<'_>,
    period: ComparedPeriod,
) -> Vec<DifferenceCause> {
    let incidents: Vec<&AutomaticIncident> = pair.old.into_iter().chain(pair.new).collect();
    let all: BTreeSet<&MonitorId> =
        incidents.iter().flat_map(|one| monitors(one, period.to)).collect();
    let at = incidents.iter().map(|one| one.opened_at).min().unwrap_or(period.from);
    let removed = pair.old.into_iter().flat_map(|one| &one.episodes).filter_map(removal);
    let mut causes: Vec<DifferenceCause> = all
        .iter()
        .flat_map(|monitor| explainer.configs.incident(monitor, at))
        .map(|(stage, text)| DifferenceCause { stage, text })
        .collect();
    if causes.is_empty() {
        causes.extend(removed);
    }
    if causes.is_empty() {
        let text =
            "no change of the config is about its monitors: their statuses were confirmed, or \
                    their trouble was related, in another way"
                .to_owned();
        causes.push(DifferenceCause { stage: StoryStage::Status, text });
    }
    causes.sort();
    causes.dedup();
    causes
}

/// Returns the causes of another visibility: the changes between the configs, or what the records show of the config by
/// which they were decided.
fn visibility_causes(
    (old, new): (&AutomaticIncident, &AutomaticIncident),
    explainer: &Explainer<'_>,
    period: ComparedPeriod,
) -> Vec<DifferenceCause> {
    let cause = |text: String| DifferenceCause { stage: StoryStage::Incident, text };
    let all: BTreeSet<&MonitorId> =
        [old, new].into_iter().flat_map(|one| monitors(one, period.to)).collect();
    let changes = explainer.configs.visibility(all);
    if !changes.is_empty() {
        return changes.into_iter().map(cause).collect();
    }
    vec![cause(recorded_publishing(old, explainer.configs.publishing()))]
}

/// Returns the sentence about the setting by which a recorded incident has its visibility, as far as the incident shows it.
fn recorded_publishing(old: &AutomaticIncident, present: IncidentPublishing) -> String {
    let is_visible = old.visibility == IncidentVisibility::Published;
    let fits = |publishing: &IncidentPublishing| is_published(old, *publishing) == is_visible;
    let word = present.as_str();
    let fitting = IncidentPublishing::ALL.into_iter().filter(fits);
    let fitting: Vec<String> = fitting.map(|one| format!("`{}`", one.as_str())).collect();
    if fits(&present) || fitting.is_empty() {
        return format!(
            "incidents: publish is `{word}`; the config of the records had another value, or other values of `public` or \
             `critical` for its monitors, and is not known: name it with `--before`"
        );
    }
    let fitting = fitting.join(" or ");
    format!("incidents: publish {fitting} → `{word}`, as the recorded incident shows")
}
