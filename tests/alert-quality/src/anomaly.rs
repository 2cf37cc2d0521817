//! The rules about response times on three weeks of a service with a daily rhythm.

use allclear_core::rule::{BUILTIN_RULES, RuleState};
use anyhow::Result;
use serde::Serialize;

use crate::random::Random;
use crate::scenario::{About, DAY_S, Effect, Incident, Scenario, Service};
use crate::score::{Score, score};
use crate::{defaults, replay};

/// The days of a scenario. The incident is on the last one.
const N_DAYS: u32 = 21;

/// The result of one rule.
#[derive(Debug, Clone, Serialize)]
pub struct RuleRow {
    /// The rule.
    pub rule: &'static str,
    /// The interval of checks.
    pub interval_s: u32,
    /// The days without an incident, over all services.
    pub n_quiet_days: u32,
    /// The result.
    #[serde(flatten)]
    pub score: Score,
}

/// Runs the rules about response times alone on `n` services.
///
/// # Errors
///
/// Fails if a rule does not compile.
pub fn run(n: u32, interval_s: u32) -> Result<Vec<RuleRow>> {
    let is_chosen = |id: &str| matches!(id, "high_response_time" | "latency_anomaly");
    let mut rows = Vec::new();
    for builtin in BUILTIN_RULES.iter().filter(|one| is_chosen(one.id)) {
        let enabled =
            allclear_core::rule::BuiltinRule { default_state: RuleState::Enabled, ..*builtin };
        let rule = defaults::rule(&enabled)?;
        let mut total = Score::default();
        for seed in 0..n {
            let scenario = scenario(seed.into());
            let series = scenario.checked_every(interval_s);
            total.add(score(&series, replay::messages(&series, vec![rule.clone()])?));
        }
        let n_quiet_days = n * (N_DAYS - 1);
        rows.push(RuleRow { rule: builtin.id, interval_s, n_quiet_days, score: total });
    }
    Ok(rows)
}

/// Returns a service whose response time varies by up to 80 % over a day, and is five times as high for half an hour.
fn scenario(seed: u64) -> Scenario {
    let mut random = Random::new(1_000_000 + seed);
    let usual_ms = random.between(40.0, 900.0);
    let mut service = Service { rhythm: random.between(0.3, 0.8), ..Service::sound(usual_ms) };
    let from_s = (DAY_S * f64::from(N_DAYS - 1) + random.between(7_200.0, DAY_S - 7_200.0)).floor();
    let to_s = from_s + 1_800.0;
    service.suffer(from_s, to_s, Effect::Slow { factor: 5.0 });
    let incident = Incident { from_s, to_s, services: vec![0], about: About::Services };
    Scenario {
        class: "daily rhythm, three weeks",
        seed,
        length_s: DAY_S * f64::from(N_DAYS),
        services: vec![service],
        incidents: vec![incident],
        clock_jumps: Vec::new(),
    }
}
