//! The public facts about the providers of models.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::incident::{
    AutomaticIncident, EpisodeEndKind, IncidentEpisode, IncidentVisibility,
};
use allclear_core::monitor::{CheckSpec, Monitor};
use allclear_core::provider_status::{Level, ProviderStatus, ReportedPhase};
use allclear_core::rollup::{Period, Rollup, RollupRecord};
use allclear_core::state::MonitorState;
use allclear_core::status::{Fault, Status};
use allclear_engine::publish::{PageFacts, ProviderFacts, reduce};
use allclear_evaluate::ConfigIndex;
use allclear_status_site::snapshot::{
    ModelSpeed, ProviderReportTime, PublicIncidentPhase, PublicProvider, ReportComparison,
    ServiceState,
};
use allclear_status_site::{Snapshot, render};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::incidents::{ended, episode, incident};
use crate::reduction::{ago, config, each_minute, facts, known, monitor, now};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

fn llm(name: &str, params: Value) -> Monitor {
    Monitor { check: CheckSpec { kind: "llm".to_owned(), params }, ..monitor(name) }
}

fn openai(name: &str, model: &str) -> Monitor {
    llm(name, json!({ "provider": "openai", "model": model, "api_key": "secret:x" }))
}

fn page(config: &Config, mut facts: PageFacts, at: Timestamp) -> Snapshot {
    let index = ConfigIndex::new(Arc::new(config.clone())).unwrap();
    facts.providers = ProviderFacts::of(&index.with_kinds(allclear_probes::kinds()));
    reduce(config, &facts, &each_minute(), at)
}

fn only(snapshot: &Snapshot) -> &PublicProvider {
    let [provider] = snapshot.providers.as_slice() else { panic!("{:?}", snapshot.providers) };
    provider
}

/// Returns a state whose status page reports `level` since `minutes_ago`.
fn reporting(
    mut state: MonitorState,
    level: Level,
    (minutes_ago, lag_minutes): (u64, Option<i64>),
) -> MonitorState {
    state.provider_status = Some(ProviderStatus {
        level,
        since: ago(minutes_ago),
        seen_at: ago(1),
        headline: if level.is_trouble() { "Elevated errors".to_owned() } else { String::new() },
        phase: level.is_trouble().then_some(ReportedPhase::Identified),
        lag: lag_minutes.map(SignedDuration::from_mins),
    });
    state
}

fn healthy() -> MonitorState {
    known(Status::Healthy, None, ago(1))
}

fn down() -> MonitorState {
    known(Status::Unhealthy, Some(Fault::Target), ago(1))
}

fn rollup(first_token_ms: u64) -> Rollup {
    let mut rollup = Rollup::default();
    rollup.speed.first_token.add(Duration::from_millis(first_token_ms));
    rollup.speed.tokens_per_second.add_value(80.0);
    rollup
}

fn median_ms(speed: ModelSpeed) -> Option<u128> {
    speed.first_token.map(|times| (times.p50.as_millis() + 5) / 10 * 10)
}

#[test]
fn monitors_of_one_provider_are_one_provider_with_the_models_of_the_catalog() {
    let monitors = vec![
        openai("chat", "gpt-6-luna"),
        monitor("web"),
        openai("small", "gpt-unheard-of"),
        Monitor { public: false, ..openai("hidden", "gpt-hidden") },
    ];
    let snapshot =
        page(&config(monitors), facts(vec![("chat", healthy()), ("small", down())]), now());
    let provider = only(&snapshot);
    assert_eq!((provider.id.as_str(), provider.name.as_str()), ("openai", "OpenAI"));
    let measured: Vec<(&str, Option<&str>)> =
        provider.services.iter().map(|one| (one.service.as_str(), one.model.as_deref())).collect();
    assert_eq!(measured, [("chat", Some("gpt-6-luna")), ("small", Some("gpt-unheard-of"))]);
    assert_eq!(snapshot.provider_state(provider), ServiceState::Degraded, "one of two is down");
    let ids: Vec<&str> = provider.models.iter().map(|model| model.id.as_str()).collect();
    assert_eq!(ids[..2], ["gpt-6-luna", "gpt-unheard-of"], "the asked ones come first");
    assert!(ids.len() > 5 && !ids.contains(&"gpt-hidden"), "{ids:?}");
    assert_eq!(ids.iter().filter(|id| **id == "gpt-6-luna").count(), 1);
    assert!(provider.models[0].input_price.is_some() && provider.models[0].source.is_some());
    assert_eq!((provider.models[1].input_price, &provider.models[1].source), (None, &None));
}

#[test]
fn the_report_of_the_provider_is_compared_with_the_checks() {
    use ReportComparison::{Agree, MeasuredOnly, NotComparable, ReportedOnly};
    let own_fault = || known(Status::Unhealthy, Some(Fault::Credentials), ago(1));
    for (state, level, expected) in [
        (healthy(), Level::Operational, Agree),
        (down(), Level::Operational, MeasuredOnly),
        (healthy(), Level::Down, ReportedOnly),
        (down(), Level::Degraded, Agree),
        (own_fault(), Level::Down, NotComparable),
    ] {
        let states = vec![("chat", reporting(state, level, (20, None)))];
        let snapshot = page(&config(vec![openai("chat", "gpt-6-luna")]), facts(states), now());
        let provider = only(&snapshot);
        assert_eq!(snapshot.provider_comparison(provider), expected, "{level:?}");
        assert_eq!(provider.headline.is_some(), level.is_trouble());
        let phase = level.is_trouble().then_some(PublicIncidentPhase::Identified);
        assert_eq!(provider.phase, phase, "{level:?}");
    }
    let snapshot =
        page(&config(vec![openai("chat", "gpt-6-luna")]), facts(vec![("chat", down())]), now());
    assert_eq!(
        snapshot.provider_comparison(only(&snapshot)),
        NotComparable,
        "no status page was read"
    );
    assert_eq!(only(&snapshot).reported_status, None);
}

#[test]
fn only_the_delay_of_a_present_trouble_is_a_lead() {
    let config = config(vec![openai("chat", "gpt-6-luna"), openai("small", "gpt-4o-mini")]);
    let states = vec![
        ("chat", reporting(down(), Level::Down, (5, Some(6)))),
        ("small", reporting(healthy(), Level::Down, (5, Some(40)))),
    ];
    let snapshot = page(&config, facts(states), now());
    let lag = only(&snapshot).reported_status.unwrap().lag;
    assert_eq!(lag, Some(SignedDuration::from_mins(6)));
}

#[test]
fn a_server_of_the_operator_shows_its_speed_and_no_address() {
    let params = json!({ "provider": "openai", "model": "zq7-model", "api_key": "secret:x",
        "base_url": "https://zq7-gateway.internal/v1",
        "status_page": "https://zq7-status.internal/api/v2/summary.json" });
    let mut state = reporting(down(), Level::Down, (5, None));
    if let Some(status) = &mut state.provider_status {
        status.headline = "zq7-headline".to_owned();
    }
    state.open.hours.insert(now() - HOUR, rollup(300));
    let snapshot =
        page(&config(vec![llm("assistant", params)]), facts(vec![("assistant", state)]), now());
    let provider = only(&snapshot);
    assert_eq!((provider.id.as_str(), provider.name.as_str()), ("service-assistant", "ASSISTANT"));
    assert_eq!(median_ms(provider.services[0].speeds.hours_24), Some(300));
    assert_eq!(snapshot.provider_comparison(provider), ReportComparison::Agree);
    assert_eq!(provider.phase, None, "its page may be a private one");
    for file in render(&snapshot) {
        let text = String::from_utf8_lossy(&file.bytes).into_owned();
        assert!(!text.contains("zq7"), "{}", file.path);
        assert_ne!(file.path, "models.html", "no model is public");
    }
}

#[test]
fn speeds_are_of_the_periods_before_the_last_step() {
    let record = |period: Period, start: Timestamp, ms: u64| RollupRecord {
        monitor: monitor("chat").id,
        period,
        start,
        rollup: rollup(ms),
    };
    let today = Period::Day.start_of(now());
    let mut all = facts(vec![("chat", {
        let mut state = healthy();
        state.open.hours.insert(now() - HOUR, rollup(200));
        state.open.hours.insert(now(), rollup(9_000));
        state
    })]);
    all.history = Arc::new(
        [
            record(Period::Hour, now() - HOUR * 24, 100),
            record(Period::Hour, now() - HOUR * 25, 8_000),
            record(Period::Day, today - DAY * 6, 300),
            record(Period::Day, today - DAY * 7, 400),
            record(Period::Day, today - DAY * 89, 400),
            record(Period::Day, today - DAY * 90, 7_000),
        ]
        .into_iter()
        .collect(),
    );
    let config = config(vec![openai("chat", "gpt-6-luna")]);
    let speeds = |at| {
        let all = PageFacts {
            states: all.states.clone(),
            history: Arc::clone(&all.history),
            ..PageFacts::default()
        };
        only(&page(&config, all, at)).services[0].speeds
    };
    let at_noon = speeds(now());
    let slowest = |speed: ModelSpeed| speed.first_token.unwrap().p95.as_millis();
    assert_eq!(median_ms(at_noon.hours_24), Some(100), "of two, the lower one");
    assert!(slowest(at_noon.days_7) < 310 && slowest(at_noon.days_90) < 410, "{at_noon:?}");
    let rate = at_noon.days_7.tokens_per_second.unwrap().tokens_per_second();
    assert!((79.2..=80.8).contains(&rate), "{rate}");
    assert_eq!(speeds(now() + HOUR * 3), at_noon, "nothing changes before the next step");
    assert_ne!(speeds(now() + HOUR * 4), at_noon);
}

fn compared(minutes_ago: u64, confirmed_minutes_ago: Option<u64>) -> AutomaticIncident {
    incident(
        IncidentVisibility::Published,
        vec![IncidentEpisode {
            has_provider_page: true,
            provider_confirmed_at: confirmed_minutes_ago.map(ago),
            end: Some(ended(minutes_ago - 50, EpisodeEndKind::Recovered)),
            ..episode("chat", minutes_ago)
        }],
    )
}

#[test]
fn published_troubles_tell_when_the_provider_reported_them() {
    let mut all = facts(vec![("chat", healthy())]);
    let draft = AutomaticIncident { visibility: IncidentVisibility::Draft, ..compared(900, None) };
    let without_page = incident(IncidentVisibility::Published, vec![episode("chat", 60)]);
    all.incidents = vec![
        compared(300, Some(294)),
        compared(500, Some(499)),
        compared(700, None),
        draft,
        without_page,
    ];
    let snapshot = page(&config(vec![openai("chat", "gpt-6-luna")]), all, now());
    let reports: Vec<(Timestamp, ProviderReportTime)> =
        only(&snapshot).detections.iter().map(|one| (one.started_at, one.report)).collect();
    let six_minutes = SignedDuration::from_mins(6);
    assert_eq!(
        reports,
        [
            (ago(300), ProviderReportTime::After(six_minutes)),
            (ago(500), ProviderReportTime::Before),
            (ago(700), ProviderReportTime::Never),
        ]
    );
}
