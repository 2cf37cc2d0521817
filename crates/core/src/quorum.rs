//! The quorum that combines the regions of a monitor.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The number of regions that decide a status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quorum {
    /// One region.
    Any,
    /// More than half of the regions that report.
    #[default]
    Majority,
    /// All regions that report.
    All,
    /// This number of regions; at least 1. If fewer report, all of them.
    Count(u8),
}

impl Quorum {
    /// Returns the number of regions that decide, out of `n_voting`.
    #[must_use]
    pub fn needed(self, n_voting: usize) -> usize {
        let needed = match self {
            Self::Any => 1,
            Self::Majority => n_voting / 2 + 1,
            Self::All => n_voting,
            Self::Count(count) => usize::from(count).min(n_voting),
        };
        needed.max(1)
    }
}

impl fmt::Display for Quorum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.pad("any"),
            Self::Majority => f.pad("majority"),
            Self::All => f.pad("all"),
            Self::Count(count) => count.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quorum_is_at_least_one_region_and_at_most_all() {
        let needed = |quorum: Quorum| [0, 1, 2, 3, 4, 5].map(|n| quorum.needed(n));
        assert_eq!(needed(Quorum::Any), [1, 1, 1, 1, 1, 1]);
        assert_eq!(needed(Quorum::Majority), [1, 1, 2, 2, 3, 3]);
        assert_eq!(needed(Quorum::All), [1, 1, 2, 3, 4, 5]);
        assert_eq!(needed(Quorum::Count(2)), [1, 1, 2, 2, 2, 2]);
    }
}
