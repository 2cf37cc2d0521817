//! `[thresholds]`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::spanned::Spanned;

/// Thresholds by metric: `response_time_ms = { warning = 100, critical = 500 }`.
pub(crate) type ThresholdTables = BTreeMap<String, Spanned<ThresholdTable>>;

/// The limits of one metric, in its unit. An empty table switches the limits of the category off.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ThresholdTable {
    /// Above this value, a healthy outcome is degraded. Default: no limit.
    #[schemars(range(min = 0))]
    pub(crate) warning: Option<f64>,
    /// Above this value, a healthy outcome is unhealthy. Default: no limit.
    #[schemars(range(min = 0))]
    pub(crate) critical: Option<f64>,
}
