//! Status pages: a provider's own public statements about its service.
//!
//! A status page lags and covers more than the parts in use, so it is only a label beside the
//! measurements. Content that is no such page, such as the HTML that some servers answer
//! everywhere, is an error and never counts as operational.

mod aws;
mod better_stack;
mod feed;
mod incident_io;
mod instatus;
mod statuspage;

use allclear_core::Timestamp;
use allclear_core::provider_status::{Level, ReportedPhase};
use serde_json::Value;

use crate::lenient::cut;
use crate::provider::{PageShape, StatusPage};

/// The most characters of a headline.
const MAX_HEADLINE: usize = 200;

/// The content of a status page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageReport {
    /// The worst level.
    pub level: Level,
    /// The headline of the open incident; empty if there is none.
    pub headline: String,
    /// The phase of that incident; `None` without one, and if the page states none.
    pub phase: Option<ReportedPhase>,
}

impl PageReport {
    /// Creates a report without an incident.
    fn bare(level: Level) -> Self {
        Self { level, headline: String::new(), phase: None }
    }
}

/// Reads the level of a page and its open incident. On a page that distinguishes regions, only
/// `region` counts if one is given.
///
/// # Errors
///
/// Fails if the body is not a status page of the expected shape, or if it reports an unknown state.
/// The error names the content that came instead.
pub fn read(
    page: &StatusPage,
    region: Option<&str>,
    content_type: Option<&str>,
    body: &[u8],
    now: Timestamp,
) -> Result<PageReport, String> {
    let part = PagePart { shape: page.shape, component: page.component, region };
    let text = page_text(page.shape, content_type, body)?;
    part.read(&text, now)
}

/// The part of a page that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PagePart<'a> {
    /// The form of the page.
    pub shape: PageShape,
    /// The component, by a part of its name; `None` for the whole page.
    pub component: Option<&'a str>,
    /// The region, on a page that distinguishes them.
    pub region: Option<&'a str>,
}

impl PagePart<'_> {
    /// Reads the level and the open incident from the text of a page.
    ///
    /// # Errors
    ///
    /// Fails like [`read`].
    pub fn read(&self, text: &str, now: Timestamp) -> Result<PageReport, String> {
        if self.shape != PageShape::Feed {
            return self.read_document(&json(text)?, now);
        }
        let component = self.component.map(str::to_lowercase);
        Ok(short(feed::read(text, component.as_deref(), now)?))
    }

    /// Reads the same from the document of a page.
    ///
    /// # Errors
    ///
    /// Fails like [`read`].
    pub fn read_document(&self, page: &Value, now: Timestamp) -> Result<PageReport, String> {
        let component = self.component.map(str::to_lowercase);
        let component = component.as_deref();
        let report = match self.shape {
            PageShape::Feed => return Err("a feed is no JSON document".to_owned()),
            PageShape::Statuspage => statuspage::read(page, component)?,
            PageShape::IncidentIo => incident_io::read(page, component)?,
            PageShape::Instatus => instatus::read(page, component)?,
            PageShape::BetterStack => better_stack::read(page, component, now)?,
            PageShape::AwsEvents => aws::read(page, component, self.region)?,
        };
        Ok(short(report))
    }
}

/// Returns the text of a body that can be a page of this form, by its content type and its beginning.
///
/// # Errors
///
/// Fails with a description of what the body is instead.
pub fn page_text(
    shape: PageShape,
    content_type: Option<&str>,
    body: &[u8],
) -> Result<String, String> {
    let text = decoded(body);
    check_kind(shape, content_type, &text)?;
    Ok(text)
}

/// Cuts the headline. A page without one has no phase either.
fn short(mut report: PageReport) -> PageReport {
    report.headline = cut(&report.headline, MAX_HEADLINE);
    report.phase = report.phase.filter(|_| !report.headline.is_empty());
    report
}

/// Checks that it is of the expected kind, by its content type and its beginning.
fn check_kind(shape: PageShape, content_type: Option<&str>, text: &str) -> Result<(), String> {
    let wanted = if shape == PageShape::Feed { "xml" } else { "json" };
    let kind = content_type.map(|kind| kind.split(';').next().unwrap_or_default().trim());
    let kind = kind.filter(|kind| !kind.is_empty()).map(str::to_ascii_lowercase);
    let is_html = ["<!doctype html", "<html"].iter().any(|start| {
        let head = text.trim_start().get(..start.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(start))
    });
    // A server without a better type sends one of these for everything.
    let is_vague = kind
        .as_deref()
        .is_none_or(|kind| ["text/plain", "application/octet-stream"].contains(&kind));
    let is_wanted = is_vague || kind.as_deref().is_some_and(|kind| kind.ends_with(wanted));
    match kind {
        Some(kind) if !is_wanted => Err(format!(
            "`{}` instead of {}: set `status_page` to the machine-readable address",
            cut(&kind, 60),
            wanted.to_ascii_uppercase()
        )),
        _ if is_html => Err(format!(
            "an HTML page instead of {}: set `status_page` to the machine-readable address",
            wanted.to_ascii_uppercase()
        )),
        Some(_) | None => Ok(()),
    }
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("the status page is not JSON: {error}"))
}

/// Decodes `body`: as UTF-16 if it begins with its byte order mark, else as UTF-8.
fn decoded(body: &[u8]) -> String {
    let of_16 = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = rest.as_chunks().0.iter().map(|pair| unit(*pair));
        char::decode_utf16(units)
            .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    };
    match body {
        [0xFF, 0xFE, rest @ ..] => of_16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => of_16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => String::from_utf8_lossy(body).into_owned(),
    }
}

/// Returns the level of a component's status, in the words of Statuspage and of its imitators.
fn of_status(status: &str) -> Option<Level> {
    match status {
        "operational" | "none" | "resolved" => Some(Level::Operational),
        "under_maintenance" | "maintenance" => Some(Level::Maintenance),
        "degraded_performance" | "degraded" | "partial_outage" | "minor" => Some(Level::Degraded),
        "major_outage" | "full_outage" | "downtime" | "major" | "critical" => Some(Level::Down),
        _ => None,
    }
}

/// Returns whether an incident or a maintenance is over, in any word for that.
fn is_over(status: &str) -> bool {
    let status = status.to_lowercase();
    ["resolved", "postmortem", "completed", "closed", "fixed", "recovered", "cancel", "operational"]
        .iter()
        .any(|word| status.starts_with(word))
}

/// Returns the phase of an incident with this status.
fn phase_of(status: &str) -> Option<ReportedPhase> {
    ReportedPhase::from_keyword(&status.to_lowercase())
}

/// Returns whether a maintenance is under way, and not only announced.
fn is_in_progress(status: &str) -> bool {
    let status = status.to_lowercase();
    status.contains("in_progress") || status.contains("in progress") || status.contains("verifying")
}

/// Returns whether `name` contains `part`, which is in lower case.
fn is_named(name: &str, part: &str) -> bool {
    name.to_lowercase().contains(part)
}

/// Returns the worst level, and the headline of the first entry of that level; operational without entries.
fn worst_status(reports: impl IntoIterator<Item = PageReport>) -> PageReport {
    reports.into_iter().fold(PageReport::bare(Level::Operational), |worst, one| {
        let is_worse =
            one.level > worst.level || (one.level == worst.level && worst.headline.is_empty());
        if is_worse { one } else { worst }
    })
}
