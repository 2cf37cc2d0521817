//! `[watchdog]`.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::formats::{Parsed, SecretReference};
use crate::spanned::AtText;

/// A watchdog outside of Allclear: a service that alerts if it receives no beat for a time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Watchdog {
    /// The secret that holds the URL to which each beat is posted: `secret:NAME`. The URL is a secret, because it
    /// alone permits beats.
    #[schemars(required)]
    pub(crate) url: Option<Parsed<SecretReference>>,
    /// The minimum time between two beats, from `1m` to `1h`. Default: `1m`.
    pub(crate) every: Option<AtText<Duration>>,
}
