#![doc = include_str!("../README.md")]

mod api_v1;
mod api_v2;
mod badges;
mod calendar;
mod content_security_policy;
mod crawlers;
pub mod delivery;
mod edition;
mod embed;
mod embed_assets;
mod feeds;
mod formats;
mod headline;
mod icon;
mod incident_address;
mod language;
mod latency_chart;
mod markdown;
mod open_metrics;
mod page;
pub mod palette;
mod provider_assets;
mod script;
mod share;
mod site_file;
pub mod snapshot;
mod status_txt;
mod stylesheet;
mod uptime_bars;
mod words;

use self::edition::Edition;
pub use self::{
    headline::{Headline, OverallStatus},
    language::Language,
    page::month::RenderedMonths,
    site_file::SiteFile,
    snapshot::Snapshot,
};

/// The path of the page that a server sends, with the status 404, for a path that has no file.
pub const NOT_FOUND: &str = "404.html";

/// The path of the page as it will be at the next start or end of maintenance.
pub const NEXT: &str = "next.html";

/// Renders the page ahead in each language, for a `snapshot` of the time of the next start or end of maintenance. The
/// script of the page takes it over at that time. It belongs before `index.html`, which [`render`] renders for the present.
#[must_use]
pub fn render_next(snapshot: &Snapshot) -> Vec<SiteFile> {
    Edition::all(snapshot).iter().map(page::next).collect()
}

/// Renders every file of the site for the present. The same snapshot gives the same bytes.
///
/// The pages and the feeds are rendered in each language of the page. The files for programs are rendered once; what they
/// quote of the page is in its first language.
///
/// The files are in the order in which they must be published: the files that a page refers to
/// before the page, and `index.html` last.
#[must_use]
pub fn render(snapshot: &Snapshot) -> Vec<SiteFile> {
    render_again(snapshot, &mut RenderedMonths::default())
}

/// Renders like [`render`], except for the pages of months whose facts are the same as in `months`, the pages of the last
/// time.
#[must_use]
pub fn render_again(snapshot: &Snapshot, months: &mut RenderedMonths) -> Vec<SiteFile> {
    let first = &Edition::first(snapshot);
    let answer = OverallStatus::in_words(snapshot, first.words);
    let mut files = api_v2::files(first, &answer);
    files.extend(api_v1::files(first, &answer));
    files.extend(badges::files(first, &answer));
    files.push(open_metrics::file(snapshot));
    files.extend(crawlers::files(snapshot));
    files.extend(share::files());
    files.extend(embed::files(first));
    files.push(status_txt::file(first, &answer));
    files.push(page::not_found::file(first));
    let editions = Edition::all(snapshot);
    files.extend(page::month::files(&editions, months));
    for edition in editions.iter().rev() {
        files.extend(feeds::files(edition));
        files.push(calendar::file(edition));
        files.extend(page::service_page::files(edition));
        files.push(page::year::file(edition));
        files.extend(page::providers::file(edition));
        files.extend(page::models::file(edition));
        files.push(page::file(edition));
    }
    files
}
