use std::collections::BTreeSet;

use allclear_llm::listing::{self, MAX_MODELS, ModelPage};
use allclear_llm::model::{Model, TokenPrice};
use jiff::civil::date;
use serde_json::{Value, json};

use crate::provider;

fn page(name: &str, body: &Value) -> ModelPage {
    listing::read(provider(name), body.to_string().as_bytes()).unwrap()
}

fn model(name: &str, body: &Value, id: &str) -> Model {
    page(name, body).models.remove(id).unwrap_or_else(|| panic!("{name} lists no {id}"))
}

fn text_set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn openai_lists_creation_and_shutdown_of_a_model() {
    let body = json!({"object": "list", "data": [
        {"id": "m-1", "object": "model", "created": 1_795_305_600, "owned_by": "system",
         "shutdown_date": "2027-01-14"},
        {"id": "m-2", "object": "model", "created": null, "shutdown_date": null}]});
    let expected = Model {
        created: Some("2026-11-22T00:00:00Z".parse().unwrap()),
        shutdown: Some(date(2027, 1, 14)),
        ..Model::default()
    };
    assert_eq!(model("openai", &body, "m-1"), expected);
    assert_eq!(model("openai", &body, "m-2"), Model::default());
}

#[test]
fn anthropic_lists_limits_capabilities_and_pages() {
    let body = json!({"data": [
        {"type": "model", "id": "c-1", "display_name": "C 1", "created_at": "2026-09-01T00:00:00Z",
         "max_input_tokens": 1_000_000, "max_tokens": 128_000,
         "capabilities": {"batch": {"supported": true}, "image_input": {"supported": true},
            "pdf_input": {"supported": false}, "structured_outputs": {"supported": true},
            "thinking": {"supported": true, "types": {"adaptive": {"supported": true}}}}},
        {"type": "model", "id": "c-2", "created_at": "1970-01-01T00:00:00Z",
         "max_input_tokens": null, "max_tokens": null, "capabilities": null}],
        "first_id": "c-1", "last_id": "c-2", "has_more": true});
    let first = model("anthropic", &body, "c-1");
    assert_eq!(first.context_tokens, Some(1_000_000));
    assert_eq!(first.max_output_tokens, Some(128_000));
    assert_eq!(first.input_modalities, text_set(&["image", "text"]));
    let expected = ["batch", "chat", "reasoning", "structured_output", "vision"];
    assert_eq!(first.capabilities, text_set(&expected));
    assert_eq!(model("anthropic", &body, "c-2"), Model::default());
    assert_eq!(page("anthropic", &body).next.as_deref(), Some("c-2"));
    let last = json!({"data": [], "has_more": false, "last_id": "c-2"});
    assert_eq!(page("anthropic", &last), ModelPage::default());
}

#[test]
fn hugging_face_lists_upstreams_and_the_highest_price_counts() {
    let body = json!({"object": "list", "data": [{"id": "o/m", "object": "model", "created": 1_795_305_600,
        "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
        "providers": [
          {"provider": "a", "status": "live", "context_length": 131_072,
           "pricing": {"input": 0.1, "output": 0.5}, "supports_tools": true},
          {"provider": "b", "status": "live", "context_length": 8192,
           "pricing": {"input": "0.2", "output": 0.4}, "supports_structured_output": true},
          {"provider": "c", "status": "error", "pricing": {"input": 9, "output": 9},
           "context_length": 999_999}]}]});
    let read = model("huggingface", &body, "o/m");
    assert_eq!(read.price, Some(TokenPrice { input: 0.2, output: 0.5 }));
    assert_eq!(read.context_tokens, Some(131_072));
    assert_eq!(read.capabilities, text_set(&["chat", "structured_output", "tools"]));
    assert_eq!(read.input_modalities, text_set(&["image", "text"]));
}

#[test]
fn cohere_lists_endpoints_features_and_pages() {
    let body = json!({"models": [{"name": "command-x", "is_deprecated": true, "endpoints": ["chat", "generate"],
        "finetuned": false, "context_length": 128_000.0, "features": ["json_mode", "tools", "vision"]}],
        "next_page_token": "abc"});
    let read = model("cohere", &body, "command-x");
    assert_eq!(read.context_tokens, Some(128_000));
    assert!(read.deprecated);
    assert_eq!(
        read.capabilities,
        text_set(&["chat", "completion", "json_mode", "tools", "vision"])
    );
    assert_eq!(read.input_modalities, text_set(&["image", "text"]));
    assert_eq!(page("cohere", &body).next.as_deref(), Some("abc"));
    assert_eq!(page("cohere", &json!({"models": [], "next_page_token": ""})).next, None);
}

#[test]
fn gemini_names_models_with_a_prefix_that_completions_do_not_have() {
    let body = json!({"models": [
        {"name": "models/g-1", "version": "001", "inputTokenLimit": 1_048_576, "outputTokenLimit": 65_536,
         "supportedGenerationMethods": ["generateContent", "countTokens"], "thinking": true},
        {"name": "models/e-1", "supportedGenerationMethods": ["embedContent"]}],
        "nextPageToken": "t"});
    let read = model("gemini", &body, "g-1");
    assert_eq!((read.context_tokens, read.max_output_tokens), (Some(1_048_576), Some(65_536)));
    assert_eq!(read.capabilities, text_set(&["chat", "reasoning"]));
    assert_eq!(model("gemini", &body, "e-1").capabilities, text_set(&["embeddings"]));
    assert_eq!(page("gemini", &body).next.as_deref(), Some("t"));
}

#[test]
fn mistral_lists_each_name_of_a_model_and_all_but_its_own_are_marked() {
    let capabilities = json!({"completion_chat": true, "function_calling": true, "vision": false});
    let entry = |id: &str, alias: &str| {
        json!({"id": id, "object": "model", "name": "m-3b-2512", "max_context_length": 131_072,
            "capabilities": capabilities, "aliases": [alias], "deprecation": null, "type": "base"})
    };
    let body = json!([entry("m-3b-2512", "m-3b-latest"), entry("m-3b-latest", "m-3b-2512"),
        {"id": "m-old", "aliases": ["m-older"], "deprecation": "2026-12-01T12:00:00Z",
         "deprecation_replacement_model": "m-3b-latest"}]);
    assert_eq!(model("mistral", &body, "m-3b-2512").capabilities, text_set(&["chat", "tools"]));
    let other = model("mistral", &body, "m-3b-latest");
    assert_eq!(other.capabilities, text_set(&["alias", "chat", "tools"]));
    assert_eq!(other.context_tokens, Some(131_072));
    let old = model("mistral", &body, "m-old");
    assert_eq!((old.shutdown, old.deprecated), (Some(date(2026, 12, 1)), true));
    assert_eq!(old.capabilities, text_set(&[]));
    assert!(model("mistral", &body, "m-older").capabilities.contains("alias"));
}

#[test]
fn extensions_of_the_openai_list_are_read() {
    let groq = json!({"data": [{"id": "g", "created": 1_795_305_600, "active": false,
        "context_window": 131_072, "max_completion_tokens": 65_536}]});
    let read = model("groq", &groq, "g");
    assert_eq!((read.context_tokens, read.max_output_tokens), (Some(131_072), Some(65_536)));
    assert!(read.deprecated);

    let openrouter = json!({"data": [
        {"id": "a/b", "context_length": 200_000, "expiration_date": "2026-12-31",
         "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
         "pricing": {"prompt": "0.0000001", "completion": "0.0000005", "request": "0"},
         "top_provider": {"max_completion_tokens": 8192},
         "supported_parameters": ["tools", "seed", "structured_outputs", "reasoning"]},
        {"id": "auto", "pricing": {"prompt": "-1", "completion": "-1"}},
        {"id": "free", "pricing": {"prompt": "0", "completion": "0"}}]});
    let read = model("openrouter", &openrouter, "a/b");
    assert_eq!(read.price, Some(TokenPrice { input: 0.1, output: 0.5 }));
    assert_eq!((read.max_output_tokens, read.shutdown), (Some(8192), Some(date(2026, 12, 31))));
    assert_eq!(read.capabilities, text_set(&["chat", "reasoning", "structured_output", "tools"]));
    assert_eq!(model("openrouter", &openrouter, "auto").price, None);
    let free = Some(TokenPrice { input: 0.0, output: 0.0 });
    assert_eq!(model("openrouter", &openrouter, "free").price, free);

    let deepseek = json!({"object": "list", "data": [{"id": "d", "context_window": 1_000_000,
        "max_output_tokens": 393_216, "input_modalities": ["text"], "output_modalities": ["text"],
        "effort": {"supported_levels": ["low", "high"], "default_level": "low"}}]});
    let read = model("deepseek", &deepseek, "d");
    assert_eq!(read.max_output_tokens, Some(393_216));
    assert_eq!(read.capabilities, text_set(&["chat", "reasoning"]));

    let together = json!([
        {"id": "t", "type": "chat", "created": 1_795_305_600, "context_length": 131_072,
         "pricing": {"input": 0.05, "output": 0.2, "hourly": 0}},
        {"id": "rented", "type": "image", "pricing": {"input": 0, "output": 0, "hourly": 2.5}}]);
    assert_eq!(
        model("together", &together, "t").price,
        Some(TokenPrice { input: 0.05, output: 0.2 })
    );
    let rented = model("together", &together, "rented");
    assert_eq!((rented.price, rented.capabilities), (None, text_set(&["image_generation"])));

    let azure = json!({"data": [{"id": "a", "status": "succeeded", "created_at": 1_795_305_600,
        "capabilities": {"inference": true, "chat_completion": true, "embeddings": false},
        "lifecycle_status": "deprecated", "deprecation": {"inference": 1_797_033_600}}]});
    let read = model("azure", &azure, "a");
    assert_eq!(read.capabilities, text_set(&["chat"]));
    assert_eq!((read.shutdown, read.deprecated), (Some(date(2026, 12, 12)), true));
    assert!(read.created.is_some());

    let vllm = json!({"data": [{"id": "v", "owned_by": "vllm", "max_model_len": 32_768.0}]});
    assert_eq!(model("vllm", &vllm, "v").context_tokens, Some(32_768));
}

#[test]
fn xai_prices_in_hundredths_of_a_cent_and_its_aliases_are_listed() {
    let body = json!({"models": [{"id": "x-1-0309", "aliases": ["x-1"], "created": 1_795_305_600,
        "input_modalities": ["text", "image"], "output_modalities": ["text"],
        "prompt_text_token_price": 12_500, "completion_text_token_price": "25000"}]});
    let read = model("xai", &body, "x-1-0309");
    assert_eq!(read.price, Some(TokenPrice { input: 1.25, output: 2.5 }));
    assert_eq!(read.capabilities, text_set(&["chat"]));
    assert_eq!(model("xai", &body, "x-1").capabilities, text_set(&["alias", "chat"]));
}

#[test]
fn bedrock_lists_the_lifecycle_of_a_model() {
    let body = json!({"modelSummaries": [{"modelArn": "arn:…", "modelId": "amazon.x-v1:0",
        "inputModalities": ["TEXT", "IMAGE"], "outputModalities": ["TEXT"],
        "responseStreamingSupported": true, "inferenceTypesSupported": ["ON_DEMAND"],
        "modelLifecycle": {"status": "LEGACY", "startOfLifeTime": 1_750_000_000.0,
            "endOfLifeTime": "2027-03-01T00:00:00Z"}}]});
    let read = model("bedrock", &body, "amazon.x-v1:0");
    assert_eq!((read.deprecated, read.shutdown), (true, Some(date(2027, 3, 1))));
    assert_eq!(read.capabilities, text_set(&["chat", "streaming"]));
    assert_eq!(read.input_modalities, text_set(&["image", "text"]));
}

#[test]
fn ollama_lists_its_local_models() {
    let body = json!({"models": [{"name": "q:latest", "model": "q:latest", "size": 5,
        "capabilities": ["completion", "tools", "thinking"], "details": {"family": "q"}}]});
    let read =
        listing::read_shape(allclear_llm::provider::ListShape::Ollama, body.to_string().as_bytes());
    let model = read.unwrap().models.remove("q:latest").unwrap();
    assert_eq!(model.capabilities, text_set(&["chat", "reasoning", "tools"]));
}

#[test]
fn mistyped_fields_are_absent() {
    let body = json!({"data": [
        {"id": "m", "created": {}, "context_length": "many", "pricing": [], "capabilities": 5,
         "providers": "x", "architecture": [], "aliases": {}, "deprecation": true, "type": [],
         "top_provider": 1, "supported_parameters": null, "effort": "high", "active": "perhaps"},
        {"id": 5}, null, "x", [], {"id": ""}, {"id": "a\u{0}b"}, {"id": "x".repeat(300)}]});
    assert_eq!(
        page("openai", &body).models.into_iter().collect::<Vec<_>>(),
        [("m".to_owned(), Model::default())]
    );
}

#[test]
fn an_invalid_list_is_an_error_that_names_the_content() {
    for (body, part) in [
        ("<html>", "not JSON"),
        ("", "not JSON"),
        ("5", "neither a list"),
        ("{}", "neither a list"),
        (r#"{"object":"list","data":{}}"#, r#"only ["data", "object"]"#),
        (r#"{"error":{"message":"go away"}}"#, "go away"),
        (r#"{"error":"go away"}"#, "go away"),
        (r#"{"data":[{"title":"x"},5]}"#, "none of the 2 entries"),
    ] {
        let error = listing::read(provider("openai"), body.as_bytes()).unwrap_err();
        assert!(error.contains(part) && error.starts_with("OpenAI: "), "{body}: {error}");
    }
    assert_eq!(page("openai", &json!({"data": []})), ModelPage::default());
}

#[test]
fn models_are_kept_up_to_a_number() {
    let rows: Vec<Value> = (0..MAX_MODELS + 10)
        .map(|index| json!({"id": format!("m{index}"), "aliases": [format!("a{index}")]}))
        .collect();
    assert_eq!(page("openai", &json!(rows)).models.len(), MAX_MODELS);
}

#[test]
fn a_model_is_found_under_the_name_of_a_route_a_tag_or_a_region() {
    let names = ["o/m", "q:latest", "amazon.x-v1:0", "g", "o/free:free"];
    let body = json!(names.map(|id| json!({"id": id})));
    let models = page("openai", &body).models;
    for (id, expected) in [
        ("o/m", Some("o/m")),
        ("o/m:groq", Some("o/m")),
        ("o/m:cheapest", Some("o/m")),
        ("o/free:free", Some("o/free:free")),
        ("q", Some("q:latest")),
        ("us.amazon.x-v1:0", Some("amazon.x-v1:0")),
        ("models/g", Some("g")),
        ("o/other", None),
        ("", None),
        (":", None),
    ] {
        assert_eq!(listing::find(&models, id).map(|(id, _)| id), expected, "{id}");
    }
}

#[test]
fn a_list_of_names_is_read_from_cloudflare_and_databricks() {
    let cloudflare =
        json!({"success": true, "result": [{"id": "429b9e8b", "name": "@cf/meta/llama-x"}]});
    let databricks = json!({"endpoints": [{"id": "0a1b", "name": "llama-x", "state": {}}]});
    for (name, body, id) in
        [("cloudflare", cloudflare, "@cf/meta/llama-x"), ("databricks", databricks, "llama-x")]
    {
        let page = page(name, &body);
        let ids: Vec<_> = page.models.keys().map(String::as_str).collect();
        assert_eq!((ids, page.next), (vec![id], None), "{name}");
    }
}
