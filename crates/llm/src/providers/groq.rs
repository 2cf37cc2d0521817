//! Groq.

use allclear_core::reason::Reason;

use super::{DIALECT, SPEECH, TRANSCRIPTION};
use crate::classify::ErrorRule;
use crate::provider::{Host, PageShape, Provider, Rates, StatusPage};

pub(crate) static TABLE: Provider = Provider {
    name: "groq",
    title: "Groq",
    hosts: &[Host { name: "api", url: "https://api.groq.com/openai/v1" }],
    // Its speech has no other format.
    tasks: &[SPEECH.voice("troy").extra(r#"{"response_format":"wav"}"#), TRANSCRIPTION],
    token_cap: "max_completion_tokens",
    errors: &[
        // A request larger than the tokens of a minute can never pass.
        ErrorRule::means(Reason::ProbeInvalid).status(413).first(),
        ErrorRule::means(Reason::Overloaded).status(498),
        ErrorRule::means(Reason::Billing).code("blocked_api_access"),
        ErrorRule::means(Reason::Billing).status(400).texts(&["organization", "restricted"]),
        ErrorRule::means(Reason::ModelNotFound).texts(&["model", "terms"]),
        ErrorRule::means(Reason::ProbeInvalid).code("external_connector_error"),
    ],
    rates: Rates::Groq,
    status_page: Some(StatusPage {
        url: "https://groqstatus.com/api/v2/summary.json",
        shape: PageShape::Statuspage,
        component: None,
    }),
    key_prefixes: &["gsk_"],
    ..DIALECT
};
