//! Pseudo-random numbers that follow from a seed.

use std::time::Duration;

/// A generator of pseudo-random numbers (`SplitMix64`).
#[derive(Debug, Clone)]
pub(crate) struct FaultRng(u64);

impl FaultRng {
    /// Returns a generator of its own for `purpose`. What it gives does not depend on what was drawn
    /// before.
    pub(crate) fn of(seed: u64, purpose: u64) -> Self {
        let mut mixed = Self(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ purpose);
        Self(mixed.next())
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number from `low` up to, not including, `high`.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low)
    }

    /// Returns true in so many of a thousand cases.
    pub(crate) fn happens(&mut self, per_mille: u64) -> bool {
        self.between(0, 1_000) < per_mille
    }

    pub(crate) fn millis(&mut self, low: u64, high: u64) -> Duration {
        Duration::from_millis(self.between(low, high))
    }

    pub(crate) fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.next() % all.len() as u64).unwrap()]
    }
}
