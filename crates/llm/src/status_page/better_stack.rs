//! Better Stack's `index.json`.

use std::collections::BTreeSet;

use allclear_core::Timestamp;
use allclear_core::provider_status::Level;
use serde_json::Value;

use super::{PageReport, is_named, is_over, of_status};
use crate::lenient::{items, text, timestamp, within};

pub(super) fn read(
    page: &Value,
    component: Option<&str>,
    now: Timestamp,
) -> Result<PageReport, String> {
    let aggregate = text(within(page, "/data/attributes/aggregate_state"));
    let aggregate = aggregate.ok_or("the status page has no `data.attributes.aggregate_state`")?;
    let of_kind = |kind: &'static str| {
        let is_kind = move |one: &&Value| text(&one["type"]) == Some(kind);
        items(&page["included"]).iter().filter(is_kind)
    };
    let own_resources: Vec<(&str, Level)> = of_kind("status_page_resource")
        .filter(|one| {
            let name = text(within(one, "/attributes/public_name"));
            component.is_some_and(|part| name.is_some_and(|name| is_named(name, part)))
        })
        .filter_map(|one| {
            let level = text(within(one, "/attributes/status")).and_then(of_status)?;
            Some((text(&one["id"]).unwrap_or_default(), level))
        })
        .collect();
    let level = match own_resources.iter().map(|(_, level)| *level).max() {
        Some(level) => level,
        None => of_status(aggregate)
            .ok_or_else(|| format!("unknown state of the status page: `{aggregate}`"))?,
    };
    let ids: BTreeSet<&str> = own_resources.iter().map(|(id, _)| *id).collect();
    // The end of a report shows nothing: it stays empty when all is over.
    let headline = of_kind("status_report")
        .map(|report| &report["attributes"])
        .filter(|report| !text(&report["aggregate_state"]).is_none_or(is_over))
        .filter(|report| timestamp(&report["starts_at"]).is_none_or(|start| start <= now))
        .filter(|report| {
            own_resources.is_empty()
                || items(&report["affected_resources"]).iter().any(|row| {
                    text(&row["status_page_resource_id"]).is_some_and(|id| ids.contains(id))
                })
        })
        .max_by_key(|report| timestamp(&report["starts_at"]))
        .and_then(|report| text(&report["title"]));
    let headline = headline.filter(|_| level.is_trouble()).unwrap_or_default();
    // A report has an affected state, and no phase.
    Ok(PageReport { level, headline: headline.to_owned(), phase: None })
}
