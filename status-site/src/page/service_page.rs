//! `service/<id>.html`: the history of one service. It makes no statement about the present, so that it changes every four
//! hours and not each minute.

use askama::Template;
use jiff::{SignedDuration, Timestamp};

use super::{
    days,
    incident::IncidentView,
    moment::Moment,
    periods::StripSide,
    providers::{self, ServiceProvider},
    services::{ServiceView, row},
};
use crate::{
    SiteFile, Snapshot,
    content_security_policy::content_security_policy,
    icon,
    latency_chart::{ChartPeriods, LatencyChart, latency},
    provider_assets,
    script::script,
    snapshot::{
        LatencyPoint, N_DAYS, PageIdentity, PublicIncident, PublicService, ServiceIndex,
        ServiceState, history_until,
    },
    stylesheet::stylesheet,
    wording::{anchor, day_of, encoded, service_path, short_time},
};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

#[derive(Template)]
#[template(path = "service.html")]
struct ServicePage<'a> {
    content_security_policy: String,
    css: &'static str,
    favicon: String,
    page: &'a PageIdentity,
    service: ServiceView<'a>,
    /// The fragment of the service on the first page.
    fragment: String,
    until: Moment,
    uptimes: Vec<UptimeView>,
    charts: Vec<ChartView>,
    provider: Option<ServiceProvider<'a>>,
    incidents: Vec<IncidentView<'a>>,
    badge: String,
}

/// The uptime over a period.
struct UptimeView {
    period: &'static str,
    uptime: String,
}

/// A chart with its table.
struct ChartView {
    title: &'static str,
    id: &'static str,
    chart: LatencyChart,
    first: String,
    last: String,
    rows: Vec<LatencyRow>,
}

/// A row of the table.
struct LatencyRow {
    start: Moment,
    p50: String,
    p95: String,
    p99: String,
}

/// Renders the page of each service.
pub(crate) fn files(snapshot: &Snapshot) -> Vec<SiteFile> {
    let (services, incidents) = (&ServiceIndex::of(snapshot), &days::by_service(snapshot));
    let newest = snapshot.newest_incidents();
    let file = |service: &PublicService| {
        let of_service = newest.iter().copied();
        let of_service = of_service.filter(|one| one.affected.contains(&service.id));
        let view = row(snapshot, incidents, service);
        file(snapshot, (service, view), services, of_service.collect())
    };
    snapshot.services().map(file).collect()
}

#[expect(
    clippy::expect_used,
    reason = "a template fails only if a value's `Display` does, and those here do not"
)]
fn file<'a>(
    snapshot: &'a Snapshot,
    (service, view): (&'a PublicService, ServiceView<'a>),
    services: &ServiceIndex<'a>,
    incidents: Vec<&'a PublicIncident>,
) -> SiteFile {
    let until = history_until(snapshot.generated_at);
    let provider = providers::on_service_page(snapshot, service);
    let (content_security_policy, css) = match provider {
        Some(_) => (provider_assets::content_security_policy(script()), provider_assets::css()),
        None => (content_security_policy(), stylesheet()),
    };
    let page = ServicePage {
        content_security_policy,
        css,
        favicon: icon::favicon(ServiceState::NoData),
        page: &snapshot.page,
        fragment: anchor("service", &service.id),
        until: Moment::long(until),
        uptimes: uptimes(service),
        charts: charts(service, until),
        provider,
        incidents: incidents
            .into_iter()
            .map(|one| IncidentView::of(services, snapshot.generated_at, one).without_age())
            .collect(),
        badge: snapshot.page.url.of_file(&format!("badge/{}.svg", encoded(&service.id))),
        service: view,
    };
    SiteFile::text(
        service_path(&service.id),
        page.render().expect("writing to a string cannot fail"),
    )
}

fn uptimes(service: &PublicService) -> Vec<UptimeView> {
    let uptimes = &service.history.uptimes;
    [
        ("24 hours", uptimes.hours_24),
        ("7 days", uptimes.days_7),
        ("30 days", uptimes.days_30),
        ("90 days", uptimes.days_90),
        ("12 months", uptimes.days_365),
    ]
    .map(|(period, uptime)| UptimeView { period, uptime: uptime.to_string() })
    .into()
}

/// Returns the charts of the last 24 hours, 7 days and 90 days that have a value.
fn charts(service: &PublicService, until: Timestamp) -> Vec<ChartView> {
    let (hours, days) = (&service.history.hours, &service.history.days);
    let today =
        day_of(until).to_zoned(jiff::tz::TimeZone::UTC).map_or(until, |day| day.timestamp());
    let n_days = i32::try_from(N_DAYS).unwrap_or(i32::MAX);
    let last = |length: SignedDuration, n: i32, end: Timestamp| ChartPeriods {
        start: end - length * n,
        length,
        n: usize::try_from(n).unwrap_or(0),
    };
    let (day, week) = (last(HOUR, 24, until), last(HOUR, 7 * 24, until));
    let quarter = last(DAY, n_days, today);
    let week_of_days = last(DAY, 7, today);
    let subject = |period| format!("{}: {period}", service.label());
    let view =
        |title, id, periods: ChartPeriods, points: &[LatencyPoint], rows: Vec<LatencyRow>| {
            let chart = LatencyChart::of(&subject(title), periods, points)?;
            let end = periods.start + periods.length * i32::try_from(periods.n).unwrap_or(0);
            let (first, last) = (short_time(periods.start), short_time(end));
            Some(ChartView { title, id, chart, first, last, rows })
        };
    let charts = [
        view("Last 24 hours", "latency-24-hours", day, hours, hour_rows(hours, day)),
        view("Last 7 days", "latency-7-days", week, hours, day_rows(days, week_of_days)),
        view("Last 90 days", "latency-90-days", quarter, days, day_rows(days, quarter)),
    ];
    charts.into_iter().flatten().collect()
}

fn hour_rows(points: &[LatencyPoint], periods: ChartPeriods) -> Vec<LatencyRow> {
    rows(points, periods, Moment::short)
}

fn day_rows(points: &[LatencyPoint], periods: ChartPeriods) -> Vec<LatencyRow> {
    rows(points, periods, |start| Moment::day(day_of(start)))
}

/// Returns the rows of a table, the newest first.
fn rows(
    points: &[LatencyPoint],
    periods: ChartPeriods,
    start: fn(Timestamp) -> Moment,
) -> Vec<LatencyRow> {
    let within = points.iter().rev().filter(|point| point.start >= periods.start);
    let row = |point: &LatencyPoint| LatencyRow {
        start: start(point.start),
        p50: latency(point.latency.p50),
        p95: latency(point.latency.p95),
        p99: latency(point.latency.p99),
    };
    within.map(row).collect()
}
