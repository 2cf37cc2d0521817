//! The texts of the page in one language. Each message of the files in `messages/` has a method here, so that a message
//! that no page uses is an unused method, and one that a page needs cannot be missing.

mod history;
mod incident;
mod provider;
mod public;
mod state;
mod values;

use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::Language;
use crate::snapshot::Tense;

/// The value of the variable `$place` while a message is split.
const PLACE: &str = "\u{fffc}";

/// The texts of one language.
pub(crate) struct Words {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

/// A text with a place for a time or a name, which has its own markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Around {
    /// The text before the place, with its trailing space.
    pub(crate) before: String,
    /// The text behind the place, with its leading space.
    pub(crate) after: String,
}

impl Words {
    /// Returns the words of a language, which are parsed once.
    pub(crate) fn of(language: Language) -> &'static Self {
        macro_rules! parsed_once {
            ($($variant:ident)*) => {
                match language {
                    $(Language::$variant => {
                        static WORDS: OnceLock<Words> = OnceLock::new();
                        WORDS.get_or_init(|| Self::parse(language))
                    })*
                }
            };
        }
        parsed_once!(English German French Spanish Japanese Chinese Arabic)
    }

    #[expect(
        clippy::expect_used,
        reason = "the files are part of the program, and a test parses each"
    )]
    fn parse(language: Language) -> Self {
        let tag: LanguageIdentifier = language.tag().parse().expect("the tag is valid");
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // The page isolates names by its markup; in plain texts, the invisible characters would disturb programs.
        bundle.set_use_isolating(false);
        let resource = FluentResource::try_new(language.source().to_owned());
        bundle
            .add_resource(resource.expect("the file is valid"))
            .expect("each message is there once");
        Self { language, bundle }
    }

    /// Returns the tag of the language (BCP 47).
    pub(crate) fn tag(&self) -> &'static str {
        self.language.tag()
    }

    /// Checks whether the language is written from the right to the left.
    pub(crate) fn is_right_to_left(&self) -> bool {
        self.language.is_right_to_left()
    }

    /// Returns a text for a drawing. Drawings are from the left to the right in each language; a text within them has the
    /// direction of the language.
    pub(crate) fn within_drawing(&self, text: String) -> String {
        // Unicode: RLI and PDI.
        if self.is_right_to_left() { format!("\u{2067}{text}\u{2069}") } else { text }
    }

    #[expect(clippy::expect_used, reason = "a test formats each message in each language")]
    fn text<const N: usize>(&self, id: &str, arguments: [(&str, FluentValue<'_>); N]) -> String {
        let message = self.bundle.get_message(id).and_then(|message| message.value());
        let arguments: FluentArgs<'_> = arguments.into_iter().collect();
        let mut errors = Vec::new();
        let pattern = message.expect("each language has each message");
        let text = self.bundle.format_pattern(pattern, Some(&arguments), &mut errors);
        debug_assert!(errors.is_empty(), "{id} in {:?}: {errors:?}", self.language);
        text.into_owned()
    }

    fn around(&self, id: &str) -> Around {
        Around::of(&self.text(id, [("place", PLACE.into())]))
    }

    /// Returns the text around what a label is about.
    pub(crate) fn label_around(&self, label: &str) -> Around {
        Around::of(&self.labeled(label, PLACE))
    }
}

impl Around {
    /// Splits a text at its place.
    fn of(text: &str) -> Self {
        let (before, after) = text.split_once(PLACE).unwrap_or((text, ""));
        Self { before: before.to_owned(), after: after.to_owned() }
    }
}

impl From<Tense> for FluentValue<'_> {
    fn from(tense: Tense) -> Self {
        Self::from(match tense {
            Tense::Present => "present",
            Tense::Past => "past",
        })
    }
}

/// Declares the messages with their variables, and those with a place.
macro_rules! messages {
    (texts { $($id:ident $(($($name:ident: $kind:ty),+))?;)* } around { $($place:ident;)* }) => {
        #[allow(clippy::too_many_arguments, reason = "a message has as many variables as its sentence")]
        impl Words {
            $(pub(crate) fn $id(&self $($(, $name: $kind)+)?) -> String {
                self.text(stringify!($id), [$($((stringify!($name), $name.into()),)+)?])
            })*
            $(pub(crate) fn $place(&self) -> Around {
                self.around(stringify!($place))
            })*
        }

        /// The messages with their variables.
        #[cfg(test)]
        const MESSAGES: &[(&str, &[&str])] = &[
            $((stringify!($id), &[$($(stringify!($name)),+)?]),)*
            $((stringify!($place), &["place"]),)*
        ];
    };
}

messages! {
texts {
    month(month: i8);
    month_brief(month: i8);
    date(day: i8, month: &str);
    date_brief(day: i8, month: &str);
    date_with_year(day: i8, month: &str, year: &str);
    date_and_time(date: &str, time: &str);
    time_utc(time: &str);
    span(from: &str, to: &str);
    span_to;
    decimal(whole: u64, fraction: &str);
    percent(number: &str);
    labeled(label: &str, text: &str);
    comma;
    sentence(text: &str);
    between_sentences;
    two_units(larger: &str, smaller: &str);
    n_s(n: i64);
    n_min(n: i64);
    n_h(n: i64);
    n_d(n: i64);
    n_minutes(n: i64);
    n_hours(n: i64);
    n_days(n: i64);

    operational;
    degraded;
    outage;
    maintenance;
    no_data;
    day_operational;
    day_degraded;
    day_outage;
    day_maintenance;
    day_no_data;
    group_operational(n: usize, total: usize);
    group_degraded(n: usize, total: usize);
    group_outage(n: usize, total: usize);
    group_maintenance(n: usize, total: usize);
    group_no_data(n: usize, total: usize);

    status_unknown;
    headline_without_services;
    headline_never_measured;
    headline_stale(age: &str);
    headline_impaired;
    headline_unconfirmed;
    headline_all_without_data;
    headline_all_down(total: usize);
    headline_problems(n: usize, total: usize);
    headline_some_without_data(n: usize, total: usize);
    headline_incident;
    headline_incidents(n: usize);
    headline_some_in_maintenance(n: usize, total: usize);
    headline_maintenance;
    headline_operational;
    note_impaired;
    note_stale;
    note_no_data(n: usize, total: usize);
    title_with_state(state: &str, headline: &str);
    never_checked;
    too_old(limit: &str);
    ago(age: &str);

    languages;
    subscribe;
    calendar;
    open_incidents;
    services;
    past_incidents;
    earlier_incidents;
    no_incidents;
    days_ago;
    today;
    plain_text;
    how_uptime;
    times_in_utc;
    not_found;
    not_found_here;
    current_status;

    not_measured;
    service_not_measured;
    period_not_measured;
    some_regions(failing: u32, of: u32);
    provider_reports_nothing;
    provider_agrees;
    provider_degraded(since: &str);
    provider_outage(since: &str);
    provider_maintenance(since: &str);
    provider_unconfirmed(report: &str);
    provider_later(report: &str, lag: &str);
    strip_not_measured(service: &str);
    strip_since(service: &str, date: &str);
    strip_period(service: &str);
    uptime_share(uptime: &str);
    days_with_problems(n: usize);
    days_with_maintenance(n: usize);
    days_without_data(n: usize);
    no_problems;
    down_for(length: &str);
    degraded_for(length: &str);
    day_since(state: &str, time: &str);
    n_incidents(n: usize);

    investigating;
    identified;
    monitoring;
    resolved;
    postmortem;
    open_for(length: &str, time: &str);
    lasted(length: &str);
    earlier_updates(n: usize);
    affected(services: &str);
    announced;
    in_progress;
    completed;
    planned(from: &str, to: &str);
    maintenance_in_progress;
    maintenance_completed;
    calendar_title(page: &str);

    history_of(service: &str);
    about_service(service: &str);
    uptime;
    period_hours;
    period_week;
    period_month;
    period_quarter;
    period_year;
    response_time;
    lines_of_chart;
    last_day;
    last_week;
    last_quarter;
    table;
    start;
    median;
    chart_label(service: &str, period: &str, least: &str, most: &str, highest: &str);
    incidents;
    no_incidents_in_quarter;
    badge;
    badge_markdown;
    uptime_of_service;

    month_and_year(month: &str, year: &str);
    weekday(day: i8);
    weekday_brief(day: i8);
    incidents_of_month(month: &str);
    about_month(month: &str);
    months;
    more_incidents(n: usize);
    more_services(n: usize);
    uptime_of_month;
    calendar_of_incidents;
    about_calendar;
    linked_days;

    names_and(first: &str, last: &str);
    names_and_more(first: &str, n: usize);
    is_down(names: &str, n: usize, tense: Tense);
    has_problems(names: &str, n: usize, tense: Tense);
    in_all_regions(of: u32);
    in_some_regions(failing: u32, of: u32);
    since_then(time: &str, tense: Tense);
    seen_unreachable(names: &str, n: usize, regions: &str, since: &str, tense: Tense);
    seen_late(names: &str, n: usize, regions: &str, since: &str, tense: Tense);
    seen_interrupted(names: &str, n: usize, regions: &str, since: &str, tense: Tense);
    seen_invalid_certificate(names: &str, n: usize, regions: &str, since: &str, tense: Tense);
    seen_expiring_certificate(names: &str, n: usize, regions: &str, since: &str, tense: Tense);
    seen_errors(names: &str, n: usize, regions: &str, since: &str, tense: Tense);
    seen_wrong_answers(names: &str, n: usize, regions: &str, since: &str, tense: Tense);
    seen_overloaded(names: &str, n: usize, regions: &str, since: &str, tense: Tense);
    seen_throttled(names: &str, n: usize, regions: &str, since: &str, tense: Tense);
    seen_overdue(names: &str, n: usize, regions: &str, since: &str, tense: Tense);
    seen_degraded(names: &str, n: usize, regions: &str, since: &str, tense: Tense);
    seen_down(names: &str, n: usize, regions: &str, since: &str, tense: Tense);
    provider_confirms(tense: Tense);
    provider_now_confirms(tense: Tense);
    provider_sees_nothing(tense: Tense);
    works_in_regions(name: &str, working: u32, of: u32, since: &str, tense: Tense);
    answers_again(name: &str, since: &str, tense: Tense);
    more_answer_again(n: usize, tense: Tense);
    works_again(names: &str, n: usize, since: &str, tense: Tense);
    no_longer_monitored(names: &str, n: usize, since: &str, tense: Tense);
    says_investigating;
    says_identified;
    says_monitoring;
    says_resolved;
    says_postmortem;
    other_works;
    others_work(n: usize);
    some_others_work(working: usize, n: usize);

    llm_providers;
    models_and_prices;
    about_providers;
    about_models;
    checks;
    its_status_page;
    its_incident;
    its_phase(phase: &str);
    comparison;
    compared_without_page;
    compared_without_data;
    compared_reported_only;
    compared_measured_only;
    compared_no_problem;
    compared_agreeing;
    compared_before(lead: &str);
    compared_after(lead: &str);
    reported_later(lead: &str);
    reported_before;
    reported_not_yet;
    reported_never;
    still_open;
    speeds;
    last_period;
    tokens_per_second;
    no_speed;
    problems_in_quarter;
    problems_compared;
    first_failed_check;
    length;
    how_checked;
    provider;
    search;
    capability;
    any;
    input_price_up_to;
    context_from;
    models_shown(shown: &str, total: &str);
    model_table;
    model;
    context;
    input;
    output;
    measured;
    first_token_after(time: &str);
    tokens_each_second(rate: &str);
    shutdown_on(date: &str);
    facts_from(date: &str, source: &str);

}

around {
    label;
    headline_down;
    headline_degraded;
    headline_no_data;
    headline_incident_of_service;
    headline_in_maintenance;
    contact;
    notifications;
    mail_from_topic;
    incident_open;
    incident_continued;
    checked;
    page_made;
    since;
    since_date;
    measured_since;
    updated;
    next_update;
    history_until;
    states_of;
    speeds_of;
    model_named;
    provider_details;
    provider_present;
    speeds_until;
}
}

#[cfg(test)]
mod tests;
