//! `404.html`: the answer of a server to an address that has no file. It says nothing of any service,
//! so it stays true however old a cache has it.

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
