//! `[route]`: the tree that chooses the channels of alerts.

use allclear_core::id::{ChannelId, MonitorId};
use allclear_core::matcher::{MatchLabel, Matcher};
use allclear_core::route::{AfterMatch, EscalationSetting, Route, RouteSettings};
use allclear_core::rule::SUMMARY;
use allclear_core::window::{OpeningDays, OpeningHours, WeekDay, WindowSchedule};
use jiff::civil::Time;

use crate::formats::Parsed;
use crate::names::DefinedNames;
use crate::spanned::{AtText, Spanned};
use crate::spanned_error::{Span, SpannedError};
use crate::{matchers, notifications, raw};

/// Returns the root of the routes, and reports every channel, severity and fault in them that does not exist.
pub(crate) fn routing(
    root: &raw::RootRoute,
    names: &DefinedNames,
    findings: &mut Vec<SpannedError>,
) -> Route {
    Route {
        channels: channels(root.channels.as_deref(), names, findings),
        routes: routes(&root.routes, names, findings),
        ..Route::default()
    }
}

fn routes(
    raw: &[Spanned<raw::Route>],
    names: &DefinedNames,
    findings: &mut Vec<SpannedError>,
) -> Vec<Route> {
    raw.iter().map(|one| route(&one.value, names, findings)).collect()
}

fn route(raw: &raw::Route, names: &DefinedNames, findings: &mut Vec<SpannedError>) -> Route {
    findings.extend(raw.matchers.iter().filter_map(matchers::unknown_word));
    let reminders =
        raw.reminders.as_ref().map(|reminders| notifications::reminders(reminders, findings));
    let settings = RouteSettings {
        group_wait: raw.group_wait.as_ref().map(|time| time.0),
        group_interval: raw.group_interval.as_ref().map(|time| time.0),
        group_by: raw.group_by.as_ref().map(|list| list.iter().map(|by| by.0).collect()),
        reminders,
        escalation: raw.escalate.as_ref().map_or(EscalationSetting::Inherited, |raw| {
            notifications::escalation_of_route(raw, names, findings)
        }),
    };
    Route {
        matchers: raw.matchers.iter().map(|matcher| matcher.get().clone()).collect(),
        active_times: raw.active_times.iter().map(active_time).collect(),
        channels: channels(raw.channels.as_deref(), names, findings),
        after_match: match raw.continues {
            Some(true) => AfterMatch::Continue,
            Some(false) | None => AfterMatch::Stop,
        },
        settings,
        routes: routes(&raw.routes.0, names, findings),
    }
}

fn channels(
    raw: Option<&[AtText<ChannelId>]>,
    names: &DefinedNames,
    findings: &mut Vec<SpannedError>,
) -> Option<Vec<ChannelId>> {
    let channels = raw?;
    for channel in channels {
        findings.extend(names.unknown_channel(channel.get().as_str(), &channel.span));
    }
    Some(channels.iter().map(|channel| channel.get().clone()).collect())
}

fn active_time(raw: &raw::ActiveTime) -> WindowSchedule {
    let time = |time: Option<&Parsed<Time>>| time.map_or(Time::midnight(), |time| time.0);
    let mut days: Vec<WeekDay> = Vec::new();
    for day in &raw.days {
        if !days.contains(&day.0) {
            days.push(day.0);
        }
    }
    if days.is_empty() {
        days.extend(WeekDay::ALL);
    }
    WindowSchedule::Repeated {
        days: OpeningDays::Weekly(days),
        hours: OpeningHours::within_a_day(time(raw.from.as_ref()), time(raw.to.as_ref())),
        time_zone: raw.time_zone.as_ref().map_or_else(|| "UTC".to_owned(), |zone| zone.0.0.clone()),
    }
}

/// Returns the places of all routes, each before those below it. The root is the first one.
pub(crate) fn places(root: &Spanned<raw::RootRoute>) -> Vec<Span> {
    let mut places = vec![root.span.clone()];
    for_each(&root.value.routes, &mut |route| places.push(route.span.clone()));
    places
}

/// Warns of monitors, groups, tags and rules in matchers that the config does not have.
pub(crate) fn unknown_names(root: &raw::RootRoute, names: &DefinedNames) -> Vec<SpannedError> {
    let mut findings = Vec::new();
    for_each(&root.routes, &mut |route| {
        let matchers = route.value.matchers.iter();
        let of_monitors = matchers.filter(|matcher| !is_of_itself(matcher.get()));
        findings.extend(of_monitors.filter_map(|matcher| matchers::unknown_name(matcher, names)));
    });
    findings
}

/// Returns true for the labels of notices of Allclear about itself.
fn is_of_itself(matcher: &Matcher) -> bool {
    match matcher.label {
        MatchLabel::Monitor => matcher.value == MonitorId::ITSELF,
        MatchLabel::Rule => matcher.value == SUMMARY,
        MatchLabel::Group
        | MatchLabel::Tag
        | MatchLabel::Severity
        | MatchLabel::Fault
        | MatchLabel::Region => false,
    }
}

fn for_each(routes: &[Spanned<raw::Route>], act: &mut impl FnMut(&Spanned<raw::Route>)) {
    for route in routes {
        act(route);
        for_each(&route.value.routes.0, act);
    }
}
