//! The causes of differences between summaries.

use allclear_core::config::Config;
use allclear_core::delivery::Delivery;
use allclear_core::id::{ChannelId, MonitorId, RuleId};
use allclear_core::rule::SUMMARY;
use allclear_core::status::Severity;
use allclear_core::summary::{Summary, SummaryPeriod};

use super::Explainer;
use crate::config_changes::AlertProperties;
use crate::difference::DifferenceCause;
use crate::story::StoryStage;

impl Explainer<'_> {
    /// Returns the causes of the difference between two summaries, at least one of which exists.
    pub(crate) fn summary_causes(
        &self,
        old: Option<&Delivery>,
        new: Option<&Delivery>,
    ) -> Vec<DifferenceCause> {
        let Some(one) = old.or(new) else { return Vec::new() };
        if let Some(missing) = self.configs.missing_channel(&one.channel) {
            return vec![DifferenceCause { stage: StoryStage::Route, text: missing }];
        }
        let (before, after) = (self.configs.before.config(), self.configs.after.config());
        let mut texts = changes(before, after, one);
        let mut stage = StoryStage::Notice;
        if texts.is_empty()
            && let Ok(rule) = RuleId::new(SUMMARY)
        {
            let about = (MonitorId::itself(), rule);
            let (severity, at) = (Severity::Info, one.created_at);
            let properties = AlertProperties { about: &about, severity, fault: None, at };
            texts = self.configs.route(&properties);
            stage = StoryStage::Route;
        }
        if texts.is_empty() {
            stage = StoryStage::Notice;
            texts.push(
                "no change of the config is about it: the config of the records may have been replaced within the \
                 period, or the process stood still when it was due"
                    .to_owned(),
            );
        }
        texts.into_iter().map(|text| DifferenceCause { stage, text }).collect()
    }
}

/// Returns the changes of the summaries of both configs that can be those of a delivery.
fn changes(before: &Config, after: &Config, one: &Delivery) -> Vec<String> {
    let find = |config: &'_ Config, id: &Summary| {
        config.summaries.iter().find(|summary| summary.id == id.id).cloned()
    };
    let is_meant = |summary: &&Summary| {
        let notification = &one.notification;
        summary.covered(one.created_at).is_some_and(|covered| {
            covered.until == notification.at && summary.title(&covered) == notification.monitor_name
        })
    };
    let mut texts = Vec::new();
    for summary in before.summaries.iter().filter(is_meant) {
        match find(after, summary) {
            None => texts.push(format!("the config has no summary `{}`", summary.id)),
            Some(new) => texts.extend(change(summary, &new)),
        }
    }
    for summary in after.summaries.iter().filter(is_meant) {
        match find(before, summary) {
            None => texts.push(format!("the summary `{}` is new", summary.id)),
            Some(old) => texts.extend(change(&old, summary)),
        }
    }
    texts.sort();
    texts.dedup();
    texts
}

fn every(period: SummaryPeriod) -> String {
    match period {
        SummaryPeriod::Day => "day".to_owned(),
        SummaryPeriod::Week(day) => format!("week, {}", format!("{day:?}").to_lowercase()),
    }
}

/// Returns the change of a summary, apart from its name.
fn change(old: &Summary, new: &Summary) -> Option<String> {
    let channels =
        |one: &Summary| one.channels.iter().map(ChannelId::as_str).collect::<Vec<_>>().join(", ");
    let mut parts = Vec::new();
    let mut push = |name: &str, old: String, new: String| {
        if old != new {
            parts.push(format!("{name} `{old}` → `{new}`"));
        }
    };
    push("every", every(old.every), every(new.every));
    push("at", old.at.to_string(), new.at.to_string());
    push("time_zone", old.time_zone.clone(), new.time_zone.clone());
    push("channels", channels(old), channels(new));
    (!parts.is_empty()).then(|| format!("summary `{}`: {}", new.id, parts.join(", ")))
}
