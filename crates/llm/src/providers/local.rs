//! Further self-hosted servers that use OpenAI's dialect.
//!
//! Sources: sgl-project/sglang `python/sglang/srt/utils/auth.py` and docs.sglang.io
//! `basic_usage/native_api`; huggingface/text-generation-inference
//! `clients/python/text_generation/errors.py`; lmstudio.ai `docs/developer/core/authentication`,
//! lmstudio-ai/lmstudio-bug-tracker issues 618 and 2085; oobabooga/text-generation-webui
//! `extensions/openai/script.py`; EricLBuehler/mistral.rs
//! `mistralrs-server-core/src/mistralrs_server_router_builder.rs`; Mozilla-Ocho/llamafile `README.md`;
//! theroyallab/tabbyAPI `common/auth.py` and `endpoints/core/router.py`; huggingface/text-embeddings-inference
//! `router/src/http/server.rs` and `router/src/lib.rs` (kinds of errors).

use allclear_core::reason::Reason;

use super::compatible::{EMBEDDINGS, IMAGE, LOCAL, RERANK, SPEECH};
use crate::classify::ErrorRule;
use crate::provider::{Provider, Reach};
use crate::task::{TaskEndpoint, TaskFormat};

pub(crate) static SGLANG: Provider =
    Provider { name: "sglang", title: "SGLang", tasks: &[EMBEDDINGS, RERANK], ..LOCAL };

pub(crate) static TGI: Provider = Provider {
    name: "tgi",
    title: "Text Generation Inference",
    errors: &[
        // Its own queue is full.
        ErrorRule::means(Reason::Overloaded).code("overloaded"),
        ErrorRule::means(Reason::ServerError).code("generation"),
        ErrorRule::means(Reason::ServerError).code("incomplete_generation"),
        ErrorRule::means(Reason::ProbeInvalid).code("validation"),
    ],
    ..LOCAL
};

pub(crate) static LM_STUDIO: Provider = Provider {
    name: "lm-studio",
    title: "LM Studio",
    tasks: &[EMBEDDINGS],
    // It has no page of its health, and answers 200 at any address.
    reach: Reach { host: "api", path: "/v1/models", expected: &[200, 401] },
    errors: &[
        // With tokens required, it denies that the address exists.
        ErrorRule::means(Reason::EndpointNotFound).texts(&["unexpected endpoint or method"]),
        ErrorRule::means(Reason::ModelNotFound).texts(&["no models loaded"]),
    ],
    ..LOCAL
};

pub(crate) static TEXT_GENERATION_WEBUI: Provider = Provider {
    name: "text-generation-webui",
    title: "text-generation-webui",
    tasks: &[EMBEDDINGS],
    reach: Reach { host: "api", path: "/v1/internal/health", expected: &[200, 401] },
    ..LOCAL
};

pub(crate) static MISTRAL_RS: Provider = Provider {
    name: "mistral.rs",
    title: "mistral.rs",
    tasks: &[EMBEDDINGS, SPEECH, IMAGE],
    ..LOCAL
};

/// The server of llama.cpp in one file.
pub(crate) static LLAMAFILE: Provider =
    Provider { name: "llamafile", title: "llamafile", tasks: &[EMBEDDINGS], ..LOCAL };

pub(crate) static TABBY_API: Provider = Provider {
    name: "tabbyapi",
    title: "TabbyAPI",
    tasks: &[EMBEDDINGS],
    errors: &[
        ErrorRule::means(Reason::AuthInvalid).texts(&["please provide an api key"]),
        ErrorRule::means(Reason::ModelNotFound).texts(&["no models are currently loaded"]),
    ],
    ..LOCAL
};

/// A server for embeddings and rerankers of one model, whose name in a request counts for nothing.
pub(crate) static TEI: Provider = Provider {
    name: "tei",
    title: "Text Embeddings Inference",
    completions: &[],
    tasks: &[EMBEDDINGS, TaskEndpoint::at(TaskFormat::TeiRerank, "/rerank")],
    // It has no list of models.
    key: None,
    list: None,
    errors: &[
        // Its own queue is full.
        ErrorRule::means(Reason::Overloaded).code("overloaded"),
        ErrorRule::means(Reason::ServerError).code("backend"),
        ErrorRule::means(Reason::ServerError).code("unhealthy"),
        ErrorRule::means(Reason::ProbeInvalid).code("validation"),
        ErrorRule::means(Reason::ProbeInvalid).code("tokenizer"),
        // A model of the other kind: it embeds and cannot rank, or the reverse.
        ErrorRule::means(Reason::EndpointNotFound).status(424).texts(&["not a re-ranker"]).first(),
        ErrorRule::means(Reason::EndpointNotFound)
            .status(424)
            .texts(&["not an embedding model"])
            .first(),
    ],
    ..LOCAL
};
