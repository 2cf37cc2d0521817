//! The classes of scenarios, each of a day.

use crate::random::Random;
use crate::scenario::{
    About, ClockJump, DAY_S, Effect, Incident, Scenario, Service, whole_seconds,
};

/// Builds the services and incidents of a scenario.
type Build = fn(&mut Scenario, &mut Random);

/// All classes by name.
const CLASSES: [(&str, Build); 13] = [
    ("steady", |_, _| {}),
    ("one slow answer", one_slow_answer),
    ("daily rhythm", daily_rhythm),
    ("deploys of 20 s", deploys),
    ("25 % fail, 8 to 60 min", |scenario, random| failing(scenario, random, (0.25, 8.0, 60.0))),
    ("50 % fail, 5 to 30 min", |scenario, random| failing(scenario, random, (0.5, 5.0, 30.0))),
    ("flapping", flapping),
    ("own network out", own_network_out),
    ("provider slow", provider_slow),
    ("clock jumps", clock_jumps),
    ("outages, 3 to 10 min", |scenario, random| outages(scenario, random, (3.0, 10.0))),
    ("outages, 0.5 to 4 h", |scenario, random| outages(scenario, random, (30.0, 240.0))),
    ("dependency down", dependency_down),
];

/// Returns `n` scenarios, the same number of each class.
#[must_use]
pub fn scenarios(n: usize) -> Vec<Scenario> {
    CLASSES
        .iter()
        .cycle()
        .take(n)
        .zip(1..)
        .map(|((class, build), seed)| {
            let mut random = Random::new(seed);
            let services = (0..3).map(|_| Service::sound(random.between(40.0, 900.0))).collect();
            let mut scenario = Scenario {
                class,
                seed,
                length_s: DAY_S,
                services,
                incidents: Vec::new(),
                clock_jumps: Vec::new(),
            };
            build(&mut scenario, &mut random);
            scenario
        })
        .collect()
}

/// Returns `n` times, one in each part of the day, far enough from its ends for an incident of `length_s`.
fn times(n: u32, length_s: f64, random: &mut Random) -> Vec<f64> {
    let part = (DAY_S - 7_200.0) / f64::from(n);
    let free = (part - length_s - 3_600.0).max(0.0);
    (0..n).map(|k| (3_600.0 + f64::from(k) * part + random.between(0.0, free)).floor()).collect()
}

fn minutes(random: &mut Random, from: f64, to: f64) -> f64 {
    (random.between(from, to) * 60.0).ceil()
}

impl Scenario {
    /// Adds an episode to the first service, as an incident.
    fn trouble(&mut self, from_s: f64, to_s: f64, effect: Effect) {
        if let Some(first) = self.services.first_mut() {
            first.suffer(from_s, to_s, effect);
        }
        let (services, about) = (vec![0], About::Services);
        self.incidents.push(Incident { from_s, to_s, services, about });
    }
}

fn one_slow_answer(scenario: &mut Scenario, random: &mut Random) {
    for from_s in times(3, 0.0, random) {
        for service in &mut scenario.services {
            service.suffer(from_s, from_s + 10.0, Effect::Slow { factor: 20.0 });
        }
    }
}

fn daily_rhythm(scenario: &mut Scenario, random: &mut Random) {
    for service in &mut scenario.services {
        service.rhythm = random.between(0.2, 0.6);
    }
}

fn deploys(scenario: &mut Scenario, random: &mut Random) {
    for from_s in times(8, 0.0, random) {
        if let Some(first) = scenario.services.first_mut() {
            first.suffer(from_s, from_s + 20.0, Effect::Down);
        }
    }
}

fn failing(scenario: &mut Scenario, random: &mut Random, (share, from, to): (f64, f64, f64)) {
    for from_s in times(3, to * 60.0, random) {
        let length_s = minutes(random, from, to);
        scenario.trouble(from_s, from_s + length_s, Effect::Failing { share });
    }
}

fn flapping(scenario: &mut Scenario, random: &mut Random) {
    for from_s in times(2, 3_600.0, random) {
        let (length_s, turn_s) = (minutes(random, 20.0, 60.0), minutes(random, 1.0, 3.0));
        scenario.trouble(from_s, from_s + length_s, Effect::Flapping { turn_s });
    }
}

fn own_network_out(scenario: &mut Scenario, random: &mut Random) {
    for from_s in times(2, 1_800.0, random) {
        let to_s = from_s + minutes(random, 5.0, 30.0);
        for service in &mut scenario.services {
            service.suffer(from_s, to_s, Effect::NotMeasured);
        }
        let services = (0..scenario.services.len()).collect();
        let about = About::Monitoring;
        scenario.incidents.push(Incident { from_s, to_s, services, about });
    }
}

fn provider_slow(scenario: &mut Scenario, random: &mut Random) {
    for from_s in times(2, 3_600.0, random) {
        let to_s = from_s + minutes(random, 20.0, 60.0);
        let factor = random.between(3.0, 6.0);
        scenario.trouble(from_s, to_s, Effect::Slow { factor });
        if let Some(first) = scenario.services.first_mut() {
            first.suffer(from_s, to_s, Effect::Failing { share: 0.02 });
        }
    }
}

fn clock_jumps(scenario: &mut Scenario, random: &mut Random) {
    let ahead = whole_seconds(random.between(300.0, 1_800.0));
    let back = whole_seconds(random.between(1_800.0, 7_200.0));
    scenario.clock_jumps = vec![
        ClockJump { at_s: 20_000.0, offset_s: ahead },
        ClockJump { at_s: 50_000.0, offset_s: ahead - back },
    ];
    for from_s in [35_000.0, 60_000.0] {
        let length_s = minutes(random, 5.0, 20.0);
        scenario.trouble(from_s, from_s + length_s, Effect::Down);
    }
}

fn outages(scenario: &mut Scenario, random: &mut Random, (from, to): (f64, f64)) {
    for from_s in times(3, to * 60.0, random) {
        let length_s = minutes(random, from, to);
        scenario.trouble(from_s, from_s + length_s, Effect::Down);
    }
}

fn dependency_down(scenario: &mut Scenario, random: &mut Random) {
    scenario.services.truncate(1);
    for _ in 0..4 {
        let usual_ms = random.between(40.0, 900.0);
        scenario.services.push(Service { depends_on: Some(0), ..Service::sound(usual_ms) });
    }
    for from_s in times(3, 3_600.0, random) {
        let to_s = from_s + minutes(random, 3.0, 60.0);
        for service in &mut scenario.services {
            // The children recover up to 20 s later.
            let lag = if service.depends_on.is_some() { random.between(0.0, 20.0) } else { 0.0 };
            service.suffer(from_s, to_s + lag, Effect::Down);
        }
        let services = (0..scenario.services.len()).collect();
        let about = About::Services;
        scenario.incidents.push(Incident { from_s, to_s, services, about });
    }
}
