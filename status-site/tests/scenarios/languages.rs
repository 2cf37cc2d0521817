//! A page in every language, with the texts that the page generates.

use allclear_status_site::{
    Language, Snapshot,
    snapshot::{
        FailingRegions, GeneratedText, Href, IncidentTitle, MailTopicAddress, ProviderWord,
        PublicIncident, PublicIncidentPhase, PublicIncidentUpdate, ReaderSubscription,
        ReportedStatus, Sentence, ServiceState, Sighting, Symptom, Tense, UpdateText,
    },
};
use jiff::SignedDuration;

use super::parts::{at, closed_incident, healthy, incident, maintenance, set};

/// Returns a page with trouble, in all languages.
pub(super) fn languages() -> Snapshot {
    let mut snapshot = healthy();
    snapshot.page.languages = Language::ALL.into_iter().collect();
    snapshot.page.subscription = ReaderSubscription {
        link: Href::parse("https://www.acme.example/status-mail").ok(),
        topic: Some(MailTopicAddress {
            arn: "arn:aws:sns:eu-central-1:123456789012:status".to_owned(),
            region: "eu-central-1".to_owned(),
        }),
    };
    set(&mut snapshot, "checkout", ServiceState::Outage, "2026-03-10T11:18:00Z");
    set(&mut snapshot, "search", ServiceState::Degraded, "2026-03-10T11:40:00Z");
    for service in snapshot.groups.iter_mut().flat_map(|group| &mut group.services) {
        match service.id.as_str() {
            "checkout" => {
                service.reported_status = Some(ReportedStatus {
                    state: ServiceState::Outage,
                    since: at("2026-03-10T11:32:00Z"),
                    lag: Some(SignedDuration::from_mins(14)),
                });
            }
            "search" => service.failing_regions = Some(FailingRegions { failing: 1, of: 3 }),
            _ => {}
        }
    }
    snapshot.incidents = vec![
        open(),
        past(),
        closed_incident(
            "webhooks-late",
            "Webhooks are late",
            &["webhooks"],
            "2026-03-06T08:20:00Z",
            "2026-03-06T09:02:00Z",
        ),
    ];
    snapshot.maintenances = vec![maintenance(
        "database",
        "Upgrade of the database",
        &["search"],
        ("2026-03-11T06:00:00Z", "2026-03-11T08:00:00Z"),
        "",
    )];
    snapshot
}

fn generated(
    time: &str,
    phase: PublicIncidentPhase,
    tense: Tense,
    sentences: Vec<Sentence>,
) -> PublicIncidentUpdate {
    let text = UpdateText::Generated(GeneratedText { tense, sentences });
    PublicIncidentUpdate { at: at(time), changed_at: at(time), phase, text, next_update_at: None }
}

fn open() -> PublicIncident {
    let checkout = || vec!["Checkout".to_owned()];
    let seen = |symptom, time| {
        Sentence::Seen(Sighting {
            names: checkout(),
            symptom,
            regions: Some(FailingRegions { failing: 2, of: 3 }),
            since: at(time),
            tense: Tense::Present,
        })
    };
    let updates = vec![
        generated(
            "2026-03-10T11:18:00Z",
            PublicIncidentPhase::Investigating,
            Tense::Present,
            vec![
                seen(Symptom::Errors, "2026-03-10T11:18:00Z"),
                Sentence::Provider(ProviderWord::ReportsNothing),
            ],
        ),
        generated(
            "2026-03-10T11:32:00Z",
            PublicIncidentPhase::Identified,
            Tense::Present,
            vec![
                seen(Symptom::Late, "2026-03-10T11:32:00Z"),
                Sentence::Provider(ProviderWord::NowConfirms),
                Sentence::OthersWork { n_working: 6, n_others: 8 },
            ],
        ),
    ];
    PublicIncident {
        title: IncidentTitle::Down(checkout()),
        updates,
        ..incident("checkout-down", "", &["checkout"], "2026-03-10T11:18:00Z")
    }
}

fn past() -> PublicIncident {
    let names = ["API", "Webhooks", "Search", "Login"].map(str::to_owned).to_vec();
    let since = at("2026-03-08T04:10:00Z");
    let sighting = Sighting {
        names: names.clone(),
        symptom: Symptom::Unreachable,
        regions: Some(FailingRegions { failing: 3, of: 3 }),
        since,
        tense: Tense::Past,
    };
    let updates = vec![
        generated(
            "2026-03-08T04:10:00Z",
            PublicIncidentPhase::Investigating,
            Tense::Past,
            vec![Sentence::Seen(sighting), Sentence::Provider(ProviderWord::Confirms)],
        ),
        generated(
            "2026-03-08T04:41:00Z",
            PublicIncidentPhase::Resolved,
            Tense::Past,
            vec![Sentence::WorksAgain { names: names.clone(), since: at("2026-03-08T04:41:00Z") }],
        ),
    ];
    PublicIncident {
        title: IncidentTitle::Problems(names),
        resolved_at: Some(at("2026-03-08T04:41:00Z")),
        updates,
        ..incident("network", "", &["webhooks", "search"], "2026-03-08T04:10:00Z")
    }
}
