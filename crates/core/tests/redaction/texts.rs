use allclear_core::id::SecretName;
use allclear_core::redact::{REDACTED, Redactor};
use allclear_core::secret::Secrets;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use proptest::prelude::*;
use secrecy::SecretString;

fn redactor(value: &str) -> Redactor {
    let name = SecretName::new("key").unwrap();
    Redactor::new(&Secrets::from([(name, SecretString::from(value.to_owned()))]))
}

#[test]
fn a_known_secret_is_redacted_in_every_encoding() {
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
fn a_secret_is_redacted_in_other_case_hexadecimal_and_nested_escapes() {
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
fn a_secret_within_base64_is_redacted_at_every_offset() {
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
fn a_truncated_secret_is_redacted() {
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
fn text_that_looks_like_a_key_is_redacted() {
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
fn ordinary_messages_are_unchanged() {
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

/// Returns the forms in which a text may write a secret.
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

/// A key in the form of issued ones, 34 letters and digits.
const KEY: &str = "sk-proj-Ab3dEf6hIj9kLmN0pQrSt2vWxYz45";

#[test]
fn a_key_with_separators_is_redacted() {
    let redactor = redactor(KEY);
    for (between, n) in [
        ("\n", 5),
        ("\r\n", 5),
        ("\n> ", 5),
        (" ", 4),
        ("\u{a0}", 1),
        ("\u{200b}", 1),
        ("\u{ad}", 3),
        ("\u{0}", 1),
        ("\u{7}", 2),
        ("-", 4),
        (":", 2),
        ("\u{1b}[0m", 6),
        ("\\\n", 7),
        ("\\n", 7),
        ("\u{202e}", 2),
        ("=\n", 9),
        ("', '", 6),
        ("&shy;", 5),
        ("%0A", 5),
        ("\\u200b", 3),
    ] {
        let characters: Vec<char> = KEY.chars().collect();
        let parts: Vec<String> = characters.chunks(n).map(|part| part.iter().collect()).collect();
        let text = format!("the key {} is wrong", parts.join(between));
        let clean = redactor.redact(&text);
        assert_eq!(clean, "the key [redacted] is wrong", "{text:?}");
    }
}

#[test]
fn a_key_truncated_anywhere_is_redacted() {
    let redactor = redactor(KEY);
    let n_chars = KEY.len();
    for start in 0..n_chars {
        for end in start..=n_chars {
            let part = &KEY[start..end];
            let n_telling = part.chars().filter(char::is_ascii_alphanumeric).count();
            let clean = redactor.redact(&format!("got ({part})")).into_owned();
            assert_eq!(clean.contains(REDACTED), n_telling >= 12, "{part} is {clean}");
            assert!(n_telling < 12 || clean.len() <= "got (--[redacted])".len(), "{clean}");
        }
    }
    let middle = format!("{}...{}", &KEY[..20], &KEY[24..]);
    assert_eq!(redactor.redact(&middle), "[redacted]...[redacted]");
}

#[test]
fn an_encoded_key_is_redacted() {
    let redactor = redactor(KEY);
    let separated = |separator: &str| {
        let digits: Vec<String> = KEY.bytes().map(|byte| format!("{byte:02x}")).collect();
        digits.join(separator)
    };
    let each = |escape: fn(u8) -> String| KEY.bytes().map(escape).collect::<Vec<_>>().concat();
    let unicode = each(|byte| format!("\\u{byte:04x}"));
    let html = each(|byte| format!("&#{byte};"));
    let percent = each(|byte| format!("%{byte:02x}"));
    let mut texts = vec![
        KEY.to_uppercase(),
        separated(""),
        separated(":"),
        separated("-").to_uppercase(),
        separated(" "),
        separated("\\x"),
        percent.replace('%', "%25"),
        percent,
        unicode.replace('\\', r"\\"),
        unicode,
        html.replace('&', "&amp;"),
        html,
    ];
    for before in ["", "u", "us", "user:", "token="] {
        let plain = format!("{before}{KEY}, and more of it");
        for once in [STANDARD.encode(&plain), URL_SAFE.encode(&plain)] {
            texts.push(once.clone());
            texts.push(
                once.as_bytes()
                    .chunks(20)
                    .map(String::from_utf8_lossy)
                    .collect::<Vec<_>>()
                    .join("\r\n"),
            );
            for outer in ["", "a", "ab"] {
                texts.push(STANDARD.encode(format!("{outer}{once}")));
                texts.push(URL_SAFE.encode(format!("{outer}{once}\n")));
            }
        }
    }
    for text in texts {
        let clean = redactor.redact(&text).into_owned();
        assert!(clean.contains(REDACTED), "{text} is {clean}");
        let left: String = clean.replace(REDACTED, " ");
        assert!(left.len() < 80 && left.len() < text.len(), "{text} is {clean}");
    }
}

#[test]
fn a_short_secret_is_redacted_only_as_a_whole() {
    let redactor = redactor("hunter22-db");
    for (text, clean) in [
        ("password hunter22-db is wrong", "password [redacted] is wrong"),
        ("password Hunter22-DB\u{200b}!", "password [redacted]\u{200b}!"),
        ("hunter22\n-db", "[redacted]"),
        ("aHVudGVyMjItZGI=", "[redacted]I="),
        ("the hunter22 of the database", "the hunter22 of the database"),
        ("hunter 22 db", "hunter 22 db"),
    ] {
        assert_eq!(redactor.redact(text), clean, "{text:?}");
    }
}

#[test]
fn the_host_of_a_confidential_url_is_kept() {
    let hook = "https://chat.example.com:8443/hooks/services/T0AB12/Zx81yyQrs0";
    let redactor = redactor(hook);
    for (text, clean) in [
        (hook, "[redacted]"),
        ("POST /hooks/services/T0AB12/Zx81yyQrs0", "POST /[redacted]"),
        (
            "no connection to https://chat.example.com:8443",
            "no connection to https://chat.example.com:8443",
        ),
        ("https://chat.example.com/help", "https://chat.example.com/help"),
    ] {
        assert_eq!(redactor.redact(text), clean);
    }
    let database = self::redactor("postgres://monitor:Tr0ub4dor-and-3@db.example.com/metrics");
    assert_eq!(database.redact("password Tr0ub4dor-and-3 refused"), "password [redacted] refused");
    assert_eq!(database.redact("db.example.com is down"), "db.example.com is down");
}

#[test]
fn a_private_key_is_redacted_and_its_header_is_kept() {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
    let key = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
    let redactor = redactor(&key);
    assert_eq!(redactor.redact(&format!("line 2: {}", &body[10..40])), "line 2: [redacted]");
    let hint = "the secret `ca` does not begin with BEGIN PRIVATE KEY";
    assert_eq!(redactor.redact(hint), hint);
    assert!(!Redactor::default().redact(&key).contains(&body[..12]));
}

#[test]
fn names_with_the_prefix_of_a_key_are_unchanged() {
    let redactor = Redactor::default();
    for text in [
        "xai-grok-4-completions is unhealthy",
        "xai-grok-4-fast-reasoning-latest is unhealthy",
        "model `xai-grok-code-fast-1-20250825-preview` is retired",
        "gsk_llama-3-3-70b-versatile-production",
        "sk-learn-model-server-2-check-eu",
    ] {
        assert_eq!(redactor.redact(text), text);
    }
}

#[test]
fn other_known_key_formats_are_redacted() {
    let redactor = Redactor::default();
    for (text, clean) in [
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmN", "[redacted]"),
        (
            "https://discord.com/api/webhooks/123456/AbC-d_9",
            "https://discord.com/api/webhooks/[redacted]",
        ),
        ("https://x.webhook.office.com/webhookb2/ab12", "https://x.webhook.office.com/[redacted]"),
        (
            "https://api.telegram.org/bot12345:AbC/sendMessage",
            "https://api.telegram.org/bot[redacted]/sendMessage",
        ),
        ("npm_AbCdEf0123456789AbCdEf0123456789AbCd", "[redacted]"),
        ("nvapi-AbCdEf0123456789AbCdEf0123456789", "[redacted]"),
        ("SG.AbCdEf0123456789AbCdEf.AbCdEf0123456789AbCdEf0123", "[redacted]"),
        ("whsec_AbCdEf0123456789", "[redacted]"),
        ("xapp-1-A0123ABCDEF-1234567890123-abcdef0123456789", "[redacted]"),
    ] {
        assert_eq!(redactor.redact(text), clean);
    }
}

#[test]
fn a_large_text_is_cleaned_in_linear_time() {
    const SIZE: usize = 1 << 18;
    let redactor = redactor(KEY);
    // Prepares the searches.
    assert_eq!(redactor.redact(KEY), REDACTED);
    let measured = |text: &str| {
        let started = std::time::Instant::now();
        std::hint::black_box(redactor.redact(text));
        started.elapsed()
    };
    let nearly = KEY[..11].repeat(SIZE / 11);
    for (what, text) in [
        ("letters", "a".repeat(SIZE)),
        ("escapes", "%25".repeat(SIZE / 3)),
        ("nested escapes", r"\\u005c".repeat(SIZE / 7)),
        ("entities", "&amp;".repeat(SIZE / 5)),
        ("ellipses", "a…".repeat(SIZE / 4)),
        ("dots", ".".repeat(SIZE)),
        ("keys", format!("{KEY} ").repeat(SIZE / 38)),
        ("nearly keys", nearly),
    ] {
        let (quarter, whole) =
            (measured(&text[..text.floor_char_boundary(SIZE / 4)]), measured(&text));
        println!("{what}: {whole:?} for 256 KiB");
        // Quadratic work would take 16 times as long. The rest of the margin covers the noise of a shared
        // machine.
        let limit = quarter * 10 + std::time::Duration::from_millis(200);
        assert!(whole < limit, "{what}: {quarter:?} for a quarter, {whole:?} for all");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_planted_secret_never_survives(
        secret in "[!-~]([ -~é]{6,40})[!-~]",
        before in "\\PC{0,20}[%\\\\&+u0-9a-f]{0,4}",
        after in "[;…%\\\\a-f0-9 ]{0,4}\\PC{0,20}",
        cut in 0_usize..60,
    ) {
        let redactor = redactor(&secret);
        // An escape that begins before a short secret takes its first characters. A longer secret remains
        // recognizable.
        let is_short = secret.chars().filter(|c| c.is_alphanumeric()).count() < 18;
        for form in forms(&secret) {
            let is_ambiguous = is_short && form != secret;
            let before = if is_ambiguous { "" } else { &before };
            let clean = redactor.redact(&format!("{before}{form}{after}")).into_owned();
            let surroundings = format!("{before}|{after}");
            prop_assert!(surroundings.contains(&form) || !clean.contains(&form), "{form:?} in {clean:?}");
            // Text that was cut before redaction.
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
        // Of a URL, only the parts behind the host are confidential.
        prop_assume!(!secret.contains("://"));
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
