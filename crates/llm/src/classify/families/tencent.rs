//! Tencent Cloud (Hunyuan).

use allclear_core::reason::Reason::{
    self, AuthInvalid, Billing, Overloaded, ProbeInvalid, ServerError, Throttled,
};

use super::{ServerFamily, anything};
use crate::classify::rule::ErrorRule;

const fn code(reason: Reason, code: &'static str) -> ErrorRule {
    ErrorRule::means(reason).code(code)
}

pub(super) const FAMILY: ServerFamily = ServerFamily {
    name: "tencent",
    wrote: anything,
    of: &[],
    rules: &[
        code(Billing, "FailedOperation.ResourcePackExhausted"),
        code(Billing, "FailedOperation.FreeResourcePackExhausted"),
        code(Billing, "FailedOperation.ServiceStop"),
        code(Billing, "FailedOperation.ServiceStopArrears"),
        code(Billing, "ResourceInsufficient.ChargeResourceExhaust"),
        code(Billing, "ResourceUnavailable.InArrears"),
        code(Billing, "ResourceUnavailable.LowBalance"),
        code(AuthInvalid, "AuthFailure"),
        code(AuthInvalid, "AuthFailure.SecretIdNotFound"),
        code(AuthInvalid, "AuthFailure.SignatureFailure"),
        code(AuthInvalid, "AuthFailure.SignatureExpire"),
        code(AuthInvalid, "AuthFailure.InvalidSecretId"),
        code(AuthInvalid, "AuthFailure.TokenFailure"),
        code(AuthInvalid, "FailedOperation.UserUnAuthError"),
        code(Throttled, "RequestLimitExceeded"),
        code(Throttled, "LimitExceeded"),
        code(Throttled, "FailedOperation.EngineServerLimitExceeded"),
        code(Overloaded, "FailedOperation.EngineServerError"),
        code(ServerError, "FailedOperation.EngineRequestTimeout"),
        code(ServerError, "FailedOperation.ConsoleServerError"),
        code(ProbeInvalid, "OperationDenied.TextIllegalDetected"),
        code(ProbeInvalid, "OperationDenied.ImageIllegalDetected"),
    ],
};
