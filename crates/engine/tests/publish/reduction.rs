//! The public data that is derived from private facts.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::{Config, Page, PageGroup, Settings};
use allclear_core::id::{MaintenanceId, MonitorId};
use allclear_core::monitor::{CheckSpec, Monitor};
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use allclear_core::region_state::PartialFailure;
use allclear_core::rollup::{Period, Rollup, RollupRecord, Tally};
use allclear_core::rule::RuleScope;
use allclear_core::state::{Impairment, LastOutcome, MonitorState, ShardState};
use allclear_core::status::{Fault, Status};
use allclear_core::window::{
    Maintenance, OpeningDays, OpeningHours, WeekDay, WindowEnd, WindowSchedule,
};
use allclear_engine::publish::{Href, PageFacts, PublishOptions, reduce, reduce_next, stale_after};
use allclear_status_site::Snapshot;
use allclear_status_site::snapshot::{
    FailingRegions, LatencyPoint, MaintenancePhase, PublicService, ServiceState,
};

/// Returns the circumstances of a page that is published each minute.
pub(crate) fn each_minute() -> PublishOptions {
    let address = Href::parse("http://127.0.0.1:8080/").unwrap();
    PublishOptions { every: Duration::from_mins(1), address }
}

const SECRET: &str = "sk-very-secret-key";

pub(crate) fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

pub(crate) fn ago(minutes: u64) -> Timestamp {
    now() - Duration::from_mins(minutes)
}

pub(crate) fn id(text: &str) -> MonitorId {
    MonitorId::new(text).unwrap()
}

pub(crate) fn monitor(name: &str) -> Monitor {
    let url = format!("https://internal.example/{SECRET}");
    let check = CheckSpec { kind: "http".to_owned(), params: serde_json::json!({ "url": url }) };
    Monitor {
        name: name.to_uppercase(),
        group: Some("Shop".to_owned()),
        ..Monitor::new(id(name), check)
    }
}

pub(crate) fn config(monitors: Vec<Monitor>) -> Config {
    Config {
        page: Page {
            url: Some("https://status.acme.example".to_owned()),
            ..Page::titled("Acme status")
        },
        settings: Settings::default(),
        monitors,
        rules: Vec::new(),
        channels: Vec::new(),
        maintenances: Vec::new(),
        silences: Vec::new(),
        summaries: Vec::new(),
        actions: Vec::new(),
        notifications: allclear_core::notification_settings::NotificationSettings::default(),
        routing: None,
        watchdog: None,
    }
}

fn cause(fault: Fault) -> Cause {
    Cause::new(fault, Reason::HttpStatus, format!("the key {SECRET} was refused"))
}

pub(crate) fn known(status: Status, fault: Option<Fault>, last_at: Timestamp) -> MonitorState {
    MonitorState {
        status,
        cause: fault.map(cause),
        last: Some(LastOutcome {
            at: last_at,
            status,
            cause: fault.map(cause),
            latency: None,
            repeats_fault: false,
        }),
        ..MonitorState::unmeasured(ago(60))
    }
}

pub(crate) fn facts(states: Vec<(&str, MonitorState)>) -> PageFacts {
    let monitors = states.into_iter().map(|(name, state)| (id(name), state)).collect();
    PageFacts {
        states: vec![ShardState { monitors, ..ShardState::default() }],
        ..PageFacts::default()
    }
}

fn only_service(snapshot: &Snapshot) -> PublicService {
    snapshot.services().next().unwrap().clone()
}

fn state_of(status: Status, fault: Option<Fault>) -> ServiceState {
    let facts = facts(vec![("api", known(status, fault, ago(1)))]);
    only_service(&reduce(&config(vec![monitor("api")]), &facts, &each_minute(), now())).state
}

/// Returns maintenance of everything from `start` to `end`, in minutes from now.
pub(crate) fn window(start: i64, end: i64) -> Maintenance {
    let at = |minutes| now() + jiff::SignedDuration::from_mins(minutes);
    Maintenance {
        id: MaintenanceId::new("soon").unwrap(),
        title: "Soon".to_owned(),
        description: None,
        scope: RuleScope::default(),
        schedule: WindowSchedule::Once { start: at(start), end: at(end) },
        ended_at: None,
    }
}

#[test]
fn the_page_is_rendered_ahead_for_maintenance_before_the_next_publication() {
    let facts = facts(vec![("api", known(Status::Healthy, None, ago(1)))]);
    let of = |start, end| {
        let config =
            Config { maintenances: vec![window(start, end)], ..config(vec![monitor("api")]) };
        let present = reduce(&config, &facts, &each_minute(), now());
        (present, reduce_next(&config, &facts, &each_minute(), now()))
    };
    for (start, end, change, state_then) in
        [(3, 60, 3, ServiceState::Maintenance), (-60, 2, 2, ServiceState::Operational)]
    {
        let (present, next) = of(start, end);
        let next = next.unwrap();
        let change = now() + Duration::from_mins(change);
        assert_eq!(present.next_change_at, Some(change));
        assert_eq!(present.generated_at, now());
        assert_eq!((next.generated_at, next.next_change_at), (change, None));
        assert_ne!(only_service(&present).state, state_then);
        assert_eq!(only_service(&next).state, state_then);
        assert_eq!(next.last_checked_at, present.last_checked_at);
    }
    for (start, end, is_recent) in
        [(4, 60, false), (-60, 4, false), (-60, 0, true), (-60, -1, true), (-60, -2, false)]
    {
        let (present, next) = of(start, end);
        let next = next.map(|next| next.generated_at);
        let expected = (None, is_recent.then_some(now()));
        assert_eq!((present.next_change_at, next), expected, "{start} to {end}");
    }
}

#[test]
fn a_service_whose_data_is_recent_now_is_not_unknown_on_the_page_ahead() {
    let config = Config { maintenances: vec![window(-60, 6)], ..config(vec![monitor("api")]) };
    let options = PublishOptions { every: Duration::from_mins(5), ..each_minute() };
    let facts = facts(vec![("api", known(Status::Unhealthy, Some(Fault::Target), ago(1)))]);
    let next = reduce_next(&config, &facts, &options, now()).unwrap();
    assert_eq!(next.state_of(&only_service(&next)), ServiceState::Outage);
}

#[test]
fn the_response_time_of_a_measured_service_is_public() {
    let response_time = |status, fault| {
        let mut state = known(status, fault, ago(1));
        if let Some(last) = &mut state.last {
            last.latency = Some(Duration::from_millis(120));
        }
        let facts = facts(vec![("api", state)]);
        let config = config(vec![monitor("api")]);
        only_service(&reduce(&config, &facts, &each_minute(), now())).response_time
    };
    let measured = Some(Duration::from_millis(120));
    assert_eq!(response_time(Status::Healthy, None), measured);
    assert_eq!(response_time(Status::Unhealthy, Some(Fault::Target)), measured);
    assert_eq!(response_time(Status::Unhealthy, Some(Fault::Credentials)), None);
    assert_eq!(response_time(Status::Unknown, Some(Fault::Monitor)), None);
}

#[test]
fn an_own_fault_is_not_an_outage_on_the_page() {
    for fault in [Fault::Credentials, Fault::Quota, Fault::Request, Fault::Monitor] {
        for status in [Status::Degraded, Status::Unhealthy, Status::Unknown] {
            assert_eq!(state_of(status, Some(fault)), ServiceState::NoData, "{status} by {fault}");
        }
    }
    assert_eq!(state_of(Status::Unhealthy, Some(Fault::Target)), ServiceState::Outage);
    assert_eq!(state_of(Status::Unhealthy, Some(Fault::Throttled)), ServiceState::Degraded);
    assert_eq!(state_of(Status::Degraded, Some(Fault::Target)), ServiceState::Degraded);
    assert_eq!(state_of(Status::Healthy, None), ServiceState::Operational);
}

#[test]
fn a_failure_in_some_regions_is_degraded_with_their_number() {
    let service = |fault: Fault| {
        let cause = Cause::new(fault, Reason::SomeRegions, "1 of 3 regions: eu: status 503");
        let state = MonitorState {
            cause: Some(cause),
            partial: Some(PartialFailure { failing: 1, of: 3 }),
            ..known(Status::Degraded, Some(fault), ago(1))
        };
        let facts = facts(vec![("api", state)]);
        only_service(&reduce(&config(vec![monitor("api")]), &facts, &each_minute(), now()))
    };
    let degraded = service(Fault::Target);
    assert_eq!(degraded.state, ServiceState::Degraded);
    assert_eq!(degraded.failing_regions, Some(FailingRegions { failing: 1, of: 3 }));
    let refused = service(Fault::Credentials);
    assert_eq!(refused.state, ServiceState::Operational, "the other regions measure the service");
    assert_eq!(refused.failing_regions, None);
}

#[test]
fn stale_or_missing_measurements_are_no_data() {
    let monitors = || vec![monitor("api"), monitor("web"), monitor("new"), monitor("ahead")];
    let future = now() + Duration::from_hours(24);
    let facts = facts(vec![
        ("api", known(Status::Healthy, None, ago(1))),
        ("web", known(Status::Healthy, None, ago(30))),
        ("ahead", known(Status::Healthy, None, future)),
    ]);
    let snapshot = reduce(&config(monitors()), &facts, &each_minute(), now());
    let states: Vec<ServiceState> = snapshot.services().map(|service| service.state).collect();
    assert_eq!(
        states,
        [
            ServiceState::Operational,
            ServiceState::NoData,
            ServiceState::NoData,
            ServiceState::NoData
        ]
    );
    assert_eq!(snapshot.last_checked_at, Some(ago(1)));
}

#[test]
fn a_day_is_the_stored_rollup_plus_open_hours() {
    let tally = |healthy_s, unhealthy_s| Rollup {
        tally: Tally { healthy_s, unhealthy_s, ..Tally::default() },
        ..Rollup::default()
    };
    let (today, yesterday) = (Period::Day.start_of(now()), Period::Day.start_of(ago(24 * 60)));
    let mut known = known(Status::Healthy, None, ago(1));
    known.open.days.insert(today, tally(3_000, 60));
    known.open.hours.insert(Period::Hour.start_of(now()), tally(600, 0));
    let mut facts = facts(vec![("api", known)]);
    let record =
        |start, rollup| RollupRecord { monitor: id("api"), period: Period::Day, start, rollup };
    // The stored record of today lags behind the open one.
    facts.history = Arc::new(
        [record(yesterday, tally(86_000, 400)), record(today, tally(1, 0))].into_iter().collect(),
    );
    let service =
        only_service(&reduce(&config(vec![monitor("api")]), &facts, &each_minute(), now()));
    let days: Vec<_> = service.days.iter().collect();
    let (yesterday, today) = (days[88], days[89]);
    assert_eq!((yesterday.state, yesterday.outage_seconds), (ServiceState::Outage, 400));
    assert_eq!((today.state, today.outage_seconds), (ServiceState::Degraded, 60));
    assert_eq!(service.uptime().basis_points(), Some(9_948));
    assert_eq!(days[87].state, ServiceState::NoData);
}

#[test]
fn the_history_of_a_service_is_made_of_stored_and_open_periods() {
    let rollup = |healthy_s, unhealthy_s, latency_ms| {
        let tally = Tally { healthy_s, unhealthy_s, ..Tally::default() };
        let mut rollup = Rollup { tally, ..Rollup::default() };
        rollup.latency.add(Duration::from_millis(latency_ms));
        rollup
    };
    let (hour, today) = (Period::Hour.start_of(now()), Period::Day.start_of(now()));
    let hours_ago = |n: u64| hour - Duration::from_hours(n);
    let days_ago = |n: u64| today - Duration::from_hours(24 * n);
    let mut known = known(Status::Healthy, None, ago(1));
    known.open.days.insert(today, rollup(3_000, 0, 50));
    known.open.hours.insert(hour, rollup(60, 0, 900));
    // The stored record of this hour lags behind the open one.
    known.open.hours.insert(hours_ago(1), rollup(3_600, 0, 25));
    let record = |period, start, rollup| RollupRecord { monitor: id("api"), period, start, rollup };
    let mut facts = facts(vec![("api", known)]);
    facts.history = Arc::new(
        [
            record(Period::Hour, hours_ago(1), rollup(1_800, 0, 700)),
            record(Period::Hour, hours_ago(2), rollup(3_600, 0, 15)),
            record(Period::Hour, hours_ago(24), rollup(2_700, 900, 15)),
            record(Period::Hour, hours_ago(25), rollup(0, 3_600, 15)),
            record(Period::Hour, hours_ago(24 * 7 + 1), rollup(3_600, 0, 10)),
            record(Period::Day, days_ago(1), rollup(86_400, 0, 35)),
            record(Period::Day, days_ago(6), rollup(43_200, 43_200, 45)),
            record(Period::Day, days_ago(89), rollup(86_400, 0, 65)),
            record(Period::Day, days_ago(200), rollup(0, 86_400, 70)),
        ]
        .into_iter()
        .collect(),
    );
    let snapshot = reduce(&config(vec![monitor("api")]), &facts, &each_minute(), now());
    let history = &only_service(&snapshot).history;
    let uptimes = [
        history.uptimes.hours_24,
        history.uptimes.days_7,
        history.uptimes.days_30,
        history.uptimes.days_90,
        history.uptimes.days_365,
    ];
    // 15 min of the 3 measured hours of 24 down; half a day of 2 days and the 6,660 s of today.
    let shown = uptimes.map(|uptime| uptime.basis_points().unwrap());
    assert_eq!(shown, [9_166, 7_592, 7_592, 8_375, 6_320]);
    let medians = |points: &[LatencyPoint]| -> Vec<(Timestamp, u128)> {
        points.iter().map(|point| (point.start, point.latency.p50.as_millis() / 10 * 10)).collect()
    };
    assert_eq!(
        medians(&history.hours),
        [(hours_ago(25), 10), (hours_ago(24), 10), (hours_ago(2), 10), (hours_ago(1), 20)]
    );
    let days = [(days_ago(89), 60), (days_ago(6), 40), (days_ago(1), 30)];
    assert_eq!(medians(&history.days), days);
}

#[test]
fn a_window_is_announced_shown_while_it_is_open_and_listed_as_completed() {
    let mut config = config(vec![monitor("api"), monitor("web")]);
    let window = |name: &str, start, end| Maintenance {
        id: MaintenanceId::new(name).unwrap(),
        title: "Upgrade".to_owned(),
        description: None,
        scope: RuleScope { monitors: vec![id("api")], ..RuleScope::default() },
        schedule: WindowSchedule::Once { start, end },
        ended_at: None,
    };
    let later = |minutes| now() + Duration::from_mins(minutes);
    config.maintenances = vec![
        window("open", ago(5), later(5)),
        window("soon", later(60), later(120)),
        window("over", ago(50), ago(40)),
        window("far", later(60 * 24 * 30), later(60 * 24 * 31)),
    ];
    let facts = facts(vec![("api", known(Status::Unhealthy, Some(Fault::Target), ago(1)))]);
    let snapshot = reduce(&config, &facts, &each_minute(), now());
    assert_eq!(only_service(&snapshot).state, ServiceState::Maintenance);
    let shown: Vec<&str> =
        snapshot.maintenances.iter().map(|one| one.id.split('-').next().unwrap()).collect();
    assert_eq!(shown, ["open", "soon", "over"]);
    for window in &snapshot.maintenances {
        assert!(window.announced_at <= now(), "{window:?}");
    }
    assert_eq!(snapshot.maintenances[0].affected, ["api"]);
    let phases: Vec<MaintenancePhase> =
        snapshot.maintenances.iter().map(|one| one.phase(now())).collect();
    assert_eq!(
        phases,
        [MaintenancePhase::Active, MaintenancePhase::Announced, MaintenancePhase::Completed]
    );
}

#[test]
fn a_past_opening_of_a_repeated_window_is_listed_if_maintenance_was_counted_then() {
    let nightly = WindowSchedule::Repeated {
        days: OpeningDays::Weekly(WeekDay::ALL.to_vec()),
        hours: OpeningHours {
            from: "02:00".parse().unwrap(),
            to: WindowEnd::After(Duration::from_hours(1)),
        },
        time_zone: "UTC".to_owned(),
    };
    let mut config = config(vec![monitor("api")]);
    config.maintenances = vec![Maintenance {
        id: MaintenanceId::new("nightly").unwrap(),
        title: "Backup".to_owned(),
        description: None,
        scope: RuleScope::default(),
        schedule: nightly,
        ended_at: None,
    }];
    let mut facts = facts(vec![("api", known(Status::Healthy, None, ago(1)))]);
    let yesterday: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
    let tally = Tally { healthy_s: 80_000, maintenance_s: 3600, ..Tally::default() };
    let rollup = Rollup { tally, ..Rollup::default() };
    let record = RollupRecord { monitor: id("api"), period: Period::Day, start: yesterday, rollup };
    facts.history = Arc::new([record].into_iter().collect());
    let snapshot = reduce(&config, &facts, &each_minute(), now());
    let completed: Vec<String> = snapshot
        .maintenances
        .iter()
        .filter(|one| one.phase(now()) == MaintenancePhase::Completed)
        .map(|one| one.starts_at.to_string())
        .collect();
    assert_eq!(completed, ["2026-11-20T02:00:00Z"], "not the nights before it was configured");
}

#[test]
fn the_page_has_an_id_and_an_address_of_its_own() {
    let page = |url: Option<&str>, title: &str| {
        let mut config = config(vec![monitor("api")]);
        config.page = Page { url: url.map(str::to_owned), ..Page::titled(title) };
        reduce(&config, &PageFacts::default(), &each_minute(), now()).page
    };
    let acme = page(Some("https://status.acme.example"), "Acme");
    assert_eq!(acme.url.as_str(), "https://status.acme.example");
    assert_eq!(acme.id.len(), 12);
    assert_eq!(page(Some("https://status.acme.example"), "Acme Ltd.").id, acme.id);
    let local = page(None, "Acme");
    assert_eq!(local.url.as_str(), "http://127.0.0.1:8080/", "the address at which it is served");
    let ids =
        [acme.id, local.id, page(None, "Other").id, page(Some("https://b.example"), "Acme").id];
    assert_eq!(ids.iter().collect::<std::collections::HashSet<_>>().len(), ids.len(), "{ids:?}");
}

#[test]
fn a_group_keeps_its_id_when_another_one_comes_first() {
    let grouped =
        |name: &str, group: &str| Monitor { group: Some(group.to_owned()), ..monitor(name) };
    let ids = |monitors: Vec<Monitor>| {
        let mut config = config(monitors);
        let payments = PageGroup {
            name: "Payments".to_owned(),
            id: Some("billing".parse().unwrap()),
            folding: None,
        };
        config.page.groups = vec![payments];
        let snapshot = reduce(&config, &PageFacts::default(), &each_minute(), now());
        snapshot.groups.into_iter().map(|group| group.id).collect::<Vec<_>>()
    };
    let (shop, pay) = (grouped("shop", "Web Shop"), grouped("pay", "Payments"));
    assert_eq!(ids(vec![shop.clone(), pay.clone()]), ["web-shop", "billing"]);
    let new = grouped("api", "API");
    assert_eq!(
        ids(vec![new, pay, Monitor { group: None, ..monitor("alone") }, shop]),
        ["api", "billing", "", "web-shop"]
    );
}

#[test]
fn a_private_monitor_does_not_make_the_page_stale() {
    let mut hidden = monitor("hidden");
    hidden.public = false;
    hidden.interval = Duration::from_secs(10);
    let mut slow = monitor("slow");
    slow.interval = Duration::from_hours(1);
    let config = config(vec![hidden, slow]);
    assert_eq!(stale_after(&config, Duration::ZERO), Duration::from_hours(3));
    let page_every = Duration::from_mins(5);
    assert_eq!(stale_after(&config, page_every), Duration::from_hours(3) + page_every);
}

#[test]
fn impaired_monitoring_is_shown_and_is_not_an_outage() {
    let mut facts = facts(vec![("api", known(Status::Unknown, Some(Fault::Monitor), ago(1)))]);
    facts.states[0].impairment = Impairment { since: Some(ago(3)), alert: None };
    let snapshot = reduce(&config(vec![monitor("api")]), &facts, &each_minute(), now());
    assert!(snapshot.monitoring_impaired);
    assert_eq!(only_service(&snapshot).state, ServiceState::NoData);
    assert!(snapshot.incidents.is_empty());
}
