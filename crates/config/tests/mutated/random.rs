//! Pseudorandom numbers that are the same in each run.

/// A pseudorandom number generator (xorshift64*).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Returns a number below `end`, which must not be 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        usize::try_from(number).unwrap() % end
    }

    /// Returns one of the choices.
    pub(crate) fn one<'c, T: ?Sized>(&mut self, choices: &[&'c T]) -> &'c T {
        choices[self.below(choices.len())]
    }
}

/// Checks whether a message contains the debug format of a Rust value: `Name(...)` or `Name { ...
/// }`.
pub(crate) fn is_debug_text(message: &str) -> bool {
    let words = message.split(|c: char| !c.is_ascii_alphanumeric() && !"({_ ".contains(c));
    words.flat_map(|part| part.split_inclusive(['(', '{'])).any(|part| {
        let Some(before) = part.strip_suffix(['(', '{']) else { return false };
        let is_brace = part.ends_with('{');
        let Some(before) = (if is_brace { before.strip_suffix(' ') } else { Some(before) }) else {
            return false;
        };
        let name = before.rsplit(' ').next().unwrap_or_default();
        let has_both = name.chars().any(|c| c.is_ascii_lowercase());
        name.starts_with(|c: char| c.is_ascii_uppercase()) && has_both
    })
}

#[test]
fn debug_texts_are_recognized() {
    for text in ["a DnsName(\"a\") b", "Some(1)", "Error { kind: 1 }", "at ParseIntError { x }"] {
        assert!(is_debug_text(text), "{text}");
    }
    for text in ["a plain message (of words)", "`x = { y = 1 }`", "`size(` makes no sense"] {
        assert!(!is_debug_text(text), "{text}");
    }
}
