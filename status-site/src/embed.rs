//! The widget for other sites: `embed.html`, a small page for a frame, and `embed.js`, which inserts that frame.
//!
//! The page contains no state, so that a copy of any age makes no false statement. Its script reads the state from
//! `api/v1/summary.json` each minute, and shows "Status unknown" for data that is too old or cannot be read. Without
//! JavaScript it is a link to the status page. Only the sites of `page.embed_origins` may frame it
//! ([`delivery`](crate::delivery)).

use std::borrow::Cow;
use std::sync::LazyLock;

use askama::Template;

use crate::{
    SiteFile, api_v1,
    delivery::EMBED_PAGE,
    edition::Edition,
    embed_assets::{content_security_policy, css, page_script},
    formats::one_line,
    icon::{self, Icon},
    snapshot::PageIdentity,
    words::Words,
};

/// The path of the script that inserts the frame.
const LOADER: &str = "embed.js";

#[derive(Template)]
#[template(path = "embed.html")]
struct EmbedPage<'a> {
    content_security_policy: String,
    css: Cow<'static, str>,
    script: &'static str,
    facts: &'static str,
    icons: &'static [Icon],
    page: &'a PageIdentity,
    words: &'static Words,
}

/// Renders the page and its loader.
#[expect(
    clippy::expect_used,
    reason = "a template fails only if a value's `Display` does, and those here do not"
)]
pub(crate) fn files(first: &Edition<'_>) -> Vec<SiteFile> {
    let snapshot = first.snapshot;
    let css = css(&snapshot.page.brand);
    let page = EmbedPage {
        content_security_policy: content_security_policy(&css),
        css,
        script: page_script(),
        facts: api_v1::SUMMARY,
        icons: icon::all(),
        page: &snapshot.page,
        words: first.words,
    };
    let title = serde_json::Value::from(one_line(&snapshot.page.title));
    let loader = loader().replace("\"$title\"", &title.to_string());
    vec![
        SiteFile::text(EMBED_PAGE, page.render().expect("writing to a string cannot fail")),
        SiteFile::text(LOADER, loader),
    ]
}

fn loader() -> &'static str {
    static SCRIPT: LazyLock<String> = LazyLock::new(|| {
        let lines = include_str!("embed/loader.js").lines();
        lines
            .filter(|line| !line.trim_start().starts_with("//"))
            .fold(String::new(), |all, line| all + line + "\n")
    });
    &SCRIPT
}
