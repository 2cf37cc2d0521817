//! A script: a sequence of behaviors of one endpoint.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer, StrDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::Behavior;

/// One behavior of a script and the time for which it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawStep", into = "RawStep")]
pub struct Step {
    /// The behavior of the endpoint.
    pub behavior: Behavior,
    /// The extent of the step.
    pub hold: StepEnd,
}

/// The extent of a step. The last step of a script always holds without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepEnd {
    /// Holds for this many requests.
    Requests(u64),
    /// Holds for this time, from the end of the step before it or from the script's start. The
    /// times of steps add up, whether requests arrive or not.
    Lasting(Duration),
    /// Holds without end.
    Forever,
}

impl Step {
    /// Returns a step for `n` requests.
    #[must_use]
    pub fn requests(behavior: Behavior, n: u64) -> Self {
        Self { behavior, hold: StepEnd::Requests(n) }
    }

    /// Returns a step for a duration.
    #[must_use]
    pub fn lasting(behavior: Behavior, duration: Duration) -> Self {
        Self { behavior, hold: StepEnd::Lasting(duration) }
    }

    /// Returns a step without end.
    #[must_use]
    pub fn forever(behavior: Behavior) -> Self {
        Self { behavior, hold: StepEnd::Forever }
    }
}

/// The behaviors of one endpoint in their order. An empty script acts as [`Behavior::Ok`].
///
/// In JSON it is one behavior, or an array of steps, each `{"behavior": …}` with `"requests"` or
/// `"duration_ms"`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Script(Vec<Step>);

impl From<Behavior> for Script {
    fn from(behavior: Behavior) -> Self {
        Self(vec![Step::forever(behavior)])
    }
}

impl From<Vec<Step>> for Script {
    fn from(steps: Vec<Step>) -> Self {
        Self(steps)
    }
}

impl<'de> Deserialize<'de> for Script {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Implemented by hand, because the error of an untagged enum names neither the cause nor
        // the position.
        deserializer.deserialize_any(ScriptVisitor)
    }
}

/// The execution of a script.
#[derive(Debug)]
pub(crate) struct Player {
    steps: Vec<(Arc<Behavior>, StepEnd)>,
    current: usize,
    /// The beginning of the current step.
    since: Duration,
    /// The number of requests in the current step, and the time of the last one.
    requests: u64,
    last_request: Duration,
}

impl Player {
    pub(crate) fn start(script: Script, now: Duration) -> Self {
        let steps = script.0.into_iter().map(|step| (Arc::new(step.behavior), step.hold)).collect();
        Self { steps, current: 0, since: now, requests: 0, last_request: now }
    }

    /// Takes one request. Returns its behavior, and its number within the step, from 1.
    pub(crate) fn next(&mut self, now: Duration) -> (Option<Arc<Behavior>>, u64) {
        while let Some(end) = self.end_of_step(now) {
            self.current += 1;
            self.requests = 0;
            self.since = end;
            self.last_request = end;
        }
        self.requests += 1;
        self.last_request = now;
        (self.steps.get(self.current).map(|(behavior, _)| Arc::clone(behavior)), self.requests)
    }

    /// Returns the end of the current step, if it has ended and another one follows.
    fn end_of_step(&self, now: Duration) -> Option<Duration> {
        if self.current + 1 >= self.steps.len() {
            return None;
        }
        match self.steps.get(self.current)?.1 {
            StepEnd::Requests(n) => (self.requests >= n).then_some(self.last_request),
            StepEnd::Lasting(duration) => {
                let end = self.since.saturating_add(duration);
                (now >= end).then_some(end)
            }
            StepEnd::Forever => None,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    behavior: Behavior,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    requests: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    duration_ms: Option<u64>,
}

impl TryFrom<RawStep> for Step {
    type Error = &'static str;

    fn try_from(raw: RawStep) -> Result<Self, &'static str> {
        let hold = match (raw.requests, raw.duration_ms) {
            (None, None) => StepEnd::Forever,
            (Some(n), None) => StepEnd::Requests(n),
            (None, Some(ms)) => StepEnd::Lasting(Duration::from_millis(ms)),
            (Some(_), Some(_)) => {
                return Err("a step has both `requests` and `duration_ms`: leave one out");
            }
        };
        Ok(Self { behavior: raw.behavior, hold })
    }
}

impl From<Step> for RawStep {
    fn from(step: Step) -> Self {
        let (requests, duration_ms) = match step.hold {
            StepEnd::Requests(n) => (Some(n), None),
            StepEnd::Lasting(duration) => {
                (None, Some(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
            }
            StepEnd::Forever => (None, None),
        };
        Self { behavior: step.behavior, requests, duration_ms }
    }
}

struct ScriptVisitor;

impl<'de> Visitor<'de> for ScriptVisitor {
    type Value = Script;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            "a behavior such as \"ok\" or {\"status\": {\"code\": 503}}, or an array of steps",
        )
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Script, E> {
        Behavior::deserialize(StrDeserializer::new(value)).map(Script::from)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Script, A::Error> {
        Behavior::deserialize(MapAccessDeserializer::new(map)).map(Script::from)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Script, A::Error> {
        let steps = Vec::<Step>::deserialize(SeqAccessDeserializer::new(seq))?;
        if steps.is_empty() {
            return Err(A::Error::custom("a script has no step: add at least one"));
        }
        Ok(Script(steps))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Player, Script, Step};
    use crate::Behavior;

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn played(player: &mut Player, ms: u64) -> Behavior {
        player.next(at(ms)).0.map(|behavior| (*behavior).clone()).unwrap_or_default()
    }

    #[test]
    fn steps_of_requests_follow_each_other_and_the_last_one_stays() {
        let steps = vec![
            Step::requests(Behavior::Reset, 2),
            Step::requests(Behavior::Hang, 1),
            Step::requests(Behavior::Close, 1),
        ];
        let mut player = Player::start(steps.into(), at(0));
        let seen: Vec<Behavior> = (0..5).map(|ms| played(&mut player, ms)).collect();
        assert_eq!(
            seen,
            [Behavior::Reset, Behavior::Reset, Behavior::Hang, Behavior::Close, Behavior::Close]
        );
    }

    #[test]
    fn times_add_up_from_the_start_even_without_requests() {
        let steps = vec![
            Step::lasting(Behavior::Reset, at(100)),
            Step::lasting(Behavior::Hang, at(100)),
            Step::lasting(Behavior::Close, at(100)),
            Step::forever(Behavior::Ok),
        ];
        let mut player = Player::start(steps.into(), at(1000));
        assert_eq!(played(&mut player, 1099), Behavior::Reset);
        assert_eq!(played(&mut player, 1200), Behavior::Close);
        assert_eq!(played(&mut player, 1299), Behavior::Close);
        assert_eq!(played(&mut player, 9999), Behavior::Ok);
    }

    #[test]
    fn a_time_after_requests_begins_with_the_last_of_them() {
        let steps = vec![
            Step::requests(Behavior::Reset, 1),
            Step::lasting(Behavior::Hang, at(100)),
            Step::forever(Behavior::Ok),
        ];
        let mut player = Player::start(steps.into(), at(0));
        assert_eq!(played(&mut player, 500), Behavior::Reset);
        assert_eq!(played(&mut player, 599), Behavior::Hang);
        assert_eq!(played(&mut player, 600), Behavior::Ok);
    }

    #[test]
    fn requests_are_numbered_from_the_beginning_of_their_step() {
        let steps = vec![Step::requests(Behavior::Reset, 2), Step::forever(Behavior::Hang)];
        let mut player = Player::start(steps.into(), at(0));
        let numbers: Vec<u64> = (0..4).map(|ms| player.next(at(ms)).1).collect();
        assert_eq!(numbers, [1, 2, 1, 2]);
    }

    #[test]
    fn script_is_read_from_a_name_an_object_or_an_array() {
        let read = |json: &str| serde_json::from_str::<Script>(json).unwrap();
        assert_eq!(read(r#""hang""#), Behavior::Hang.into());
        assert_eq!(read(r#"{"status": {"code": 503}}"#), Behavior::status(503).into());
        let steps = vec![
            Step::requests(Behavior::Reset.one_in(4), 8),
            Step::lasting(Behavior::Ok.after(at(20)), at(1000)),
            Step::forever(Behavior::Ok),
        ];
        let json = r#"[
            {"behavior": {"flap": {"every": 4, "fault": "reset"}}, "requests": 8},
            {"behavior": {"delay": {"ms": 20, "then": "ok"}}, "duration_ms": 1000},
            {"behavior": "ok"}
        ]"#;
        assert_eq!(read(json), steps.into());
    }

    #[test]
    fn script_is_written_as_it_is_read() {
        let script: Script =
            vec![Step::requests(Behavior::Garbage, 3), Step::forever(Behavior::Ok)].into();
        let json = serde_json::to_string(&script).unwrap();
        assert_eq!(json, r#"[{"behavior":"garbage","requests":3},{"behavior":"ok"}]"#);
        assert_eq!(serde_json::from_str::<Script>(&json).unwrap(), script);
    }

    #[test]
    fn errors_in_a_script_are_reported_with_their_position() {
        let error = |json: &str| serde_json::from_str::<Script>(json).unwrap_err().to_string();
        assert!(error("[]").contains("no step"), "{}", error("[]"));
        let both = error(r#"[{"behavior": "ok", "requests": 1, "duration_ms": 1}]"#);
        assert!(both.contains("leave one out"), "{both}");
        let unknown = error(r#"{"statuss": {"code": 503}}"#);
        assert!(unknown.contains("`statuss`") && unknown.contains("line 1"), "{unknown}");
        let number = error("7");
        assert!(number.contains("an array of steps"), "{number}");
    }
}
