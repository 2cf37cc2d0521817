//! The vote of the regions: one status from the statuses of a monitor in several regions.
//!
//! A quorum of the regions in the vote decides. If fewer regions see a failure, the status is degraded, and the
//! cause names the regions. A region without a measurement leaves the vote. So does a region whose failure is not
//! the target's, such as a refused key, while another region measures the target.

use std::cmp::Reverse;

use allclear_core::Timestamp;
use allclear_core::id::RegionId;
use allclear_core::outcome::{Cause, Verdict};
use allclear_core::quorum::Quorum;
use allclear_core::reason::Reason;
use allclear_core::region_state::PartialFailure;
use allclear_core::status::Status;

/// The status of a monitor in one region.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ballot<'a> {
    /// The region.
    pub(crate) region: &'a RegionId,
    /// The status in the region.
    pub(crate) status: Status,
    /// The cause; `None` if healthy.
    pub(crate) cause: Option<&'a Cause>,
    /// The time since which the region has this status.
    pub(crate) since: Timestamp,
}

/// The status that the regions decide together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Vote {
    /// The status.
    pub(crate) status: Status,
    /// The cause; `None` if healthy, or if no region has one.
    pub(crate) cause: Option<Cause>,
    /// The time since which enough regions are as bad as the status.
    pub(crate) worse_since: Timestamp,
    /// The time since which enough regions are no worse than the status.
    pub(crate) better_since: Timestamp,
    /// The failure of a minority.
    pub(crate) partial: Option<PartialFailure>,
    /// The regions that are as bad as the status, if another region in the vote is not; otherwise empty.
    pub(crate) regions: Vec<RegionId>,
}

impl Vote {
    fn healthy_since(since: Timestamp) -> Self {
        Self {
            status: Status::Healthy,
            cause: None,
            worse_since: since,
            better_since: since,
            partial: None,
            regions: Vec::new(),
        }
    }

    /// Returns the status with its cause.
    pub(crate) fn verdict(self) -> Verdict {
        let cause = self.cause.unwrap_or_else(|| Cause::of(Reason::SomeRegions, "unknown cause"));
        match self.status {
            Status::Healthy => Verdict::Healthy,
            Status::Degraded => Verdict::Degraded(cause),
            Status::Unhealthy => Verdict::Unhealthy(cause),
            Status::Unknown => Verdict::Unknown(cause),
        }
    }
}

/// Returns the decision of the regions; `None` without a ballot.
pub(crate) fn vote(ballots: &[Ballot<'_>], quorum: Quorum, naming: Naming) -> Option<Vote> {
    let last = ballots.iter().map(|ballot| ballot.since).max()?;
    // The usual case.
    if ballots.iter().all(|ballot| ballot.status == Status::Healthy && ballot.cause.is_none()) {
        return Some(Vote::healthy_since(last));
    }
    let (unmeasured, measured): (Vec<_>, Vec<_>) =
        ballots.iter().copied().partition(|ballot| ballot.status == Status::Unknown);
    let (own, about_target): (Vec<_>, Vec<_>) =
        measured.iter().copied().partition(|ballot| is_own_fault(ballot));
    if measured.is_empty() {
        let cause = most_frequent(&unmeasured).cloned();
        let status = Status::Unknown;
        return Some(Vote {
            status,
            cause,
            worse_since: last,
            better_since: last,
            partial: None,
            regions: Vec::new(),
        });
    }
    let voting = if about_target.is_empty() { &own } else { &about_target };
    let decided = of_voting(voting, quorum, naming);
    let is_only_own = decided.status == Status::Healthy && !own.is_empty();
    Some(if is_only_own { minority(&own, &measured) } else { decided })
}

/// The mention of regions in a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    /// The monitor has one region, so the cause stays as it is.
    None,
    /// The cause names the failing regions.
    Regions,
}

impl Naming {
    /// Returns the mention for a monitor with this number of regions, silent ones included.
    pub(crate) fn of(n_regions: usize) -> Self {
        if n_regions > 1 { Self::Regions } else { Self::None }
    }
}

/// Returns true for a failure that does not show the state of the target.
fn is_own_fault(ballot: &Ballot<'_>) -> bool {
    ballot.cause.is_some_and(|cause| !cause.fault.is_target_side())
}

fn of_voting(voting: &[Ballot<'_>], quorum: Quorum, naming: Naming) -> Vote {
    let needed = quorum.needed(voting.len());
    for status in [Status::Unhealthy, Status::Degraded] {
        let failing = at_least(voting, status);
        if failing.len() >= needed {
            let cause = most_frequent(&failing).map(|cause| match naming {
                Naming::None => cause.clone(),
                Naming::Regions => named(cause.reason, cause, &failing, voting.len()),
            });
            let mut since: Vec<Timestamp> = failing.iter().map(|ballot| ballot.since).collect();
            since.sort_unstable();
            let worse_since = since.get(needed - 1).copied().unwrap_or(Timestamp::MIN);
            let better_since = last_not_worse_than(status, voting);
            let regions = if failing.len() < voting.len() { ids(&failing) } else { Vec::new() };
            return Vote { status, cause, worse_since, better_since, partial: None, regions };
        }
    }
    let failing = at_least(voting, Status::Degraded);
    if !failing.is_empty() {
        return minority(&failing, voting);
    }
    Vote::healthy_since(last_not_worse_than(Status::Healthy, voting))
}

/// Returns the decision if fewer regions than the quorum fail.
fn minority(failing: &[Ballot<'_>], voting: &[Ballot<'_>]) -> Vote {
    let count = |n: usize| u8::try_from(n).unwrap_or(u8::MAX);
    let passing: Vec<Ballot<'_>> = voting
        .iter()
        .copied()
        .filter(|one| failing.iter().all(|other| other.region != one.region))
        .collect();
    Vote {
        status: Status::Degraded,
        cause: most_frequent(failing)
            .map(|cause| named(Reason::SomeRegions, cause, failing, voting.len())),
        worse_since: failing.iter().map(|one| one.since).min().unwrap_or(Timestamp::MIN),
        better_since: last_not_worse_than(Status::Degraded, &passing),
        partial: Some(PartialFailure { failing: count(failing.len()), of: count(voting.len()) }),
        regions: ids(failing),
    }
}

fn ids(ballots: &[Ballot<'_>]) -> Vec<RegionId> {
    ballots.iter().map(|ballot| ballot.region.clone()).collect()
}

fn at_least<'a>(voting: &[Ballot<'a>], status: Status) -> Vec<Ballot<'a>> {
    voting.iter().copied().filter(|ballot| ballot.status.rank() >= status.rank()).collect()
}

fn last_not_worse_than(status: Status, voting: &[Ballot<'_>]) -> Timestamp {
    let no_worse = voting.iter().filter(|ballot| ballot.status.rank() <= status.rank());
    no_worse.map(|ballot| ballot.since).max().unwrap_or(Timestamp::MIN)
}

/// Returns the cause whose reason most of the regions have; of equally frequent ones, the oldest.
fn most_frequent<'a>(failing: &[Ballot<'a>]) -> Option<&'a Cause> {
    let n_same = |cause: &Cause| {
        let same = |ballot: &&Ballot<'_>| {
            ballot
                .cause
                .is_some_and(|other| (other.fault, other.reason) == (cause.fault, cause.reason))
        };
        failing.iter().filter(same).count()
    };
    let with_cause = failing.iter().filter_map(|ballot| Some((ballot, ballot.cause?)));
    with_cause
        .min_by_key(|(ballot, cause)| (Reverse(n_same(cause)), ballot.since, ballot.region))
        .map(|(_, cause)| cause)
}

/// Returns the cause with the failing regions in its message.
fn named(reason: Reason, cause: &Cause, failing: &[Ballot<'_>], n_voting: usize) -> Cause {
    let regions: Vec<&str> = failing.iter().map(|ballot| ballot.region.as_str()).collect();
    let regions = regions.join(", ");
    let n_failing = failing.len();
    let message = &cause.message;
    let message = if n_voting == 1 {
        format!("region {regions}: {message}")
    } else if n_failing == n_voting {
        format!("all {n_voting} regions: {message}")
    } else {
        format!("{n_failing} of {n_voting} regions: {regions}: {message}")
    };
    Cause::new(cause.fault, reason, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the status and the message of the vote over ballots written as `region letter second`.
    fn voted(ballots: &[(&str, char, i64)], quorum: Quorum) -> (Status, String) {
        let regions: Vec<RegionId> =
            ballots.iter().map(|(region, ..)| RegionId::new(region).unwrap()).collect();
        let down = Cause::of(Reason::ConnectRefused, "refused");
        let slow = Cause::of(Reason::Degraded, "slow");
        let key = Cause::of(Reason::AuthInvalid, "status 401");
        let unknown = Cause::of(Reason::NotSent, "no time");
        let ballots: Vec<Ballot<'_>> = ballots
            .iter()
            .zip(&regions)
            .map(|((_, letter, second), region)| {
                let (status, cause) = match letter {
                    'H' => (Status::Healthy, None),
                    'D' => (Status::Degraded, Some(&slow)),
                    'U' => (Status::Unhealthy, Some(&down)),
                    'K' => (Status::Unhealthy, Some(&key)),
                    _ => (Status::Unknown, Some(&unknown)),
                };
                Ballot { region, status, cause, since: Timestamp::from_second(*second).unwrap() }
            })
            .collect();
        let vote = vote(&ballots, quorum, Naming::of(ballots.len())).unwrap();
        (vote.status, vote.cause.map(|cause| cause.message).unwrap_or_default())
    }

    #[test]
    fn a_quorum_decides_and_a_minority_degrades() {
        let eu_us_ap = |letters: &str| -> Vec<(&str, char, i64)> {
            ["eu", "us", "ap"].into_iter().zip(letters.chars()).map(|(r, c)| (r, c, 1)).collect()
        };
        for (letters, quorum, status, message) in [
            ("HHH", Quorum::Majority, Status::Healthy, ""),
            ("UHH", Quorum::Majority, Status::Degraded, "1 of 3 regions: eu: refused"),
            ("UUH", Quorum::Majority, Status::Unhealthy, "2 of 3 regions: eu, us: refused"),
            ("UUU", Quorum::Majority, Status::Unhealthy, "all 3 regions: refused"),
            ("UHH", Quorum::Any, Status::Unhealthy, "1 of 3 regions: eu: refused"),
            ("UUH", Quorum::All, Status::Degraded, "2 of 3 regions: eu, us: refused"),
            ("UUU", Quorum::All, Status::Unhealthy, "all 3 regions: refused"),
            ("UHH", Quorum::Count(2), Status::Degraded, "1 of 3 regions: eu: refused"),
            ("UUH", Quorum::Count(2), Status::Unhealthy, "2 of 3 regions: eu, us: refused"),
            ("DHH", Quorum::Majority, Status::Degraded, "1 of 3 regions: eu: slow"),
            ("DUH", Quorum::Majority, Status::Degraded, "2 of 3 regions: eu, us: slow"),
            // A region that measures nothing leaves the vote.
            ("U??", Quorum::Majority, Status::Unhealthy, "region eu: refused"),
            ("UU?", Quorum::All, Status::Unhealthy, "all 2 regions: refused"),
            ("UH?", Quorum::Majority, Status::Degraded, "1 of 2 regions: eu: refused"),
            ("???", Quorum::Majority, Status::Unknown, "no time"),
            // A refused key shows nothing about the target.
            ("KHH", Quorum::Any, Status::Degraded, "1 of 3 regions: eu: status 401"),
            ("KUH", Quorum::Majority, Status::Degraded, "1 of 2 regions: us: refused"),
            ("KKU", Quorum::Majority, Status::Unhealthy, "region ap: refused"),
            ("KKK", Quorum::Majority, Status::Unhealthy, "all 3 regions: status 401"),
        ] {
            let (voted_status, voted_message) = voted(&eu_us_ap(letters), quorum);
            let expected = (status, message);
            assert_eq!((voted_status, voted_message.as_str()), expected, "{letters} {quorum}");
        }
    }

    #[test]
    fn one_region_is_its_own_quorum_and_is_not_named() {
        for quorum in [Quorum::Any, Quorum::Majority, Quorum::All, Quorum::Count(3)] {
            assert_eq!(voted(&[("eu", 'U', 1)], quorum), (Status::Unhealthy, "refused".to_owned()));
            assert_eq!(voted(&[("eu", 'H', 1)], quorum).0, Status::Healthy);
            assert_eq!(voted(&[("eu", '?', 1)], quorum).0, Status::Unknown);
        }
    }
}
