//! Questions: a sum that no cache and no habit answers, judged exactly.

use jiff::Timestamp;

use crate::stream::is_cap;

/// A sum of two numbers of two digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What the model is asked.
    pub text: String,
    /// What it has to answer.
    pub answer: u32,
}

/// What an answer to a [`Question`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// Its only number is the right one.
    Right,
    /// It says something else: the whole text. It may hold anything, a key too: whoever hands it on
    /// redacts it.
    Wrong(String),
    /// There is nothing to judge: it is empty, or was cut by the cap of tokens.
    None,
}

impl Question {
    /// The question of this moment: other operands each time.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        let bits = mixed(now.as_nanosecond().unsigned_abs());
        let (a, b) = (operand(bits), operand(bits >> 32));
        Self {
            text: format!("What is {a} + {b}? Answer with the number only, in digits."),
            answer: a + b,
        }
    }

    /// Judges an answer that ended for `finish_reason`.
    #[must_use]
    pub fn judge(&self, text: &str, finish_reason: Option<&str>) -> Judgement {
        let said = without_thoughts(text).trim();
        if said.is_empty() || finish_reason.is_some_and(is_cap) {
            return Judgement::None;
        }
        let mut numbers = numbers(said);
        match (numbers.next(), numbers.next()) {
            (Some(number), None) if number == self.answer.to_string() => Judgement::Right,
            _ => Judgement::Wrong(said.to_owned()),
        }
    }
}

/// The words of a text that hold a digit, without the points that end a sentence.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && !"+-−.,_".contains(c))
        .map(|word| word.trim_end_matches(['.', ',']))
        .filter(|word| word.contains(char::is_numeric))
}

/// The text after the thoughts that some servers leave in it; nothing where the thoughts do not
/// end.
fn without_thoughts(text: &str) -> &str {
    match text.trim_start().strip_prefix("<think>") {
        Some(thoughts) => thoughts.split_once("</think>").map_or("", |(_, said)| said),
        None => text,
    }
}

/// From 10 to 99.
fn operand(bits: u64) -> u32 {
    let within = u32::try_from(bits % 90).unwrap_or(0);
    10 + within
}

/// The bits of a time, so mixed that near times have nothing in common (the finalizer of
/// `SplitMix64`).
fn mixed(nanoseconds: u128) -> u64 {
    let low = u64::try_from(nanoseconds & u128::from(u64::MAX)).unwrap_or(0);
    let bits = low.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
