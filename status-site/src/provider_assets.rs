//! The style sheet and the scripts of `providers.html` and `models.html`, and the policy that allows them.

use std::sync::LazyLock;

use crate::{content_security_policy::policy_of, script, stylesheet};

/// Returns the policy that allows the style sheet and this script.
pub(crate) fn content_security_policy(script: &str) -> String {
    policy_of(css(), script)
}

/// Returns the style sheet of the page with the rules for tables and filters.
pub(crate) fn css() -> &'static str {
    static SHEET: LazyLock<String> = LazyLock::new(|| {
        let rules = concat!(include_str!("style.css"), include_str!("provider_assets/tables.css"));
        stylesheet::with_palette(rules)
    });
    &SHEET
}

/// Returns the script that withdraws the states of the providers when they are too old.
pub(crate) fn providers_script() -> &'static str {
    static SCRIPT: LazyLock<String> =
        LazyLock::new(|| script::shortened(include_str!("provider_assets/providers.js")));
    &SCRIPT
}

/// Returns the script that filters the catalog.
pub(crate) fn models_script() -> &'static str {
    static SCRIPT: LazyLock<String> =
        LazyLock::new(|| script::shortened(include_str!("provider_assets/models.js")));
    &SCRIPT
}
