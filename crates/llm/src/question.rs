//! Questions: a sum that no cache and no habit answers, judged exactly.

use jiff::Timestamp;

use crate::stream::is_cap;

/// A sum of two numbers of two digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SumQuestion {
    /// Text of the question.
    pub text: String,
    /// The correct answer.
    pub answer: u32,
}

/// Assessment of an answer to a [`SumQuestion`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerAssessment {
    /// Its only number is the right one.
    Right,
    /// Another answer, with its whole text. The text may hold anything, even a key: the caller must
    /// redact it.
    Wrong(String),
    /// There is nothing to judge: it is empty, or was cut by the cap of tokens.
    None,
}

impl SumQuestion {
    /// Returns the question of this time: other operands each time.
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
    pub fn judge(&self, text: &str, finish_reason: Option<&str>) -> AnswerAssessment {
        let answer = without_reasoning(text).trim();
        if answer.is_empty() || finish_reason.is_some_and(is_cap) {
            return AnswerAssessment::None;
        }
        let mut numbers = numbers(answer);
        match (numbers.next(), numbers.next()) {
            (Some(number), None) if number == self.answer.to_string() => AnswerAssessment::Right,
            _ => AnswerAssessment::Wrong(answer.to_owned()),
        }
    }
}

/// Returns the words of a text that hold a digit, without the points that end a sentence.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && !"+-−.,_".contains(c))
        .map(|word| word.trim_end_matches(['.', ',']))
        .filter(|word| word.contains(char::is_numeric))
}

/// Returns the text after the reasoning that some servers leave in it; an empty text if the reasoning
/// do not end.
fn without_reasoning(text: &str) -> &str {
    match text.trim_start().strip_prefix("<think>") {
        Some(reasoning) => reasoning.split_once("</think>").map_or("", |(_, answer)| answer),
        None => text,
    }
}

/// Returns an operand from 10 to 99.
fn operand(bits: u64) -> u32 {
    let within = u32::try_from(bits % 90).unwrap_or(0);
    10 + within
}

/// Mixes the bits of a time, so that near times give unrelated numbers (the finalizer of `SplitMix64`).
fn mixed(nanoseconds: u128) -> u64 {
    let low = u64::try_from(nanoseconds & u128::from(u64::MAX)).unwrap_or(0);
    let bits = low.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::ToSpan;

    use super::*;

    fn question() -> SumQuestion {
        SumQuestion { text: String::new(), answer: 133 }
    }

    #[test]
    fn each_time_has_its_own_question_of_two_digits() {
        let start: Timestamp = "2026-11-22T00:00:00Z".parse().unwrap();
        let questions: Vec<_> =
            (0..1000).map(|minute| SumQuestion::at(start + (5 * minute).minutes())).collect();
        for question in &questions {
            let operands: Vec<u32> = question
                .text
                .split(|c: char| !c.is_ascii_digit())
                .filter_map(|word| word.parse().ok())
                .collect();
            assert!(operands.len() == 2 && operands.iter().all(|n| (10..100).contains(n)));
            assert_eq!(operands.iter().sum::<u32>(), question.answer);
        }
        let texts: BTreeSet<_> = questions.iter().map(|question| &question.text).collect();
        assert!(texts.len() > 900, "{} of 1000 differ", texts.len());
        assert_eq!(SumQuestion::at(start), questions[0]);
    }

    #[test]
    fn the_only_number_must_be_the_answer() {
        for right in ["133", " 133\n", "133.", "**133**", "The answer is 133.", "= 133", "- 133"] {
            assert_eq!(question().judge(right, Some("stop")), AnswerAssessment::Right, "{right}");
        }
        for right in ["<think>47 and 86</think>\n133", "<think></think>133"] {
            assert_eq!(question().judge(right, None), AnswerAssessment::Right, "{right}");
        }
    }

    #[test]
    fn any_other_answer_is_wrong_and_quoted() {
        for wrong in [
            "134",
            "1,33",
            "133,000",
            "133.0",
            "-133",
            "−133",
            "1 33",
            "47 + 86 = 133",
            "0133",
            "133133",
            "x133",
            "133rd",
            "1.33e2",
            "one hundred and thirty-three",
            "Pong",
            "١٣٣",
            "I can't help with that.",
            "133/1",
            "$133,00",
        ] {
            let expected = AnswerAssessment::Wrong(wrong.to_owned());
            assert_eq!(question().judge(&format!(" {wrong}\n"), Some("stop")), expected, "{wrong}");
        }
    }

    #[test]
    fn an_empty_or_truncated_answer_is_not_assessed() {
        for nothing in ["", " \n", "<think>47 and 86 is 133", "<think>133</think> "] {
            assert_eq!(
                question().judge(nothing, Some("stop")),
                AnswerAssessment::None,
                "{nothing}"
            );
        }
        for cap in ["length", "max_tokens", "MAX_TOKENS", "max_output_tokens", "model_length"] {
            assert_eq!(question().judge("13", Some(cap)), AnswerAssessment::None, "{cap}");
        }
    }
}
