//! Alibaba Cloud Model Studio (`DashScope`), in its own dialect and in OpenAI's.

use allclear_core::reason::Reason::{
    AuthInvalid, Billing, ModelNotFound, Overloaded, Permission, ProbeInvalid, ServerError,
    Throttled,
};

use super::{ServerFamily, anything};
use crate::classify::rule::ErrorRule;

const fn code(reason: allclear_core::reason::Reason, code: &'static str) -> ErrorRule {
    ErrorRule::means(reason).code(code)
}

pub(super) const FAMILY: ServerFamily = ServerFamily {
    name: "dashscope",
    wrote: anything,
    of: &[],
    rules: &[
        ErrorRule::means(Billing).status(429).texts(&["free allocated quota exceeded"]).first(),
        // Limit of tokens per minute, despite its code.
        ErrorRule::means(Throttled).status(429).texts(&["allocated quota exceeded"]).first(),
        code(Billing, "Arrearage"),
        code(Billing, "PrepaidBillOverdue"),
        code(Billing, "PostpaidBillOverdue"),
        code(Billing, "CommodityNotPurchased"),
        code(Billing, "AllocationQuota.FreeTierOnly"),
        code(Throttled, "Throttling"),
        code(Throttled, "Throttling.RateQuota"),
        code(Throttled, "Throttling.BurstRate"),
        code(Throttled, "Throttling.AllocationQuota"),
        code(Throttled, "Throttling.User"),
        code(Throttled, "LimitRequests"),
        code(Throttled, "limit_requests"),
        code(Throttled, "limit_burst_rate"),
        code(AuthInvalid, "InvalidApiKey"),
        code(Permission, "Model.AccessDenied"),
        code(Permission, "App.AccessDenied"),
        code(Permission, "Workspace.AccessDenied"),
        code(Permission, "AccessDenied.Unpurchased"),
        code(ModelNotFound, "ModelNotFound"),
        code(ProbeInvalid, "DataInspectionFailed"),
        code(ProbeInvalid, "InvalidParameter.DataInspection"),
        code(Overloaded, "ServiceUnavailable"),
        code(Overloaded, "ModelServingOverloaded"),
        code(ServerError, "ModelServingError"),
        code(ServerError, "ModelServiceFailed"),
        code(ServerError, "InternalError"),
        code(ServerError, "InternalError.Algo"),
        code(ServerError, "InternalError.Timeout"),
        code(ServerError, "RequestTimeOut"),
        code(ServerError, "SystemError"),
    ],
};
