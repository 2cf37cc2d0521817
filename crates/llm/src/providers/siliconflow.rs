//! `SiliconFlow`: two platforms whose keys are not interchangeable.
//!
//! Sources: docs.siliconflow.cn `faqs/error-code` and `cn/userguide/rate-limits`; juspay/neurolink
//! `src/lib/providers/catalog/siliconflow.json` (recorded 401 of the list without a key);
//! docs.siliconflow.cn `cn/api-reference` (embeddings, rerank, audio, images).

use allclear_core::reason::Reason;

use super::{DIALECT, EMBEDDINGS, IMAGE, RERANK, SPEECH, TRANSCRIPTION};
use crate::classify::ErrorRule;
use crate::provider::{Host, Provider};

pub(crate) static INTERNATIONAL: Provider = Provider {
    name: "siliconflow",
    title: "SiliconFlow",
    hosts: &[Host { name: "api", url: "https://api.siliconflow.com/v1" }],
    ..COMMON
};

pub(crate) static CHINA: Provider = Provider {
    name: "siliconflow-cn",
    title: "SiliconFlow (China)",
    hosts: &[Host { name: "api", url: "https://api.siliconflow.cn/v1" }],
    ..COMMON
};

const COMMON: Provider = Provider {
    tasks: &[
        EMBEDDINGS,
        RERANK,
        SPEECH.voice("FunAudioLLM/CosyVoice2-0.5B:alex"),
        TRANSCRIPTION,
        IMAGE.extra(r#"{"image_size":"512x512","batch_size":1,"num_inference_steps":1}"#),
    ],
    errors: &[
        ErrorRule::means(Reason::AuthInvalid).code("30014"),
        ErrorRule::means(Reason::AuthInvalid).status(401).texts(&["token is invalid"]),
        // A lack of credit comes with the status of a lack of permission.
        ErrorRule::means(Reason::Billing).status(403).texts(&["balance"]),
        // The code is also that of a model that was taken away.
        ErrorRule::means(Reason::Permission)
            .status(403)
            .code("30003")
            .texts(&["real-name"])
            .first(),
        // Requests, tokens or images of a day.
        ErrorRule::means(Reason::QuotaDaily).status(429).texts(&["rpd limit"]),
        ErrorRule::means(Reason::QuotaDaily).status(429).texts(&["tpd limit"]),
    ],
    request_ids: &["x-siliconcloud-trace-id", "x-request-id"],
    key_prefixes: &["sk-"],
    ..DIALECT
};
