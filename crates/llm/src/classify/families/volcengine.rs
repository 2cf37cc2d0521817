//! Volcengine Ark (Doubao).

use allclear_core::reason::Reason::{
    self, AuthInvalid, Billing, ModelNotFound, Overloaded, ProbeInvalid, QuotaExceeded,
    ServerError, Throttled,
};

use super::{ServerFamily, anything};
use crate::classify::rule::ErrorRule;

const fn code(reason: Reason, code: &'static str) -> ErrorRule {
    ErrorRule::means(reason).code(code)
}

pub(super) const FAMILY: ServerFamily = ServerFamily {
    name: "volcengine",
    wrote: anything,
    of: &[],
    rules: &[
        code(Billing, "AccountOverdueError"),
        code(Billing, "OperationDenied.ServiceOverdue"),
        code(QuotaExceeded, "QuotaExceeded").status(429),
        code(Billing, "InvalidSubscription"),
        code(QuotaExceeded, "SetLimitExceeded"),
        code(AuthInvalid, "AuthenticationError").broad(),
        code(AuthInvalid, "InvalidAccountStatus"),
        code(ModelNotFound, "ModelNotOpen"),
        code(ModelNotFound, "InvalidEndpointOrModel"),
        code(ModelNotFound, "InvalidEndpointOrModel.NotFound"),
        code(ModelNotFound, "InvalidEndpointOrModel.ModelIDAccessDisabled"),
        code(ModelNotFound, "InvalidEndpoint.ClosedEndpoint"),
        code(Overloaded, "ServerOverloaded"),
        code(Overloaded, "ModelLoadingError"),
        code(Throttled, "ModelAccountRpmRateLimitExceeded"),
        code(Throttled, "ModelAccountTpmRateLimitExceeded"),
        code(Throttled, "AccountRateLimitExceeded"),
        code(Throttled, "RequestBurstTooFast"),
        code(Throttled, "InflightBatchsizeExceeded"),
        code(ProbeInvalid, "SensitiveContentDetected"),
        code(ProbeInvalid, "InputTextSensitiveContentDetected"),
        code(ProbeInvalid, "OutputTextSensitiveContentDetected"),
        code(ServerError, "ContentSecurityDetectionError"),
        code(ServerError, "InternalServiceError"),
    ],
};
