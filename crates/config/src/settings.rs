//! `[page]`, `[defaults]` and `[incidents]`.

mod tokens;

use std::collections::BTreeSet;
use std::time::Duration;

use allclear_core::config::{GroupFolding, Page, PageGroup, PageSubscription, Settings};
use allclear_core::duration;
use allclear_core::monitor::{Confirmation, Monitor};
use allclear_core::page_brand::{AccentColor, PageAnnouncement, PageBrand};
use allclear_core::page_language::PageLanguage;
use allclear_core::quorum::Quorum;
use allclear_core::rule::DEFAULT_COOLDOWN;
use allclear_core::web_origin::WebOrigin;

use jiff::tz::TimeZone;

use crate::formats::{Keyword, PointInTime};
use crate::names::DefinedNames;
use crate::raw;
use crate::spanned::{AtText, Spanned};
use crate::spanned_error::SpannedError;

/// The values that a monitor or rule inherits if it does not set its own.
#[derive(Debug, Clone)]
pub(crate) struct InheritedDefaults {
    pub(crate) interval: Duration,
    pub(crate) timeout: Duration,
    pub(crate) recheck: bool,
    pub(crate) confirmation: Confirmation,
    pub(crate) quorum: Quorum,
    pub(crate) expected_response_time: Option<Duration>,
    pub(crate) cooldown: Duration,
}

const SHORTEST_INTERVAL: Duration = Duration::from_secs(10);
const LONGEST_INTERVAL: Duration = Duration::from_hours(24);

/// Returns the settings of the page.
pub(crate) fn page(
    raw: &raw::Page,
    names: &DefinedNames,
    findings: &mut Vec<SpannedError>,
) -> Page {
    Page {
        title: raw.title.clone().unwrap_or_else(|| "Status".to_owned()),
        url: raw.url.as_ref().map(|url| url.0.0.clone()),
        description: raw.description.clone(),
        contact: raw.contact.as_ref().map(|contact| contact.0.0.clone()),
        groups: groups(&raw.group, names, findings),
        embed_origins: embed_origins(&raw.embed_origins, findings),
        languages: languages(&raw.languages, findings),
        brand: brand(raw, findings),
        subscribe: subscription(raw.subscribe.as_ref()),
    }
}

/// Returns the origins. Reports one that is written twice.
fn embed_origins(raw: &[AtText<WebOrigin>], findings: &mut Vec<SpannedError>) -> Vec<WebOrigin> {
    let mut origins: Vec<WebOrigin> = Vec::new();
    for origin in raw {
        if origins.contains(origin.get()) {
            let what = format!("`{}` is written twice in `page.embed_origins`", origin.get());
            findings.push(SpannedError::new(origin.span.clone(), what).hint("remove one of them"));
        } else {
            origins.push(origin.get().clone());
        }
    }
    origins
}

/// Returns the look of the page.
fn brand(raw: &raw::Page, findings: &mut Vec<SpannedError>) -> PageBrand {
    let accent = raw.accent.as_ref().and_then(|accent| {
        let (light, dark) = (accent.light.as_ref()?.0.0, accent.dark.as_ref()?.0.0);
        Some(AccentColor { light, dark })
    });
    PageBrand {
        logo: raw.logo.as_ref().map(|logo| logo.0.clone()),
        link: raw.link.as_ref().map(|link| link.0.0.clone()),
        tokens: tokens::read(raw, accent, findings),
        accent,
        footer: raw.footer.clone(),
        announcement: raw.announcement.as_ref().and_then(banner),
        hidden: raw.hide.iter().map(|section| section.0).collect(),
    }
}

fn subscription(raw: Option<&raw::SubscribeTable>) -> PageSubscription {
    let Some(raw) = raw else { return PageSubscription::default() };
    PageSubscription {
        link: raw.link.as_ref().map(|link| link.0.0.clone()),
        sns_topic: raw.sns_topic.as_ref().map(|topic| topic.0.0.clone()),
    }
}

/// Returns the banner. A time without an offset is in UTC.
fn banner(table: &raw::AnnouncementTable) -> Option<PageAnnouncement> {
    let until = table.until.as_ref().and_then(|until| match until.get() {
        PointInTime::Absolute(at) => Some(*at),
        PointInTime::Local(local) => local.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp()),
    });
    Some(PageAnnouncement { text: table.text.clone()?, until })
}

/// Returns the languages. Reports one that is written twice.
fn languages(
    raw: &[Spanned<Keyword<PageLanguage>>],
    findings: &mut Vec<SpannedError>,
) -> Vec<PageLanguage> {
    let mut languages: Vec<PageLanguage> = Vec::new();
    for language in raw {
        let Keyword(tag) = language.value;
        if languages.contains(&tag) {
            let what = format!("`{}` is written twice in `page.languages`", tag.as_str());
            findings
                .push(SpannedError::new(language.span.clone(), what).hint("remove one of them"));
        } else {
            languages.push(tag);
        }
    }
    languages
}

/// Returns the groups with settings. Reports names and ids that are defined twice, and unknown names.
fn groups(
    raw: &[raw::PageGroupTable],
    names: &DefinedNames,
    findings: &mut Vec<SpannedError>,
) -> Vec<PageGroup> {
    let mut groups: Vec<PageGroup> = Vec::new();
    let mut known = BTreeSet::new();
    for group in raw {
        let Some(name) = &group.name else { continue };
        findings.extend(names.unknown_group(&name.value, &name.span));
        if !known.insert(&name.value) {
            let what = format!("`{}` is defined twice in `page.group`", name.value);
            findings.push(SpannedError::new(name.span.clone(), what).hint("remove one of them"));
        }
        if let Some(id) = &group.id
            && groups.iter().any(|other| other.id.as_ref() == Some(id.get()))
        {
            let what = format!("two groups have the id `{}`", id.get());
            findings.push(SpannedError::new(id.span.clone(), what).hint("choose another id"));
        }
        let folding = |closed: bool| if closed { GroupFolding::Closed } else { GroupFolding::Open };
        groups.push(PageGroup {
            name: name.value.clone(),
            id: group.id.as_ref().map(|id| id.get().clone()),
            folding: group.collapsed.map(folding),
        });
    }
    groups
}

/// Returns the global settings.
pub(crate) fn settings(file: &raw::File, findings: &mut Vec<SpannedError>) -> Settings {
    let raw = &file.defaults;
    let publish = file.incidents.publish.as_ref();
    let defaults = Settings::default();
    let mut kept = |name: &str, value: &Option<AtText<Duration>>, default: Duration| {
        let Some(value) = value else { return default };
        if value.get().as_secs() < 3600 {
            let what = format!("`{name}` are kept for less than an hour");
            findings.push(
                SpannedError::new(value.span.clone(), what).hint("keep them for `1d` or more"),
            );
        }
        *value.get()
    };
    Settings {
        concurrency: raw
            .concurrency
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(defaults.concurrency),
        controls: raw.controls.iter().flatten().map(|control| control.0.0.clone()).collect(),
        keep_runs: kept("runs", &raw.keep.runs, defaults.keep_runs),
        keep_hours: kept("hours", &raw.keep.hours, defaults.keep_hours),
        keep_days: kept("days", &raw.keep.days, defaults.keep_days),
        keep_events: kept("events", &raw.keep.events, defaults.keep_events),
        publish_incidents: publish.map_or(defaults.publish_incidents, |publish| publish.0),
    }
}

/// Returns the values that monitors and rules inherit if they do not set their own.
pub(crate) fn defaults(raw: &raw::Defaults, findings: &mut Vec<SpannedError>) -> InheritedDefaults {
    let built_in = (Monitor::DEFAULT_INTERVAL, Monitor::DEFAULT_TIMEOUT);
    let (interval, timeout) =
        timing(raw.interval.as_ref(), raw.timeout.as_ref(), built_in, findings);
    InheritedDefaults {
        interval,
        timeout,
        recheck: raw.recheck.unwrap_or(true),
        confirmation: confirmation(raw.confirm.as_ref(), Confirmation::default(), findings),
        quorum: raw.quorum.map(|quorum| quorum.0).unwrap_or_default(),
        expected_response_time: expected(raw.expected_response_time.as_ref(), findings),
        cooldown: raw.cooldown.as_ref().map_or(DEFAULT_COOLDOWN, |cooldown| cooldown.0),
    }
}

/// Returns the interval and the timeout: the monitor's own, or else the inherited ones.
pub(crate) fn timing(
    interval: Option<&AtText<Duration>>,
    timeout: Option<&AtText<Duration>>,
    inherited: (Duration, Duration),
    findings: &mut Vec<SpannedError>,
) -> (Duration, Duration) {
    let chosen = |own: Option<&AtText<Duration>>, default| own.map_or(default, |own| *own.get());
    let times = (chosen(interval, inherited.0), chosen(timeout, inherited.1));
    if let Some(interval) = interval
        && !(SHORTEST_INTERVAL..=LONGEST_INTERVAL).contains(interval.get())
    {
        let what = format!("`interval` cannot be `{}`", duration::format(*interval.get()));
        findings
            .push(SpannedError::new(interval.span.clone(), what).hint("choose from `10s` to `1d`"));
    } else if let Some(place) = timeout.or(interval)
        && times.1 > times.0
    {
        let (interval_text, timeout_text) = (duration::format(times.0), duration::format(times.1));
        let what =
            format!("the timeout `{timeout_text}` is longer than the interval `{interval_text}`");
        let hint = format!("set `timeout` to `{interval_text}` or less, or check less often");
        let finding = SpannedError::new(place.span.clone(), what).hint(hint);
        findings.push(match (timeout, interval) {
            (Some(_), Some(interval)) => finding.also(interval.span.clone(), "interval"),
            _ => finding,
        });
    }
    if let Some(timeout) = timeout.filter(|timeout| timeout.get().is_zero()) {
        let finding = SpannedError::new(timeout.span.clone(), "a timeout of zero fails each check");
        findings.push(finding.hint("write `10s`"));
    }
    times
}

/// Returns the usual response time; `None` if it is unset.
pub(crate) fn expected(
    own: Option<&AtText<Duration>>,
    findings: &mut Vec<SpannedError>,
) -> Option<Duration> {
    let own = own?;
    if own.get().is_zero() {
        let what = "`expected_response_time` cannot be `0s`";
        findings.push(SpannedError::new(own.span.clone(), what).hint("write for example `800ms`"));
    }
    Some(*own.get())
}

/// Returns the confirmation thresholds: the monitor's own, or else the inherited ones.
pub(crate) fn confirmation(
    own: Option<&raw::Confirm>,
    inherited: Confirmation,
    findings: &mut Vec<SpannedError>,
) -> Confirmation {
    let Some(own) = own else { return inherited };
    let failures = own.failures.as_ref().map_or(inherited.failures, |n| n.value);
    // `failures` without `of` requires that many in a row.
    let of = match (&own.of, &own.failures) {
        (Some(of), _) => of.value,
        (None, Some(failures)) => failures.value,
        (None, None) => inherited.of,
    };
    if failures > of
        && let Some(place) = own.failures.as_ref().or(own.of.as_ref())
    {
        let what = format!("{failures} failures of the last {of} outcomes can never occur");
        let hint = format!("set `of` to {failures} or more, or `failures` to {of} or less");
        findings.push(SpannedError::new(place.span.clone(), what).hint(hint));
    }
    let successes = own.successes.as_ref().map_or(inherited.successes, |n| n.value);
    Confirmation { failures, of, successes }
}
