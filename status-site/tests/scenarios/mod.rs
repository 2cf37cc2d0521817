//! The snapshots of the golden folder, made only from constants.

mod branded;
mod languages;
pub(crate) mod months;
pub(crate) mod parts;
mod providers;

use allclear_status_site::{
    Snapshot,
    snapshot::{
        FailingRegions, PublicIncidentImpact, PublicIncidentPhase, PublicService, ServiceGroup,
        ServiceState, UptimeDays, WithdrawnMaintenance,
    },
};
use jiff::{SignedDuration, ToSpan as _};
use parts::{NOW, service, today};
use parts::{
    at, closed_incident, groups, healthy, incident, maintenance, markdown, page, set, update,
};

/// A snapshot with the name of its golden folder.
pub(crate) struct Scenario {
    /// The name of the folder.
    pub(crate) name: &'static str,
    /// The snapshot to render.
    pub(crate) snapshot: Snapshot,
    /// The files that the folder keeps.
    pub(crate) kept: Kept,
}

/// The files that a golden folder keeps. The others are large and cover no further case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// All files.
    Whole,
    /// The first page.
    Page,
    /// The first page, those about providers, and one of a service of a provider.
    ProviderPages,
}

impl Kept {
    /// Checks whether a file is kept.
    pub(crate) fn keeps(self, path: &str) -> bool {
        let of_providers = [
            "api/v1/summary.json",
            "index.html",
            "models.html",
            "providers.html",
            "service/openai.html",
        ];
        match self {
            Self::Whole => true,
            Self::Page => path == "index.html",
            Self::ProviderPages => of_providers.contains(&path),
        }
    }
}

/// Returns every scenario.
pub(crate) fn all() -> Vec<Scenario> {
    let whole = |name, snapshot| Scenario { name, snapshot, kept: Kept::Whole };
    let of_providers = |name, snapshot| Scenario { name, snapshot, kept: Kept::ProviderPages };
    let all = vec![
        whole("all-ok", all_ok()),
        whole("first-deploy", first_deploy()),
        whole("one-degraded", one_degraded()),
        whole("some-regions", some_regions()),
        whole("one-outage", one_outage()),
        whole("providers", providers::mixed()),
        of_providers("providers-fine", providers::fine()),
        of_providers("provider-measured-more", providers::measured_more()),
        of_providers("provider-reported-more", providers::reported_more()),
        of_providers("provider-without-page", providers::without_page()),
        whole("maintenance", maintenance_now_and_tomorrow()),
        whole("maintenance-soon", maintenance_soon()),
        whole("history", months::history()),
        whole("lasting-trouble", lasting_trouble()),
        whole("young", young()),
        whole("stale", stale_for(42)),
        Scenario { name: "stale-for-days", snapshot: stale_for(3_000), kept: Kept::Page },
        whole("unknown-service", unknown_service()),
        whole("monitoring-impaired", monitoring_impaired()),
        whole("hostile-text", hostile_text()),
        whole("languages", languages::languages()),
        whole("branded", branded::branded()),
        whole("themed", branded::themed()),
        whole("daylight-saving-spring", daylight_saving("2026-03-29T01:30:00Z")),
        whole("daylight-saving-autumn", daylight_saving("2026-10-25T01:30:00Z")),
        Scenario { name: "fifty-services", snapshot: many_services(50), kept: Kept::Page },
        Scenario { name: "hundred-services", snapshot: many_services(100), kept: Kept::Page },
    ];
    // Each page has the present month at least.
    all.into_iter()
        .map(|one| match one.snapshot.months.as_slice() {
            [] => Scenario { snapshot: months::with_month(one.snapshot), ..one },
            [..] => one,
        })
        .collect()
}

fn all_ok() -> Snapshot {
    let mut snapshot = healthy();
    snapshot.incidents.push(closed_incident(
        "webhooks-late",
        "Webhooks are late",
        &["webhooks"],
        "2026-03-06T08:20:00Z",
        "2026-03-06T09:02:00Z",
    ));
    snapshot
}

fn first_deploy() -> Snapshot {
    let mut snapshot = healthy();
    snapshot.last_checked_at = None;
    for service in snapshot.groups.iter_mut().flat_map(|group| &mut group.services) {
        *service = parts::new_service(&service.id, &service.name);
    }
    snapshot
}

fn one_degraded() -> Snapshot {
    let mut snapshot = healthy();
    set(&mut snapshot, "search", ServiceState::Degraded, "2026-03-10T11:17:00Z");
    snapshot
}

/// Returns a service that fails in one of three regions.
fn some_regions() -> Snapshot {
    let mut snapshot = one_degraded();
    for service in snapshot.groups.iter_mut().flat_map(|group| &mut group.services) {
        let is_search = service.id == "search";
        service.failing_regions = is_search.then_some(FailingRegions { failing: 1, of: 3 });
    }
    snapshot
}

/// Returns a page with one service down, announced in three updates, after two weeks with several
/// incidents.
pub(crate) fn one_outage() -> Snapshot {
    let mut snapshot = all_ok();
    set(&mut snapshot, "checkout", ServiceState::Outage, "2026-03-10T11:18:00Z");
    let mut open = incident(
        "checkout-down",
        "Checkout fails for all customers",
        &["checkout"],
        "2026-03-10T11:18:00Z",
    );
    open.updates = vec![
        update(
            "2026-03-10T11:21:00Z",
            PublicIncidentPhase::Investigating,
            "Payments are refused. We are looking for the cause.",
        ),
        markdown(
            "2026-03-10T11:36:00Z",
            PublicIncidentPhase::Identified,
            "A certificate of our payment provider has **expired**. Meanwhile:\n\n- pay *by invoice*\n\
             - see [their status page](https://status.payments.example/incidents/1)\n",
        ),
        update(
            "2026-03-10T11:55:00Z",
            PublicIncidentPhase::Monitoring,
            "The certificate has been replaced. Payments go through again for most customers.\n\
             We keep watching until all of them do.",
        ),
    ];
    let promised = Some(at("2026-03-10T12:30:00Z"));
    open.next_update_at = promised;
    if let Some(last) = open.updates.last_mut() {
        last.next_update_at = promised;
    }
    snapshot.incidents.push(open);
    snapshot
}

fn maintenance_now_and_tomorrow() -> Snapshot {
    let mut snapshot = healthy();
    set(&mut snapshot, "database", ServiceState::Maintenance, "2026-03-10T11:30:00Z");
    snapshot.maintenances = vec![
        maintenance(
            "search-index",
            "New search index",
            &["search", "api"],
            ("2026-03-11T22:00:00Z", "2026-03-12T01:30:00Z"),
            "Searches may be slow while the index is built.",
        ),
        maintenance(
            "database-upgrade",
            "Database upgrade",
            &["database"],
            ("2026-03-10T11:30:00Z", "2026-03-10T13:00:00Z"),
            "Reading works; writing pauses for a minute, twice.",
        ),
        maintenance(
            "old",
            "Disks replaced",
            &["database"],
            ("2026-03-02T03:00:00Z", "2026-03-02T04:00:00Z"),
            "",
        ),
    ];
    snapshot.withdrawn = vec![WithdrawnMaintenance {
        calendar_id: "network".to_owned(),
        title: "New network, second part".to_owned(),
        starts_at: at("2026-03-13T22:00:00Z"),
        ends_at: at("2026-03-13T23:00:00Z"),
        withdrawn_at: at("2026-03-09T08:15:00Z"),
    }];
    snapshot
}

/// Returns a page half a minute before the start of maintenance.
fn maintenance_soon() -> Snapshot {
    let mut snapshot = healthy();
    snapshot.maintenances = vec![maintenance(
        "database-upgrade",
        "Database upgrade",
        &["database"],
        ("2026-03-10T12:00:30Z", "2026-03-10T13:00:00Z"),
        "Reading works; writing pauses for a minute, twice.",
    )];
    snapshot.next_change_at = Some(at("2026-03-10T12:00:30Z"));
    snapshot
}

/// Returns the snapshot of the time of the next start of maintenance; `None` if there is none soon.
pub(crate) fn ahead(snapshot: &Snapshot) -> Option<Snapshot> {
    let starts_at = snapshot.next_change_at?;
    let mut ahead = Snapshot { generated_at: starts_at, next_change_at: None, ..snapshot.clone() };
    for window in snapshot.maintenances.iter().filter(|window| window.starts_at == starts_at) {
        for id in &window.affected {
            set(&mut ahead, id, ServiceState::Maintenance, &starts_at.to_string());
        }
    }
    Some(ahead)
}

/// Returns a page with a minor incident that has been open since yesterday, one that lasted for days, and one of a
/// service that is no longer on the page.
pub(crate) fn lasting_trouble() -> Snapshot {
    let mut snapshot = healthy();
    set(&mut snapshot, "search", ServiceState::Degraded, "2026-03-10T00:00:00Z");
    let mut open =
        incident("search-slow", "Search has problems", &["search"], "2026-03-09T20:10:00Z");
    open.impact = PublicIncidentImpact::Minor;
    open.updates = vec![update(
        "2026-03-09T20:25:00Z",
        PublicIncidentPhase::Investigating,
        "Search works, but not as usual since 9 March, 20:10 UTC. The other 8 services work.",
    )];
    let long = closed_incident(
        "database-slow",
        "Database had problems",
        &["database"],
        "2026-03-04T15:00:00Z",
        "2026-03-06T09:30:00Z",
    );
    let removed = closed_incident(
        "mail-down",
        "Mail was down",
        &["mail"],
        "2026-03-02T10:00:00Z",
        "2026-03-02T11:00:00Z",
    );
    let before = closed_incident(
        "before",
        "API was down",
        &["api"],
        "2026-01-20T10:00:00Z",
        "2026-01-20T11:00:00Z",
    );
    snapshot.incidents = vec![open, long, removed, before];
    snapshot
}

/// Returns services that are measured since today, since yesterday, since a month, and not yet.
fn young() -> Snapshot {
    let mut snapshot = healthy();
    let services: Vec<_> = [("new", 1), ("younger", 2), ("month", 31), ("whole", 90), ("none", 0)]
        .into_iter()
        .map(|(id, n_days)| {
            let whole = service(id, &format!("Service {id}"), ServiceState::Operational);
            let known = whole.days.iter().rev().take(n_days).copied().collect::<Vec<_>>();
            let state = if n_days == 0 { ServiceState::NoData } else { whole.state };
            PublicService { days: UptimeDays::ending(today(), known), state, ..whole }
        })
        .collect();
    snapshot.groups = vec![ServiceGroup::unnamed(services)];
    snapshot
}

fn stale_for(minutes: i64) -> Snapshot {
    let mut snapshot = all_ok();
    snapshot.last_checked_at = Some(NOW.saturating_sub(minutes.minutes()).unwrap());
    snapshot
}

fn unknown_service() -> Snapshot {
    let mut snapshot = healthy();
    set(&mut snapshot, "gemini", ServiceState::NoData, "2026-03-10T09:40:00Z");
    snapshot
}

fn monitoring_impaired() -> Snapshot {
    let mut snapshot = healthy();
    snapshot.monitoring_impaired = true;
    for id in ["website", "api", "checkout", "openai", "gemini"] {
        set(&mut snapshot, id, ServiceState::NoData, "2026-03-10T11:52:00Z");
    }
    snapshot
}

fn hostile_text() -> Snapshot {
    let script = "<script>alert('1')</script> & \"quotes\"";
    let long = "Kundendatensynchronisationsüberwachungsdienst".repeat(4);
    let hebrew = "שירות התשלומים (v2)";
    let mut page = page();
    script.clone_into(&mut page.title);
    page.description = format!("{script} \u{202e}reversed");
    let services = vec![
        service("a b\"><i>", script, ServiceState::Operational),
        service("hebrew", hebrew, ServiceState::Outage),
        service("emoji", "👩‍🚀 Rocket 🚀🚀", ServiceState::Operational),
        service("long", &long, ServiceState::Degraded),
        service("blank", " \n\t ", ServiceState::NoData),
    ];
    let mut open =
        incident(script, script, &["a b\"><i>", "hebrew", "private"], "2026-03-10T11:00:00Z");
    open.updates = vec![
        update(
            "2026-03-10T11:05:00Z",
            PublicIncidentPhase::Identified,
            &format!("{hebrew}\n{script}"),
        ),
        markdown(
            "2026-03-10T11:04:00Z",
            PublicIncidentPhase::Investigating,
            &format!("{hebrew}\n\n{script}\n\n[x](javascript:alert(1)) `</code>`\n\n    {script}"),
        ),
    ];
    Snapshot {
        page,
        groups: vec![ServiceGroup::named("hebrew", format!("</summary>{script}"), services)],
        incidents: vec![open],
        maintenances: vec![maintenance(
            script,
            &long,
            &["long"],
            ("2026-03-10T13:00:00Z", "2026-03-10T14:00:00Z"),
            script,
        )],
        ..healthy()
    }
}

/// Returns a page around a change of clocks. All days have 24 hours and all times are UTC, so these
/// days are no exception.
fn daylight_saving(now: &str) -> Snapshot {
    let now = at(now);
    let hours = |n: i64| now.saturating_add(SignedDuration::from_hours(n)).unwrap();
    let mut snapshot = Snapshot { groups: groups(now), ..healthy() };
    snapshot.generated_at = now;
    snapshot.last_checked_at = Some(now);
    set(&mut snapshot, "api", ServiceState::Maintenance, &hours(-1).to_string());
    let (starts, ends) = (hours(-1).to_string(), hours(2).to_string());
    let over = maintenance("over", "Move to new machines", &["api"], (&starts, &ends), "");
    snapshot.maintenances = vec![over];
    snapshot.incidents = vec![closed_incident(
        "short",
        "Search is slow",
        &["search"],
        &hours(-3).to_string(),
        &hours(-2).to_string(),
    )];
    snapshot
}

/// Returns a page with `n_services` services in groups of ten, and two weeks with many incidents.
pub(crate) fn many_services(n_services: usize) -> Snapshot {
    let services: Vec<_> = (0..n_services)
        .map(|n| {
            let state = if n == 3 { ServiceState::Degraded } else { ServiceState::Operational };
            service(&format!("service-{n}"), &format!("Service {n}"), state)
        })
        .collect();
    let groups = services.chunks(10).enumerate().map(|(n, services)| {
        ServiceGroup::named(format!("group-{n}"), format!("Group {n}"), services.to_vec())
    });
    let incidents = (0..14).map(|n| {
        let day = NOW.saturating_sub(SignedDuration::from_hours(24 * n)).unwrap();
        let earlier = |minutes| day.saturating_sub(SignedDuration::from_mins(minutes)).unwrap();
        closed_incident(
            &format!("incident-{n}"),
            &format!("Service {n} is slow"),
            &[&format!("service-{n}")],
            &earlier(300 + 7 * n).to_string(),
            &earlier(200 - 5 * n).to_string(),
        )
    });
    Snapshot { groups: groups.collect(), incidents: incidents.collect(), ..healthy() }
}
