//! Databricks model serving: an address of each workspace; the model is the serving endpoint.
//!
//! Sources: docs.databricks.com `machine-learning/foundation-model-apis/limits` and
//! `api/workspace/servingendpoints/list`; litellm 1.109.1 `litellm/llms/databricks`.

use allclear_core::reason::Reason;

use super::{DIALECT, MODELS_CHECK};
use crate::classify::ErrorRule;
use crate::provider::{Api, Endpoint, Host, KeyCheck, ListShape, ModelList, Provider, Reach};
use crate::task::{TaskEndpoint, TaskFormat};

const ENDPOINTS: &str = "/api/2.0/serving-endpoints";

pub(crate) static TABLE: Provider = Provider {
    name: "databricks",
    title: "Databricks",
    hosts: &[Host { name: "api", url: "" }],
    optional_base_suffixes: &["/serving-endpoints"],
    completions: &[Endpoint {
        api: Api::Chat,
        host: "api",
        path: "/serving-endpoints/chat/completions",
    }],
    tasks: &[TaskEndpoint::at(TaskFormat::OpenAiEmbeddings, "/serving-endpoints/embeddings")],
    reach: Reach { host: "api", path: ENDPOINTS, expected: &[401, 403] },
    key: Some(KeyCheck { path: ENDPOINTS, ..MODELS_CHECK }),
    list: Some(ModelList {
        host: "api",
        path: ENDPOINTS,
        is_public: false,
        shape: ListShape::Name,
        cursor: None,
    }),
    errors: &[
        // A wrong token comes with the status of a lack of permission.
        ErrorRule::means(Reason::AuthInvalid).status(403).texts(&["invalid access token"]).first(),
        ErrorRule::means(Reason::Throttled).texts(&["request_limit_exceeded"]),
        ErrorRule::means(Reason::ModelNotFound).status(404).texts(&["endpoint does not exist"]),
    ],
    key_prefixes: &["dapi"],
    ..DIALECT
};
