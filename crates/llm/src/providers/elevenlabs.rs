//! `ElevenLabs`: speech and transcription.
//!
//! Sources: elevenlabs 2.78.0 `text_to_speech`, `speech_to_text` and `user`; help.elevenlabs.io
//! `19572237925521-API-Error-Code-400-or-401` and `19571824571921-API-Error-Code-429`. A restricted
//! key may lack the permission to read the user, and still make speech.

use allclear_core::reason::Reason;

use super::{DIALECT, MODELS_CHECK};
use crate::call::{Authentication, WhichKey};
use crate::classify::ErrorRule;
use crate::provider::{Host, KeyCheck, PageShape, Provider, Reach, StatusPage};
use crate::task::{TaskEndpoint, TaskFormat};

pub(crate) static TABLE: Provider = Provider {
    name: "elevenlabs",
    title: "ElevenLabs",
    hosts: &[Host { name: "api", url: "https://api.elevenlabs.io" }],
    optional_base_suffixes: &["/v1"],
    completions: &[],
    tasks: &[
        TaskEndpoint::at(TaskFormat::ElevenLabsSpeech, "/v1/text-to-speech/{voice}")
            .voice("JBFqnCBsd6RMkjVDRZzb"),
        TaskEndpoint::at(TaskFormat::ElevenLabsTranscription, "/v1/speech-to-text"),
    ],
    authentication: Authentication::Key {
        key: WhichKey::Inference,
        header: "xi-api-key",
        prefix: "",
    },
    reach: Reach { host: "api", path: "/v1/user", expected: &[401] },
    key: Some(KeyCheck { path: "/v1/user", ..MODELS_CHECK }),
    list: None,
    errors: &[
        // All of these come with the status of a bad key.
        ErrorRule::means(Reason::Billing).code("quota_exceeded").first(),
        ErrorRule::means(Reason::Billing).code("detected_unusual_activity").first(),
        ErrorRule::means(Reason::Permission).code("missing_permissions").first(),
        ErrorRule::means(Reason::ModelNotFound).code("voice_not_found"),
        // The load of all customers, not of this account.
        ErrorRule::means(Reason::Overloaded).code("system_busy"),
        ErrorRule::means(Reason::Throttled).code("too_many_concurrent_requests"),
    ],
    request_ids: &["request-id", "x-trace-id"],
    status_page: Some(StatusPage {
        url: "https://status.elevenlabs.io/api/v2/summary.json",
        shape: PageShape::Statuspage,
        component: None,
    }),
    key_prefixes: &["sk_"],
    ..DIALECT
};
