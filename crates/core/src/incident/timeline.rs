//! The moments of an incident: what changed within a minute, for one update.

use std::time::Duration;

use jiff::Timestamp;

use super::automatic::{EpisodeEndKind, IncidentEffect, IncidentEpisode};

/// The time within which changes are one moment. Monitors of one failure are confirmed one after the other.
const MOMENT: Duration = Duration::from_mins(1);

/// The changes of an incident within a minute. Of a monitor that changes several times, the last state counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentMoment<'a> {
    /// The time at which the first of the changes was confirmed.
    pub at: Timestamp,
    /// The time at which the last of the changes was confirmed.
    pub until: Timestamp,
    /// The episodes that began.
    pub began: Vec<&'a IncidentEpisode>,
    /// The episodes that changed from degradation to an outage.
    pub worsened: Vec<&'a IncidentEpisode>,
    /// The episodes that changed from an outage to degradation.
    pub improved: Vec<&'a IncidentEpisode>,
    /// The episodes that the provider's own status page began to confirm.
    pub confirmed: Vec<&'a IncidentEpisode>,
    /// The episodes that ended by recovery.
    pub recovered: Vec<&'a IncidentEpisode>,
    /// The episodes that ended because the monitor was removed.
    pub removed: Vec<&'a IncidentEpisode>,
}

/// A change of an episode.
#[derive(Debug, Clone, Copy)]
struct MomentChange<'a> {
    confirmed_at: Timestamp,
    kind: MomentKind,
    episode: &'a IncidentEpisode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MomentKind {
    Began,
    Worsened,
    Improved,
    Confirmed,
    Recovered,
    Removed,
}

impl IncidentEpisode {
    /// Returns true if the provider's own status page confirmed the trouble when it was confirmed here.
    #[must_use]
    pub fn is_confirmed_at_start(&self) -> bool {
        self.provider_confirmed_at.is_some_and(|at| at < self.confirmed_at() + MOMENT)
    }
}

impl<'a> IncidentMoment<'a> {
    /// Returns the moments of `episodes`, by time.
    #[must_use]
    pub fn all(episodes: &'a [IncidentEpisode]) -> Vec<Self> {
        let mut changes: Vec<MomentChange<'a>> = episodes.iter().flat_map(changes).collect();
        changes.sort_by_key(|change| change.confirmed_at);
        let mut moments: Vec<Vec<MomentChange<'a>>> = Vec::new();
        for at_once in changes.chunk_by(|a, b| a.confirmed_at == b.confirmed_at) {
            let Some(at) = at_once.first().map(|change| change.confirmed_at) else { continue };
            let end = if at_once.iter().any(|change| change.kind.is_end()) {
                end_of_trouble(episodes, at)
            } else {
                None
            };
            // The end of an incident is no part of an update that was published before it.
            let joins = |last: &&mut Vec<MomentChange<'a>>| {
                last.first().is_some_and(|first| {
                    let began_at = first.confirmed_at;
                    at < began_at + MOMENT && end.is_none_or(|end| end <= began_at)
                })
            };
            if let Some(last) = moments.last_mut().filter(joins) {
                last.extend(at_once);
            } else {
                moments.push(at_once.to_vec());
            }
        }
        moments.iter().filter_map(|changes| Self::of(changes)).collect()
    }

    /// Returns the episodes that changed.
    pub fn episodes(&self) -> impl Iterator<Item = &'a IncidentEpisode> {
        let Self { at: _, until: _, began, worsened, improved, confirmed, recovered, removed } =
            self;
        let lists = [began, worsened, improved, confirmed, recovered, removed];
        lists.into_iter().flatten().copied()
    }

    /// Returns the moment of `changes`, which are sorted by time; `None` without one.
    fn of(changes: &[MomentChange<'a>]) -> Option<Self> {
        let (first, last) = (changes.first()?, changes.last()?);
        let mut moment = Self { until: last.confirmed_at, ..Self::empty(first.confirmed_at) };
        for (n, change) in changes.iter().enumerate() {
            if change.counts(changes.get(..n)?, changes.get(n + 1..)?) {
                moment.add(change);
            }
        }
        Some(moment)
    }

    fn empty(at: Timestamp) -> Self {
        Self {
            at,
            until: at,
            began: Vec::new(),
            worsened: Vec::new(),
            improved: Vec::new(),
            confirmed: Vec::new(),
            recovered: Vec::new(),
            removed: Vec::new(),
        }
    }

    fn add(&mut self, change: &MomentChange<'a>) {
        let list = match change.kind {
            MomentKind::Began => &mut self.began,
            MomentKind::Worsened => &mut self.worsened,
            MomentKind::Improved => &mut self.improved,
            MomentKind::Confirmed => &mut self.confirmed,
            MomentKind::Recovered => &mut self.recovered,
            MomentKind::Removed => &mut self.removed,
        };
        list.push(change.episode);
    }
}

impl MomentChange<'_> {
    /// Returns true if a moment tells this change, of those of the moment `before` and `after` it. Of each monitor, the
    /// last state counts. A beginning that has ended counts as well if no earlier moment told of trouble.
    fn counts(&self, before: &[Self], after: &[Self]) -> bool {
        let is_turn = |one: &&Self| {
            one.episode.monitor == self.episode.monitor && one.kind.is_beginning_or_end()
        };
        let later_turns = || after.iter().filter(is_turn);
        match self.kind {
            MomentKind::Began => match later_turns().next_back() {
                None => true,
                Some(last) => last.kind.is_end() && !before.iter().any(|one| is_turn(&one)),
            },
            MomentKind::Recovered | MomentKind::Removed => later_turns().next().is_none(),
            MomentKind::Worsened | MomentKind::Improved => {
                let is_effect =
                    |one: &&Self| one.episode == self.episode && one.kind.is_change_of_effect();
                later_turns().next().is_none() && !after.iter().any(|one| is_effect(&one))
            }
            MomentKind::Confirmed => true,
        }
    }
}

impl MomentKind {
    fn is_end(self) -> bool {
        match self {
            Self::Recovered | Self::Removed => true,
            Self::Began | Self::Worsened | Self::Improved | Self::Confirmed => false,
        }
    }

    fn is_beginning_or_end(self) -> bool {
        self == Self::Began || self.is_end()
    }

    fn is_change_of_effect(self) -> bool {
        match self {
            Self::Worsened | Self::Improved => true,
            Self::Began | Self::Confirmed | Self::Recovered | Self::Removed => false,
        }
    }
}

/// Returns the end of all trouble that was confirmed by `at`; `None` while some of it lasts.
fn end_of_trouble(episodes: &[IncidentEpisode], at: Timestamp) -> Option<Timestamp> {
    let known = episodes.iter().filter(|one| one.confirmed_at() <= at);
    let end = |one: &IncidentEpisode| Some(one.end.filter(|end| end.confirmed_at <= at)?.at);
    let ends: Option<Vec<Timestamp>> = known.map(end).collect();
    ends?.into_iter().max()
}

/// Returns the changes of an episode. Of one that began in the same minute, a confirmation by the provider is part of
/// its beginning.
fn changes(episode: &IncidentEpisode) -> Vec<MomentChange<'_>> {
    let change = |confirmed_at, kind| MomentChange { confirmed_at, kind, episode };
    let mut all = vec![change(episode.confirmed_at(), MomentKind::Began)];
    for pair in episode.changes.windows(2) {
        let [before, after] = pair else { continue };
        let kind = match (before.effect, after.effect) {
            (IncidentEffect::Degraded, IncidentEffect::Outage) => MomentKind::Worsened,
            (IncidentEffect::Outage, IncidentEffect::Degraded) => MomentKind::Improved,
            (IncidentEffect::Outage, IncidentEffect::Outage)
            | (IncidentEffect::Degraded, IncidentEffect::Degraded) => continue,
        };
        all.push(change(after.confirmed_at, kind));
    }
    let confirmed = episode.provider_confirmed_at;
    if let Some(at) = confirmed.filter(|_| !episode.is_confirmed_at_start()) {
        all.push(change(at, MomentKind::Confirmed));
    }
    if let Some(end) = episode.end {
        let kind = match end.kind {
            EpisodeEndKind::Recovered => MomentKind::Recovered,
            EpisodeEndKind::Removed => MomentKind::Removed,
        };
        all.push(change(end.confirmed_at, kind));
    }
    all
}
