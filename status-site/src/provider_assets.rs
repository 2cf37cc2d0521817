//! The scripts of `providers.html` and `models.html`.

use std::sync::LazyLock;

use crate::script;

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
