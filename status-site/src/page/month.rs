//! `history/<month>.html`: the incidents of a month by day, and the uptime of each service. It makes no statement about the
//! present, so that the page of a month that is over stays the same.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use askama::Template;
use jiff::civil::Date;

use super::{incident::IncidentView, moment::Moment};
use crate::{
    SiteFile,
    edition::{Edition, LanguageLink, PageStyle},
    formats::{anchor, day_anchor, day_of, month_file, month_path},
    icon,
    snapshot::{
        CalendarMonth, HistoryDay, HistoryMonth, PageIdentity, PublicIncident, ServiceIndex,
        ServiceState,
    },
    stylesheet::PageSheet,
    words::{Around, Words},
};

/// The most services that a day names for one state.
const MAX_NAMES: usize = 5;

/// The most incidents that a page shows, the newest ones. Each costs about 700 bytes.
const MAX_INCIDENTS: usize = 200;

#[derive(Template)]
#[template(path = "month.html")]
struct MonthPage<'a> {
    style: PageStyle,
    favicon: String,
    page: &'a PageIdentity,
    words: &'static Words,
    /// The path to the first page in the same language.
    home: String,
    languages: Vec<LanguageLink>,
    name: String,
    summary: String,
    previous: Option<MonthLink>,
    next: Option<MonthLink>,
    days: Vec<MonthDays<'a>>,
    uptimes: Vec<(&'a str, String)>,
}

/// A link to the page of another month.
struct MonthLink {
    file: String,
    name: String,
}

/// A day, or a run of quiet days.
struct MonthDays<'a> {
    id: String,
    newest: Moment,
    oldest: Option<Moment>,
    exceptions: Vec<StateServices<'a>>,
    /// The incidents that began on the day, the newest first.
    incidents: Vec<IncidentView<'a>>,
    /// "3 more incidents", which the page does not show; empty if it shows all.
    more: String,
    /// The incidents that were open on the day and began before.
    continued: Vec<ContinuedIncident>,
    /// The sentence of a day on which nothing happened.
    quiet: String,
}

/// The services that were in one state on a day.
struct StateServices<'a> {
    /// The word for the state, before the names.
    around: Around,
    /// The names, each with the duration in the state, which is empty if it is not known.
    services: Vec<(&'a str, String)>,
    /// "and 3 more services"; empty if all are named.
    more: String,
}

/// A link to an incident that began on an earlier day.
struct ContinuedIncident {
    address: String,
    /// The title as HTML.
    title: String,
    /// "Continued: " around the link.
    around: Around,
}

/// The pages of months as they were rendered last. Pages whose facts are the same are not rendered again.
#[derive(Debug, Default)]
pub struct RenderedMonths(BTreeMap<(&'static str, CalendarMonth), RenderedMonth>);

/// The page of a month, with a hash of the facts that it shows.
#[derive(Debug)]
struct RenderedMonth {
    facts: u64,
    file: SiteFile,
}

/// Renders the page of each month, in each edition, that differs from the last time, and returns all of them.
pub(crate) fn files(editions: &[Edition<'_>], rendered: &mut RenderedMonths) -> Vec<SiteFile> {
    let mut last = std::mem::take(&mut rendered.0);
    let mut files = Vec::new();
    for edition in editions {
        let (snapshot, language) = (edition.snapshot, edition.words.tag());
        let services = &ServiceIndex::of(snapshot);
        for (place, month) in snapshot.months.iter().enumerate() {
            let neighbors = Neighbors::of(&snapshot.months, place);
            let facts = hash(edition, month, &neighbors);
            let known = last.remove(&(language, month.month));
            let known = known.filter(|known| known.facts == facts);
            let known = known.unwrap_or_else(|| RenderedMonth {
                facts,
                file: file(edition, month, services, &neighbors),
            });
            files.push(known.file.clone());
            rendered.0.insert((language, month.month), known);
        }
    }
    files
}

/// The months before and after a month, as far as they have pages.
#[derive(Hash)]
struct Neighbors {
    previous: Option<CalendarMonth>,
    next: Option<CalendarMonth>,
    /// The first month that has a page.
    first: Option<CalendarMonth>,
}

impl Neighbors {
    fn of(months: &[HistoryMonth], place: usize) -> Self {
        let month = |place: usize| months.get(place).map(|one| one.month);
        Self {
            previous: place.checked_sub(1).and_then(month),
            next: month(place + 1),
            first: month(0),
        }
    }
}

/// Returns a hash of everything that the page of a month shows. It is compared only within a process.
fn hash(edition: &Edition<'_>, month: &HistoryMonth, neighbors: &Neighbors) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&edition.snapshot.page, edition.is_first()).hash(&mut hasher);
    for service in edition.snapshot.services() {
        (&service.id, service.label()).hash(&mut hasher);
    }
    (month, neighbors).hash(&mut hasher);
    hasher.finish()
}

#[expect(
    clippy::expect_used,
    reason = "a template fails only if a value's `Display` does, and those here do not"
)]
fn file<'a>(
    edition: &Edition<'a>,
    month: &'a HistoryMonth,
    services: &ServiceIndex<'a>,
    neighbors: &Neighbors,
) -> SiteFile {
    let words = edition.words;
    let path = month_path(month.month);
    let link =
        |month: CalendarMonth| MonthLink { file: month_file(month), name: words.month_name(month) };
    let style = edition.style(PageSheet::Subpage, None);
    let page = MonthPage {
        style,
        favicon: icon::favicon(ServiceState::NoData),
        page: &edition.snapshot.page,
        words,
        home: edition.home_path(1),
        languages: edition.links(&path, 1),
        name: words.month_name(month.month),
        summary: words.month_summary(month),
        previous: neighbors.previous.map(link),
        next: neighbors.next.map(link),
        days: days(edition, month, services, neighbors),
        uptimes: uptimes(words, month, services),
    };
    SiteFile::text(edition.path(&path), page.render().expect("writing to a string cannot fail"))
}

fn uptimes<'a>(
    words: &Words,
    month: &HistoryMonth,
    services: &ServiceIndex<'a>,
) -> Vec<(&'a str, String)> {
    let named = month.uptimes.iter().filter_map(|one| {
        let service = services.service(&one.service)?;
        Some((service.label(), words.uptime_percent(one.uptime)))
    });
    named.collect()
}

/// Returns the days, the newest first. Neighboring days on which nothing happened are one entry.
fn days<'a>(
    edition: &Edition<'a>,
    month: &'a HistoryMonth,
    services: &ServiceIndex<'a>,
    neighbors: &Neighbors,
) -> Vec<MonthDays<'a>> {
    let words = edition.words;
    let began = by_first_day(month, neighbors);
    let shown = ids_shown(month);
    let mut all: Vec<MonthDays> = Vec::new();
    let mut newer: Option<&HistoryDay> = None;
    for day in month.days.iter().rev() {
        let is_today = neighbors.next.is_none() && newer.is_none();
        let lasted = if is_today { Durations::Unknown } else { Durations::Known };
        let began = began.get(&day.date).map_or(&[][..], Vec::as_slice);
        let visible: Vec<&PublicIncident> =
            began.iter().copied().filter(|one| shown.contains(one.id.as_str())).collect();
        let n_more = began.len() - visible.len();
        let incidents =
            visible.into_iter().map(|one| IncidentView::of(edition, services, one).without_age());
        let entry = MonthDays {
            id: day_anchor(day.date),
            newest: Moment::day(words, day.date),
            oldest: None,
            exceptions: exceptions(words, day, services, lasted),
            incidents: incidents.collect(),
            more: if n_more == 0 { String::new() } else { words.more_incidents(n_more) },
            continued: continued(words, month, day.date, (neighbors, &shown)),
            quiet: words.quiet_day(day),
        };
        match (all.last_mut(), newer) {
            (Some(run), Some(newer))
                if run.is_quiet() && entry.is_quiet() && newer.state == day.state =>
            {
                run.oldest = Some(Moment::day(words, day.date));
            }
            _ => all.push(entry),
        }
        newer = Some(day);
    }
    all
}

impl MonthDays<'_> {
    fn is_quiet(&self) -> bool {
        self.exceptions.is_empty()
            && self.incidents.is_empty()
            && self.more.is_empty()
            && self.continued.is_empty()
    }
}

/// Returns the day on which an incident is listed. One that began before the first month is listed on the first day.
fn day_listed(month: &HistoryMonth, incident: &PublicIncident, neighbors: &Neighbors) -> Date {
    let began = day_of(incident.started_at);
    match month.days.first() {
        Some(first) if neighbors.previous.is_none() => began.max(first.date),
        Some(_) | None => began,
    }
}

/// Returns the incidents that are listed in a month by their day, the newest first.
fn by_first_day<'a>(
    month: &'a HistoryMonth,
    neighbors: &Neighbors,
) -> HashMap<Date, Vec<&'a PublicIncident>> {
    let mut by_day: HashMap<Date, Vec<&PublicIncident>> = HashMap::new();
    for incident in &month.incidents {
        by_day.entry(day_listed(month, incident, neighbors)).or_default().push(incident);
    }
    for incidents in by_day.values_mut() {
        incidents.sort_by(|a, b| b.started_at.cmp(&a.started_at).then_with(|| a.id.cmp(&b.id)));
    }
    by_day
}

/// Returns the ids of the incidents that the page shows.
fn ids_shown(month: &HistoryMonth) -> HashSet<&str> {
    let mut newest: Vec<&PublicIncident> = month.incidents.iter().collect();
    newest.sort_by(|a, b| b.started_at.cmp(&a.started_at).then_with(|| a.id.cmp(&b.id)));
    newest.into_iter().take(MAX_INCIDENTS).map(|one| one.id.as_str()).collect()
}

/// Returns the incidents that were open on a day and are listed on an earlier one. Incidents
/// that the page does not show are left out.
fn continued(
    words: &Words,
    month: &HistoryMonth,
    date: Date,
    (neighbors, shown): (&Neighbors, &HashSet<&str>),
) -> Vec<ContinuedIncident> {
    let was_open = |incident: &&PublicIncident| {
        let is_over = incident.resolved_at.is_some_and(|end| day_of(end) < date);
        let is_shown = shown.contains(incident.id.as_str());
        is_shown && day_listed(month, incident, neighbors) < date && !is_over
    };
    let link = |incident: &PublicIncident| {
        let listed_in = CalendarMonth::of(day_of(incident.started_at));
        let listed_in = neighbors.first.map_or(listed_in, |first| listed_in.max(first));
        let file = if listed_in == month.month { String::new() } else { month_file(listed_in) };
        ContinuedIncident {
            address: format!("{file}#{}", anchor("incident", &incident.id)),
            title: words.incident_title_html(incident),
            around: words.incident_continued(),
        }
    };
    month.incidents.iter().filter(was_open).map(link).collect()
}

/// Whether durations are shown. Those of the present day still grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Durations {
    Known,
    Unknown,
}

/// Returns the services that were not operational on a day, by state, the worst state first.
fn exceptions<'a>(
    words: &Words,
    day: &HistoryDay,
    services: &ServiceIndex<'a>,
    durations: Durations,
) -> Vec<StateServices<'a>> {
    let of_state = |state: ServiceState| {
        let named = day.exceptions.iter().filter(|one| one.state == state).filter_map(|one| {
            let is_shown = durations == Durations::Known && one.seconds > 0;
            let lasted = if is_shown { words.seconds(one.seconds) } else { String::new() };
            services.service(&one.service).map(|service| (service.label(), lasted))
        });
        let mut named: Vec<(&str, String)> = named.collect();
        let n_more = named.len().saturating_sub(MAX_NAMES);
        named.truncate(MAX_NAMES);
        let more = if n_more == 0 { String::new() } else { words.more_services(n_more) };
        let around = words.label_around(&words.state(state));
        (!named.is_empty()).then_some(StateServices { around, services: named, more })
    };
    ServiceState::WORST_FIRST.into_iter().filter_map(of_state).collect()
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp, civil::date};

    use super::*;
    use crate::{Snapshot, snapshot::Href};

    fn snapshot(months: Vec<HistoryMonth>) -> Snapshot {
        let url = Href::parse("https://status.acme.example/").unwrap();
        Snapshot {
            page: PageIdentity::new("acme", "Acme status", url),
            generated_at: Timestamp::UNIX_EPOCH,
            last_checked_at: None,
            stale_after: SignedDuration::from_mins(5),
            monitoring_impaired: false,
            groups: Vec::new(),
            providers: Vec::new(),
            incidents: Vec::new(),
            months,
            maintenances: Vec::new(),
            withdrawn: Vec::new(),
            next_change_at: None,
        }
    }

    fn months() -> Vec<HistoryMonth> {
        let month = CalendarMonth::of(date(2026, 3, 1));
        [2, 1, 0].map(|n| HistoryMonth::empty(month.back(n))).into()
    }

    #[test]
    fn only_a_month_with_other_facts_is_rendered_again() {
        let mut rendered = RenderedMonths::default();
        let render = |snapshot: &Snapshot, rendered: &mut RenderedMonths| {
            let files = files(&Edition::all(snapshot), rendered);
            // A mark in what is known shows which pages are taken from there.
            for one in rendered.0.values_mut() {
                one.file.bytes = b"known".to_vec();
            }
            let is_known = |file: SiteFile| (file.path, file.bytes == b"known");
            files.into_iter().map(is_known).collect::<Vec<_>>()
        };
        let all = |known: [bool; 3]| {
            let paths = ["history/2026-01.html", "history/2026-02.html", "history/2026-03.html"];
            paths.map(str::to_owned).into_iter().zip(known).collect::<Vec<_>>()
        };
        assert_eq!(render(&snapshot(months()), &mut rendered), all([false; 3]));
        assert_eq!(render(&snapshot(months()), &mut rendered), all([true; 3]));
        let mut changed = snapshot(months());
        let day = HistoryDay {
            date: date(2026, 2, 3),
            state: ServiceState::Operational,
            exceptions: Vec::new(),
        };
        changed.months[1].days.push(day);
        assert_eq!(render(&changed, &mut rendered), all([true, false, true]));
        changed.page.title = "Other".to_owned();
        assert_eq!(render(&changed, &mut rendered), all([false; 3]));
    }

    #[test]
    fn a_month_that_left_the_page_is_forgotten() {
        let mut rendered = RenderedMonths::default();
        let all = snapshot(months());
        files(&Edition::all(&all), &mut rendered);
        let fewer = snapshot(months().split_off(1));
        assert_eq!(files(&Edition::all(&fewer), &mut rendered).len(), 2);
        assert_eq!(rendered.0.len(), 2);
    }
}
