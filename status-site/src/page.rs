//! The pages: converts the snapshot to views for the templates. It decides no
//! rule of the domain.

mod days;
pub(crate) mod history;
mod incident;
mod legend;
mod maintenance;
pub(crate) mod models;
mod moment;
pub(crate) mod month;
pub(crate) mod not_found;
mod periods;
pub(crate) mod providers;
pub(crate) mod service_page;
mod services;
pub(crate) mod year;

use askama::Template;
use jiff::Timestamp;

use self::{
    history::PastDays, incident::IncidentView, legend::Legend, maintenance::MaintenanceView,
    moment::Moment, periods::StripSide, services::GroupView,
};
use crate::{
    NEXT, OverallStatus, SiteFile,
    edition::{Edition, LanguageLink, PageStyle},
    formats::{AGE, PROVIDERS},
    icon::{self, Icon},
    script::script,
    share,
    snapshot::{
        Freshness, HiddenSection, MaintenancePhase, PageIdentity, ServiceIndex, ServiceState,
        Snapshot,
    },
    stylesheet::PageSheet,
    words::Words,
};

#[derive(Template)]
#[template(path = "index.html")]
struct IndexPage<'a> {
    style: PageStyle,
    title: String,
    description: String,
    favicon: String,
    share_image: String,
    script: &'static str,
    icons: &'static [Icon],
    page: &'a PageIdentity,
    words: &'static Words,
    /// The path to the files that all languages share.
    root: &'static str,
    /// The address of the page in its language.
    home: String,
    feed: String,
    languages: Vec<LanguageLink>,
    answer: OverallStatus,
    generated: Moment,
    checked: Option<Moment>,
    checked_ms: Option<i64>,
    stale_after_ms: i128,
    stale_after: String,
    is_stale: bool,
    /// The time from the last check to the next start or end of maintenance.
    next_after_ms: Option<i64>,
    use_of_page: PageUse,
    stale_sentence: String,
    ago_words: String,
    open_incidents: Vec<IncidentView<'a>>,
    maintenances: Vec<MaintenanceView<'a>>,
    groups: Vec<GroupView<'a>>,
    /// The path of the page of providers; empty without providers.
    providers: &'static str,
    legend: Legend,
    past: Vec<PastDays<'a>>,
}

/// The purpose for which a page is rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PageUse {
    /// For readers and search engines, now.
    Present,
    /// For the script alone, at a later time.
    Ahead,
}

/// Renders the page.
pub(crate) fn file(edition: &Edition<'_>) -> SiteFile {
    SiteFile::text(edition.path("index.html"), html(edition, PageUse::Present))
}

/// Renders the page of a later time.
pub(crate) fn next(edition: &Edition<'_>) -> SiteFile {
    SiteFile::text(edition.path(NEXT), html(edition, PageUse::Ahead))
}

#[expect(
    clippy::expect_used,
    reason = "a template fails only if a value's `Display` does, and those here do not"
)]
fn html(edition: &Edition<'_>, use_of_page: PageUse) -> String {
    let (snapshot, words) = (edition.snapshot, edition.words);
    let (services, now) = (&ServiceIndex::of(snapshot), snapshot.generated_at);
    let answer = OverallStatus::in_words(snapshot, words);
    let incidents = snapshot.open_incidents().into_iter();
    let windows = [MaintenancePhase::Active, MaintenancePhase::Announced]
        .into_iter()
        .flat_map(|phase| snapshot.maintenances_in(phase));
    let style = edition.style(PageSheet::First, Some(script()));
    let page = IndexPage {
        style,
        title: title(edition, &answer),
        description: description(edition, &answer),
        favicon: icon::favicon(answer.state),
        share_image: snapshot.page.url.of_file(&share::path(answer.state)),
        script: script(),
        icons: icon::all(),
        page: &snapshot.page,
        words,
        root: edition.root(),
        home: edition.home(),
        feed: edition.url_of("history.atom"),
        languages: edition.links("index.html", 0),
        answer,
        generated: Moment::long(words, snapshot.generated_at),
        checked: snapshot.last_checked_at.map(|at| Moment::near(words, at, now)),
        checked_ms: snapshot.last_checked_at.map(Timestamp::as_millisecond),
        stale_after_ms: snapshot.stale_after.as_millis(),
        stale_after: words.duration(snapshot.stale_after),
        stale_sentence: words.headline_stale(AGE),
        next_after_ms: next_after_ms(snapshot),
        use_of_page,
        ago_words: words.ago(AGE),
        is_stale: matches!(snapshot.freshness(), Freshness::Stale { .. }),
        open_incidents: incidents.map(|one| IncidentView::of(edition, services, one)).collect(),
        maintenances: windows
            .map(|window| MaintenanceView::of(edition, services, window))
            .collect(),
        groups: services::groups(edition),
        providers: if snapshot.providers.is_empty() { "" } else { PROVIDERS },
        legend: Legend::of(edition),
        past: history::past(edition, services),
    };
    page.render().expect("writing to a string cannot fail")
}

fn next_after_ms(snapshot: &Snapshot) -> Option<i64> {
    let (next, checked) = (snapshot.next_change_at?, snapshot.last_checked_at?);
    Some(next.as_millisecond() - checked.as_millisecond())
}

/// Returns the page title. It begins with the state, because a tab shows little more than the first
/// words.
fn title(edition: &Edition<'_>, answer: &OverallStatus) -> String {
    let headline = answer.headline.to_string();
    let name = &edition.snapshot.page.title;
    match answer.state {
        ServiceState::Operational | ServiceState::NoData => format!("{headline} · {name}"),
        ServiceState::Degraded | ServiceState::Outage | ServiceState::Maintenance => {
            let state = edition.words.state(answer.state);
            format!("{} · {name}", edition.words.title_with_state(&state, &headline))
        }
    }
}

fn description(edition: &Edition<'_>, answer: &OverallStatus) -> String {
    let sentence = edition.words.sentence(&answer.headline.to_string());
    match edition.snapshot.page.description.as_str() {
        "" => sentence,
        text => format!("{sentence} {text}"),
    }
}
