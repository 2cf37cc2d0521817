//! Instatus' `summary.json`, which has no components, and its `v2/components.json`, which has nothing else.

use allclear_core::provider_status::Level;
use serde_json::Value;

use super::{PageReport, is_in_progress, is_named, is_over, phase_of, worst_status};
use crate::lenient::{cut, items, text, within};

pub(super) fn read(page: &Value, component: Option<&str>) -> Result<PageReport, String> {
    if page["components"].is_array() {
        return of_components(page, component);
    }
    let status = text(within(page, "/page/status"));
    let status = status.ok_or("the status page has neither `page.status` nor `components`")?;
    let own = match status {
        "UP" => Level::Operational,
        "UNDERMAINTENANCE" => Level::Maintenance,
        "HASISSUES" => Level::Degraded,
        other => return Err(unknown(other)),
    };
    let incidents = items(&page["activeIncidents"])
        .iter()
        .filter(|incident| !text(&incident["status"]).is_some_and(is_over))
        .map(|incident| {
            let impact = text(&incident["impact"]).and_then(of_status);
            report(impact.unwrap_or(Level::Degraded), incident)
        });
    let maintenances = items(&page["activeMaintenances"])
        .iter()
        .filter(|one| text(&one["status"]).is_some_and(is_under_way))
        .map(|one| report(Level::Maintenance, one));
    let worst = worst_status(incidents.chain(maintenances));
    Ok(PageReport { level: worst.level.max(own), ..worst })
}

fn of_components(page: &Value, component: Option<&str>) -> Result<PageReport, String> {
    let relevant = items(&page["components"]).iter().filter(|row| {
        let name = text(&row["name"]).unwrap_or_default();
        component.is_none_or(|part| is_named(name, part))
    });
    let levels = relevant
        .filter_map(|row| text(&row["status"]))
        .map(|status| of_status(status).map(PageReport::bare).ok_or_else(|| unknown(status)));
    Ok(worst_status(levels.collect::<Result<Vec<_>, _>>()?))
}

fn of_status(status: &str) -> Option<Level> {
    match status {
        "OPERATIONAL" => Some(Level::Operational),
        "UNDERMAINTENANCE" => Some(Level::Maintenance),
        "DEGRADEDPERFORMANCE" | "PARTIALOUTAGE" | "MINOROUTAGE" => Some(Level::Degraded),
        "MAJOROUTAGE" => Some(Level::Down),
        _ => None,
    }
}

fn is_under_way(status: &str) -> bool {
    status == "INPROGRESS" || is_in_progress(status)
}

fn unknown(status: &str) -> String {
    format!("unknown state of the status page: `{}`", cut(status, 60))
}

fn report(level: Level, incident: &Value) -> PageReport {
    PageReport {
        level,
        headline: text(&incident["name"]).unwrap_or_default().to_owned(),
        phase: text(&incident["status"]).and_then(phase_of),
    }
}

#[cfg(test)]
mod tests {
    use allclear_core::provider_status::ReportedPhase;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_page_is_as_bad_as_its_worst_incident() {
        let page = |status: &str, incidents: Value, maintenances: Value| {
            json!({
                "page": { "name": "Acme", "url": "https://acme.test", "status": status },
                "activeIncidents": incidents,
                "activeMaintenances": maintenances,
            })
        };
        let incident = |impact: &str| json!([{ "name": "Slow API", "status": "INVESTIGATING", "impact": impact }]);
        let planned = json!([{ "name": "Upgrade", "status": "NOTSTARTEDYET" }]);
        let running = json!([{ "name": "Upgrade", "status": "INPROGRESS" }]);
        for (page, level, headline) in [
            (page("UP", json!([]), planned), Level::Operational, ""),
            (page("HASISSUES", json!([]), json!([])), Level::Degraded, ""),
            (page("HASISSUES", incident("MAJOROUTAGE"), json!([])), Level::Down, "Slow API"),
            (page("HASISSUES", incident("MINOROUTAGE"), json!([])), Level::Degraded, "Slow API"),
            (page("UNDERMAINTENANCE", json!([]), running), Level::Maintenance, "Upgrade"),
        ] {
            let phase = (headline == "Slow API").then_some(ReportedPhase::Investigating);
            let report = PageReport { level, headline: headline.to_owned(), phase };
            assert_eq!(read(&page, None), Ok(report), "{page}");
        }
        assert!(read(&page("ODD", json!([]), json!([])), None).is_err());
        assert!(read(&json!({}), None).is_err());
    }

    #[test]
    fn a_component_has_its_own_level() {
        let page = json!({ "components": [
            { "name": "API", "status": "OPERATIONAL" },
            { "name": "Website", "status": "MAJOROUTAGE" },
        ] });
        assert_eq!(read(&page, Some("api")), Ok(PageReport::bare(Level::Operational)));
        assert_eq!(read(&page, None), Ok(PageReport::bare(Level::Down)));
    }
}
