//! The compact notation of a series of outcomes: `H*10 (U H)*3 D@2500ms U:timeout{queue=4}`.

use std::time::Duration;

use allclear_core::duration;
use allclear_core::outcome::{Cause, Finding, Verdict};
use allclear_core::reason::Reason;

/// The most outcomes of one series: 90 days of one a minute.
const MAX_OUTCOMES: usize = 129_600;

/// The response time of an outcome that names none.
const RESPONSE_TIME: Duration = Duration::from_millis(100);

/// The deepest nesting of repeated parts.
const MAX_DEPTH: usize = 8;

/// An outcome of a series; `None` if the check did not take place.
#[derive(Debug, Clone, PartialEq)]
pub struct NotatedOutcome(pub Option<Finding>);

/// The error of a text that is no series of outcomes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at character {position}")]
pub struct NotationError {
    /// The problem and its remedy.
    pub message: String,
    /// The position in the text, in characters from 1.
    pub position: usize,
}

/// Parses a series of outcomes.
///
/// # Errors
///
/// Fails if the text has another form, or stands for more outcomes than 90 days of one a minute.
pub fn parse(text: &str) -> Result<Vec<NotatedOutcome>, NotationError> {
    let mut parser = NotationParser { chars: text.chars().collect(), position: 0 };
    let series = parser.series(0)?;
    match parser.peek() {
        None => Ok(series),
        Some(other) => Err(parser.error(&format!("`{other}` has no beginning"))),
    }
}

struct NotationParser {
    chars: Vec<char>,
    position: usize,
}

impl NotationParser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.position).copied()
    }

    fn error(&self, message: &str) -> NotationError {
        NotationError { message: message.to_owned(), position: self.position + 1 }
    }

    /// Takes the characters up to the first one that ends a word.
    fn word(&mut self, is_within: impl Fn(char) -> bool) -> String {
        let start = self.position;
        while self.peek().is_some_and(&is_within) {
            self.position += 1;
        }
        self.chars.get(start..self.position).unwrap_or_default().iter().collect()
    }

    fn series(&mut self, depth: usize) -> Result<Vec<NotatedOutcome>, NotationError> {
        let mut series = Vec::new();
        loop {
            self.word(char::is_whitespace);
            let part = match self.peek() {
                None | Some(')') => return Ok(series),
                Some('(') if depth >= MAX_DEPTH => {
                    return Err(self.error("too many parentheses within each other"));
                }
                Some('(') => {
                    self.position += 1;
                    let part = self.series(depth + 1)?;
                    if self.peek() != Some(')') {
                        return Err(self.error("a `)` is missing"));
                    }
                    // Repetitions of nothing would pass the limit of outcomes.
                    if part.is_empty() {
                        return Err(self.error("write an outcome between `(` and `)`"));
                    }
                    self.position += 1;
                    part
                }
                Some(_) => vec![self.outcome()?],
            };
            let n_times = self.times()?;
            if part.len().saturating_mul(n_times) + series.len() > MAX_OUTCOMES {
                return Err(self.error(&format!("more than {MAX_OUTCOMES} outcomes")));
            }
            for _ in 0..n_times {
                series.extend(part.iter().cloned());
            }
        }
    }

    fn times(&mut self) -> Result<usize, NotationError> {
        if self.peek() != Some('*') {
            return Ok(1);
        }
        self.position += 1;
        let start = self.position;
        let digits = self.word(|c| c.is_ascii_digit());
        match digits.parse() {
            Ok(0) => {
                self.position = start;
                Err(self.error("a part that is repeated 0 times has no effect: remove it"))
            }
            Ok(n_times) => Ok(n_times),
            Err(_) => Err(self.error("write a number after `*`, such as `H*10`")),
        }
    }

    fn outcome(&mut self) -> Result<NotatedOutcome, NotationError> {
        const LETTERS: &str = "write `H` (healthy), `D` (degraded), `U` (unhealthy), `?` (not measured) or `-` \
                               (no check)";
        let Some(letter) = self.peek() else { return Err(self.error(LETTERS)) };
        let default = match letter {
            'H' => None,
            'D' => Some(Reason::Degraded),
            'U' => Some(Reason::HttpStatus),
            '?' => Some(Reason::NotSent),
            '-' => {
                self.position += 1;
                return Ok(NotatedOutcome(None));
            }
            _ => return Err(self.error(LETTERS)),
        };
        self.position += 1;
        let reason = self.reason(default)?;
        let latency = self.response_time()?;
        let cause = |reason: Reason| Cause::of(reason, reason.description());
        let verdict = match (letter, reason) {
            ('D', Some(reason)) => Verdict::Degraded(cause(reason)),
            ('U', Some(reason)) => Verdict::Unhealthy(cause(reason)),
            ('?', Some(reason)) => Verdict::unknown(cause(reason)),
            _ => Verdict::Healthy,
        };
        let has_answered = matches!(letter, 'H' | 'D');
        let mut finding = Finding::of(verdict);
        finding.latency = latency.or(has_answered.then_some(RESPONSE_TIME));
        self.metrics(&mut finding)?;
        Ok(NotatedOutcome(Some(finding)))
    }

    fn reason(&mut self, default: Option<Reason>) -> Result<Option<Reason>, NotationError> {
        if self.peek() != Some(':') {
            return Ok(default);
        }
        if default.is_none() {
            return Err(self.error("a healthy outcome has no reason"));
        }
        self.position += 1;
        let start = self.position;
        let code = self.word(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        let reason = Reason::from_code(&code);
        if reason.is_none() {
            self.position = start;
            let message = format!("no reason `{code}`: `allclear explain` lists the codes");
            return Err(self.error(&message));
        }
        Ok(reason)
    }

    fn response_time(&mut self) -> Result<Option<Duration>, NotationError> {
        if self.peek() != Some('@') {
            return Ok(None);
        }
        self.position += 1;
        let start = self.position;
        // A sign and a point are no part of a duration: the error names them with the rest.
        if matches!(self.peek(), Some('-' | '+')) {
            self.position += 1;
        }
        self.word(|c| c.is_ascii_alphanumeric() || c == '.');
        let text: String =
            self.chars.get(start..self.position).unwrap_or_default().iter().collect();
        if text.is_empty() {
            let message = format!("write a response time after `@`: {}", duration::DURATION_HINT);
            return Err(self.error(&message));
        }
        let parsed = duration::parse(&text).map_err(|error| error.to_string());
        let is_zero = |time: &Duration| time.is_zero().then(|| format!("`{text}` is no time"));
        let parsed = parsed.and_then(|time| is_zero(&time).map_or(Ok(time), Err));
        parsed.map(Some).map_err(|error| {
            self.position = start;
            self.error(&format!("{error}: {}", duration::DURATION_HINT))
        })
    }

    fn metrics(&mut self, finding: &mut Finding) -> Result<(), NotationError> {
        if self.peek() != Some('{') {
            return Ok(());
        }
        self.position += 1;
        let start = self.position;
        let inside = self.word(|c| c != '}');
        if self.peek() != Some('}') {
            return Err(self.error("a `}` is missing"));
        }
        self.position += 1;
        for metric in inside.split(',') {
            let parts = metric.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
            let parsed = parts.and_then(|(name, value)| Some((name, value.parse().ok()?)));
            let Some((name, value)) = parsed.filter(|(name, _)| !name.is_empty()) else {
                self.position = start;
                return Err(self.error("write metrics as `{queue=4, certificate_days=10}`"));
            };
            finding.metrics.insert(name.to_owned(), value);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use allclear_core::status::Status;

    use super::*;

    fn statuses(text: &str) -> String {
        let letter = |one: &NotatedOutcome| match one.0.as_ref().map(|one| one.verdict.status()) {
            None => '-',
            Some(Status::Healthy) => 'H',
            Some(Status::Degraded) => 'D',
            Some(Status::Unhealthy) => 'U',
            Some(Status::Unknown) => '?',
        };
        parse(text).unwrap().iter().map(letter).collect()
    }

    fn finding(text: &str) -> Finding {
        parse(text).unwrap().remove(0).0.unwrap()
    }

    #[test]
    fn letters_and_parts_are_repeated() {
        assert_eq!(statuses("H*3 U D ? -*2"), "HHHUD?--");
        assert_eq!(statuses("(U H*2)*2 ((U)*2 H)*2"), "UHHUHHUUHUUH");
        assert_eq!(statuses("HUH"), "HUH");
        assert_eq!(statuses(" "), "");
    }

    #[test]
    fn an_outcome_has_a_reason_a_response_time_and_metrics() {
        let failed = finding("U:timeout{queue=4, left=-0.5}*2");
        assert_eq!(failed.verdict.cause().unwrap().reason, Reason::Timeout);
        assert_eq!(failed.latency, None);
        assert_eq!(format!("{:?}", failed.metrics), r#"{"left": -0.5, "queue": 4.0}"#);
        assert_eq!(finding("H@2500ms").latency, Some(Duration::from_millis(2500)));
        assert_eq!(finding("D:throttled@1s").latency, Some(Duration::from_secs(1)));
        assert_eq!(finding("H").latency, Some(RESPONSE_TIME));
    }

    #[test]
    fn an_error_names_the_character_and_the_remedy() {
        for (text, expected) in [
            (
                "H X",
                "write `H` (healthy), `D` (degraded), `U` (unhealthy), `?` (not measured) or `-` (no check) at character 3",
            ),
            ("H*", "write a number after `*`, such as `H*10` at character 3"),
            ("(H U", "a `)` is missing at character 5"),
            ("H)", "`)` has no beginning at character 2"),
            ("U:timout", "no reason `timout`: `allclear explain` lists the codes at character 3"),
            ("H:timeout", "a healthy outcome has no reason at character 2"),
            ("H{queue}", "write metrics as `{queue=4, certificate_days=10}` at character 3"),
            ("H{queue=1", "a `}` is missing at character 10"),
            ("H*5 U*0", "a part that is repeated 0 times has no effect: remove it at character 7"),
            (
                "H@0ms",
                "`0ms` is no time: write a number with a unit: `500ms`, `30s`, `5m`, `1h30m`, `14d` at character 3",
            ),
            (
                "H U@-5ms",
                "`-5ms` is not a duration: write a number with a unit: `500ms`, `30s`, `5m`, `1h30m`, `14d` at character 5",
            ),
            (
                "H@1.5s",
                "`1.5s` is not a duration: write a number with a unit: `500ms`, `30s`, `5m`, `1h30m`, `14d` at character 3",
            ),
            (
                "H@ U",
                "write a response time after `@`: write a number with a unit: `500ms`, `30s`, `5m`, `1h30m`, `14d` at character 3",
            ),
            ("H*200000", "more than 129600 outcomes at character 9"),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), expected, "{text}");
        }
        assert!(parse(&"(".repeat(100)).is_err());
    }

    #[test]
    fn a_group_without_an_outcome_is_refused() {
        for (text, position) in [("()", 2), ("H ( )*18446744073709551615", 5)] {
            let error = parse(text).unwrap_err().to_string();
            let expected = format!("write an outcome between `(` and `)` at character {position}");
            assert_eq!(error, expected, "{text}");
        }
    }
}
