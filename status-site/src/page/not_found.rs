//! `404.html`: the response of a server to a path that has no file. It makes no statement about any
//! service, so it stays true in a cache of any age.

use askama::Template;

use crate::{
    SiteFile,
    edition::{Edition, PageStyle},
    snapshot::PageIdentity,
    stylesheet::PageSheet,
    words::Words,
};

#[derive(Template)]
#[template(path = "not_found.html")]
struct NotFoundPage<'a> {
    style: PageStyle,
    page: &'a PageIdentity,
    words: &'static Words,
}

/// Renders the page.
#[expect(
    clippy::expect_used,
    reason = "a template fails only if a value's `Display` does, and those here do not"
)]
pub(crate) fn file(first: &Edition<'_>) -> SiteFile {
    let style = first.style(PageSheet::First, None);
    let page = NotFoundPage { style, page: &first.snapshot.page, words: first.words };
    SiteFile::text(crate::NOT_FOUND, page.render().expect("writing to a string cannot fail"))
}
