//! The request of the check itself: models, addresses, its size and its content.

use allclear_core::reason::Reason::{EndpointNotFound, ModelNotFound, ProbeInvalid};

use super::super::rule::ErrorRule;
use super::{code, words};

const fn address(parts: &'static [&'static str]) -> ErrorRule {
    ErrorRule::means(EndpointNotFound).status(404).texts(parts)
}

/// Names of models and addresses.
pub(super) const NAMES: &[ErrorRule] = &[
    code(ModelNotFound, "model_not_exist"),
    code(ModelNotFound, "model_not_available"),
    code(ModelNotFound, "model_decommissioned"),
    code(ModelNotFound, "model_deprecated"),
    code(ModelNotFound, "model_archived"),
    code(ModelNotFound, "model_retired"),
    code(ModelNotFound, "no_endpoints"),
    code(ModelNotFound, "free_variant_ended"),
    code(ModelNotFound, "DeploymentNotFound"),
    code(ModelNotFound, "invalid_model"),
    // Addresses, which may contain the word "model".
    address(&["resource not found"]),
    address(&["method not found"]),
    address(&["page not found"]),
    address(&["file not found"]),
    address(&["no route"]),
    address(&["invalid url"]),
    address(&["unknown url"]),
    address(&["unknown request url"]),
    address(&["/v1/"]),
    // A gateway that admits some addresses only.
    words(EndpointNotFound, &["only /v1/"]).status(403),
    words(EndpointNotFound, &["your path"]).status(403),
    // A server that was started for another task: llama.cpp without `--embeddings`.
    ErrorRule::means(EndpointNotFound).status(501).texts(&["does not support"]),
    words(ModelNotFound, &["model", "does not exist"]),
    words(ModelNotFound, &["model not exist"]),
    words(ModelNotFound, &["model", "not found"]),
    words(ModelNotFound, &["model", "is not found"]),
    words(ModelNotFound, &["no such model"]),
    words(ModelNotFound, &["unknown model"]),
    words(ModelNotFound, &["modelerror"]),
    words(ModelNotFound, &["model", "not supported by any provider"]),
    words(ModelNotFound, &["model", "decommissioned"]),
    words(ModelNotFound, &["model identifier is invalid"]),
    words(ModelNotFound, &["model", "too large to be loaded"]),
    words(ModelNotFound, &["invalid model"]),
    words(ModelNotFound, &["is not a valid model"]),
    words(ModelNotFound, &["模型", "不存在"]),
    words(ModelNotFound, &["未找到", "模型"]),
    words(ModelNotFound, &["不支持", "模型"]),
    words(ModelNotFound, &["无效的模型"]),
    words(ModelNotFound, &["模型", "下线"]),
];

/// The size and the content of the request, and firewalls that refuse it.
pub(super) const RULES: &[ErrorRule] = &[
    ErrorRule::healthy().status(400).texts(&["could not finish the message because max_tokens"]),
    code(ProbeInvalid, "exceed_context_size_error"),
    code(ProbeInvalid, "moderation_blocked"),
    code(ProbeInvalid, "data_inspection_failed"),
    code(ProbeInvalid, "ResponsibleAIPolicyViolation"),
    words(ProbeInvalid, &["maximum context length"]),
    words(ProbeInvalid, &["context length"]),
    words(ProbeInvalid, &["context window"]),
    words(ProbeInvalid, &["context size"]),
    words(ProbeInvalid, &["context limit"]),
    words(ProbeInvalid, &["context overflow"]),
    words(ProbeInvalid, &["exceed", "context"]),
    words(ProbeInvalid, &["prompt is too long"]),
    // Self-hosted servers report a refused parameter as their own failure.
    words(ProbeInvalid, &["must be one of"]).status(500),
    words(ProbeInvalid, &["input is too long"]),
    words(ProbeInvalid, &["content policy"]),
    words(ProbeInvalid, &["cyber policy"]),
    words(ProbeInvalid, &["usage policy"]),
    words(ProbeInvalid, &["usage policies"]),
    words(ProbeInvalid, &["policy violation"]),
    words(ProbeInvalid, &["censorship"]),
    words(ProbeInvalid, &["content", "is blocked"]),
    words(ProbeInvalid, &["content management policy"]),
    words(ProbeInvalid, &["content violates"]),
    words(ProbeInvalid, &["usage guidelines"]),
    words(ProbeInvalid, &["inappropriate content"]),
    words(ProbeInvalid, &["sensitive content"]),
    words(ProbeInvalid, &["safety system"]),
    words(ProbeInvalid, &["content filter"]),
    words(ProbeInvalid, &["request was blocked"]),
    words(ProbeInvalid, &["request has been blocked"]),
    words(ProbeInvalid, &["web application firewall"]),
    words(ProbeInvalid, &["敏感"]),
    words(ProbeInvalid, &["违规"]),
    words(ProbeInvalid, &["内容审核"]),
    words(ProbeInvalid, &["内容安全"]),
];
