//! The providers of models: `providers.html`, and the part of a provider on the page of a service.

use std::collections::HashMap;

use askama::Template;

use super::moment::Moment;
use crate::{
    SiteFile, Snapshot,
    api_v1::SUMMARY,
    edition::{Edition, LanguageLink, PageStyle},
    formats::{AGE, MODELS, PROVIDERS, anchor, provider_address, service_path},
    icon::{self, Icon},
    provider_assets::providers_script,
    snapshot::{
        MeasuredModel, PageIdentity, PublicProvider, PublicService, ServiceState, history_until,
    },
    stylesheet::PageSheet,
    words::Words,
};

/// The most detections that a page lists of a provider.
const N_DETECTIONS: usize = 10;

#[derive(Template)]
#[template(path = "providers.html")]
struct ProvidersPage<'a> {
    style: PageStyle,
    script: &'static str,
    favicon: String,
    icons: &'static [Icon],
    page: &'a PageIdentity,
    words: &'a Words,
    home: String,
    languages: Vec<LanguageLink>,
    /// The path of the facts that the script reads.
    facts: String,
    stale_sentence: String,
    is_stale: bool,
    until: Moment,
    /// The path of the catalog; empty if there is none.
    models: &'static str,
    providers: Vec<ProviderView<'a>>,
}

/// A provider.
struct ProviderView<'a> {
    id: String,
    name: &'a str,
    state: ServiceState,
    state_word: String,
    /// The start of the trouble; `None` without one.
    since: Option<Moment>,
    /// The address of its own status page, and its host.
    status_page: Option<(&'a str, &'a str)>,
    reported: Option<ReportView<'a>>,
    comparison: String,
    services: Vec<MeasuredView<'a>>,
    detections: Vec<DetectionView<'a>>,
}

/// The state on the provider's own status page.
struct ReportView<'a> {
    state: ServiceState,
    state_word: String,
    /// The start of the trouble; `None` without one.
    since: Option<Moment>,
    headline: &'a str,
    /// The phase of the incident; empty if its status page states none.
    phase: String,
}

/// A service with the speed of its model.
pub(super) struct MeasuredView<'a> {
    name: &'a str,
    path: String,
    /// Empty if the model is not public.
    model: &'a str,
    pub(super) speeds: Vec<SpeedRow>,
}

/// The speed over a period.
pub(super) struct SpeedRow {
    pub(super) period: String,
    pub(super) median: String,
    pub(super) slow: String,
    pub(super) rate: String,
}

/// A trouble, compared with the provider's own status page.
pub(super) struct DetectionView<'a> {
    pub(super) started: Moment,
    /// Empty if all rows are of one service.
    pub(super) service: &'a str,
    pub(super) lasted: String,
    pub(super) reported: String,
}

/// The part of a provider on the page of a service.
pub(super) struct ServiceProvider<'a> {
    pub(super) name: &'a str,
    pub(super) address: String,
    /// Empty if the model is not public.
    pub(super) model: &'a str,
    pub(super) speeds: Vec<SpeedRow>,
    pub(super) detections: Vec<DetectionView<'a>>,
}

/// Renders the page; nothing without providers.
#[expect(
    clippy::expect_used,
    reason = "a template fails only if a value's `Display` does, and those here do not"
)]
pub(crate) fn file(edition: &Edition<'_>) -> Option<SiteFile> {
    let (snapshot, words) = (edition.snapshot, edition.words);
    let providers = &snapshot.providers;
    if providers.is_empty() {
        return None;
    }
    let style = edition.style(PageSheet::Provider, Some(providers_script()));
    let page = ProvidersPage {
        style,
        script: providers_script(),
        favicon: icon::favicon(ServiceState::NoData),
        icons: icon::all(),
        page: &snapshot.page,
        words,
        home: edition.home_path(0),
        languages: edition.links(PROVIDERS, 0),
        facts: format!("{}{SUMMARY}", edition.root()),
        stale_sentence: words.headline_stale(AGE),
        is_stale: !snapshot.is_fresh(),
        until: Moment::long(words, history_until(snapshot.generated_at)),
        models: if snapshot.has_models() { MODELS } else { "" },
        providers: providers.iter().map(|provider| view(edition, provider)).collect(),
    };
    let html = page.render().expect("writing to a string cannot fail");
    Some(SiteFile::text(edition.path(PROVIDERS), html))
}

/// Returns the provider that a service measures.
pub(super) fn of_service<'a>(
    snapshot: &'a Snapshot,
    service: &PublicService,
) -> Option<&'a PublicProvider> {
    let measures = |one: &MeasuredModel| one.service == service.id;
    snapshot.providers.iter().find(|provider| provider.services.iter().any(measures))
}

/// Returns the part of the provider on the page of a service. It makes no statement about the present.
pub(super) fn on_service_page<'a>(
    edition: &Edition<'a>,
    service: &PublicService,
) -> Option<ServiceProvider<'a>> {
    let provider = of_service(edition.snapshot, service)?;
    let measured = provider.services.iter().find(|one| one.service == service.id)?;
    Some(ServiceProvider {
        name: &provider.name,
        address: provider_address(&provider.id),
        model: measured.model.as_deref().unwrap_or_default(),
        speeds: speeds(edition.words, measured),
        detections: detections(edition, provider, Some(&service.id)),
    })
}

fn view<'a>(edition: &Edition<'a>, provider: &'a PublicProvider) -> ProviderView<'a> {
    let (snapshot, words) = (edition.snapshot, edition.words);
    let state = snapshot.provider_state(provider);
    let now = snapshot.generated_at;
    let services: Vec<&PublicService> = snapshot
        .affected(&provider.services.iter().map(|one| one.service.clone()).collect::<Vec<_>>());
    let names: HashMap<&str, &str> =
        services.iter().map(|service| (service.id.as_str(), service.label())).collect();
    let troubled = services.iter().filter(|service| snapshot.state_of(service).is_problem());
    let reported = provider.reported_status.as_ref().filter(|_| snapshot.is_fresh());
    ProviderView {
        id: anchor("provider", &provider.id),
        name: &provider.name,
        state,
        state_word: words.state(state),
        since: troubled
            .filter_map(|service| service.since)
            .min()
            .map(|at| Moment::near(words, at, now)),
        status_page: provider.status_page.as_ref().map(|page| (page.as_str(), page.label())),
        reported: reported.map(|report| ReportView {
            state: report.state,
            state_word: words.state(report.state),
            since: (report.state != ServiceState::Operational)
                .then(|| Moment::near(words, report.since, now)),
            headline: provider.headline.as_deref().unwrap_or_default(),
            phase: provider.phase.map(|phase| words.phase(phase)).unwrap_or_default(),
        }),
        comparison: words.provider_comparison(snapshot.provider_comparison(provider), reported),
        services: provider
            .services
            .iter()
            .map(|one| MeasuredView {
                name: names.get(one.service.as_str()).copied().unwrap_or(&one.service),
                path: service_path(&one.service),
                model: one.model.as_deref().unwrap_or_default(),
                speeds: speeds(words, one),
            })
            .collect(),
        detections: detections(edition, provider, None),
    }
}

/// Returns the rows of the periods in which a speed was measured.
fn speeds(words: &Words, measured: &MeasuredModel) -> Vec<SpeedRow> {
    let speeds = &measured.speeds;
    let periods = [
        (words.period_hours(), speeds.hours_24),
        (words.period_week(), speeds.days_7),
        (words.period_quarter(), speeds.days_90),
    ];
    let measured = periods
        .into_iter()
        .filter(|(_, speed)| speed.first_token.is_some() || speed.tokens_per_second.is_some());
    measured
        .map(|(period, speed)| {
            let [median, slow] = words.first_token_times(speed.first_token);
            SpeedRow { period, median, slow, rate: words.token_rate(speed.tokens_per_second) }
        })
        .collect()
}

/// Returns the newest detections of a provider, or of one of its services.
fn detections<'a>(
    edition: &Edition<'a>,
    provider: &'a PublicProvider,
    service: Option<&str>,
) -> Vec<DetectionView<'a>> {
    let (snapshot, words) = (edition.snapshot, edition.words);
    let is_one = service.is_some() || provider.services.len() == 1;
    let named = snapshot.services().filter(|_| !is_one);
    let labels: HashMap<&str, &str> =
        named.map(|service| (service.id.as_str(), service.label())).collect();
    let all = provider.detections.iter();
    let chosen = all.filter(|one| service.is_none_or(|id| one.service == id));
    chosen
        .take(N_DETECTIONS)
        .map(|one| DetectionView {
            started: Moment::short(words, one.started_at),
            service: labels.get(one.service.as_str()).copied().unwrap_or_default(),
            lasted: words.trouble_length(one.started_at, one.ended_at),
            reported: words.report_time(one.report, one.ended_at),
        })
        .collect()
}
