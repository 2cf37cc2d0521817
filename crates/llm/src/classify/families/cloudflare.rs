//! Cloudflare: its edge in front of other servers, and its own API with Workers AI.

use allclear_core::reason::Reason::{
    AuthInvalid, EndpointNotFound, ModelNotFound, Overloaded, ProbeInvalid, QuotaDaily,
    RegionBlocked, ServerError, Throttled,
};

use super::{ServerFamily, anything};
use crate::classify::rule::{ErrorContext, ErrorRule, HeaderCondition};
use crate::error::ErrorEnvelope;

const fn code(reason: allclear_core::reason::Reason, code: &'static str) -> ErrorRule {
    ErrorRule::means(reason).code(code)
}

/// The edge refuses the client before the provider sees the key, or cannot reach the provider.
pub(super) const EDGE: ServerFamily = ServerFamily {
    name: "cloudflare",
    wrote: anything,
    of: &[],
    rules: &[
        // The client's network or country is banned.
        code(RegionBlocked, "cloudflare_1005"),
        code(RegionBlocked, "cloudflare_1006"),
        code(RegionBlocked, "cloudflare_1007"),
        code(RegionBlocked, "cloudflare_1008"),
        code(RegionBlocked, "cloudflare_1009"),
        code(RegionBlocked, "cloudflare_1106"),
        // The client's signature or request is refused.
        code(ProbeInvalid, "cloudflare_1010"),
        code(ProbeInvalid, "cloudflare_1011"),
        code(ProbeInvalid, "cloudflare_1012"),
        code(ProbeInvalid, "cloudflare_1020"),
        code(ProbeInvalid, "cloudflare_1034"),
        code(Throttled, "cloudflare_1015"),
        // The address is wrong.
        code(EndpointNotFound, "cloudflare_1001"),
        code(EndpointNotFound, "cloudflare_1003"),
        code(EndpointNotFound, "cloudflare_1013"),
        // The operator of the site has to act.
        code(ServerError, "cloudflare_1000"),
        code(ServerError, "cloudflare_1002"),
        code(ServerError, "cloudflare_1004"),
        code(ServerError, "cloudflare_1014"),
        code(ServerError, "cloudflare_1016"),
        code(ServerError, "cloudflare_1018"),
        code(ServerError, "cloudflare_1023"),
        code(ServerError, "cloudflare_1027"),
        code(ServerError, "cloudflare_1033"),
        code(ServerError, "cloudflare_1101"),
        code(ServerError, "cloudflare_1102"),
        code(ServerError, "cloudflare_1104"),
        code(Overloaded, "cloudflare_1200"),
        ErrorRule::means(ProbeInvalid).when(HeaderCondition::Is("cf-mitigated", "challenge")),
        ErrorRule::means(ProbeInvalid).when(HeaderCondition::Is("cf-mitigated", "block")),
        ErrorRule::means(ProbeInvalid).when(HeaderCondition::Has("x-vercel-mitigated")),
        ErrorRule::means(ProbeInvalid).status(403).texts(&["attention required! | cloudflare"]),
        ErrorRule::means(ProbeInvalid).status(403).texts(&["used cloudflare to restrict access"]),
    ],
};

/// Workers AI and the AI Gateway.
pub(super) const API: ServerFamily = ServerFamily {
    name: "cloudflare-api",
    wrote: is_api,
    of: &["cloudflare", "cloudflare-ai-gateway"],
    rules: &[
        code(QuotaDaily, "3036"),
        code(QuotaDaily, "4006"),
        code(Overloaded, "3040"),
        code(Overloaded, "3008"),
        code(ServerError, "3007"),
        code(ModelNotFound, "5007"),
        code(ModelNotFound, "7000"),
        code(EndpointNotFound, "7003"),
        code(AuthInvalid, "10000"),
        code(AuthInvalid, "10001"),
        code(AuthInvalid, "9109"),
        code(AuthInvalid, "6003"),
        // The provider rejects the credentials of the gateway's own billing.
        code(Overloaded, "2009").status(503),
        code(AuthInvalid, "2009"),
        code(Throttled, "2003"),
        // Also of a request that the provider does not understand.
        code(ProbeInvalid, "2005"),
        code(ProbeInvalid, "2016"),
        code(ProbeInvalid, "2017"),
        code(ProbeInvalid, "5004"),
    ],
};

fn is_api(error: &ErrorContext<'_>) -> bool {
    error.body.envelope == ErrorEnvelope::Errors
}
