//! `DeepInfra`.
//!
//! Sources: juspay/neurolink `src/lib/providers/catalog/deepinfra.json` (the list is public);
//! recorded answers: truefoundry/models pull request 862 (429 of a busy model), xtekky/gpt4free
//! issue 3453 (401 without a key); deepinfra.com `docs/openai_api` (embeddings, speech, images).

use allclear_core::reason::Reason;

use super::{DIALECT, EMBEDDINGS, IMAGE, SPEECH, TRANSCRIPTION};
use crate::classify::ErrorRule;
use crate::provider::{Host, ListShape, ModelList, Provider, Reach};

pub(crate) static TABLE: Provider = Provider {
    name: "deepinfra",
    title: "DeepInfra",
    hosts: &[Host { name: "api", url: "https://api.deepinfra.com/v1/openai" }],
    tasks: &[
        EMBEDDINGS,
        SPEECH.voice("af_heart"),
        TRANSCRIPTION,
        IMAGE.extra(r#"{"size":"256x256"}"#),
    ],
    reach: Reach { host: "api", path: "/models", expected: &[200] },
    key: None,
    list: Some(ModelList {
        host: "api",
        path: "/models",
        is_public: true,
        shape: ListShape::OpenAi,
        cursor: None,
    }),
    errors: &[
        ErrorRule::means(Reason::AuthInvalid).texts(&["not authenticated"]),
        // The load of all customers, not of this account.
        ErrorRule::means(Reason::Overloaded).status(429).texts(&["model busy"]),
    ],
    ..DIALECT
};
