//! AWS's list of current events, of all services in all regions.

use allclear_core::provider_status::Level;
use serde_json::Value;

use super::{PageReport, is_named, worst_status};
use crate::lenient::{count, text};

pub(super) fn read(
    page: &Value,
    component: Option<&str>,
    region: Option<&str>,
) -> Result<PageReport, String> {
    let events = page.as_array().ok_or("the list of current events is not an array")?;
    Ok(worst_status(events.iter().filter_map(|event| {
        let level = level_of(event, component, region)?;
        let headline = text(&event["summary"]).unwrap_or_default().to_owned();
        Some(PageReport { level, headline, phase: None })
    })))
}

/// Returns the level of an event; `None` if it is about another service or region.
fn level_of(event: &Value, component: Option<&str>, region: Option<&str>) -> Option<Level> {
    let id = text(&event["service"]).unwrap_or_default();
    let is_here = region.is_none_or(|region| {
        // An event that names no region is everywhere.
        let of_event =
            text(&event["arn"]).and_then(|arn| arn.split(':').nth(3)).unwrap_or_default();
        of_event.is_empty() || of_event == "global" || of_event == region || id.ends_with(region)
    });
    if !is_here {
        return None;
    }
    let Some(part) = component else { return level(&event["status"]) };
    let has_name = |id: &str, row: &Value| {
        is_named(id, part) || text(&row["service_name"]).is_some_and(|name| is_named(name, part))
    };
    let impacted = event["impacted_services"].as_object().into_iter().flatten();
    let of_impacted = impacted
        .filter(|(id, row)| has_name(id, row))
        .filter_map(|(_, row)| level(&row["current"]))
        .max();
    of_impacted.or_else(|| has_name(id, event).then(|| level(&event["status"])).flatten())
}

/// Reads a level: 0 is resolved, 1 informs, 2 is degraded, 3 is disrupted; as numbers or strings.
fn level(status: &Value) -> Option<Level> {
    match count(status)? {
        0 | 1 => None,
        2 => Some(Level::Degraded),
        _ => Some(Level::Down),
    }
}
