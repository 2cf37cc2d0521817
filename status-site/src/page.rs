//! `index.html` and `404.html`: converts the snapshot to views for the templates. It decides no
//! rule of the domain.

mod days;
mod history;
mod incident;
mod legend;
mod maintenance;
pub(crate) mod models;
mod moment;
pub(crate) mod not_found;
mod periods;
pub(crate) mod providers;
pub(crate) mod service_page;
mod services;

use askama::Template;
use jiff::Timestamp;

use self::{
    history::PastDays, incident::IncidentView, legend::Legend, maintenance::MaintenanceView,
    moment::Moment, periods::StripSide, services::GroupView,
};
use crate::{
    NEXT, OverallStatus, SiteFile, Snapshot,
    content_security_policy::content_security_policy,
    headline::STALE_SENTENCE,
    icon::{self, Icon},
    script::script,
    share,
    snapshot::{Freshness, MaintenancePhase, PageIdentity, ServiceIndex, ServiceState},
    stylesheet::stylesheet,
    wording::duration,
};

#[derive(Template)]
#[template(path = "index.html")]
struct IndexPage<'a> {
    content_security_policy: String,
    title: String,
    description: String,
    favicon: String,
    share_image: String,
    css: &'static str,
    script: &'static str,
    icons: &'static [Icon],
    page: &'a PageIdentity,
    answer: &'a OverallStatus,
    generated: Moment,
    checked: Option<Moment>,
    checked_ms: Option<i64>,
    stale_after_ms: i128,
    stale_after: String,
    is_stale: bool,
    /// The time from the last check to the next start or end of maintenance.
    next_after_ms: Option<i64>,
    use_of_page: PageUse,
    stale_sentence: &'static str,
    ago_words: &'static str,
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

/// The words that the script puts in the place of the time of the last check, with `#` in the place of the age.
const AGO_WORDS: &str = "# ago";

/// Renders the page.
pub(crate) fn file(snapshot: &Snapshot, answer: &OverallStatus) -> SiteFile {
    SiteFile::text("index.html", html(snapshot, answer, PageUse::Present))
}

/// Renders the page of a later time.
pub(crate) fn next(snapshot: &Snapshot) -> SiteFile {
    SiteFile::text(NEXT, html(snapshot, &OverallStatus::of(snapshot), PageUse::Ahead))
}

#[expect(
    clippy::expect_used,
    reason = "a template fails only if a value's `Display` does, and those here do not"
)]
fn html(snapshot: &Snapshot, answer: &OverallStatus, use_of_page: PageUse) -> String {
    let (services, now) = (&ServiceIndex::of(snapshot), snapshot.generated_at);
    let incidents = snapshot.open_incidents().into_iter();
    let windows = [MaintenancePhase::Active, MaintenancePhase::Announced]
        .into_iter()
        .flat_map(|phase| snapshot.maintenances_in(phase));
    let page = IndexPage {
        content_security_policy: content_security_policy(),
        title: title(snapshot, answer),
        description: description(snapshot, answer),
        favicon: icon::favicon(answer.state),
        share_image: snapshot.page.url.of_file(&share::path(answer.state)),
        css: stylesheet(),
        script: script(),
        icons: icon::all(),
        page: &snapshot.page,
        answer,
        generated: Moment::long(snapshot.generated_at),
        checked: snapshot.last_checked_at.map(|at| Moment::near(at, now)),
        checked_ms: snapshot.last_checked_at.map(Timestamp::as_millisecond),
        stale_after_ms: snapshot.stale_after.as_millis(),
        stale_after: duration(snapshot.stale_after),
        stale_sentence: STALE_SENTENCE,
        next_after_ms: next_after_ms(snapshot),
        use_of_page,
        ago_words: AGO_WORDS,
        is_stale: matches!(snapshot.freshness(), Freshness::Stale { .. }),
        open_incidents: incidents.map(|one| IncidentView::of(services, now, one)).collect(),
        maintenances: windows.map(|window| MaintenanceView::of(services, now, window)).collect(),
        groups: services::groups(snapshot),
        providers: if snapshot.providers.is_empty() { "" } else { providers::PROVIDERS },
        legend: Legend::of(snapshot),
        past: history::past(snapshot, services),
    };
    page.render().expect("writing to a string cannot fail")
}

fn next_after_ms(snapshot: &Snapshot) -> Option<i64> {
    let (next, checked) = (snapshot.next_change_at?, snapshot.last_checked_at?);
    Some(next.as_millisecond() - checked.as_millisecond())
}

/// Returns the page title. It begins with the state, because a tab shows little more than the first
/// words.
fn title(snapshot: &Snapshot, answer: &OverallStatus) -> String {
    let headline = &answer.headline;
    let name = &snapshot.page.title;
    match answer.state {
        ServiceState::Operational | ServiceState::NoData => format!("{headline} · {name}"),
        ServiceState::Degraded | ServiceState::Outage | ServiceState::Maintenance => {
            format!("{}: {headline} · {name}", answer.state.word())
        }
    }
}

fn description(snapshot: &Snapshot, answer: &OverallStatus) -> String {
    match snapshot.page.description.as_str() {
        "" => format!("{}.", answer.headline),
        text => format!("{}. {text}", answer.headline),
    }
}
