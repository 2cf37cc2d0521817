//! The public facts about the providers of models: which public monitors measure them, how fast they are, and what their
//! own status pages report.

use std::collections::HashSet;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::id::MonitorId;
use allclear_core::incident::IncidentEpisode;
use allclear_core::offering::{ListedFacts, OfferedModel, Offering};
use allclear_core::provider_status::{Level, ProviderStatus, ReportedPhase};
use allclear_status_site::snapshot::{
    FactSource, Href, MeasuredModel, ProviderDetection, ProviderReportTime, PublicIncidentPhase,
    PublicModel, PublicProvider, ReportedStatus, ServiceState, TokenListPrice,
};
use jiff::SignedDuration;

use crate::publish::provider_facts::ProviderFacts;
use crate::publish::public::{Public, PublicMonitor, public_state};
use crate::publish::speeds::speeds;

/// The time for which the reported status of a provider stays valid after its status page can no longer be
/// read.
const PROVIDER_STATUS_MAX_AGE: Duration = Duration::from_mins(30);

/// A provider, and the monitors that measure it.
struct MeasuredProvider<'a> {
    id: String,
    name: &'a str,
    status_page: Option<&'a str>,
    /// Not empty.
    monitors: Vec<(&'a PublicMonitor<'a>, &'a Offering)>,
    models: &'a [OfferedModel],
}

/// Returns the providers in the order of their first monitors. A server of the operator is a provider of its own with the
/// name of its monitor.
pub(crate) fn providers(
    public: &Public<'_>,
    facts: &ProviderFacts,
    now: Timestamp,
) -> Vec<PublicProvider> {
    let mut providers: Vec<MeasuredProvider<'_>> = Vec::new();
    for monitor in &public.monitors {
        let Some(offering) = facts.offering(&monitor.monitor.id) else { continue };
        let found = match &offering.provider {
            Some(provider) => MeasuredProvider {
                id: provider.id.to_owned(),
                name: provider.title,
                status_page: provider.status_page.as_deref(),
                monitors: Vec::new(),
                models: facts.models(provider.id),
            },
            None => MeasuredProvider {
                id: format!("service-{}", monitor.monitor.id),
                name: &monitor.monitor.name,
                status_page: None,
                monitors: Vec::new(),
                models: &[],
            },
        };
        let place = providers.iter().position(|one| one.id == found.id).unwrap_or_else(|| {
            providers.push(found);
            providers.len() - 1
        });
        if let Some(provider) = providers.get_mut(place) {
            provider.monitors.push((monitor, offering));
        }
    }
    providers.into_iter().map(|one| provider(public, one, now)).collect()
}

fn provider(public: &Public<'_>, measured: MeasuredProvider<'_>, now: Timestamp) -> PublicProvider {
    let MeasuredProvider { id, name, status_page, monitors, models } = measured;
    let read = monitors.iter().filter_map(|(one, _)| one.state?.provider_status.as_ref());
    let newest = read.max_by_key(|status| (status.seen_at, status.level));
    let reported = newest.and_then(|status| reported_status(status, now));
    let lag = monitors.iter().filter_map(|(one, _)| present_lag(one)).max();
    // A page that the operator has set may be a private one.
    let is_own_page = status_page.is_some();
    let headline = newest.filter(|_| is_own_page && reported.is_some()).and_then(headline);
    PublicProvider {
        id,
        name: name.to_owned(),
        status_page: status_page.and_then(|page| Href::parse(page).ok()),
        services: monitors.iter().map(|(one, offering)| service(one, offering, now)).collect(),
        reported_status: reported.map(|status| ReportedStatus { lag, ..status }),
        phase: newest.filter(|_| headline.is_some()).and_then(phase),
        headline,
        detections: detections(public, &monitors),
        models: catalog(models, &monitors),
    }
}

/// Returns the status that the provider reports, if it was read recently.
pub(crate) fn reported_status(
    provider_status: &ProviderStatus,
    now: Timestamp,
) -> Option<ReportedStatus> {
    let state = match provider_status.level {
        Level::Operational => ServiceState::Operational,
        Level::Maintenance => ServiceState::Maintenance,
        Level::Degraded => ServiceState::Degraded,
        Level::Down => ServiceState::Outage,
    };
    let is_fresh =
        now.duration_since(provider_status.seen_at).unsigned_abs() <= PROVIDER_STATUS_MAX_AGE;
    is_fresh.then_some(ReportedStatus {
        state,
        since: provider_status.since,
        lag: provider_status.lag,
    })
}

/// Returns the delay of the provider's report of the present trouble of a monitor. The state still has the delay of an
/// earlier trouble.
fn present_lag(public: &PublicMonitor<'_>) -> Option<SignedDuration> {
    let state = public.state?;
    let is_failing = public_state(state.status, state.cause.as_ref()).is_problem();
    state.provider_status.as_ref()?.lag.filter(|_| is_failing)
}

/// Returns the phase of the open incident on the status page.
fn phase(status: &ProviderStatus) -> Option<PublicIncidentPhase> {
    status.phase.map(|phase| match phase {
        ReportedPhase::Investigating => PublicIncidentPhase::Investigating,
        ReportedPhase::Identified => PublicIncidentPhase::Identified,
        ReportedPhase::Monitoring => PublicIncidentPhase::Monitoring,
    })
}

/// Returns the headline of the open incident on the status page.
fn headline(status: &ProviderStatus) -> Option<String> {
    let headline = status.headline.trim();
    (status.level.is_trouble() && !headline.is_empty()).then(|| headline.to_owned())
}

fn service(public: &PublicMonitor<'_>, offering: &Offering, now: Timestamp) -> MeasuredModel {
    let history = public.history.map(|history| &history.speeds);
    MeasuredModel {
        service: public.monitor.id.to_string(),
        model: offering.model.as_ref().map(|model| model.id.clone()),
        speeds: speeds(public.state, history, now),
    }
}

/// Returns the troubles of the published incidents that were compared with the status page of the provider, newest first.
fn detections(
    public: &Public<'_>,
    monitors: &[(&PublicMonitor<'_>, &Offering)],
) -> Vec<ProviderDetection> {
    let ids: HashSet<&MonitorId> = monitors.iter().map(|(one, _)| &one.monitor.id).collect();
    let episodes = public.incidents.iter().flat_map(|incident| &incident.episodes);
    let compared = episodes.filter(|episode| {
        let is_compared = episode.has_provider_page || episode.provider_confirmed_at.is_some();
        is_compared && ids.contains(&episode.monitor)
    });
    let mut detections: Vec<ProviderDetection> = compared.map(detection).collect();
    detections
        .sort_by(|a, b| b.started_at.cmp(&a.started_at).then_with(|| a.service.cmp(&b.service)));
    detections
}

fn detection(episode: &IncidentEpisode) -> ProviderDetection {
    let report = match episode.provider_confirmed_at {
        None => ProviderReportTime::Never,
        Some(_) if episode.is_confirmed_at_start() => ProviderReportTime::Before,
        Some(at) => ProviderReportTime::After(at.duration_since(episode.started_at)),
    };
    ProviderDetection {
        service: episode.monitor.to_string(),
        started_at: episode.started_at,
        ended_at: episode.end.map(|end| end.at),
        report,
    }
}

/// Returns the known models of a provider, and before them those that its monitors ask.
fn catalog(
    known: &[OfferedModel],
    monitors: &[(&PublicMonitor<'_>, &Offering)],
) -> Vec<PublicModel> {
    let asked = monitors.iter().filter_map(|(_, offering)| offering.model.as_ref());
    let mut ids = HashSet::new();
    let all = asked.chain(known).filter(|model| ids.insert(model.id.as_str()));
    all.map(public_model).collect()
}

fn public_model(model: &OfferedModel) -> PublicModel {
    let listed = model.listed.as_ref();
    let price = |usd: fn(&ListedFacts) -> Option<f64>| {
        listed.and_then(usd).map(TokenListPrice::from_dollars)
    };
    PublicModel {
        id: model.id.clone(),
        capabilities: model.capabilities.clone(),
        context_tokens: listed.and_then(|facts| facts.context_tokens),
        input_price: price(|facts| facts.input_usd),
        output_price: price(|facts| facts.output_usd),
        shutdown: listed.and_then(|facts| facts.shutdown),
        source: listed
            .map(|facts| FactSource { name: facts.source.to_owned(), as_of: facts.as_of }),
    }
}
