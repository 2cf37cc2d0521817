//! The parts of a config as named texts, in the notation of the file.

use std::time::Duration;

use allclear_core::action::{Action, Execution};
use allclear_core::channel::Channel;
use allclear_core::config::{Config, GroupFolding, PageGroup};
use allclear_core::digest::hexadecimal;
use allclear_core::duration;
use allclear_core::monitor::Monitor;
use allclear_core::notification_settings::{Escalation, ReminderPolicy};
use allclear_core::page_brand::{PageAnnouncement, PageBrand};
use allclear_core::page_tokens::TokenColors;
use allclear_core::redact::Redactor;
use allclear_core::route::{AfterMatch, EscalationSetting, PlacedRoute, Route};
use allclear_core::rule::{Rule, RuleScope};
use allclear_core::status::Fault;
use allclear_core::summary::{Summary, SummaryPeriod};
use allclear_core::window::{DayOfMonth, Maintenance, OpeningDays, Silence, WindowSchedule};
use serde_json::Value;

use crate::secret_form::is_secret_key;

/// One value with its key. An unset value has no field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    text: String,
    is_hidden: bool,
}

impl Field {
    /// Returns the value with secrets redacted; `None` if it is confidential.
    pub(super) fn shown(&self) -> Option<String> {
        (!self.is_hidden).then(|| Redactor::default().redact(&self.text).into_owned())
    }
}

/// The fields of one part, while they are collected.
#[derive(Default)]
struct FieldCollector(Vec<Field>);

impl FieldCollector {
    fn word(&mut self, name: &str, text: &impl ToString) {
        self.0.push(Field { name: name.to_owned(), text: text.to_string(), is_hidden: false });
    }

    fn text(&mut self, name: &str, text: &str) {
        self.word(name, &Value::from(text));
    }

    fn optional(&mut self, name: &str, text: Option<&String>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    fn duration(&mut self, name: &str, duration: Duration) {
        self.word(name, &duration::format(duration));
    }

    fn list(&mut self, name: &str, list: impl IntoIterator<Item = impl ToString>) {
        let list: Vec<String> = list.into_iter().map(|one| one.to_string()).collect();
        if !list.is_empty() {
            self.word(name, &format!("[{}]", list.join(", ")));
        }
    }

    /// Adds a list that may be empty.
    fn whole_list(&mut self, name: &str, list: impl IntoIterator<Item = impl ToString>) {
        let list: Vec<String> = list.into_iter().map(|one| one.to_string()).collect();
        self.word(name, &format!("[{}]", list.join(", ")));
    }

    fn reminders(&mut self, reminders: &[ReminderPolicy]) {
        for policy in reminders {
            let name = |key: &str| format!("reminders.{}.{key}", policy.severity);
            self.duration(&name("every"), policy.every);
            self.word(&name("growth"), &policy.growth.as_str());
            self.word(&name("limit"), &policy.limit);
        }
    }

    fn escalation(&mut self, escalation: Option<&Escalation>) {
        if let Some(escalation) = escalation {
            self.duration("escalate.after", escalation.after);
            self.word("escalate.min_severity", &escalation.min_severity);
            self.list("escalate.to", &escalation.channels);
        }
    }

    fn scope(&mut self, scope: &RuleScope) {
        self.list("monitors", &scope.monitors);
        self.list("groups", &scope.groups);
        self.list("tags", &scope.tags);
    }

    /// Adds the parameters of a kind, each under its path of keys.
    fn params(&mut self, name: &str, value: &Value) {
        match value {
            Value::Object(table) if !table.is_empty() => {
                for (key, value) in table {
                    self.params(&format!("{name}.{key}"), value);
                }
            }
            Value::Object(_)
            | Value::Array(_)
            | Value::String(_)
            | Value::Number(_)
            | Value::Bool(_)
            | Value::Null => {
                let key = name.rsplit('.').next().unwrap_or(name);
                let names_a_secret = value.as_str().is_some_and(|text| text.starts_with("secret:"));
                let is_hidden = !names_a_secret && (key == "token" || is_secret_key(key));
                self.0.push(Field { name: name.to_owned(), text: value.to_string(), is_hidden });
            }
        }
    }
}

pub(super) fn page(config: &Config) -> Vec<Field> {
    let page = &config.page;
    let mut fields = FieldCollector::default();
    fields.text("title", &page.title);
    fields.optional("url", page.url.as_ref());
    fields.optional("description", page.description.as_ref());
    fields.optional("contact", page.contact.as_ref());
    fields.list("embed_origins", &page.embed_origins);
    brand(&mut fields, &page.brand);
    fields.optional("subscribe.link", page.subscribe.link.as_ref());
    let topic = page.subscribe.sns_topic.as_ref();
    fields.optional("subscribe.sns_topic", topic.map(|topic| topic.arn().to_owned()).as_ref());
    fields.list("languages", page.languages.iter().map(|language| language.as_str()));
    let group = |group: &PageGroup| {
        let id = group.id.as_ref().map(|id| format!(" = {id}")).unwrap_or_default();
        let folding = match group.folding {
            Some(GroupFolding::Closed) => ", collapsed",
            Some(GroupFolding::Open) => ", open",
            None => "",
        };
        format!("{}{id}{folding}", group.name)
    };
    fields.list("group", page.groups.iter().map(group));
    fields.0
}

fn brand(fields: &mut FieldCollector, brand: &PageBrand) {
    // An image is thousands of characters long.
    let logo = brand.logo.as_ref().map(|logo| hexadecimal([logo.as_str()]));
    fields.optional("logo", logo.as_ref());
    fields.optional("link", brand.link.as_ref());
    let accent = brand.accent.map(|accent| format!("{} and {}", accent.light, accent.dark));
    fields.optional("accent", accent.as_ref());
    for (theme, colors) in [("light", brand.tokens.light), ("dark", brand.tokens.dark)] {
        let TokenColors { background, surface, text, muted, line } = colors;
        for (name, color) in [
            ("background", background),
            ("surface", surface),
            ("text", text),
            ("muted", muted),
            ("line", line),
        ] {
            let color = color.map(|color| color.to_string());
            fields.optional(&format!("theme.{theme}.{name}"), color.as_ref());
        }
    }
    for (name, size) in [("radius", brand.tokens.radius_px), ("width", brand.tokens.width_rem)] {
        if let Some(size) = size {
            fields.word(&format!("theme.{name}"), &size);
        }
    }
    fields.optional("footer", brand.footer.as_ref());
    if let Some(PageAnnouncement { text, until }) = &brand.announcement {
        fields.text("announcement.text", text);
        fields.optional("announcement.until", until.map(|until| until.to_string()).as_ref());
    }
    fields.list("hide", brand.hidden.iter().map(|section| section.as_str()));
}

pub(super) fn settings(config: &Config) -> Vec<Field> {
    let settings = &config.settings;
    let mut fields = FieldCollector::default();
    fields.word("concurrency", &settings.concurrency);
    fields.list("controls", &settings.controls);
    fields.duration("keep.runs", settings.keep_runs);
    fields.duration("keep.hours", settings.keep_hours);
    fields.duration("keep.days", settings.keep_days);
    fields.duration("keep.events", settings.keep_events);
    fields.text("incidents.publish", settings.publish_incidents.as_str());
    fields.0
}

pub(super) fn notifications(config: &Config) -> Vec<Field> {
    let settings = &config.notifications;
    let mut fields = FieldCollector::default();
    fields.duration("group_wait", settings.group_wait);
    fields.duration("group_interval", settings.group_interval);
    fields.list("group_by", settings.group_by.iter().map(|by| by.as_str()));
    fields.reminders(&settings.reminders);
    fields.escalation(settings.escalation.as_ref());
    fields.0
}

pub(super) fn watchdog(config: &Config) -> Vec<Field> {
    let mut fields = FieldCollector::default();
    if let Some(watchdog) = &config.watchdog {
        fields.word("url", &format!("secret:{}", watchdog.url));
        fields.duration("every", watchdog.every);
    }
    fields.0
}

/// Returns the fields of a route. An empty list differs from one that is not set.
pub(super) fn route(placed: &PlacedRoute<'_>) -> (String, Vec<Field>) {
    let Route { matchers: _, active_times, channels, after_match, settings, routes: _ } =
        placed.route;
    let mut fields = FieldCollector::default();
    fields.word("position", &placed.number);
    if let Some(channels) = channels {
        fields.whole_list("channels", channels);
    }
    match after_match {
        AfterMatch::Stop => {}
        AfterMatch::Continue => fields.word("continue", &true),
    }
    fields.list("active_times", active_times);
    if let Some(wait) = settings.group_wait {
        fields.duration("group_wait", wait);
    }
    if let Some(interval) = settings.group_interval {
        fields.duration("group_interval", interval);
    }
    if let Some(group_by) = &settings.group_by {
        fields.whole_list("group_by", group_by.iter().map(|by| by.as_str()));
    }
    if let Some(reminders) = &settings.reminders {
        fields.whole_list("reminders", reminders.iter().map(|policy| policy.severity));
        fields.reminders(reminders);
    }
    match &settings.escalation {
        EscalationSetting::Inherited => {}
        EscalationSetting::Off => fields.word("escalate", &"{}"),
        EscalationSetting::On(escalation) => fields.escalation(Some(escalation)),
    }
    (placed.id.to_string(), fields.0)
}

pub(super) fn monitor(monitor: &Monitor) -> (String, Vec<Field>) {
    let mut fields = FieldCollector::default();
    fields.text("name", &monitor.name);
    fields.optional("group", monitor.group.as_ref());
    fields.params(&format!("check.{}", monitor.check.kind), &monitor.check.params);
    fields.duration("interval", monitor.interval);
    fields.duration("timeout", monitor.timeout);
    fields.word("recheck", &monitor.recheck);
    fields.word("confirm.failures", &monitor.confirmation.failures);
    fields.word("confirm.of", &monitor.confirmation.of);
    fields.word("confirm.successes", &monitor.confirmation.successes);
    fields.word("quorum", &monitor.quorum);
    fields.word("critical", &monitor.critical);
    fields.word("public", &monitor.public);
    if let Some(expected) = monitor.expected_response_time {
        fields.duration("expected_response_time", expected);
    }
    fields.list("thresholds", &monitor.thresholds);
    fields.list("depends_on", &monitor.depends_on);
    fields.list("tags", &monitor.tags);
    fields.optional("runbook", monitor.runbook.as_ref());
    (monitor.id.to_string(), fields.0)
}

pub(super) fn rule(rule: &Rule) -> (String, Vec<Field>) {
    let mut fields = FieldCollector::default();
    fields.text("condition", &rule.condition);
    fields.word("severity", &rule.severity);
    fields.duration("for", rule.hold_for);
    fields.word("confirm.count", &rule.confirm.count);
    fields.word("confirm.of", &rule.confirm.of);
    fields.duration("keep_firing_for", rule.keep_firing_for);
    fields.duration("cooldown", rule.cooldown);
    fields.scope(&rule.scope);
    fields.word("momentary", &rule.momentary);
    if let Some(fault) = rule.fault {
        fields.word("fault", &fault);
    }
    fields.list("channels", &rule.channels);
    fields.optional("runbook", rule.runbook.as_ref());
    (rule.id.to_string(), fields.0)
}

pub(super) fn channel(channel: &Channel) -> (String, Vec<Field>) {
    let mut fields = FieldCollector::default();
    fields.params(&format!("send.{}", channel.send.kind), &channel.send.params);
    fields.word("min_severity", &channel.filter.min_severity);
    fields.list("faults", channel.filter.faults.iter().copied().map(Fault::as_str));
    fields.scope(&channel.filter.scope);
    (channel.id.to_string(), fields.0)
}

pub(super) fn action(action: &Action) -> (String, Vec<Field>) {
    // The effect follows from the kind and its parameters.
    let Action { id, run, effect: _, filter, policy } = action;
    let mut fields = FieldCollector::default();
    fields.params(&format!("run.{}", run.kind), &run.params);
    fields.list("rules", &filter.rules);
    fields.word("min_severity", &filter.min_severity);
    fields.list("faults", filter.faults.iter().copied().map(Fault::as_str));
    fields.scope(&filter.scope);
    fields.list("matchers", &filter.matchers);
    fields.word("max_attempts", &policy.max_attempts);
    fields.duration("cooldown", policy.cooldown);
    fields.duration("timeout", policy.timeout);
    fields.word("dry_run", &(policy.execution == Execution::DryRun));
    fields.word("attempts_per", &policy.count.as_str());
    (id.to_string(), fields.0)
}

pub(super) fn maintenance(window: &Maintenance) -> (String, Vec<Field>) {
    let mut fields = FieldCollector::default();
    fields.text("title", &window.title);
    fields.optional("description", window.description.as_ref());
    fields.scope(&window.scope);
    match &window.schedule {
        WindowSchedule::Once { start, end } => {
            fields.word("start", start);
            fields.word("end", end);
        }
        WindowSchedule::Repeated { days, hours, time_zone } => {
            match days {
                OpeningDays::Weekly(days) => {
                    fields.list("weekly.days", days.iter().map(|day| day.as_str()));
                }
                OpeningDays::Monthly(DayOfMonth::Day(day)) => fields.word("monthly.day", day),
                OpeningDays::Monthly(DayOfMonth::Weekday { weekday, nth }) => {
                    fields.word("monthly.weekday", &weekday.as_str());
                    fields.word("monthly.nth", nth);
                }
                OpeningDays::Rule { rule, first, .. } => {
                    fields.text("rrule", rule.as_str());
                    fields.word("start", first);
                }
            }
            fields.word("hours", hours);
            fields.word("time_zone", time_zone);
        }
    }
    (window.id.to_string(), fields.0)
}

pub(super) fn summary(summary: &Summary) -> (String, Vec<Field>) {
    let mut fields = FieldCollector::default();
    match summary.every {
        SummaryPeriod::Day => fields.word("every", &"day"),
        SummaryPeriod::Week(day) => {
            fields.word("every", &"week");
            fields.word("weekday", &format!("{day:?}").to_lowercase());
        }
    }
    fields.word("at", &summary.at.strftime("%H:%M:%S"));
    fields.word("time_zone", &summary.time_zone);
    fields.list("channels", &summary.channels);
    (summary.id.to_string(), fields.0)
}

/// Returns the fields of a silence. A silence has no id, so its matchers, author and comment identify
/// it.
pub(super) fn silence(silence: &Silence) -> (String, Vec<Field>) {
    let Silence { matchers, starts_at, until, author, comment } = silence;
    let of: Vec<String> = matchers.iter().map(ToString::to_string).collect();
    let mut fields = FieldCollector::default();
    if let Some(starts_at) = starts_at {
        fields.word("start", starts_at);
    }
    fields.word("until", until);
    (format!("of {} by {author} ({comment})", of.join(", ")), fields.0)
}
