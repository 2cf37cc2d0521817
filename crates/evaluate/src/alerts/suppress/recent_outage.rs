//! Suppression of alerts about a period, such as the uptime of a day, by an outage within that period.
//!
//! The outage had alerts of its own, with their end. That it also lowers the uptime of the day is no news.

use allclear_core::event::SuppressedBy;
use allclear_core::state::LAST_DAY;
use allclear_core::status::Status;

use crate::alerts::Context;
use crate::alerts::firing_alert::FiringAlert;
use crate::alerts::suppressed::SuppressionReason;

pub(super) fn reason(context: &Context<'_>, alert: &FiringAlert<'_>) -> Option<SuppressionReason> {
    if !alert.rule?.is_about_a_day() {
        return None;
    }
    let state = alert.state;
    if state.status == Status::Unhealthy {
        return Some((SuppressedBy::RecentOutage, "an outage lasts".to_owned()));
    }
    let outage = state.last_outage?;
    let is_within = context.at < outage + LAST_DAY;
    let reason = format!("an outage until {outage:.0} had alerts of its own");
    is_within.then_some((SuppressedBy::RecentOutage, reason))
}
