//! Firewalls that refuse the client before the provider sees the request.

use allclear_core::reason::Reason::ProbeInvalid;

use super::{ServerFamily, anything};
use crate::classify::rule::ErrorRule;

/// Refuses at the statuses that firewalls use; with a 5xx they report a failure behind them.
const fn refused(status: u16, code: &'static str) -> ErrorRule {
    ErrorRule::means(ProbeInvalid).status(status).code(code)
}

pub(super) const FAMILY: ServerFamily = ServerFamily {
    name: "edge",
    wrote: anything,
    of: &[],
    rules: &[
        refused(403, "firewall_akamai"),
        refused(403, "firewall_imperva"),
        refused(403, "firewall_aliyun"),
        refused(405, "firewall_aliyun"),
        refused(403, "firewall_f5"),
        refused(403, "firewall_sucuri"),
        refused(403, "firewall_datadome"),
        refused(403, "firewall_aws"),
        refused(405, "firewall_aws"),
        refused(403, "firewall_perimeterx"),
        refused(403, "firewall_wordfence"),
        refused(403, "firewall_modsecurity"),
        refused(406, "firewall_modsecurity"),
        refused(403, "firewall_fortinet"),
    ],
};
