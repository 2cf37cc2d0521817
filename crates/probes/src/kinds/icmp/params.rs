//! The parameters of an `icmp` check.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::net::AddressFamily;

/// The most requests of an attempt.
pub(super) const MAX_PACKETS: u8 = 20;

/// Parameters of the `icmp` check: some echo requests to a host. Only in a process on a machine, not in a stack.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(feature = "host"), expect(dead_code, reason = "only the schema is needed"))]
pub(super) struct Params {
    /// The host: a name or an IP address.
    pub(super) address: String,
    /// The number of requests. Default: 4.
    #[schemars(range(min = 1, max = MAX_PACKETS))]
    pub(super) packets: Option<u8>,
    /// The time between two requests. Default: `"200ms"`.
    #[schemars(extend("format" = "duration"))]
    pub(super) spacing: Option<String>,
    /// The time that the last request has for its answer. Default: `"1s"`.
    #[schemars(extend("format" = "duration"))]
    pub(super) wait: Option<String>,
    /// The share of requests without an answer, in percent, above which the check is degraded. Default: 0.
    #[schemars(range(min = 0, max = 100))]
    pub(super) max_loss_percent: Option<u8>,
    /// The condition for healthy, over the variables of this check. Default: at least one answer.
    #[schemars(extend("format" = "cel-check"))]
    pub(super) expect: Option<String>,
    /// The condition for degraded, over the variables of this check.
    #[schemars(extend("format" = "cel-check"))]
    pub(super) degraded: Option<String>,
    /// The address family of the host. Default: `any`.
    #[serde(default)]
    pub(super) ip: AddressFamily,
}
