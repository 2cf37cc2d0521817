//! Deepgram: speech and transcription. A model for speech is a voice.
//!
//! Sources: deepgram-sdk 7.17.0 `speak/v1/audio`, `listen/v1/media` and `manage/v1/projects`;
//! developers.deepgram.com `docs/errors`; litellm 1.110.2 `litellm/llms/deepgram`.

use allclear_core::reason::Reason;

use super::{DIALECT, MODELS_CHECK};
use crate::call::{Authentication, WhichKey};
use crate::classify::ErrorRule;
use crate::provider::{Host, KeyCheck, PageShape, Provider, Reach, StatusPage};
use crate::task::{TaskEndpoint, TaskFormat};

/// The projects of a key.
const PROJECTS: &str = "/v1/projects";

pub(crate) static TABLE: Provider = Provider {
    name: "deepgram",
    title: "Deepgram",
    hosts: &[Host { name: "api", url: "https://api.deepgram.com" }],
    optional_base_suffixes: &["/v1"],
    completions: &[],
    tasks: &[
        TaskEndpoint::at(TaskFormat::DeepgramSpeak, "/v1/speak?model={model}"),
        TaskEndpoint::at(TaskFormat::DeepgramListen, "/v1/listen?model={model}"),
    ],
    authentication: Authentication::Key {
        key: WhichKey::Inference,
        header: "authorization",
        prefix: "Token ",
    },
    reach: Reach { host: "api", path: PROJECTS, expected: &[401, 403] },
    key: Some(KeyCheck { path: PROJECTS, ..MODELS_CHECK }),
    list: None,
    errors: &[
        ErrorRule::means(Reason::Billing).code("ASR_PAYMENT_REQUIRED"),
        ErrorRule::means(Reason::AuthInvalid).code("INVALID_AUTH"),
        ErrorRule::means(Reason::Permission).code("INSUFFICIENT_PERMISSIONS"),
        ErrorRule::means(Reason::Permission).code("FORBIDDEN"),
        ErrorRule::means(Reason::Throttled).code("TOO_MANY_REQUESTS"),
    ],
    request_ids: &["dg-request-id"],
    status_page: Some(StatusPage {
        url: "https://status.deepgram.com/api/v2/summary.json",
        shape: PageShape::Statuspage,
        component: None,
    }),
    ..DIALECT
};
