//! Snapshots of pages with providers of models.

use std::time::Duration;

use allclear_status_site::{
    Snapshot,
    snapshot::{
        FactSource, FirstTokenTimes, Href, MeasuredModel, ModelSpeed, PeriodSpeeds,
        ProviderDetection, ProviderReportTime, PublicIncidentPhase, PublicModel, PublicProvider,
        ReportedStatus, ServiceState, TokenListPrice, TokenRate,
    },
};
use jiff::SignedDuration;

use super::parts::{at, healthy, set};

/// Returns three services whose providers announce the same state, a lesser one and a later one, and one that runs on a
/// server of the operator.
pub(crate) fn mixed() -> Snapshot {
    let mut snapshot = fine();
    set(&mut snapshot, "openai", ServiceState::Outage, "2026-03-10T11:18:00Z");
    set(&mut snapshot, "gemini", ServiceState::Degraded, "2026-03-10T11:40:00Z");
    let lag = Some(SignedDuration::from_mins(14));
    says(&mut snapshot, "openai", ServiceState::Degraded, ("2026-03-10T11:32:00Z", lag));
    let openai = provider(&mut snapshot, "openai");
    openai.headline = Some("Elevated error rates on the API".to_owned());
    openai.phase = Some(PublicIncidentPhase::Identified);
    openai.detections.insert(
        0,
        ProviderDetection {
            service: "openai".to_owned(),
            started_at: at("2026-03-10T11:18:00Z"),
            ended_at: None,
            report: ProviderReportTime::After(SignedDuration::from_mins(14)),
        },
    );
    provider(&mut snapshot, "gemini").detections.insert(
        0,
        ProviderDetection {
            service: "gemini".to_owned(),
            started_at: at("2026-03-10T11:40:00Z"),
            ended_at: None,
            report: ProviderReportTime::Never,
        },
    );
    snapshot.providers.push(own_server());
    snapshot
}

/// Returns three providers without a problem.
pub(crate) fn fine() -> Snapshot {
    let mut snapshot = healthy();
    snapshot.providers = vec![
        public("anthropic", "Anthropic", "https://status.claude.com/", "claude-haiku-5-5"),
        public("openai", "OpenAI", "https://status.openai.com/", "gpt-6-luna"),
        public("gemini", "Google Gemini", "https://status.cloud.google.com/", "gemini-2.5-flash"),
    ];
    for id in ["anthropic", "openai", "gemini"] {
        says(&mut snapshot, id, ServiceState::Operational, ("2026-02-01T00:00:00Z", None));
    }
    provider(&mut snapshot, "openai").models = openai_models();
    provider(&mut snapshot, "openai").detections = vec![ProviderDetection {
        service: "openai".to_owned(),
        started_at: at("2026-02-20T09:12:00Z"),
        ended_at: Some(at("2026-02-20T09:58:00Z")),
        report: ProviderReportTime::After(SignedDuration::from_mins(6)),
    }];
    snapshot
}

/// Returns a provider whose status page reports no problem, while the checks fail.
pub(crate) fn measured_more() -> Snapshot {
    let mut snapshot = fine();
    set(&mut snapshot, "openai", ServiceState::Outage, "2026-03-10T11:18:00Z");
    snapshot
}

/// Returns a provider whose status page reports an outage that the checks do not show.
pub(crate) fn reported_more() -> Snapshot {
    let mut snapshot = fine();
    says(&mut snapshot, "openai", ServiceState::Outage, ("2026-03-10T11:32:00Z", None));
    let openai = provider(&mut snapshot, "openai");
    openai.headline = Some("ChatGPT is <b>down</b>".to_owned());
    openai.phase = Some(PublicIncidentPhase::Monitoring);
    snapshot
}

/// Returns a server of the operator, which has no status page and names no model.
pub(crate) fn without_page() -> Snapshot {
    Snapshot { providers: vec![own_server()], ..healthy() }
}

/// Sets the state on the status page of a provider, and of its service.
fn says(
    snapshot: &mut Snapshot,
    id: &str,
    state: ServiceState,
    (since, lag): (&str, Option<SignedDuration>),
) {
    let status = Some(ReportedStatus { state, since: at(since), lag });
    for service in snapshot.groups.iter_mut().flat_map(|group| &mut group.services) {
        if service.id == id {
            service.reported_status = status;
        }
    }
    provider(snapshot, id).reported_status = status;
}

fn provider<'a>(snapshot: &'a mut Snapshot, id: &str) -> &'a mut PublicProvider {
    snapshot.providers.iter_mut().find(|provider| provider.id == id).unwrap()
}

fn public(id: &str, name: &str, status_page: &str, measured: &str) -> PublicProvider {
    PublicProvider {
        id: id.to_owned(),
        name: name.to_owned(),
        status_page: Href::parse(status_page).ok(),
        services: vec![MeasuredModel {
            service: id.to_owned(),
            model: Some(measured.to_owned()),
            speeds: PeriodSpeeds {
                hours_24: speed(412, 980, 84.2),
                days_7: speed(438, 1_240, 79.0),
                days_90: speed(455, 1_810, 77.5),
            },
        }],
        reported_status: None,
        headline: None,
        phase: None,
        detections: Vec::new(),
        models: vec![model(measured, &["chat", "tools"], (1_000_000, 0.1, 0.5))],
    }
}

fn own_server() -> PublicProvider {
    PublicProvider {
        id: "service-search".to_owned(),
        name: "Search".to_owned(),
        status_page: None,
        services: vec![MeasuredModel {
            service: "search".to_owned(),
            model: None,
            speeds: PeriodSpeeds {
                hours_24: ModelSpeed { tokens_per_second: None, ..speed(88, 140, 0.0) },
                ..PeriodSpeeds::default()
            },
        }],
        reported_status: None,
        headline: None,
        phase: None,
        detections: Vec::new(),
        models: Vec::new(),
    }
}

fn speed(p50_ms: u64, p95_ms: u64, rate: f64) -> ModelSpeed {
    let (p50, p95) = (Duration::from_millis(p50_ms), Duration::from_millis(p95_ms));
    ModelSpeed {
        first_token: Some(FirstTokenTimes { p50, p95 }),
        tokens_per_second: Some(TokenRate::new(rate)),
    }
}

fn openai_models() -> Vec<PublicModel> {
    let unknown = PublicModel {
        id: "gpt-next-preview".to_owned(),
        capabilities: vec!["chat".to_owned()],
        context_tokens: None,
        input_price: None,
        output_price: None,
        shutdown: None,
        source: None,
    };
    let small = model("gpt-4o-mini", &["chat", "structured_output", "tools"], (128_000, 0.15, 0.6));
    let embeddings = model("text-embedding-3-small", &["embeddings"], (0, 0.02, 0.0));
    vec![
        model("gpt-6-luna", &["chat", "reasoning", "structured_output"], (922_000, 0.1, 0.5)),
        PublicModel { shutdown: Some(jiff::civil::date(2027, 1, 14)), ..small },
        model("gpt-4.1-mini", &["chat", "structured_output", "tools"], (1_047_576, 0.4, 1.6)),
        PublicModel { context_tokens: None, output_price: None, ..embeddings },
        unknown,
    ]
}

fn model(
    id: &str,
    capabilities: &[&str],
    (context, input, output): (u64, f64, f64),
) -> PublicModel {
    PublicModel {
        id: id.to_owned(),
        capabilities: capabilities.iter().map(|one| (*one).to_owned()).collect(),
        context_tokens: Some(context),
        input_price: Some(TokenListPrice::from_dollars(input)),
        output_price: Some(TokenListPrice::from_dollars(output)),
        shutdown: None,
        source: Some(FactSource {
            name: "a public list of prices".to_owned(),
            as_of: jiff::civil::date(2026, 3, 1),
        }),
    }
}
