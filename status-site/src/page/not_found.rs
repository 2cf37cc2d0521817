//! `404.html`: the response of a server to a path that has no file. It makes no statement about any
//! service, so it stays true in a cache of any age.

use askama::Template;

use super::content_security_policy;
use crate::{SiteFile, Snapshot, snapshot::PageIdentity, stylesheet::stylesheet};

#[derive(Template)]
#[template(path = "not_found.html")]
struct NotFoundPage<'a> {
    content_security_policy: String,
    css: &'static str,
    page: &'a PageIdentity,
}

/// Renders the page.
#[expect(
    clippy::expect_used,
    reason = "a template fails only if a value's `Display` does, and those here do not"
)]
pub(crate) fn file(snapshot: &Snapshot) -> SiteFile {
    let page = NotFoundPage {
        content_security_policy: content_security_policy(),
        css: stylesheet(),
        page: &snapshot.page,
    };
    SiteFile::text(crate::NOT_FOUND, page.render().expect("writing to a string cannot fail"))
}
