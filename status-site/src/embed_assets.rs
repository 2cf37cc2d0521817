//! The style sheet and the script of the page for frames, and the policy that allows them.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::{content_security_policy as policy, script, snapshot::Brand, stylesheet};

/// Returns the content security policy of the page, without `frame-ancestors`, which a page cannot set itself.
pub(crate) fn content_security_policy(css: &str) -> String {
    policy::content_security_policy(css, Some(page_script()))
}

/// Returns the style sheet in the look of a brand.
pub(crate) fn css(brand: &Brand) -> Cow<'static, str> {
    static SHEET: LazyLock<String> =
        LazyLock::new(|| stylesheet::with_palette(include_str!("embed/page.css")));
    stylesheet::in_look(&SHEET, brand)
}

pub(crate) fn page_script() -> &'static str {
    static SCRIPT: LazyLock<String> =
        LazyLock::new(|| script::shortened(include_str!("embed/page.js")));
    &SCRIPT
}
