//! A scenario: services with episodes of trouble over a day, and the incidents that must be noticed.

use std::f64::consts::TAU;

use crate::random::Random;

/// The seconds of a day.
pub const DAY_S: f64 = 86_400.0;

/// The share of single failed checks of a sound service, after the immediate second try of a failed check.
const FAILURE_NOISE: f64 = 0.001;

/// The share of single slow answers of a sound service.
const SLOW_NOISE: f64 = 0.005;

/// The deviation of the logarithm of response times.
const LATENCY_SIGMA: f64 = 0.15;

/// The trouble of a service during an episode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Effect {
    /// Every check fails.
    Down,
    /// Checks fail at random.
    Failing {
        /// The share of failed checks, 0 to 1.
        share: f64,
    },
    /// Every check fails in turns with every check succeeding.
    Flapping {
        /// The seconds in each of the two.
        turn_s: f64,
    },
    /// Answers take longer by this factor.
    Slow {
        /// The factor.
        factor: f64,
    },
    /// The network of the monitoring itself is out.
    NotMeasured,
}

/// A time of trouble of a service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Episode {
    /// The start, in seconds of the scenario.
    pub from_s: f64,
    /// The end.
    pub to_s: f64,
    /// The trouble.
    pub effect: Effect,
}

/// A service.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// The usual response time, which the config states as the expected one.
    pub usual_ms: f64,
    /// The amplitude of the daily rhythm of response times, as a share of the usual one.
    pub rhythm: f64,
    /// Its troubles.
    pub episodes: Vec<Episode>,
    /// The position of the service that it depends on.
    pub depends_on: Option<usize>,
}

/// The result of one check.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CheckResult {
    /// The service answered after this time.
    Answered {
        /// The response time.
        ms: f64,
    },
    /// The check failed.
    Failed,
    /// The network of the monitoring was out.
    NotMeasured,
}

/// The subject of a message, and of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Services.
    Services,
    /// The monitoring itself.
    Monitoring,
}

/// Trouble that must be noticed.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    /// Its start, in seconds of the scenario.
    pub from_s: f64,
    /// Its end.
    pub to_s: f64,
    /// The affected services, by position.
    pub services: Vec<usize>,
    /// Its subject.
    pub about: About,
}

/// A change of the wall clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClockJump {
    /// Its time, in seconds of the scenario.
    pub at_s: f64,
    /// The seconds by which the clock is ahead from then on.
    pub offset_s: i64,
}

/// Services over a day, and what must be noticed.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// The name of its class.
    pub class: &'static str,
    /// The seed of its checks.
    pub seed: u64,
    /// The length in seconds.
    pub length_s: f64,
    /// The services.
    pub services: Vec<Service>,
    /// The incidents, in the order of time.
    pub incidents: Vec<Incident>,
    /// The jumps of the clock, in the order of time.
    pub clock_jumps: Vec<ClockJump>,
}

/// The checks of a scenario at one interval.
pub struct Series<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The interval in seconds.
    pub interval_s: u32,
    /// For each check its time in seconds, and the result for each service.
    pub checks: Vec<(f64, Vec<CheckResult>)>,
}

/// Returns a time of a scenario in whole seconds.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "a scenario has some weeks")]
pub fn whole_seconds(seconds: f64) -> i64 {
    seconds.floor() as i64
}

impl Service {
    /// Creates a service without trouble.
    #[must_use]
    pub fn sound(usual_ms: f64) -> Self {
        Self { usual_ms, rhythm: 0.0, episodes: Vec::new(), depends_on: None }
    }

    /// Adds an episode.
    pub fn suffer(&mut self, from_s: f64, to_s: f64, effect: Effect) {
        self.episodes.push(Episode { from_s, to_s, effect });
    }

    /// Returns the result of a check at `at_s`.
    fn check(&self, at_s: f64, random: &mut Random) -> CheckResult {
        let mut slowness = 1.0 + self.rhythm * (TAU * at_s / DAY_S).sin();
        slowness *= random.factor(LATENCY_SIGMA);
        if random.chance(SLOW_NOISE) {
            slowness *= random.between(3.0, 8.0);
        }
        let mut has_failed = random.chance(FAILURE_NOISE);
        let mut is_measured = true;
        let is_now = |one: &&Episode| one.from_s <= at_s && at_s < one.to_s;
        for Episode { from_s, effect, .. } in self.episodes.iter().filter(is_now) {
            match effect {
                Effect::Down => has_failed = true,
                Effect::Failing { share } => has_failed |= random.chance(*share),
                Effect::Flapping { turn_s } => {
                    has_failed |= ((at_s - from_s) / turn_s).rem_euclid(2.0) < 1.0;
                }
                Effect::Slow { factor } => slowness *= factor,
                Effect::NotMeasured => is_measured = false,
            }
        }
        match (is_measured, has_failed) {
            (false, _) => CheckResult::NotMeasured,
            (true, true) => CheckResult::Failed,
            (true, false) => CheckResult::Answered { ms: self.usual_ms * slowness },
        }
    }
}

impl Scenario {
    /// Runs the checks of all services at this interval.
    #[must_use]
    pub fn checked_every(&self, interval_s: u32) -> Series<'_> {
        let mut random = Random::new(self.seed ^ u64::from(interval_s) << 48);
        let interval = f64::from(interval_s);
        let mut at_s = random.between(0.0, interval).floor();
        let mut checks = Vec::new();
        while at_s < self.length_s {
            let results = self.services.iter().map(|one| one.check(at_s, &mut random)).collect();
            checks.push((at_s, results));
            at_s += interval;
        }
        Series { scenario: self, interval_s, checks }
    }

    /// Returns the seconds by which the clock is ahead at `at_s`.
    #[must_use]
    pub fn clock_offset_s(&self, at_s: f64) -> i64 {
        let jumps = self.clock_jumps.iter().take_while(|jump| jump.at_s <= at_s);
        jumps.last().map_or(0, |jump| jump.offset_s)
    }
}
