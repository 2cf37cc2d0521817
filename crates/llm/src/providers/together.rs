//! Together.

use allclear_core::reason::Reason;

use super::{DIALECT, EMBEDDINGS, IMAGE, RERANK, SPEECH, TRANSCRIPTION};
use crate::classify::ErrorRule;
use crate::provider::{Host, PageShape, Provider, Rates, StatusPage};

pub(crate) static TABLE: Provider = Provider {
    name: "together",
    title: "Together",
    hosts: &[Host { name: "api", url: "https://api.together.ai/v1" }],
    tasks: &[
        EMBEDDINGS,
        RERANK,
        SPEECH.voice("af_alloy"),
        TRANSCRIPTION,
        IMAGE.extra(r#"{"width":256,"height":256,"steps":1}"#),
    ],
    // Usage comes unasked.
    chat_extra: "{}",
    errors: &[
        // More tokens than the model's context holds, and not a lack of permission.
        ErrorRule::means(Reason::ProbeInvalid).status(403),
    ],
    request_ids: &["x-request-id", "x-together-traceid"],
    rates: Rates::Together,
    status_page: Some(StatusPage {
        url: "https://status.together.ai/index.json",
        shape: PageShape::BetterStack,
        component: None,
    }),
    key_prefixes: &["tgp_v1_"],
    ..DIALECT
};
