#![doc = include_str!("../README.md")]

mod api_v1;
mod api_v2;
mod badges;
mod calendar;
mod content_security_policy;
mod crawlers;
pub mod delivery;
mod embed;
mod embed_assets;
mod feeds;
mod headline;
mod icon;
mod latency_chart;
mod markdown;
mod open_metrics;
mod page;
pub mod palette;
mod provider_assets;
mod provider_wording;
mod script;
mod share;
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

/// The path of the page as it will be at the next start or end of maintenance.
pub const NEXT: &str = "next.html";

/// Renders the page ahead, for a `snapshot` of the time of the next start or end of maintenance. The script of the page
/// takes it over at that time. It belongs before `index.html`, which [`render`] renders for the present.
#[must_use]
pub fn render_next(snapshot: &Snapshot) -> SiteFile {
    page::next(snapshot)
}

/// Renders every file of the site for the present. The same snapshot gives the same bytes.
///
/// The files are in the order in which they must be published: the files that a page refers to
/// before the page, and `index.html` last.
#[must_use]
pub fn render(snapshot: &Snapshot) -> Vec<SiteFile> {
    let answer = OverallStatus::of(snapshot);
    let mut files = api_v2::files(snapshot, &answer);
    files.extend(api_v1::files(snapshot, &answer));
    files.extend(feeds::files(snapshot));
    files.push(calendar::file(snapshot));
    files.extend(badges::files(snapshot, &answer));
    files.push(open_metrics::file(snapshot));
    files.extend(crawlers::files(snapshot));
    files.extend(share::files());
    files.extend(embed::files(snapshot));
    files.push(status_txt::file(snapshot, &answer));
    files.push(page::not_found::file(snapshot));
    files.extend(page::service_page::files(snapshot));
    files.extend(page::providers::file(snapshot));
    files.extend(page::models::file(snapshot));
    files.push(page::file(snapshot, &answer));
    files
}
