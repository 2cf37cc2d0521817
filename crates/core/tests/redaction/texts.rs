use allclear_core::checker::Secrets;
use allclear_core::id::SecretName;
use allclear_core::redact::{REDACTED, Redactor};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use proptest::prelude::*;
use secrecy::SecretString;

fn redactor(value: &str) -> Redactor {
    let name = SecretName::new("key").unwrap();
    Redactor::new(&Secrets::from([(name, SecretString::from(value.to_owned()))]))
}

#[test]
fn a_known_secret_goes_in_every_form_it_is_written() {
    let redactor = redactor(" pa$$ \"wörd\"\n");
    for text in [
        "x pa$$ \"wörd\" y",
        "x pa%24%24%20%22w%C3%B6rd%22 y",
        "x pa%24%24+%22w%c3%b6rd%22 y",
        "x pa$$%20\"w%c3%b6rd\" y",
        r#"x pa$$ \"wörd\" y"#,
        r#"x pa$$ \"w\u00f6rd\" y"#,
        "x pa$$ &quot;w&#246;rd&#x22; y",
    ] {
        assert_eq!(redactor.redact(text), "x [redacted] y", "{text}");
    }
}

#[test]
fn a_secret_goes_in_the_other_case_in_hexadecimal_and_in_escapes_of_escapes() {
    let redactor = redactor("Zx7/+Secret");
    for text in [
        "x zx7/+secret y",
        "x ZX7/+SECRET y",
        "x 5a78372f2b536563726574 y",
        "x 5A78372F2B536563726574 y",
        "x Zx7%252F%252BSecret y",
        "x %25255Ax7%2F+Secret y",
        r"x Zx7\\/+Secret y",
        r"x Zx7\\\\u002f\\u002bSecret y",
        r"x \\u005a\u00787\/+Secret y",
    ] {
        assert_eq!(redactor.redact(text), "x [redacted] y", "{text}");
    }
    let percent = self::redactor(r"50%25\\off");
    for text in [r"x 50%25\\off y", r"x 50%2525%5C%5Coff y", r"x 50%25\\\\off y"] {
        assert_eq!(percent.redact(text), "x [redacted] y", "{text}");
    }
}

#[test]
fn a_secret_within_base64_goes_wherever_it_begins() {
    let redactor = redactor("Zx7/+secret?value");
    for before in ["", "u", "us", "user:"] {
        for after in ["", "\n", "=="] {
            let plain = format!("{before}Zx7/+secret?value{after}");
            for text in [STANDARD.encode(&plain), URL_SAFE.encode(&plain)] {
                let clean = redactor.redact(&text).into_owned();
                assert!(clean.contains(REDACTED), "{plain:?} as {text} is {clean}");
                assert!(clean.len() < REDACTED.len() + 14, "{plain:?} as {text} is {clean}");
            }
        }
    }
}

#[test]
fn a_secret_that_was_cut_off_goes_too() {
    let redactor = redactor("abc/defghijklmnop");
    for (text, clean) in [
        ("key abc/def", "key [redacted]"),
        ("key abc/defgh… and more", "key [redacted]… and more"),
        ("key abc/defgh...", "key [redacted]..."),
        ("key abc%2Fdefgh", "key [redacted]"),
        ("key abc/d", "key abc/d"),
        ("abc/defg is no key", "abc/defg is no key"),
    ] {
        assert_eq!(redactor.redact(text), clean);
    }
    let percent = self::redactor("abcdef/ghijk");
    assert_eq!(percent.redact("see abcdef%2…"), "see [redacted]…");
    let hook = self::redactor("https://hooks.example.com/T0/B0/xyzxyz");
    assert_eq!(
        hook.redact("no answer from https://hooks.example.com"),
        "no answer from https://hooks.example.com"
    );
    assert_eq!(
        hook.redact("no answer from https://hooks.example.com/T0/B0…"),
        "no answer from [redacted]…"
    );
}

#[test]
fn what_looks_like_a_key_goes_too() {
    let redactor = Redactor::default();
    for (text, clean) in [
        ("https://ann:pass@example.com/x", "https://[redacted]example.com/x"),
        ("Authorization: Bearer abcdefghijkl", "Authorization: Bearer [redacted]"),
        ("sent Basic YW5uOnBhc3M= and failed", "sent Basic [redacted] and failed"),
        ("got /x?a=1&api_key=123&b=2", "got /x?a=1&api_key=[redacted]&b=2"),
        ("GET /v1beta/models?key=abc HTTP/1.1", "GET /v1beta/models?key=[redacted] HTTP/1.1"),
        (
            "https://hooks.slack.com/services/T0/B0/xyz",
            "https://hooks.slack.com/services/[redacted]",
        ),
        ("x-api-key: abc", "x-api-key: [redacted]"),
        (
            "{\"x-goog-api-key\": \"abc\", \"a\": 1}",
            "{\"x-goog-api-key\": \"[redacted]\", \"a\": 1}",
        ),
        (r#"{\"authorization\":\"Bearer abc\"}"#, r#"{\"authorization\":\"Bearer [redacted]\"}"#),
        ("sk-proj-abcdefghijklmnop", "[redacted]"),
        ("sk-ant-api03-abcdefghijklmnopqrstuvwxyz", "[redacted]"),
        ("sk-or-v1-0123456789abcdef0123456789abcdef", "[redacted]"),
        ("sk-0123456789abcdef0123", "[redacted]"),
        ("hf_abcdefghijklmnopqrstuvwxyzABCDEFGH", "[redacted]"),
        ("AIzaSyA-abcdefghijklmnopqrstuvwxyz01234", "[redacted]"),
        ("AQ.Ab8RN6abcdefghijklmnop", "[redacted]"),
        ("gsk_abcdefghijklmnopqrstuvwxyz0123456789ABCDEF", "[redacted]"),
        ("xai-abcdefghijklmnopqrstuvwxyz0123456789ABCDEF", "[redacted]"),
        ("tgp_v1_abcdefghijklmnopqrstuvwxyz0123456789", "[redacted]"),
        ("pplx-abcdefghijklmnopqrstuvwxyz0123456789ABCDEF", "[redacted]"),
        ("fw_abcdefghijklmnopqrstuvwx", "[redacted]"),
        ("csk-abcdefghijklmnopqrstuvwxyz0123456789", "[redacted]"),
        ("nvapi-abcdefghijklmnopqrstuvwxyz0123456789", "[redacted]"),
        ("r8_abcdefghijklmnopqrstuvwxyz0123456789", "[redacted]"),
        ("vck_abcdefghijklmnopqrstuvwxyz0123456789", "[redacted]"),
        ("dapi0123456789abcdef0123456789abcdef", "[redacted]"),
        ("ocp-apim-subscription-key: abc", "ocp-apim-subscription-key: [redacted]"),
        ("AKIAIOSFODNN7EXAMPLE", "[redacted]"),
        ("ASIAIOSFODNN7EXAMPLE", "[redacted]"),
        ("ABSKQmVkcm9ja0FQSUtleS1hYmNkZWZnaGlqa2xtbm9wcXJzdHU=", "[redacted]"),
        ("bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29tLz9B", "[redacted]"),
        ("Incorrect API key provided: sk-proj-****abcd.", "Incorrect API key provided: [redacted]"),
        ("Your api key: ****e78f is invalid", "Your api key: [redacted] is invalid"),
        ("Incorrect API key provided: xa***ME", "Incorrect API key provided: [redacted]"),
        ("key sk-or-v1-0e6...1c96 is disabled", "key [redacted] is disabled"),
    ] {
        assert_eq!(redactor.redact(text), clean, "{text}");
    }
}

#[test]
fn ordinary_messages_stay_as_they_are() {
    let redactor = redactor("sk-proj-abcdefghijklmnopqrstuvwxyz");
    for text in [
        "status 503, want 200",
        "You exceeded your current quota, please check your plan and billing details.",
        "The model `gpt-4o-mini-2024-07-18` does not exist or you do not have access to it.",
        "Rate limit reached for llama-3.3-70b-versatile in organization org_01abc on tokens per day",
        "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens",
        "sk-learn-compatible-estimators are not supported",
        "hf_hub_download_failed_for_this_repository_today",
        "error code: 1015, request id req_011CTe5eFG8mZ2YjK1hZQ9Hs",
        "x-ratelimit-remaining-tokens: 149984",
        "Missing authorization header. Please pass an api-key.",
        "**Note** that the glob **/*.rs matches nothing",
        "no answer within 10 s from https://api.openai.com/v1/models?limit=100",
        "key valid, model listed, completion fails: overloaded_error",
        "certificate of api.example.com expires in 12 days",
        "the token bucket is empty; tokens=0 key=value",
        "basic auth is off",
        "Missing bearer or basic authentication in header",
        "Bearer authentication.",
    ] {
        assert_eq!(redactor.redact(text), text);
    }
}

/// The forms in which a text may write a secret.
fn forms(secret: &str) -> Vec<String> {
    let json = serde_json::Value::from(secret).to_string();
    let json = json[1..json.len() - 1].to_owned();
    let percent = |upper: bool| -> String {
        let hex = |byte: u8| if upper { format!("%{byte:02X}") } else { format!("%{byte:02x}") };
        let keep = |byte: &u8| byte.is_ascii_alphanumeric();
        secret.bytes().map(|b| if keep(&b) { char::from(b).to_string() } else { hex(b) }).collect()
    };
    vec![secret.to_owned(), json.replace('/', "\\/"), json, percent(true), percent(false)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_planted_secret_never_survives(
        secret in "[!-~]([ -~é]{6,40})[!-~]",
        before in "\\PC{0,20}[%\\\\&+u0-9a-f]{0,4}",
        after in "[;…%\\\\a-f0-9 ]{0,4}\\PC{0,20}",
        cut in 0_usize..60,
    ) {
        let redactor = redactor(&secret);
        for form in forms(&secret) {
            let clean = redactor.redact(&format!("{before}{form}{after}")).into_owned();
            let surroundings = format!("{before}|{after}");
            prop_assert!(surroundings.contains(&form) || !clean.contains(&form), "{form:?} in {clean:?}");
            // What was cut before it came here.
            let shortened: String = form.chars().take(cut).collect();
            if cut >= 6 && cut < form.chars().count() && form == secret && !secret.contains("://") {
                for end in ["", "…"] {
                    let clean = redactor.redact(&format!("{before}{shortened}{end}")).into_owned();
                    prop_assert!(
                        before.contains(&shortened) || !clean.contains(&shortened),
                        "{shortened:?} in {clean:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_planted_secret_never_survives_in_base64(
        secret in "[!-~]{8,40}",
        before in "[ -~]{0,7}",
        after in "[ -~]{0,7}",
    ) {
        let redactor = redactor(&secret);
        for text in [
            STANDARD.encode(format!("{before}{secret}{after}")),
            URL_SAFE.encode(format!("{before}{secret}{after}")),
        ] {
            let clean = redactor.redact(&text).into_owned();
            prop_assert!(clean.contains(REDACTED), "{text} is {clean}");
        }
    }

    #[test]
    fn any_text_is_cleaned_without_a_panic(secret in "\\PC{0,12}", text in "\\PC{0,60}") {
        let _ = redactor(&secret).redact(&text);
    }
}
