//! The answer, as a table: the facts on the left, the sentence on the right.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use allclear_status_site::{
    Language, OverallStatus, Snapshot,
    snapshot::{
        Href, PageIdentity, PublicIncident, PublicIncidentImpact, PublicMaintenance, PublicService,
        ServiceGroup, ServiceHistory,
        ServiceState::{self, Degraded, Maintenance as Maintained, NoData, Operational, Outage},
        Uptime, UptimeDay, UptimeDays,
    },
};
use jiff::{SignedDuration, Timestamp, civil::date};

const NOW: Timestamp = Timestamp::constant(1_773_144_000, 0);
const NAMES: [&str; 4] = ["Checkout", "API", "Search", "Login"];

fn snapshot(states: &[ServiceState]) -> Snapshot {
    let service = |(state, name): (&ServiceState, &str)| PublicService {
        id: name.to_lowercase(),
        name: name.into(),
        state: *state,
        since: None,
        days: UptimeDays::ending(date(2026, 3, 10), []),
        history: ServiceHistory::NONE,
        failing_regions: None,
        response_time: None,
        reported_status: None,
    };
    let services = states.iter().zip(NAMES).map(service).collect();
    Snapshot {
        page: PageIdentity::new("acme", "Acme", Href::parse("https://acme.example").unwrap()),
        generated_at: NOW,
        last_checked_at: Some(NOW),
        stale_after: SignedDuration::from_mins(15),
        monitoring_impaired: false,
        providers: Vec::new(),
        groups: vec![ServiceGroup::unnamed(services)],
        incidents: vec![],
        months: vec![],
        maintenances: vec![],
        withdrawn: vec![],
        next_change_at: None,
    }
}

fn incident(affected: &[&str], impact: PublicIncidentImpact) -> PublicIncident {
    PublicIncident {
        id: affected.concat(),
        title: "Trouble".into(),
        affected: affected.iter().map(ToString::to_string).collect(),
        impact,
        started_at: NOW,
        resolved_at: None,
        next_update_at: None,
        updates: vec![],
    }
}

fn answer(snapshot: &Snapshot) -> (String, ServiceState) {
    let answer = OverallStatus::of(snapshot, Language::English);
    (answer.headline.to_string(), answer.state)
}

fn ago(minutes: i64) -> Option<Timestamp> {
    NOW.checked_sub(SignedDuration::from_mins(minutes)).ok()
}

#[test]
fn the_sentence_names_one_service_and_counts_several() {
    let table: [(&[ServiceState], &str, ServiceState); 14] = [
        (&[Operational, Operational], "All systems operational", Operational),
        (&[Outage, Operational], "Checkout is down", Outage),
        (&[Outage], "Checkout is down", Outage),
        (&[Operational, Degraded], "API is slow or failing in part", Degraded),
        (&[Outage, Degraded, Operational], "2 of 3 services have problems", Outage),
        (&[Degraded, Degraded, Operational], "2 of 3 services have problems", Degraded),
        (&[Degraded, Degraded], "2 of 2 services have problems", Degraded),
        (&[Outage, Outage, Outage], "All 3 services are down", Outage),
        (&[Outage, NoData, Maintained], "Checkout is down", Outage),
        (&[NoData, Operational, Maintained], "No data for Checkout", NoData),
        (&[NoData, NoData, Operational], "No data for 2 of 3 services", NoData),
        (&[NoData, NoData], "Status unknown: no status has been confirmed yet", NoData),
        (&[Operational, Maintained], "API is under maintenance", Maintained),
        (&[Maintained, Maintained], "2 of 2 services are under maintenance", Maintained),
    ];
    for (states, sentence, state) in table {
        assert_eq!(answer(&snapshot(states)), (sentence.to_owned(), state), "{states:?}");
    }
}

#[test]
fn stale_services_are_reported_without_data() {
    let mut known = snapshot(&[NoData]);
    let day = UptimeDay {
        date: date(2026, 3, 9),
        state: Operational,
        uptime: Uptime::new(100, 100),
        outage_seconds: 0,
        degraded_seconds: 0,
    };
    known.groups[0].services[0].days = UptimeDays::ending(date(2026, 3, 10), [day]);
    assert_eq!(answer(&known), ("Status unknown: no service has data".to_owned(), NoData));
}

#[test]
fn all_systems_are_operational_only_if_every_service_was_measured_and_is() {
    let all = [Operational, Degraded, Outage, Maintained, NoData];
    for (one, two) in all.iter().flat_map(|one| all.iter().map(move |two| (*one, *two))) {
        let (sentence, state) = answer(&snapshot(&[one, two]));
        let well = one == Operational && two == Operational;
        assert_eq!(sentence == "All systems operational", well, "{one:?}, {two:?}");
        assert_eq!(state == Operational, well, "{one:?}, {two:?}");
    }
}

#[test]
fn stale_or_missing_data_is_reported_as_unknown_in_every_state() {
    let mut fresh = snapshot(&[Operational, Outage]);
    fresh.last_checked_at = ago(15);
    assert_eq!(answer(&fresh).0, "API is down");

    for (last_checked_at, sentence) in [
        (ago(16), "Status unknown: the data is 16 minutes old"),
        (ago(60), "Status unknown: the data is 1 hour old"),
        (ago(60 * 24 - 1), "Status unknown: the data is 23 hours old"),
        (ago(60 * 48), "Status unknown: the data is 2 days old"),
        (None, "Status unknown: nothing has been measured yet"),
    ] {
        let stale = Snapshot { last_checked_at, ..snapshot(&[Operational, Outage]) };
        assert_eq!(answer(&stale), (sentence.to_owned(), NoData));
    }
    let empty = snapshot(&[]);
    assert_eq!(answer(&empty), ("Status unknown: no services are watched".to_owned(), NoData));
}

#[test]
fn one_minute_is_written_in_the_singular() {
    let mut stale = snapshot(&[Operational]);
    stale.stale_after = SignedDuration::from_secs(30);
    stale.last_checked_at = ago(1);
    assert_eq!(answer(&stale).0, "Status unknown: the data is 1 minute old");
}

#[test]
fn impaired_monitoring_is_added_to_a_problem_and_replaces_operational() {
    let mut impaired = snapshot(&[Operational, NoData]);
    impaired.monitoring_impaired = true;
    assert_eq!(answer(&impaired).0, "Status unknown: monitoring is impaired");
    assert!(
        OverallStatus::of(&impaired, Language::English).notes[0].contains("monitoring is impaired")
    );

    let mut known = snapshot(&[Outage, NoData]);
    known.monitoring_impaired = true;
    let answer = OverallStatus::of(&known, Language::English);
    assert_eq!(answer.headline.to_string(), "Checkout is down");
    assert_eq!(answer.notes.len(), 2);
    assert_eq!(answer.notes[1], "1 of 2 services has no data.");
}

#[test]
fn an_open_incident_is_not_covered_by_green_checks() {
    let with = |incidents: Vec<PublicIncident>| {
        answer(&Snapshot { incidents, ..snapshot(&[Operational, Operational]) })
    };
    let api = || incident(&["api"], PublicIncidentImpact::Critical);
    assert_eq!(with(vec![api()]), ("API has an open incident".to_owned(), Degraded));
    let unnamed = incident(&["private"], PublicIncidentImpact::Minor);
    assert_eq!(with(vec![unnamed.clone()]), ("An incident is open".to_owned(), Degraded));
    assert_eq!(with(vec![api(), unnamed]).0, "2 incidents are open");
    assert_eq!(with(vec![incident(&["api"], PublicIncidentImpact::None)]).1, Operational);
    let over = PublicIncident { resolved_at: Some(NOW), ..api() };
    assert_eq!(with(vec![over]).1, Operational);
}

#[test]
fn an_active_window_is_mentioned_although_the_checks_are_green() {
    let mut snapshot = snapshot(&[Operational]);
    snapshot.maintenances = vec![PublicMaintenance {
        id: "1".into(),
        calendar_id: "1".into(),
        revised_at: None,
        title: "Work".into(),
        affected: vec![],
        announced_at: Timestamp::UNIX_EPOCH,
        starts_at: NOW,
        ends_at: Timestamp::MAX,
        description: String::new(),
    }];
    assert_eq!(answer(&snapshot), ("Maintenance is in progress".to_owned(), Maintained));
    snapshot.maintenances[0].starts_at = Timestamp::MAX;
    assert_eq!(answer(&snapshot).1, Operational);
}

#[test]
fn the_name_is_a_separate_part_of_the_headline() {
    let headline = OverallStatus::of(&snapshot(&[NoData, Operational]), Language::English).headline;
    assert_eq!((headline.before.as_str(), headline.name.as_str()), ("No data for ", "Checkout"));
}
