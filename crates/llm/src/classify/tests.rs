use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::providers;

/// The most characters of an id, so that it is stored and shown whole.
const MAX_LABEL: usize = 60;

/// Returns all tables: those of providers, of families and the common ones.
fn all_rules() -> Vec<(&'static str, &'static ErrorRule)> {
    let of_providers =
        providers::all().iter().flat_map(|it| it.errors.iter().map(|r| (it.name, r)));
    let of_families =
        families::FAMILIES.iter().flat_map(|it| it.rules.iter().map(|rule| (it.name, rule)));
    let common = common_rules::TABLES.iter().flat_map(|it| it.iter().map(|rule| ("common", rule)));
    of_providers.chain(of_families).chain(common).collect()
}

/// A provider and the family of its name share the first part of the ids of their rules.
#[test]
fn an_id_names_rules_of_one_meaning() {
    let mut reasons = BTreeMap::new();
    let mut ambiguous = Vec::new();
    for (scope, rule) in all_rules() {
        assert!(!rule.id().is_empty(), "{scope}: {rule:?}");
        let id = format!("{scope}/{}", rule.id());
        assert!(id.chars().count() <= MAX_LABEL, "{id}");
        let known = *reasons.entry(id.clone()).or_insert(rule.reason);
        if known != rule.reason {
            ambiguous.push((id, known, rule.reason));
        }
    }
    assert_eq!(ambiguous, Vec::new());
}

#[test]
fn texts_of_rules_are_in_lower_case_as_they_are_compared() {
    for (scope, rule) in all_rules() {
        for text in rule.texts {
            assert_eq!(text.to_lowercase(), **text, "{scope}");
            assert!(!text.is_empty(), "{scope}");
        }
    }
}

#[test]
fn the_form_of_a_rule_gives_its_precision() {
    let rule = ErrorRule::means(Reason::Billing);
    for (rule, precision, id) in [
        (rule.status(402), Precision::Status, "402"),
        (rule.texts(&["no credit", "left"]), Precision::Words, "no-credit+left"),
        (rule.when(HeaderCondition::Has("x-blocked")), Precision::Words, "x-blocked"),
        (rule.code("A.b_c"), Precision::Code, "a.b_c"),
        (rule.code("a").texts(&["b"]).status(429), Precision::Code, "429+a+b"),
        (rule.texts(&["b"]).code("a"), Precision::Code, "a+b"),
        (rule.code("a").broad(), Precision::BroadCode, "a"),
        (rule.status(402).first(), Precision::Override, "402"),
        (rule.first().code("a"), Precision::Override, "a"),
    ] {
        assert_eq!((rule.precision, rule.id().as_str()), (precision, id));
    }
}

/// Classifies a body as a refusal of a completion.
fn judged(name: &str, status: u16, body: &Value) -> (Reason, String) {
    let provider = providers::find(name).unwrap();
    let head = Head { status, headers: HeaderMap::new() };
    let body = body.to_string();
    let now = Timestamp::UNIX_EPOCH;
    let failure = failure(provider, CallKind::Completion, &head, body.as_bytes(), now).unwrap();
    (failure.reason, failure.rule.unwrap())
}

#[test]
fn a_provider_overrides_a_family_and_a_family_overrides_the_common_rules() {
    let spark = json!({ "header": { "code": 11201, "message": "Your balance is insufficient" } });
    assert_eq!(
        judged("openai-compatible", 429, &spark),
        (Reason::QuotaDaily, "spark/11201".to_owned())
    );
    let zhipu = json!({ "error": { "code": "1305", "message": "Rate limit reached" } });
    assert_eq!(judged("openai", 429, &zhipu), (Reason::Overloaded, "zhipu/1305".to_owned()));
    // 3505 is Mistral's own, and 1500 would be none of Zhipu's.
    let mistral = json!({ "object": "error", "message": "slow_down", "code": "3505" });
    assert_eq!(judged("mistral", 429, &mistral), (Reason::Overloaded, "mistral/3505".to_owned()));
    let throttled =
        json!({ "message": "Too many tokens per day", "__type": "ThrottlingException" });
    assert_eq!(judged("bedrock", 429, &throttled).1, "bedrock/throttlingexception+per-day");
}

#[test]
fn codes_precede_phrases_and_phrases_precede_broad_codes_and_the_status() {
    let with = |message: &str, code: &str| json!({ "error": { "message": message, "code": code } });
    for (status, body, reason, rule) in [
        (
            403,
            with("Your balance is insufficient", "invalid_api_key"),
            Reason::AuthInvalid,
            "openai/invalid_api_key",
        ),
        (
            403,
            with("Your balance is insufficient", "permission_denied"),
            Reason::Billing,
            "common/balance+insufficient",
        ),
        (403, with("No.", "permission_denied"), Reason::Permission, "common/permission_denied"),
        (403, with("No.", "x"), Reason::Permission, "common/403"),
        (429, with("Slow.", "x"), Reason::Throttled, "common/429"),
    ] {
        assert_eq!(judged("openai-compatible", status, &body), (reason, rule.to_owned()));
    }
}

#[test]
fn codes_that_are_numbers_count_only_in_the_shape_of_their_family() {
    for (body, rule) in [
        (json!({ "error": { "code": "1113", "message": "x" } }), "zhipu/1113"),
        (json!({ "object": "error", "code": "1113", "message": "x" }), "common/400"),
        (json!({ "base_resp": { "status_code": 1008, "status_msg": "x" } }), "minimax/1008"),
        (json!({ "error": { "code": 1008, "message": "x" } }), "common/400"),
        (json!({ "error_code": 17, "error_msg": "x" }), "baidu/17"),
        (json!({ "error": { "code": 17, "message": "x" } }), "common/400"),
        (json!({ "code": 30001, "message": "x", "data": null }), "siliconflow/30001"),
        (json!({ "error": { "code": 30001, "message": "x" } }), "common/400"),
    ] {
        assert_eq!(judged("openai-compatible", 400, &body).1, rule, "{body}");
    }
}

/// Describes a rule so that rules of the same effect have the same description.
fn effect(rule: &ErrorRule) -> String {
    let code = rule.code.map(str::to_lowercase);
    let ErrorRule { status, texts, condition, precision, reason, .. } = rule;
    format!("{status:?} {code:?} {texts:?} {condition:?} {precision:?} {reason:?}")
}

#[test]
fn no_rule_is_in_two_tables_of_one_provider() {
    let body = ErrorBody::read(b"");
    let blank = ErrorContext {
        step: None,
        status: None,
        text: String::new(),
        body: &body,
        head: None,
        wait: None,
    };
    let mut doubles = Vec::new();
    for provider in providers::all() {
        let families = families::FAMILIES
            .iter()
            .filter(|family| (family.wrote)(&blank) || family.of.contains(&provider.name));
        let of_families = families.flat_map(|it| it.rules.iter().map(|rule| (it.name, rule)));
        let common =
            common_rules::TABLES.iter().flat_map(|it| it.iter().map(|rule| ("common", rule)));
        let own = provider.errors.iter().map(|rule| (provider.name, rule));
        let mut seen = BTreeMap::new();
        for (scope, rule) in own.chain(of_families).chain(common) {
            if let Some(first) = seen.insert(effect(rule), scope) {
                doubles.push(format!("{}: {first} and {scope}: {}", provider.name, rule.id()));
            }
        }
    }
    assert_eq!(doubles, Vec::<String>::new());
}

#[test]
fn families_name_providers_that_exist() {
    for name in families::FAMILIES.iter().flat_map(|family| family.of) {
        assert!(providers::find(name).is_some(), "{name}");
    }
}

#[test]
fn text_of_a_failing_server_counts_if_litellm_quotes_its_provider() {
    let with = |message: &str| json!({ "error": { "message": message, "code": "500" } });
    for (message, reason) in [
        (
            "litellm.APIConnectionError: APIConnectionError: OpenAIException - Incorrect API key provided.",
            Reason::AuthInvalid,
        ),
        ("litellm.InternalServerError: OpenAIException - Connection error.", Reason::ServerError),
        ("OpenAIException - Incorrect API key provided.", Reason::ServerError),
    ] {
        assert_eq!(judged("openai-compatible", 500, &with(message)).0, reason, "{message}");
    }
}
