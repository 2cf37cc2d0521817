//! The files for programs that look for content: `llms.txt`, `robots.txt` and `sitemap.xml`.
//!
//! They contain no state, so they change only with the config and with each new month.

use askama::Template;

use crate::{
    SiteFile, Snapshot,
    edition::Edition,
    formats::{CALENDAR_PATH, MODELS, PROVIDERS, encoded, month_path},
    snapshot::{CalendarMonth, Href},
};

#[derive(Template)]
#[template(path = "llms.txt", escape = "none")]
struct GuideForModels<'a> {
    snapshot: &'a Snapshot,
    url: &'a Href,
}

/// Renders the files. A page on the machine of its reader has no sitemap, because no crawler can reach it.
#[expect(
    clippy::expect_used,
    reason = "a template fails only if a value's `Display` does, and those here do not"
)]
pub(crate) fn files(snapshot: &Snapshot) -> Vec<SiteFile> {
    let url = &snapshot.page.url;
    let guide = GuideForModels { snapshot, url };
    let guide = guide.render().expect("writing to a string cannot fail");
    let mut files = vec![SiteFile::text("llms.txt", guide)];
    let mut robots = String::from("User-agent: *\nAllow: /\nDisallow: /embed.html\n");
    if !url.is_loopback() {
        let place = url.of_file("sitemap.xml");
        robots.extend(["\nSitemap: ", &place, "\n"]);
        files.push(SiteFile::xml("sitemap.xml", &sitemap(snapshot)));
    }
    files.push(SiteFile::text("robots.txt", robots));
    files
}

/// Returns the pages in each language: the first one, those about providers of models if there are any, the calendar and
/// the months. Of the months only the present one changes often.
fn sitemap(snapshot: &Snapshot) -> String {
    let place = |address: &str, changes: &str| {
        let mut location = String::new();
        crate::markdown::escape(&mut location, address);
        format!("<url><loc>{location}</loc><changefreq>{changes}</changefreq></url>")
    };
    let n_over = snapshot.months.len().saturating_sub(1);
    let mut entries = String::new();
    for edition in Edition::all(snapshot) {
        let home =
            if edition.is_first() { edition.url_of("") } else { edition.url_of("index.html") };
        entries.push_str(&place(&home, "always"));
        for path in provider_pages(snapshot) {
            entries.push_str(&place(&edition.url_of(path), "daily"));
        }
        entries.push_str(&place(&edition.url_of(CALENDAR_PATH), "daily"));
        for (n, month) in snapshot.months.iter().enumerate() {
            let changes = if n < n_over { "yearly" } else { "daily" };
            entries.push_str(&place(&edition.url_of(&month_path(month.month)), changes));
        }
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{entries}</urlset>\n"
    )
}

/// Returns the paths of the pages about providers of models.
fn provider_pages(snapshot: &Snapshot) -> impl Iterator<Item = &'static str> {
    let has_providers = !snapshot.providers.is_empty();
    let pages = [(PROVIDERS, has_providers), (MODELS, snapshot.has_models())];
    pages.into_iter().filter_map(|(path, exists)| exists.then_some(path))
}

impl GuideForModels<'_> {
    /// Returns the name and the address of the page of each month, the newest first.
    fn months(&self) -> Vec<(String, String)> {
        let months = self.snapshot.months.iter().rev().map(|one| one.month);
        let page = |month: CalendarMonth| (month.to_string(), self.url.of_file(&month_path(month)));
        months.map(page).collect()
    }

    fn badge(&self, id: &str) -> String {
        self.url.of_file(&format!("badge/{}.svg", encoded(id)))
    }
}
