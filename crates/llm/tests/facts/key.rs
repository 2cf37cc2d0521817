use std::collections::BTreeMap;

use allclear_core::reason::Reason;
use allclear_llm::call::Head;
use allclear_llm::call::WhichKey::{Admin, Inference};
use allclear_llm::key::{self, KeyFacts};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::{now, provider};

fn read(name: &str, body: &Value) -> Result<KeyFacts, Reason> {
    read_with(name, 200, &[], body)
}

fn read_with(
    name: &str,
    status: u16,
    headers: &[(&'static str, &'static str)],
    body: &Value,
) -> Result<KeyFacts, Reason> {
    let pair = |(name, value): &(&'static str, &'static str)| {
        (HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    let head = Head { status, headers: headers.iter().map(pair).collect::<HeaderMap>() };
    let facts = key::read(provider(name), &head, body.to_string().as_bytes(), now());
    facts.map_err(|blame| blame.reason)
}

#[test]
fn a_key_is_shown_by_its_prefix_and_suffix_only() {
    for (key, shown) in [
        ("sk-proj-0123456789abcdefghij", "sk-proj-…ghij"),
        ("sk-ant-api03-0123456789abcdef", "sk-ant-…cdef"),
        ("sk-or-v1-0123456789abcdef", "sk-or-…cdef"),
        ("sk-0123456789abcdefABCD", "sk-…ABCD"),
        ("hf_abcdefghijKLMNOPQRSTuvwx", "hf_…uvwx"),
        ("tgp_v1_abcdefghijKLMNOPQRST", "tgp_v1_…QRST"),
        ("bedrock-api-key-YmVkcm9jay5hbWF6b25hd3M", "bedrock-api-key-…hd3M"),
        ("AIzaSyD-abcdefghijklmnop_qrstu", "AIza…rstu"),
        ("sk-word-0123456789abcdefABCD", "sk-…ABCD"),
        ("correct-horse-battery-staple", "…aple"),
        ("0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9", "…e8f9"),
        ("f0a1b2c3-4e5f-6071-8293-a4b5c6d7e8f9", "…e8f9"),
        ("0123456789abcdef0123456789abcdef", "…cdef"),
        ("  \"sk-proj-0123456789abcdefghij\"\n", "sk-proj-…ghij"),
        ("Bearer sk-proj-0123456789abcdefghij", "sk-proj-…ghij"),
        ("sk-proj-abcd", "…abcd"),
        ("sk-abcdefghijk", "…hijk"),
        ("sk-abcdefgh", "…"),
        ("short", "…"),
        ("", "…"),
        ("äöüäöüäöüäöüäöü", "…üäöü"),
    ] {
        assert_eq!(key::shown(key), shown, "{key}");
    }
}

#[test]
fn at_least_eight_characters_of_a_key_stay_hidden() {
    let long = "sk-ab-cdefghijklmnopqrstuvwxyz";
    for length in 0..=long.len() {
        let shown = key::shown(&long[..length]);
        let n_shown = shown.chars().filter(|letter| *letter != '…').count();
        assert!(n_shown == 0 || length >= n_shown + 8, "{length}: {shown}");
    }
}

const GOOD: [(&str, &str); 9] = [
    ("openai", "sk-proj-0123456789abcdefghijT3BlbkFJ"),
    ("anthropic", "sk-ant-api03-0123456789abcdefghij"),
    ("huggingface", "hf_abcdefghijKLMNOPQRSTuvwxyzABCDEFGH"),
    ("gemini", "AQ.Ab8RN6_0123456789-abcdefghij"),
    ("groq", "gsk_0123456789abcdefghijKLMNOPQRST"),
    ("deepseek", "sk-0123456789abcdef0123456789abcdef"),
    ("mistral", "a0B1c2D3e4F5g6H7i8J9k0L1m2N3o4P5"),
    ("together", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
    ("openai-compatible", "sk-ant-api03-0123456789abcdefghij"),
];

#[test]
fn a_valid_key_causes_no_warning() {
    for (name, key) in GOOD {
        assert_eq!(key::warnings(provider(name), key, Inference), [""; 0], "{name} {key}");
    }
}

#[test]
fn every_mix_up_is_reported_without_the_key() {
    let key = "sk-proj-0123456789abcdefghijT3BlbkFJ";
    for (name, key, which, part) in [
        ("openai", String::new(), Inference, "empty"),
        ("openai", "  ".to_owned(), Inference, "empty"),
        ("openai", format!("{key}\n"), Inference, "white space around"),
        ("openai", format!(" {key}"), Inference, "white space around"),
        ("openai", format!("\"{key}\""), Inference, "quotes"),
        ("openai", format!("Bearer {key}"), Inference, "`Bearer`"),
        ("openai", format!("Authorization: Bearer {key}"), Inference, "`Bearer`"),
        ("openai", format!("OPENAI_API_KEY={key}"), Inference, "name of a variable"),
        ("openai", key.replace('5', "\n"), Inference, "white space inside"),
        ("openai", key.replace('5', "ü"), Inference, "no header"),
        ("openai", "<your key>".to_owned(), Inference, "placeholder"),
        ("openai", "sk-...".to_owned(), Inference, "placeholder"),
        ("openai", "sk-proj-****************T3Bl".to_owned(), Inference, "placeholder"),
        ("openai", "your-api-key-here".to_owned(), Inference, "placeholder"),
        ("openai", "sk-xxxxxxxxxxxxxxxxxxxx".to_owned(), Inference, "placeholder"),
        ("openai", "${OPENAI_API_KEY}".to_owned(), Inference, "placeholder"),
        (
            "openai",
            "sk-ant-api03-0123456789abcdef".to_owned(),
            Inference,
            "a key of Anthropic, not",
        ),
        ("openai", "sk-or-v1-0123456789abcdef".to_owned(), Inference, "a key of OpenRouter, not"),
        (
            "anthropic",
            "sk-or-v1-0123456789abcdef".to_owned(),
            Inference,
            "a key of OpenRouter, not",
        ),
        ("groq", "xai-0123456789abcdefghij".to_owned(), Inference, "a key of xAI, not of Groq"),
        (
            "mistral",
            "gsk_0123456789abcdefghij".to_owned(),
            Inference,
            "a key of Groq, not of Mistral",
        ),
        ("openai", "sk-admin-0123456789abcdef".to_owned(), Inference, "admin key"),
        ("openai", key.to_owned(), Admin, "not an admin key, which begins with `sk-admin-`"),
        ("anthropic", "sk-ant-admin01-0123456789ab".to_owned(), Inference, "admin key"),
        ("anthropic", "sk-ant-api03-0123456789abcd".to_owned(), Admin, "not an admin key"),
        ("deepseek", key.to_owned(), Inference, "a key of OpenAI, not of DeepSeek"),
        ("bedrock", "AKIAIOSFODNN7EXAMPLE".to_owned(), Inference, "AWS access key"),
    ] {
        let doubts = key::warnings(provider(name), &key, which);
        assert!(doubts.iter().any(|doubt| doubt.contains(part)), "{name} {key:?}: {doubts:?}");
        assert!(doubts.len() <= 2, "{name} {key:?}: {doubts:?}");
        let leaks = |doubt: &String| key.len() > 9 && doubt.contains(&key[key.len() - 8..]);
        assert!(!doubts.iter().any(leaks), "{doubts:?}");
    }
    let admin = "sk-admin-0123456789abcdef";
    assert_eq!(key::warnings(provider("openai"), admin, Admin), [""; 0]);
}

#[test]
fn openrouter_reports_limit_and_expiry_and_a_used_up_limit_is_billing() {
    let body = |left: Value, expires: &str| {
        json!({"data": {"label": "sk-or-v1-abc…xyz", "limit": 100, "limit_remaining": left,
            "usage": 25.5, "is_free_tier": false, "is_management_key": false, "expires_at": expires}})
    };
    let facts = read("openrouter", &body(json!(74.5), "2027-01-01T00:00:00Z")).unwrap();
    let expected = KeyFacts {
        expires: Some("2027-01-01T00:00:00Z".parse().unwrap()),
        limit_usd: Some(100.0),
        left_usd: Some(74.5),
        ..KeyFacts::default()
    };
    assert_eq!(facts, expected);
    assert_eq!(read("openrouter", &body(json!(0), "")), Err(Reason::Billing));
    assert_eq!(read("openrouter", &body(json!(-0.5), "")), Err(Reason::Billing));
    let unlimited = read("openrouter", &body(json!(null), "2026-11-21T00:00:00Z")).unwrap();
    assert_eq!(unlimited.left_usd, None);
    assert!(unlimited.warnings[0].contains("expired"), "{:?}", unlimited.warnings);
    let management = json!({"data": {"label": "ops", "is_management_key": true}});
    let facts = read("openrouter", &management).unwrap();
    assert_eq!((facts.role.as_deref(), facts.owner.as_deref()), (Some("management"), Some("ops")));
    assert_eq!(facts.warnings.len(), 1);
}

fn whoami(token: &Value) -> Value {
    json!({"type": "user", "id": "1", "name": "alice", "fullname": "Alice A.",
        "email": "alice@example.com", "canPay": true, "orgs": [{"name": "acme"}],
        "auth": {"type": "access_token", "accessToken": token}})
}

#[test]
fn hugging_face_reports_the_role_and_missing_inference_permission() {
    let grants = |global: &[&str], scoped: &[&str]| {
        whoami(
            &json!({"displayName": "monitor", "role": "fineGrained", "fineGrained": {"global": global,
            "scoped": [{"entity": {"type": "user", "name": "alice"}, "permissions": scoped}]}}),
        )
    };
    let router = "inference.serverless.write";
    let facts = read("huggingface", &grants(&[router], &[])).unwrap();
    assert_eq!(
        (facts.role.as_deref(), facts.owner.as_deref()),
        (Some("fineGrained"), Some("monitor"))
    );
    assert!(facts.is_restricted);
    assert!(read("huggingface", &grants(&[], &["repo.read", router])).is_ok());
    assert_eq!(read("huggingface", &grants(&[], &["repo.read"])), Err(Reason::Permission));
    let endpoint = "inference.endpoints.infer.write";
    assert_eq!(read("huggingface", &grants(&[endpoint], &[])), Err(Reason::Permission));
    assert!(read("huggingface-endpoint", &grants(&[endpoint], &[])).is_ok());
    assert_eq!(read("huggingface-endpoint", &grants(&[router], &[])), Err(Reason::Permission));
    let simple = read("huggingface", &whoami(&json!({"role": "read"}))).unwrap();
    assert_eq!((simple.role.as_deref(), simple.is_restricted), (Some("read"), false));
    assert!(!format!("{facts:?}{simple:?}").contains("alice@"));
    assert!(!format!("{facts:?}{simple:?}").contains("Alice"));
}

#[test]
fn a_success_that_reports_an_invalid_key_is_a_failure() {
    for (name, body, reason) in [
        ("cohere", json!({"valid": false}), Reason::AuthInvalid),
        ("xai", json!({"api_key_blocked": true, "name": "k"}), Reason::AuthInvalid),
        ("xai", json!({"api_key_disabled": true}), Reason::AuthInvalid),
        ("xai", json!({"disabled": true}), Reason::AuthInvalid),
        ("xai", json!({"team_blocked": true}), Reason::AuthInvalid),
        ("deepseek", json!({"is_available": false, "balance_infos": []}), Reason::Billing),
        ("litellm", json!({"info": {"spend": 5, "max_budget": 5}}), Reason::Billing),
    ] {
        assert_eq!(read(name, &body), Err(reason), "{name} {body}");
    }
    let refused =
        json!({"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}});
    assert_eq!(read_with("openai", 401, &[], &refused), Err(Reason::AuthInvalid));
}

#[test]
fn each_provider_reports_the_properties_of_a_valid_key() {
    let headers = [("x-trial-endpoint-call-limit", "20"), ("x-api-warning", "an old model")];
    let body = json!({"valid": true, "organization_id": "o", "owner_id": "p"});
    let trial = read_with("cohere", 200, &headers, &body);
    let trial = trial.unwrap();
    assert_eq!((trial.is_trial, trial.warnings), (true, vec!["an old model".to_owned()]));
    assert!(!read("cohere", &json!({"valid": true})).unwrap().is_trial);

    let everything = ["api-key:model:*", "api-key:endpoint:*"];
    let xai = |acls: &[&str]| {
        json!({"redacted_api_key": "xai-…abcd", "name": "probe", "user_id": "u", "acls": acls,
            "team_blocked": false, "api_key_blocked": false, "api_key_disabled": false})
    };
    let facts = read("xai", &xai(&everything)).unwrap();
    assert_eq!((facts.owner.as_deref(), facts.is_restricted), (Some("probe"), false));
    assert!(read("xai", &xai(&["api-key:model:grok"])).unwrap().is_restricted);

    let deepseek = json!({"is_available": true, "balance_infos": [
        {"currency": "CNY", "total_balance": "5.00"}, {"currency": "USD", "total_balance": "110.00"}]});
    assert_eq!(read("deepseek", &deepseek).unwrap().left_usd, Some(110.0));

    assert_eq!(read("openai", &json!({"data": []})), Ok(KeyFacts::default()));
}

#[test]
fn mistyped_facts_are_absent() {
    let odd = [json!({}), json!({"data": 5}), json!({"info": []}), json!({"auth": "x"}), json!([])];
    let names = ["cohere", "huggingface", "openrouter", "xai", "deepseek", "litellm"];
    let found: BTreeMap<&str, bool> = names
        .iter()
        .map(|name| (*name, odd.iter().all(|body| read(name, body) == Ok(KeyFacts::default()))))
        .collect();
    assert!(found.values().all(|is_default| *is_default), "{found:?}");
}

#[test]
fn an_ambiguous_key_prefix_does_not_identify_the_provider() {
    let shared = "sk-0123456789abcdef0123456789abcdef";
    for name in ["mistral", "groq", "cohere", "openai", "moonshot", "dashscope-cn", "siliconflow"] {
        assert_eq!(key::warnings(provider(name), shared, Inference), [""; 0], "{name}");
    }
    for (name, key, owner) in [
        ("openai", "pplx-0123456789abcdefghij", "Perplexity"),
        ("groq", "fw_0123456789abcdefghij", "Fireworks AI"),
        ("perplexity", "csk-0123456789abcdefghij", "Cerebras"),
        ("fireworks", "nvapi-0123456789abcdefghij", "NVIDIA NIM"),
        ("openai", "r8_0123456789abcdefghij", "Replicate"),
        ("mistral", "dapi0123456789abcdef", "Databricks"),
        ("openai", "vck_0123456789abcdefghij", "Vercel AI Gateway"),
        ("cerebras", "github_pat_0123456789abcdefghij", "GitHub Models"),
        ("novita", "sk-ant-api03-0123456789abcdef", "Anthropic"),
        // Two products of one company share a prefix.
        ("moonshot", "hf_abcdefghijKLMNOPQRSTuvwx", "Hugging Face"),
    ] {
        let doubts = key::warnings(provider(name), key, Inference);
        assert!(
            doubts.iter().any(|doubt| doubt.contains(&format!("a key of {owner}"))),
            "{name} {key}: {doubts:?}"
        );
    }
}
