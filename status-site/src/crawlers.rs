//! The files for programs that look for content: `llms.txt`, `robots.txt` and `sitemap.xml`.
//!
//! They contain no state, so they change only with the config.

use askama::Template;

use crate::{
    SiteFile, Snapshot,
    edition::Edition,
    snapshot::Href,
    wording::{MODELS, PROVIDERS, encoded},
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

/// Returns the addresses of the pages in each language: the first one, and those about providers of models if there are
/// any.
fn sitemap(snapshot: &Snapshot) -> String {
    let mut entries = String::new();
    for edition in Edition::all(snapshot) {
        let home = if edition.is_first() { "" } else { "index.html" };
        let pages = [(home, "always")].into_iter();
        for (path, changes) in pages.chain(provider_pages(snapshot).map(|path| (path, "daily"))) {
            entries.push_str("<url><loc>");
            crate::markdown::escape(&mut entries, &edition.url_of(path));
            entries.extend(["</loc><changefreq>", changes, "</changefreq></url>"]);
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
    fn badge(&self, id: &str) -> String {
        self.url.of_file(&format!("badge/{}.svg", encoded(id)))
    }
}
