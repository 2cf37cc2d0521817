//! `providers`.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::{TimeV1, incident::IncidentPhaseV1, service::StateV1};
use crate::{
    Snapshot,
    formats::provider_address,
    snapshot::{
        MeasuredModel, ModelSpeed, ProviderDetection, ProviderReportTime, PublicProvider,
        ReportComparison, TokenRate,
    },
};

/// A provider of models.
#[derive(Serialize, JsonSchema)]
pub(super) struct ProviderV1 {
    /// A stable id, unique among providers.
    id: String,
    /// The name.
    name: String,
    /// The state by the checks.
    state: StateV1,
    /// The state on its own status page; null if none was read recently.
    reported: Option<ProviderReportV1>,
    /// The report of the provider compared with the checks.
    comparison: ComparisonV1,
    /// The services that measure it.
    services: Vec<MeasuredModelV1>,
    /// The problems of the last 90 days that were compared with its own status page, newest first.
    detections: Vec<DetectionV1>,
    /// The address of the provider on the page.
    url: String,
    /// The address of its own status page, for people; null if none is read.
    status_page_url: Option<String>,
}

/// The state on the provider's own status page.
#[derive(Serialize, JsonSchema)]
struct ProviderReportV1 {
    /// The state that the provider announces.
    state: StateV1,
    /// The time since which it announces trouble, or no trouble.
    since: TimeV1,
    /// The headline of its open incident; null without one.
    headline: Option<String>,
    /// The phase of that incident as the provider states it; null without a statement.
    phase: Option<IncidentPhaseV1>,
    /// The time by which the checks saw the present trouble before the provider reported it, in seconds. Negative if the
    /// provider was first; null if the checks see no trouble.
    detection_lead_seconds: Option<i64>,
}

/// The report of a provider compared with the checks.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ComparisonV1 {
    /// Both show a problem, or neither does.
    Agree,
    /// The provider reports a problem that the checks do not show.
    ReportedOnly,
    /// The checks show a problem that the provider does not report.
    MeasuredOnly,
    /// The checks have no data, or the provider reports nothing.
    NotComparable,
}

/// A service that measures a model.
#[derive(Serialize, JsonSchema)]
struct MeasuredModelV1 {
    /// The id of the service.
    service: String,
    /// The provider's id of the model; null if it is not public.
    model: Option<String>,
    /// The speed over the periods in which one was measured.
    speeds: Vec<SpeedV1>,
}

/// The speed of a model over a period.
#[derive(Serialize, JsonSchema)]
struct SpeedV1 {
    /// The length of the period in hours.
    hours: u16,
    /// The median of the time to the first token; null if none was measured.
    first_token_p50_seconds: Option<f64>,
    /// The 95th percentile of the time to the first token; null if none was measured.
    first_token_p95_seconds: Option<f64>,
    /// The median of the tokens per second; null if none was measured.
    tokens_per_second_p50: Option<f64>,
}

/// A problem that the checks saw, compared with the provider's own status page.
#[derive(Serialize, JsonSchema)]
struct DetectionV1 {
    /// The id of the service.
    service: String,
    /// The time of the first failed check.
    started_at: TimeV1,
    /// The end; null while it lasts.
    ended_at: Option<TimeV1>,
    /// The report of the provider.
    provider: ReportTimeV1,
    /// The time by which the checks were first, in seconds; null unless `provider` is `after`.
    lead_seconds: Option<i64>,
}

/// The time of a provider's report, compared with the checks.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ReportTimeV1 {
    /// The checks were first.
    After,
    /// The provider had reported it when the checks confirmed it.
    Before,
    /// The provider has not reported it.
    Never,
}

/// Returns all providers.
pub(super) fn all(snapshot: &Snapshot) -> Vec<ProviderV1> {
    snapshot.providers.iter().map(|provider| of(snapshot, provider)).collect()
}

fn of(snapshot: &Snapshot, provider: &PublicProvider) -> ProviderV1 {
    let reported = provider.reported_status.as_ref().filter(|_| snapshot.is_fresh());
    ProviderV1 {
        id: provider.id.clone(),
        name: provider.name.clone(),
        state: snapshot.provider_state(provider).into(),
        reported: reported.map(|report| ProviderReportV1 {
            state: report.state.into(),
            since: report.since.into(),
            headline: provider.headline.clone(),
            phase: provider.phase.map(IncidentPhaseV1::from),
            detection_lead_seconds: report.lag.map(|lag| lag.as_secs()),
        }),
        comparison: match snapshot.provider_comparison(provider) {
            ReportComparison::Agree => ComparisonV1::Agree,
            ReportComparison::ReportedOnly => ComparisonV1::ReportedOnly,
            ReportComparison::MeasuredOnly => ComparisonV1::MeasuredOnly,
            ReportComparison::NotComparable => ComparisonV1::NotComparable,
        },
        services: provider.services.iter().map(measured).collect(),
        detections: provider.detections.iter().map(detection).collect(),
        url: snapshot.page.url.of_file(&provider_address(&provider.id)),
        status_page_url: provider.status_page.as_ref().map(ToString::to_string),
    }
}

fn measured(one: &MeasuredModel) -> MeasuredModelV1 {
    let speeds = &one.speeds;
    let periods = [(24, speeds.hours_24), (7 * 24, speeds.days_7), (90 * 24, speeds.days_90)];
    let measured = periods.into_iter().filter(|(_, speed)| *speed != ModelSpeed::default());
    MeasuredModelV1 {
        service: one.service.clone(),
        model: one.model.clone(),
        speeds: measured.map(|(hours, speed)| of_speed(hours, &speed)).collect(),
    }
}

fn of_speed(hours: u16, speed: &ModelSpeed) -> SpeedV1 {
    let seconds = |time: Duration| (time.as_secs_f64() * 1e3).round() / 1e3;
    SpeedV1 {
        hours,
        first_token_p50_seconds: speed.first_token.map(|times| seconds(times.p50)),
        first_token_p95_seconds: speed.first_token.map(|times| seconds(times.p95)),
        tokens_per_second_p50: speed.tokens_per_second.map(TokenRate::tokens_per_second),
    }
}

fn detection(one: &ProviderDetection) -> DetectionV1 {
    let (provider, lead) = match one.report {
        ProviderReportTime::After(lead) => (ReportTimeV1::After, Some(lead.as_secs())),
        ProviderReportTime::Before => (ReportTimeV1::Before, None),
        ProviderReportTime::Never => (ReportTimeV1::Never, None),
    };
    DetectionV1 {
        service: one.service.clone(),
        started_at: one.started_at.into(),
        ended_at: one.ended_at.map(TimeV1::from),
        provider,
        lead_seconds: lead,
    }
}
