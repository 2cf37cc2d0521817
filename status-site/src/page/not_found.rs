//! `404.html`: the response of a server to a path that has no file. It makes no statement about any
//! service, so it stays true in a cache of any age.

use askama::Template;

use super::content_security_policy;
use crate::{
    SiteFile, edition::Edition, snapshot::PageIdentity, stylesheet::stylesheet, words::Words,
};

#[derive(Template)]
#[template(path = "not_found.html")]
struct NotFoundPage<'a> {
    content_security_policy: String,
    css: &'static str,
    page: &'a PageIdentity,
    words: &'static Words,
}

/// Renders the page.
#[expect(
    clippy::expect_used,
    reason = "a template fails only if a value's `Display` does, and those here do not"
)]
pub(crate) fn file(first: &Edition<'_>) -> SiteFile {
    let page = NotFoundPage {
        content_security_policy: content_security_policy(),
        css: stylesheet(),
        page: &first.snapshot.page,
        words: first.words,
    };
    SiteFile::text(crate::NOT_FOUND, page.render().expect("writing to a string cannot fail"))
}
