#![doc = include_str!("../README.md")]

mod api_v2;
mod content_security_policy;
pub mod delivery;
mod headline;
mod icon;
mod latency_chart;
mod markdown;
mod page;
pub mod palette;
mod script;
mod site_file;
pub mod snapshot;
mod status_txt;
mod stylesheet;
mod uptime_bars;
mod wording;

pub use self::{
    headline::{Headline, OverallStatus},
    site_file::SiteFile,
    snapshot::Snapshot,
};

/// The path of the page that a server sends, with the status 404, for a path that has no file.
pub const NOT_FOUND: &str = "404.html";

/// Renders every file of the site. The same snapshot gives the same bytes.
///
/// The files are in the order in which they must be published: the files that a page refers to
/// before the page, and `index.html` last.
#[must_use]
pub fn render(snapshot: &Snapshot) -> Vec<SiteFile> {
    let answer = OverallStatus::of(snapshot);
    let mut files = api_v2::files(snapshot, &answer);
    files.push(status_txt::file(snapshot, &answer));
    files.push(page::not_found::file(snapshot));
    files.extend(page::service_page::files(snapshot));
    files.push(page::file(snapshot, &answer));
    files
}
