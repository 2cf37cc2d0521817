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
    SiteFile,
    edition::{Edition, LanguageLink, PageStyle},
    formats::{anchor, day_of, encoded, service_path},
    icon,
    latency_chart::{ChartPeriods, LatencyChart},
    snapshot::{
        HiddenSection, LatencyPoint, N_DAYS, PageIdentity, PublicIncident, PublicService,
        ServiceIndex, ServiceState, history_until,
    },
    stylesheet::PageSheet,
    words::Words,
};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

#[derive(Template)]
#[template(path = "service.html")]
struct ServicePage<'a> {
    style: PageStyle,
    favicon: String,
    page: &'a PageIdentity,
    words: &'static Words,
    /// The path to the first page in the same language.
    home: String,
    languages: Vec<LanguageLink>,
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
    period: String,
    uptime: String,
}

/// A chart with its table.
struct ChartView {
    title: String,
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
pub(crate) fn files(edition: &Edition<'_>) -> Vec<SiteFile> {
    let snapshot = edition.snapshot;
    let (services, incidents) = (&ServiceIndex::of(snapshot), &days::by_service(snapshot));
    let newest = snapshot.newest_incidents();
    let file = |service: &PublicService| {
        let of_service = newest.iter().copied();
        let of_service = of_service.filter(|one| one.affected.contains(&service.id));
        let view = row(edition, incidents, service);
        file(edition, (service, view), services, of_service.collect())
    };
    snapshot.services().map(file).collect()
}

#[expect(
    clippy::expect_used,
    reason = "a template fails only if a value's `Display` does, and those here do not"
)]
fn file<'a>(
    edition: &Edition<'a>,
    (service, view): (&'a PublicService, ServiceView<'a>),
    services: &ServiceIndex<'a>,
    incidents: Vec<&'a PublicIncident>,
) -> SiteFile {
    let (snapshot, words) = (edition.snapshot, edition.words);
    let until = history_until(snapshot.generated_at);
    let path = service_path(&service.id);
    let provider = providers::on_service_page(edition, service);
    let sheet = if provider.is_some() { PageSheet::Provider } else { PageSheet::Subpage };
    let style = edition.style(sheet, None);
    let page = ServicePage {
        style,
        favicon: icon::favicon(ServiceState::NoData),
        page: &snapshot.page,
        words,
        home: edition.home_path(1),
        languages: edition.links(&path, 1),
        fragment: anchor("service", &service.id),
        until: Moment::long(words, until),
        uptimes: uptimes(words, service),
        charts: if snapshot.page.brand.hides(HiddenSection::ResponseTimes) {
            Vec::new()
        } else {
            charts(words, service, until)
        },
        provider,
        incidents: incidents
            .into_iter()
            .map(|one| IncidentView::of(edition, services, one).without_age())
            .collect(),
        badge: snapshot.page.url.of_file(&format!("badge/{}.svg", encoded(&service.id))),
        service: view,
    };
    SiteFile::text(edition.path(&path), page.render().expect("writing to a string cannot fail"))
}

fn uptimes(words: &Words, service: &PublicService) -> Vec<UptimeView> {
    let uptimes = &service.history.uptimes;
    [
        (words.period_hours(), uptimes.hours_24),
        (words.period_week(), uptimes.days_7),
        (words.period_month(), uptimes.days_30),
        (words.period_quarter(), uptimes.days_90),
        (words.period_year(), uptimes.days_365),
    ]
    .map(|(period, uptime)| UptimeView { period, uptime: words.uptime_percent(uptime) })
    .into()
}

/// Returns the charts of the last 24 hours, 7 days and 90 days that have a value.
fn charts(words: &Words, service: &PublicService, until: Timestamp) -> Vec<ChartView> {
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
    let view = |title: String,
                id,
                periods: ChartPeriods,
                points: &[LatencyPoint],
                rows: Vec<LatencyRow>| {
        let subject = (service.label(), title.as_str());
        let chart = LatencyChart::of(words, subject, periods, points)?;
        let end = periods.start + periods.length * i32::try_from(periods.n).unwrap_or(0);
        let label = |at| {
            let is_of_days = periods.length >= DAY;
            let time = if is_of_days { words.short_date(day_of(at)) } else { words.short_time(at) };
            words.within_drawing(time)
        };
        let (first, last) = (label(periods.start), label(end));
        Some(ChartView { title, id, chart, first, last, rows })
    };
    let charts = [
        view(words.last_day(), "latency-24-hours", day, hours, hour_rows(words, hours, day)),
        view(words.last_week(), "latency-7-days", week, hours, day_rows(words, days, week_of_days)),
        view(
            words.last_quarter(),
            "latency-90-days",
            quarter,
            days,
            day_rows(words, days, quarter),
        ),
    ];
    charts.into_iter().flatten().collect()
}

fn hour_rows(words: &Words, points: &[LatencyPoint], periods: ChartPeriods) -> Vec<LatencyRow> {
    rows(words, points, periods, |start| Moment::short(words, start))
}

fn day_rows(words: &Words, points: &[LatencyPoint], periods: ChartPeriods) -> Vec<LatencyRow> {
    rows(words, points, periods, |start| Moment::day(words, day_of(start)))
}

/// Returns the rows of a table, the newest first.
fn rows(
    words: &Words,
    points: &[LatencyPoint],
    periods: ChartPeriods,
    start: impl Fn(Timestamp) -> Moment,
) -> Vec<LatencyRow> {
    let within = points.iter().rev().filter(|point| point.start >= periods.start);
    let row = |point: &LatencyPoint| LatencyRow {
        start: start(point.start),
        p50: words.latency(point.latency.p50),
        p95: words.latency(point.latency.p95),
        p99: words.latency(point.latency.p99),
    };
    within.map(row).collect()
}
