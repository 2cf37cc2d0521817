//! Amazon Bedrock: signed as the function's own role, or with a key.

use allclear_core::reason::Reason;

use super::{DIALECT, MODELS_CHECK};
use crate::call::Authentication;
use crate::classify::ErrorRule;
use crate::provider::{
    Api, Endpoint, Host, KeyCheck, ListShape, ModelList, PageShape, Provider, Reach, StatusPage,
};

pub(crate) static TABLE: Provider = Provider {
    name: "bedrock",
    title: "Amazon Bedrock",
    hosts: &[
        Host { name: "api", url: "https://bedrock-runtime.{region}.amazonaws.com" },
        Host { name: "control", url: "https://bedrock.{region}.amazonaws.com" },
    ],
    optional_base_suffixes: &["/openai/v1"],
    completions: &[
        Endpoint { api: Api::Converse, host: "api", path: "/model/{model}/converse-stream" },
        Endpoint { api: Api::Chat, host: "api", path: "/openai/v1/chat/completions" },
    ],
    authentication_without_key: Authentication::AwsSignature,
    is_key_optional: true,
    reach: Reach { host: "control", path: "/foundation-models", expected: &[401, 403] },
    key: Some(KeyCheck { host: "control", path: "/foundation-models", ..MODELS_CHECK }),
    list: Some(ModelList {
        host: "control",
        path: "/foundation-models",
        is_public: false,
        shape: ListShape::Bedrock,
        cursor: None,
    }),
    errors: &[
        // Also of a key of another region; it comes as a denied access.
        ErrorRule::means(Reason::AuthInvalid)
            .status(403)
            .texts(&["make sure your api key is valid"])
            .first(),
        ErrorRule::means(Reason::AuthInvalid)
            .status(403)
            .texts(&["bearer token", "expired"])
            .first(),
        ErrorRule::means(Reason::QuotaDaily).code("ThrottlingException").texts(&["per day"]),
        ErrorRule::means(Reason::Throttled).code("ThrottlingException"),
        ErrorRule::means(Reason::QuotaExceeded).code("ServiceQuotaExceededException"),
        ErrorRule::means(Reason::ModelNotFound).code("ResourceNotFoundException"),
        ErrorRule::means(Reason::ModelNotFound).texts(&["on-demand throughput", "supported"]),
        ErrorRule::means(Reason::Overloaded).code("ModelNotReadyException"),
    ],
    request_ids: &["x-amzn-requestid"],
    status_page: Some(StatusPage {
        url: "https://health.aws.amazon.com/public/currentevents",
        shape: PageShape::AwsEvents,
        component: Some("bedrock"),
    }),
    key_prefixes: &["ABSK", "bedrock-api-key-"],
    ..DIALECT
};
