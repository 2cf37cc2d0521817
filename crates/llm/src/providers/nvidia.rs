//! NVIDIA NIM, as NVIDIA hosts it.
//!
//! Sources: juspay/neurolink `docs/getting-started/providers/nvidia-nim.md`; recorded answers:
//! HKUDS/OpenHarness issue 233 (403 of a bad key), gethouston/houston pull request 1243 (404 per
//! account). The list of models is the same for every account.

use allclear_core::reason::Reason;

use super::{DIALECT, EMBEDDINGS};
use crate::classify::ErrorRule;
use crate::provider::{Host, ListShape, ModelList, Provider, Reach};

pub(crate) static TABLE: Provider = Provider {
    name: "nvidia",
    title: "NVIDIA NIM",
    hosts: &[Host { name: "api", url: "https://integrate.api.nvidia.com/v1" }],
    // Its models for retrieval want to know which side a text is of.
    tasks: &[EMBEDDINGS.extra(r#"{"input_type":"query"}"#)],
    reach: Reach { host: "api", path: "/models", expected: &[200, 401, 403] },
    // The list is answered for any key, and models that it names may be closed to the account.
    key: None,
    list: Some(ModelList {
        host: "api",
        path: "/models",
        is_public: true,
        shape: ListShape::OpenAi,
        cursor: None,
    }),
    errors: &[
        ErrorRule::means(Reason::AuthInvalid).status(403).texts(&["authorization failed"]).first(),
        ErrorRule::means(Reason::Billing).status(402),
        ErrorRule::means(Reason::ModelNotFound)
            .status(404)
            .texts(&["function", "not found for account"]),
        ErrorRule::means(Reason::ModelNotFound).status(410),
    ],
    request_ids: &["nvcf-reqid", "x-request-id"],
    key_prefixes: &["nvapi-"],
    ..DIALECT
};
