//! The facts of the texts about incidents: the services, the effect, the time, the number of regions and the provider's own
//! page. The page makes sentences of them in each of its languages.

use std::collections::{BTreeMap, HashSet};

use allclear_core::Timestamp;
use allclear_core::id::MonitorId;
use allclear_core::incident::{
    EpisodeChange, Incident, IncidentEffect, IncidentEpisode, IncidentMoment, RegionCount,
};
use allclear_status_site::snapshot::{
    FailingRegions, IncidentTitle, ProviderWord, Sentence, Sighting, Tense,
};

use super::cause::symptom;

/// The most services that improved and are named.
const MAX_IMPROVED: usize = 3;

/// Returns the title of an incident. While it is open, the title is about the services that fail now and their present
/// effect; after its end, about all of its services and their worst effect.
pub(super) fn title(incident: &Incident) -> IncidentTitle {
    let all = || incident.episodes.iter();
    let (told, effect): (Vec<_>, fn(&IncidentEpisode) -> _) = if incident.is_open() {
        (all().filter(|one| one.is_open()).collect(), IncidentEpisode::effect)
    } else {
        (all().collect(), IncidentEpisode::worst)
    };
    let told = on_page(incident, told);
    let is_down = |one: &&&IncidentEpisode| effect(one) == Some(IncidentEffect::Outage);
    let down: Vec<&IncidentEpisode> = told.iter().filter(is_down).copied().collect();
    if down.is_empty() {
        IncidentTitle::Problems(names(&told))
    } else {
        IncidentTitle::Down(names(&down))
    }
}

/// Returns the episodes of the services that the page has, as the list of affected services shows them; all of `told` if
/// it has none of them.
fn on_page<'a>(incident: &Incident, told: Vec<&'a IncidentEpisode>) -> Vec<&'a IncidentEpisode> {
    let on_page: HashSet<&MonitorId> = incident.monitors.iter().collect();
    let shown: Vec<&IncidentEpisode> =
        told.iter().filter(|one| on_page.contains(&one.monitor)).copied().collect();
    if shown.is_empty() { told } else { shown }
}

/// Returns the sentences about the changes of a moment in an incident of this tense.
pub(super) fn moment(moment: &IncidentMoment<'_>, tense: Tense) -> Vec<Sentence> {
    let mut sentences = seen(moment, Began::AtStart, tense);
    sentences.extend(provider(moment).map(Sentence::Provider));
    sentences.extend(seen(moment, Began::AtChange, tense));
    sentences.extend(improved(moment));
    let works_again = |(names, since)| Sentence::WorksAgain { names, since };
    sentences.extend(over(&moment.recovered).map(works_again));
    let removed = |(names, since)| Sentence::NoLongerMonitored { names, since };
    sentences.extend(over(&moment.removed).map(removed));
    sentences
}

/// The time that a sentence gives for what is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Began {
    /// The start of the episode.
    AtStart,
    /// The latest change within it.
    AtChange,
}

/// Returns a sentence for each symptom in the same regions: those that are over by the end of the moment, apart from those
/// that last.
fn seen(moment: &IncidentMoment<'_>, began: Began, tense: Tense) -> Vec<Sentence> {
    let mut sightings: Vec<(Sighting, Vec<&IncidentEpisode>)> = Vec::new();
    let episodes = match began {
        Began::AtStart => &moment.began,
        Began::AtChange => &moment.worsened,
    };
    for episode in episodes {
        let Some(change) = change_of(episode, moment.until, began) else { continue };
        let (symptom, regions) = (symptom(change), seen_in(change.regions));
        let since = match began {
            Began::AtStart => episode.started_at,
            Began::AtChange => change.at,
        };
        let is_over = episode.end.is_some_and(|end| end.confirmed_at <= moment.until);
        let tense = if is_over { Tense::Past } else { tense };
        let is_same = |(one, _): &&mut (Sighting, _)| {
            one.symptom == symptom && one.regions == regions && one.tense == tense
        };
        if let Some((known, episodes)) = sightings.iter_mut().find(is_same) {
            episodes.push(episode);
            known.since = known.since.min(since);
        } else {
            let sighting = Sighting { names: Vec::new(), symptom, regions, since, tense };
            sightings.push((sighting, vec![episode]));
        }
    }
    let sentences = sightings.into_iter().map(|(sighting, episodes)| {
        Sentence::Seen(Sighting { names: names(&episodes), ..sighting })
    });
    sentences.collect()
}

fn change_of(episode: &IncidentEpisode, at: Timestamp, began: Began) -> Option<&EpisodeChange> {
    match began {
        Began::AtStart => episode.changes.first(),
        Began::AtChange => episode.change_at(at),
    }
}

/// Returns the word of the provider's own status page; `None` without one.
fn provider(moment: &IncidentMoment<'_>) -> Option<ProviderWord> {
    if moment.began.iter().any(|episode| episode.is_confirmed_at_start()) {
        Some(ProviderWord::Confirms)
    } else if !moment.confirmed.is_empty() {
        Some(ProviderWord::NowConfirms)
    } else if moment.began.iter().any(|episode| episode.has_provider_page) {
        Some(ProviderWord::ReportsNothing)
    } else {
        None
    }
}

/// Returns the sentences about services that answer again, but not as usual or not in all regions.
fn improved(moment: &IncidentMoment<'_>) -> Vec<Sentence> {
    let episodes = &moment.improved;
    let sentence = |episode: &&IncidentEpisode| {
        let change = episode.change_at(moment.until)?;
        let (name, since) = (episode.name.clone(), change.at);
        let is_partial = |regions: &FailingRegions| regions.failing < regions.of;
        Some(match seen_in(change.regions).filter(is_partial) {
            Some(regions) => Sentence::WorksInRegions { name, regions, since },
            None => Sentence::AnswersAgain { name, since },
        })
    };
    let mut sentences: Vec<Sentence> =
        episodes.iter().take(MAX_IMPROVED).filter_map(sentence).collect();
    let n_further = episodes.len().saturating_sub(MAX_IMPROVED);
    if n_further > 0 {
        sentences.push(Sentence::MoreAnswerAgain(n_further));
    }
    sentences
}

/// Returns the services whose trouble has ended, and its end: those of each minute, by time.
fn over(episodes: &[&IncidentEpisode]) -> impl Iterator<Item = (Vec<String>, Timestamp)> {
    let mut by_minute: BTreeMap<i64, (Timestamp, Vec<&IncidentEpisode>)> = BTreeMap::new();
    for episode in episodes {
        let Some(end) = episode.end else { continue };
        let minute = end.at.as_second().div_euclid(60);
        let (at, ended) = by_minute.entry(minute).or_insert((end.at, Vec::new()));
        *at = end.at.max(*at);
        ended.push(episode);
    }
    by_minute.into_values().map(|(at, ended)| (names(&ended), at))
}

/// Returns the regions that see trouble; `None` if there is one region, or if none sees it.
fn seen_in(RegionCount { failing, reporting }: RegionCount) -> Option<FailingRegions> {
    (failing > 0 && reporting > 1).then_some(FailingRegions { failing, of: reporting })
}

/// Returns the names of the services, each service once. Two services of one name are two.
fn names(episodes: &[&IncidentEpisode]) -> Vec<String> {
    let mut named: HashSet<&MonitorId> = HashSet::new();
    let first = episodes.iter().filter(|one| named.insert(&one.monitor));
    first.map(|one| one.name.clone()).collect()
}
