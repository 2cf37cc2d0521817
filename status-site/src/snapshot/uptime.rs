//! Uptime as an exact fraction that is rounded down only for display.

/// The time up divided by the time measured. Degraded time counts as up. Unknown time and
/// maintenance count in neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uptime {
    good_seconds: u64,
    measured_seconds: u64,
}

impl Uptime {
    /// The uptime if nothing was measured.
    pub const NONE: Self = Self { good_seconds: 0, measured_seconds: 0 };

    /// Creates an uptime from seconds up and seconds measured. More seconds up than measured count
    /// as all up.
    #[must_use]
    pub fn new(good_seconds: u64, measured_seconds: u64) -> Self {
        Self { good_seconds: good_seconds.min(measured_seconds), measured_seconds }
    }

    /// Returns the uptime over two periods together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            good_seconds: self.good_seconds.saturating_add(other.good_seconds),
            measured_seconds: self.measured_seconds.saturating_add(other.measured_seconds),
        }
    }

    /// Returns hundredths of a percent, rounded down, from 0 to 10000; `None` if nothing was
    /// measured.
    #[must_use]
    pub fn basis_points(self) -> Option<u16> {
        let share = (u128::from(self.good_seconds) * 10_000)
            .checked_div(u128::from(self.measured_seconds))?;
        u16::try_from(share).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_good_than_measured_counts_as_all_good() {
        assert_eq!(Uptime::new(7, 5), Uptime::new(5, 5));
    }
}
