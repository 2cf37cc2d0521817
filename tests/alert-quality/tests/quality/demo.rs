//! Sixteen scripted targets over twelve minutes at 10 s, and the messages under the default rules.

use allclear_alert_quality::defaults;
use allclear_alert_quality::message::{Message, MessageKind};
use allclear_alert_quality::replay::messages;
use allclear_alert_quality::scenario::{
    CheckResult, DAY_S, Scenario, Series, Service, whole_seconds,
};

/// The checks of twelve minutes.
const N_CHECKS: usize = 72;

/// The checks after them, in which all targets are well.
const N_AFTER: usize = 120;

/// Returns the checks of a target, from letters with the number of their repetitions: H healthy, U unhealthy, S slow.
fn script(parts: &[(&str, usize)]) -> Vec<char> {
    let mut letters: Vec<char> = parts
        .iter()
        .flat_map(|(letters, n)| letters.repeat(*n).chars().collect::<Vec<_>>())
        .collect();
    letters.resize(N_CHECKS + N_AFTER, 'H');
    letters
}

/// Returns the letters of all targets. The targets 6 to 9 depend on the target 5.
fn targets() -> Vec<Vec<char>> {
    let outage_at = |n_before| script(&[("H", n_before), ("U", 18)]);
    let mut targets = vec![
        outage_at(6),
        outage_at(20),
        outage_at(36),
        script(&[("H", 9), ("S", 1)]),
        script(&[("H", 12), ("U", 2)]),
        outage_at(48),
    ];
    targets.extend((0..4).map(|_| outage_at(48)));
    targets.push(script(&[("H", 30), ("UH", 15)]));
    targets.push(script(&[("H", 12), ("UHHH", 12)]));
    targets.extend((0..4).map(|_| script(&[])));
    targets
}

fn result(letter: char) -> CheckResult {
    match letter {
        'H' => CheckResult::Answered { ms: 100.0 },
        'S' => CheckResult::Answered { ms: 2_000.0 },
        'U' => CheckResult::Failed,
        other => panic!("no result `{other}`"),
    }
}

fn demo() -> Vec<Message> {
    let targets = targets();
    let service = |position: usize| Service {
        depends_on: (6..10).contains(&position).then_some(5),
        ..Service::sound(100.0)
    };
    let scenario = Scenario {
        class: "demo",
        seed: 0,
        length_s: DAY_S,
        services: (0..targets.len()).map(service).collect(),
        incidents: Vec::new(),
        clock_jumps: Vec::new(),
    };
    let checks = (0..N_CHECKS + N_AFTER)
        .map(|n| (n as f64 * 10.0, targets.iter().map(|letters| result(letters[n])).collect()));
    let series = Series { scenario: &scenario, interval_s: 10, checks: checks.collect() };
    messages(&series, defaults::rules().unwrap()).unwrap()
}

#[test]
fn each_trouble_of_the_demo_has_one_message_and_one_end() {
    let lines: Vec<String> = demo()
        .iter()
        .map(|message| {
            let kind = match message.kind {
                MessageKind::Begin => "firing",
                MessageKind::Update => "updated",
                MessageKind::End => "resolved",
            };
            let at_s = whole_seconds(message.at_s);
            format!("{:02}:{:02} {kind} {:?}", at_s / 60, at_s % 60, message.services)
        })
        .collect();
    assert_eq!(
        lines,
        [
            "01:30 firing [0]",
            "03:50 firing [1]",
            "04:10 resolved [0]",
            // One check in four fails from 02:00 to 10:00.
            "04:50 firing [11]",
            // One check in two fails from 05:00 to 10:00.
            "06:10 firing [10]",
            "06:30 resolved [1]",
            "07:10 firing [2]",
            "08:30 firing [5]",
            "09:10 resolved [2]",
            "11:10 resolved [5]",
            // The failures of both are frequent, so that five minutes, or five of their distances, end them.
            "14:20 resolved [11]",
            "14:40 resolved [10]"
        ]
    );
}
