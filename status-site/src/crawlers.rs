//! The files for programs that look for content: `llms.txt`, `robots.txt` and `sitemap.xml`.
//!
//! They contain no state, so they change only with the config.

use askama::Template;

use crate::{SiteFile, Snapshot, edition::Edition, snapshot::Href, wording::encoded};

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

fn sitemap(snapshot: &Snapshot) -> String {
    let addresses = Edition::all(snapshot).into_iter().map(|edition| {
        let mut location = String::new();
        let home =
            if edition.is_first() { edition.url_of("") } else { edition.url_of("index.html") };
        crate::markdown::escape(&mut location, &home);
        format!("<url><loc>{location}</loc><changefreq>always</changefreq></url>")
    });
    let addresses: String = addresses.collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{addresses}</urlset>\n"
    )
}

impl GuideForModels<'_> {
    fn badge(&self, id: &str) -> String {
        self.url.of_file(&format!("badge/{}.svg", encoded(id)))
    }
}
