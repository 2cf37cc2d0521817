//! The sentences about incidents. They are made of the facts alone: the services, the effect, the time, the number of
//! regions and the provider's own page. None of them names a host, an error text or a check.

use allclear_core::Timestamp;
use allclear_core::incident::{
    EpisodeChange, IncidentEffect, IncidentEpisode, IncidentMoment, IncidentPhase, RegionCount,
};

use super::cause::Symptom;
use super::tense::Tense;

/// The most services that a sentence names.
const MAX_NAMES: usize = 3;

/// Returns the end of a sentence about the time from `at` on.
fn from(tense: Tense, at: Timestamp) -> String {
    format!("{} {}", tense.choose("since", "from"), clock(at))
}

/// Returns the title of an incident of these episodes.
pub(super) fn title(episodes: &[IncidentEpisode], tense: Tense) -> String {
    let down: Vec<&IncidentEpisode> =
        episodes.iter().filter(|one| one.worst() == Some(IncidentEffect::Outage)).collect();
    if down.is_empty() {
        let all: Vec<&IncidentEpisode> = episodes.iter().collect();
        let past = ("had problems", "had problems");
        ServiceNames::of(&all).sentence(tense.choose(("has problems", "have problems"), past))
    } else {
        let past = ("was down", "were down");
        ServiceNames::of(&down).sentence(tense.choose(("is down", "are down"), past))
    }
}

/// Returns the text of an update without one, in which an operator announced a phase.
pub(super) fn phase(phase: Option<IncidentPhase>) -> &'static str {
    match phase {
        Some(IncidentPhase::Investigating) | None => "The cause is being investigated.",
        Some(IncidentPhase::Identified) => "The cause is known.",
        Some(IncidentPhase::Monitoring) => {
            "The problem seems to be over. The services are being observed."
        }
        Some(IncidentPhase::Resolved) => "The incident is resolved.",
        Some(IncidentPhase::Postmortem) => "The incident has been analyzed.",
    }
}

/// Returns the sentence about the other services, of which some work; `None` if none of them does.
pub(super) fn meanwhile(n_working: usize, n_others: usize) -> Option<String> {
    match (n_working, n_others) {
        (0, _) => None,
        (1, 1) => Some("The other service works.".to_owned()),
        (_, _) if n_working == n_others => Some(format!("The other {n_others} services work.")),
        (1, _) => Some(format!("1 of the other {n_others} services works.")),
        (_, _) => Some(format!("{n_working} of the other {n_others} services work.")),
    }
}

/// Returns the text about the changes of a moment.
pub(super) fn moment(moment: &IncidentMoment<'_>, tense: Tense) -> String {
    let mut sentences = seen(moment, Began::AtStart, tense);
    sentences.extend(provider(moment, tense));
    sentences.extend(seen(moment, Began::AtChange, tense));
    sentences.extend(improved(moment, tense));
    let works = tense.choose(("works again", "work again"), ("worked again", "worked again"));
    sentences.extend(over(&moment.recovered, works, tense));
    let monitored = tense.choose(
        ("is no longer monitored", "are no longer monitored"),
        ("was no longer monitored", "were no longer monitored"),
    );
    sentences.extend(over(&moment.removed, monitored, tense));
    sentences.join(" ")
}

/// The time that a sentence gives for what is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Began {
    /// The start of the episode.
    AtStart,
    /// The latest change within it.
    AtChange,
}

/// The services with one symptom in the same regions.
struct Sighting<'a> {
    symptom: Symptom,
    regions: RegionCount,
    episodes: Vec<&'a IncidentEpisode>,
    /// The earliest start.
    since: Timestamp,
}

/// Returns a sentence for each symptom: "Checkout returns errors in 2 of 3 regions since 30 November, 10:02 UTC."
fn seen(moment: &IncidentMoment<'_>, began: Began, tense: Tense) -> Vec<String> {
    let mut sightings: Vec<Sighting<'_>> = Vec::new();
    let episodes = match began {
        Began::AtStart => &moment.began,
        Began::AtChange => &moment.worsened,
    };
    for episode in episodes {
        let Some(change) = change_of(episode, moment.until, began) else { continue };
        let (symptom, regions) = (Symptom::of(change), change.regions);
        let since = match began {
            Began::AtStart => episode.started_at,
            Began::AtChange => change.at,
        };
        let is_same = |one: &&mut Sighting<'_>| one.symptom == symptom && one.regions == regions;
        match sightings.iter_mut().find(is_same) {
            Some(known) => {
                known.episodes.push(episode);
                known.since = known.since.min(since);
            }
            None => sightings.push(Sighting { symptom, regions, episodes: vec![episode], since }),
        }
    }
    let sentences = sightings.into_iter().map(|one| {
        let said = ServiceNames::of(&one.episodes).sentence(one.symptom.predicate(tense));
        format!("{said}{} {}.", of_regions(one.regions), from(tense, one.since))
    });
    sentences.collect()
}

fn change_of(episode: &IncidentEpisode, at: Timestamp, began: Began) -> Option<&EpisodeChange> {
    match began {
        Began::AtStart => episode.changes.first(),
        Began::AtChange => episode.change_at(at),
    }
}

/// Returns the sentence about the provider's own status page; `None` without one.
fn provider(moment: &IncidentMoment<'_>, tense: Tense) -> Option<String> {
    let says = if moment.began.iter().any(|episode| episode.is_confirmed_at_start()) {
        tense.choose("confirms a problem", "confirmed a problem")
    } else if !moment.confirmed.is_empty() {
        tense.choose("now confirms a problem", "then confirmed a problem")
    } else if moment.began.iter().any(|episode| episode.has_provider_page) {
        tense.choose("reports no problem", "reported no problem")
    } else {
        return None;
    };
    Some(format!("The provider's own status page {says}."))
}

/// Returns the sentences about services that answer again, but not as usual or not in all regions.
fn improved(moment: &IncidentMoment<'_>, tense: Tense) -> Vec<String> {
    let episodes = &moment.improved;
    let (works, answers) =
        tense.choose(("works again", "answers again"), ("worked again", "answered again"));
    let sentence = |episode: &&IncidentEpisode| {
        let change = episode.change_at(moment.until)?;
        let RegionCount { failing, reporting } = change.regions;
        let since = from(tense, change.at);
        let name = &episode.name;
        Some(if failing > 0 && failing < reporting {
            let n_working = reporting - failing;
            format!("{name} {works} in {n_working} of {reporting} regions {since}.")
        } else {
            format!("{name} {answers} {since}, but not as usual.")
        })
    };
    let mut sentences: Vec<String> = episodes.iter().take(MAX_NAMES).filter_map(sentence).collect();
    let n_further = episodes.len().saturating_sub(MAX_NAMES);
    if n_further > 0 {
        let answer = tense.choose("answer again", "answered again");
        sentences.push(format!("{n_further} more {answer}, but not as usual."));
    }
    sentences
}

/// Returns the sentence about services whose trouble has ended; `None` without one.
fn over(episodes: &[&IncidentEpisode], predicate: (&str, &str), tense: Tense) -> Option<String> {
    let at = episodes.iter().filter_map(|one| Some(one.end?.at)).max()?;
    Some(format!("{} {}.", ServiceNames::of(episodes).sentence(predicate), from(tense, at)))
}

fn of_regions(RegionCount { failing, reporting }: RegionCount) -> String {
    match (failing, reporting) {
        (0, _) | (_, 0 | 1) => String::new(),
        (failing, reporting) if failing >= reporting => format!(" in all {reporting} regions"),
        (failing, reporting) => format!(" in {failing} of {reporting} regions"),
    }
}

/// Formats a time as "30 November, 10:02 UTC".
fn clock(at: Timestamp) -> String {
    at.strftime("%-d %B, %H:%M UTC").to_string()
}

/// The services that a sentence is about.
struct ServiceNames {
    names: String,
    is_one: bool,
}

impl ServiceNames {
    fn of(episodes: &[&IncidentEpisode]) -> Self {
        let mut names: Vec<&str> = Vec::new();
        for episode in episodes {
            if !names.contains(&episode.name.as_str()) {
                names.push(&episode.name);
            }
        }
        let is_one = names.len() == 1;
        let shown = if names.len() > MAX_NAMES {
            let first = names.iter().take(MAX_NAMES - 1).copied().collect::<Vec<_>>().join(", ");
            format!("{first} and {} more services", names.len() - (MAX_NAMES - 1))
        } else {
            match names.split_last() {
                Some((last, [])) => (*last).to_owned(),
                Some((last, first)) => format!("{} and {last}", first.join(", ")),
                None => String::new(),
            }
        };
        Self { names: shown, is_one }
    }

    /// Returns a sentence, without its period, with the predicate for one service or for several.
    fn sentence(&self, (of_one, of_several): (&str, &str)) -> String {
        format!("{} {}", self.names, if self.is_one { of_one } else { of_several })
    }
}
