//! The content of a status page: its level, its open incident, and one component of it. Pure.

use std::fmt;

use allclear_core::Timestamp;
use allclear_core::outcome::Cause;
use allclear_core::provider_status::Level;
use allclear_core::reason::Reason;
use allclear_llm::provider::PageShape;
use allclear_llm::status_page::{PagePart, PageReport, page_text};
use http::header::{CONTENT_TYPE, HeaderMap};
use serde_json::{Value, json};

use crate::api::set_field;
use crate::excerpt::excerpt;

/// The lists of incidents and maintenances in the formats of pages.
const INCIDENTS: [&str; 3] = ["incidents", "ongoing_incidents", "activeIncidents"];
const MAINTENANCES: [&str; 3] =
    ["scheduled_maintenances", "in_progress_maintenances", "activeMaintenances"];

/// Reads pages of one form.
#[derive(Debug, Clone)]
pub(super) struct PageReader {
    pub(super) shape: PageShape,
    /// The component that counts, by name or id; `None` for the whole page.
    pub(super) component: Option<String>,
}

/// The statement of a vendor about its service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct VendorStatus {
    pub(super) level: Level,
    /// The name of the open incident that concerns the part.
    pub(super) incident: Option<String>,
    pub(super) open_incidents: usize,
    /// The name of the vendor, and of the component.
    subject: String,
    /// The page of the incident, or of the vendor.
    link: Option<String>,
}

impl fmt::Display for VendorStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.level {
            Level::Operational => "is operational",
            Level::Maintenance => "is under maintenance",
            Level::Degraded => "is degraded",
            Level::Down => "has an outage",
        };
        write!(f, "{} {what}", self.subject)?;
        if let Some(incident) = &self.incident {
            write!(f, ": {incident}")?;
        }
        if let Some(link) = &self.link {
            write!(f, " ({link})")?;
        }
        Ok(())
    }
}

impl PageReader {
    /// Reads the parts of a page, the one with the level first.
    pub(super) fn read(
        &self,
        parts: &[(HeaderMap, Vec<u8>)],
        now: Timestamp,
    ) -> Result<VendorStatus, Cause> {
        let unreadable = |what: String| Cause::of(Reason::ResponseInvalid, what);
        let mut texts = Vec::new();
        for (headers, body) in parts {
            let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
            texts.push(page_text(self.shape, content_type, body).map_err(unreadable)?);
        }
        let component = self.component.as_deref();
        let part = PagePart { shape: self.shape, component, region: None };
        if self.shape == PageShape::Feed {
            let text = texts.first().map_or("", String::as_str);
            let report = part.read(text, now).map_err(unreadable)?;
            return Ok(self.status(report, None, &[]));
        }
        let documents: Result<Vec<Value>, _> =
            texts.iter().map(|text| serde_json::from_str(text)).collect();
        let mut documents = documents
            .map_err(|error| unreadable(format!("the status page is not JSON: {error}")))?;
        let mut name = component.map(str::to_owned);
        if let (Some(component), PageShape::Statuspage | PageShape::Instatus) =
            (component, self.shape)
            && let Some(first) = documents.first_mut()
        {
            name = Some(narrow(first, component)?);
        }
        let Some(first) = documents.first() else {
            return Err(unreadable("the status page is empty".to_owned()));
        };
        let part = PagePart { component: name.as_deref(), ..part };
        let read = part.read_document(first, now).map_err(unreadable)?;
        Ok(self.status(read, name, &documents))
    }

    fn status(
        &self,
        PageReport { level, headline, .. }: PageReport,
        component: Option<String>,
        documents: &[Value],
    ) -> VendorStatus {
        let rows = |lists: &'static [&'static str]| {
            documents.iter().flat_map(move |document| {
                let summary = document.get("summary").unwrap_or(document);
                let rows = lists.iter().filter_map(|list| summary.get(list)?.as_array());
                rows.flatten()
            })
        };
        let open = rows(&INCIDENTS).filter(|one| !is_resolved(one));
        let open_incidents = open.clone().count();
        let text = |row: &Value, keys: &[&str]| {
            let found = keys.iter().find_map(|key| row.get(key)?.as_str());
            found.filter(|text| !text.trim().is_empty()).map(excerpt)
        };
        let named = |one: &&Value| text(one, &["name"]).as_deref() == Some(&excerpt(&headline));
        let incident = open.chain(rows(&MAINTENANCES)).find(named);
        let page = documents.iter().find_map(|document| {
            document.get("page").or_else(|| document.get("summary")).filter(|page| page.is_object())
        });
        let link = incident.and_then(|one| text(one, &["shortlink", "url", "permalink"]));
        let link = link.or_else(|| text(page?, &["url", "public_url"]));
        let vendor = page.and_then(|page| text(page, &["name"]));
        let vendor = vendor.unwrap_or_else(|| "the vendor".to_owned());
        let component = component.or_else(|| self.component.clone());
        let subject = match component {
            Some(component) => format!("`{}` of {vendor}", excerpt(&component)),
            None => vendor,
        };
        let incident = Some(excerpt(&headline)).filter(|name| !name.is_empty());
        VendorStatus { level, incident, open_incidents, subject, link }
    }
}

fn is_resolved(incident: &Value) -> bool {
    let status = incident.get("status").and_then(Value::as_str).unwrap_or_default();
    ["resolved", "postmortem", "completed"].contains(&status.to_ascii_lowercase().as_str())
}

/// Leaves only `wanted`, a component by its name or id, and the incidents that concern it. Returns its name.
fn narrow(page: &mut Value, wanted: &str) -> Result<String, Cause> {
    let rows = page.get("components").and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |row: &Value, key: &str| row.get(key).and_then(Value::as_str).map(str::to_owned);
    let is_wanted = |row: &&Value| {
        let is_named = text(row, "name").is_some_and(|name| name.eq_ignore_ascii_case(wanted));
        is_named || text(row, "id").as_deref() == Some(wanted)
    };
    let Some(row) = rows.iter().find(is_wanted) else {
        let names: Vec<String> = rows.iter().filter_map(|row| text(row, "name")).collect();
        let what = format!(
            "the status page has no component `{wanted}`; it has {}",
            excerpt(&names.join(", "))
        );
        return Err(Cause::of(Reason::ResourceNotFound, what));
    };
    let id = text(row, "id");
    let is_member =
        |one: &&Value| id.is_some() && (text(one, "id") == id || text(one, "group_id") == id);
    let members: Vec<String> =
        rows.iter().filter(is_member).filter_map(|one| text(one, "id")).collect();
    let is_part = |one: &Value| text(one, "id").is_some_and(|own| members.contains(&own));
    let name = text(row, "name").unwrap_or_else(|| wanted.to_owned());
    // The status of a group is that of its worst member.
    let row = json!({ "id": id, "name": name, "status": row.get("status") });
    for list in ["incidents", "scheduled_maintenances"] {
        if let Some(incidents) = page.get_mut(list).and_then(Value::as_array_mut) {
            incidents.retain_mut(|incident| {
                let concerned = incident.get("components").and_then(Value::as_array);
                // Pages of incident.io do not state the components.
                let Some(concerned) = concerned.filter(|all| !all.is_empty()) else { return true };
                let concerns = concerned.iter().any(is_part);
                set_field(incident, "components", json!([row]));
                concerns
            });
        }
    }
    set_field(page, "components", json!([row]));
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Value {
        json!({
            "page": { "name": "Acme", "url": "https://status.acme.test" },
            "status": { "indicator": "major" },
            "components": [
                { "id": "g", "name": "Core", "status": "partial_outage", "group": true },
                { "id": "a", "name": "API", "status": "partial_outage", "group_id": "g" },
                { "id": "b", "name": "API Gateway", "status": "major_outage" },
                { "id": "c", "name": "Website", "status": "operational" },
            ],
            "incidents": [
                {
                    "name": "Errors at the gateway", "status": "identified", "impact": "major",
                    "shortlink": "https://stspg.test/1", "components": [{ "id": "b", "name": "API Gateway" }],
                },
                {
                    "name": "Slow answers", "status": "investigating", "impact": "minor",
                    "shortlink": "https://stspg.test/2", "components": [{ "id": "a", "name": "API" }],
                },
            ],
        })
    }

    fn read(component: Option<&str>) -> Result<VendorStatus, Cause> {
        let component = component.map(str::to_owned);
        let reader = PageReader { shape: PageShape::Statuspage, component };
        let body = page().to_string().into_bytes();
        reader.read(&[(HeaderMap::new(), body)], Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_component_counts_alone_with_its_own_incident() {
        for (component, level, shown) in [
            (None, Level::Down, "Acme has an outage: Errors at the gateway (https://stspg.test/1)"),
            (
                Some("api"),
                Level::Degraded,
                "`API` of Acme is degraded: Slow answers (https://stspg.test/2)",
            ),
            (
                Some("g"),
                Level::Degraded,
                "`Core` of Acme is degraded: Slow answers (https://stspg.test/2)",
            ),
            (
                Some("b"),
                Level::Down,
                "`API Gateway` of Acme has an outage: Errors at the gateway (https://stspg.test/1)",
            ),
            (
                Some("Website"),
                Level::Operational,
                "`Website` of Acme is operational (https://status.acme.test)",
            ),
        ] {
            let status = read(component).unwrap();
            assert_eq!((status.level, status.to_string().as_str()), (level, shown));
        }
    }

    #[test]
    fn an_unknown_component_is_an_error_that_lists_the_known_ones() {
        let cause = read(Some("Billing")).unwrap_err();
        assert_eq!(cause.reason, Reason::ResourceNotFound);
        assert!(cause.message.ends_with("it has Core, API, API Gateway, Website"), "{cause:?}");
    }
}
