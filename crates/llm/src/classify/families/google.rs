//! Google: AI Studio and Vertex AI, also behind their endpoints that speak OpenAI's dialect.

use allclear_core::reason::Reason::{Billing, Permission, QuotaDaily, RegionBlocked, Throttled};

use super::{ServerFamily, anything};
use crate::classify::rule::ErrorRule;

pub(super) const FAMILY: ServerFamily = ServerFamily {
    name: "google",
    wrote: anything,
    of: &[],
    rules: &[
        ErrorRule::means(Billing).code("BILLING_DISABLED"),
        ErrorRule::means(Permission).code("SERVICE_DISABLED"),
        ErrorRule::means(Permission).code("API_KEY_SERVICE_BLOCKED"),
        ErrorRule::means(Permission).code("API_KEY_IP_ADDRESS_BLOCKED"),
        ErrorRule::means(Permission).code("API_KEY_HTTP_REFERRER_BLOCKED"),
        ErrorRule::means(Permission).code("CONSUMER_SUSPENDED"),
        ErrorRule::means(Permission).code("USER_PROJECT_DENIED"),
        ErrorRule::means(Permission).texts(&["requires a quota project"]),
        ErrorRule::means(RegionBlocked).code("FAILED_PRECONDITION").texts(&["location"]),
        ErrorRule::means(Billing).code("FAILED_PRECONDITION").texts(&["billing"]).first(),
        // All its quotas share one text. Only money is named in words, windows by their ids.
        ErrorRule::means(Billing).code("RESOURCE_EXHAUSTED").texts(&["credit", "depleted"]),
        ErrorRule::means(Billing).code("RESOURCE_EXHAUSTED").texts(&["prepa", "depleted"]),
        ErrorRule::means(Billing).code("RESOURCE_EXHAUSTED").texts(&["spend", "cap"]),
        ErrorRule::means(Billing).code("RESOURCE_EXHAUSTED").texts(&["monthly spend"]),
        ErrorRule::means(QuotaDaily).code("RESOURCE_EXHAUSTED").texts(&["perday"]),
        ErrorRule::means(Throttled).code("RESOURCE_EXHAUSTED").texts(&["perminute"]),
        ErrorRule::means(Throttled)
            .status(429)
            .code("RESOURCE_EXHAUSTED")
            .texts(&["resource has been exhausted"]),
        ErrorRule::means(Throttled)
            .status(429)
            .code("RESOURCE_EXHAUSTED")
            .texts(&["check your plan and billing"]),
    ],
};
