//! Signatures for requests that a check sends itself.

use allclear_aws::cloud::Cloud;
use allclear_aws::signing::Signer;
use allclear_core::Timestamp;
use allclear_core::ports::{AccessKeys, SignRequest as _, SigningIdentity, Unsigned};
use secrecy::ExposeSecret as _;

const KEYS: [(&str, &str); 3] = [
    ("AWS_REGION", "eu-central-1"),
    ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
];

const TOKEN: (&str, &str) = ("AWS_SESSION_TOKEN", "planted-token");

fn signer(variables: &[(&str, &str)]) -> Signer {
    let cloud = Cloud::from_variables(|name| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    });
    Signer::new(&cloud.unwrap())
}

fn at() -> Timestamp {
    "2015-08-30T12:36:00.5Z".parse().unwrap()
}

fn request() -> Unsigned<'static> {
    Unsigned {
        service: "service",
        region: "us-east-1",
        method: "GET",
        url: "https://example.amazonaws.com/",
        headers: &[],
        body: b"",
    }
}

async fn headers(signer: &Signer, request: Unsigned<'_>) -> Vec<(String, String)> {
    let headers = signer.sign(request, SigningIdentity::Process, at()).await.unwrap();
    headers.into_iter().map(|(name, value)| (name, value.expose_secret().to_owned())).collect()
}

/// The case `get-vanilla` of AWS's own test suite. The region comes from the request, not from the
/// cloud.
#[tokio::test]
async fn a_signature_equals_the_published_aws_example() {
    let authorization = "AWS4-HMAC-SHA256 \
         Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
         SignedHeaders=host;x-amz-date, \
         Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    let mut headers = headers(&signer(&KEYS), request()).await;
    headers.sort();
    let expected = [("authorization", authorization), ("x-amz-date", "20150830T123600Z")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(headers, expected);
}

#[tokio::test]
async fn body_headers_and_session_token_are_signed() {
    let signer = signer(&[&KEYS[..], &[TOKEN]].concat());
    let url = "https://bedrock-runtime.us-east-1.amazonaws.com/model/a.b-v1%3A0/converse-stream";
    let with = |headers, body| Unsigned {
        service: "bedrock",
        method: "POST",
        url,
        headers,
        body,
        ..request()
    };
    let json = [("content-type", "application/json")];
    let text = [("content-type", "text/plain")];
    let sent = headers(&signer, with(&json, b"{}")).await;
    let authorization = |headers: &[(String, String)]| {
        headers.iter().find(|(name, _)| name == "authorization").unwrap().1.clone()
    };
    let words = authorization(&sent);
    assert!(words.contains("/20150830/us-east-1/bedrock/aws4_request"), "{words}");
    for name in ["content-type", "host", "x-amz-date", "x-amz-security-token"] {
        assert!(words.contains(name), "{name} is not signed: {words}");
    }
    assert!(sent.contains(&("x-amz-security-token".to_owned(), TOKEN.1.to_owned())));
    let others = [with(&json, b"{ }"), with(&text, b"{}")];
    for other in others {
        assert_ne!(authorization(&headers(&signer, other).await), words);
    }
}

#[tokio::test]
async fn an_unsignable_request_is_reported_without_a_key() {
    let signer = signer(&[&KEYS[..], &[TOKEN]].concat());
    let wrong = Unsigned { url: "not an address", ..request() };
    let words = signer.sign(wrong, SigningIdentity::Process, at()).await.unwrap_err();
    assert!(words.starts_with("cannot sign a request to service: "), "{words}");
    let headers = signer.sign(request(), SigningIdentity::Process, at()).await.unwrap();
    for printed in [words, format!("{signer:?}"), format!("{headers:?}")] {
        for secret in ["AKIDEXAMPLE", "wJalrXUtnFEMI", TOKEN.1] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }
}

#[tokio::test]
async fn keys_of_a_check_sign_in_place_of_the_process() {
    let others = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDOTHER"),
        ("AWS_SECRET_ACCESS_KEY", "another"),
    ];
    let (id, secret) = (KEYS[1].1, KEYS[2].1);
    let keys = AccessKeys { id, secret, session_token: Some(TOKEN.1) };
    let identity = SigningIdentity::Keys(keys);
    let by_keys = signer(&others).sign(request(), identity, at()).await.unwrap();
    let own = headers(&signer(&[&KEYS[..], &[TOKEN]].concat()), request()).await;
    let by_keys: Vec<(String, String)> =
        by_keys.into_iter().map(|(name, value)| (name, value.expose_secret().to_owned())).collect();
    assert_eq!(by_keys, own);
    assert!(!format!("{identity:?}").contains("wJalrXUtnFEMI"), "{identity:?}");
    assert!(!format!("{identity:?}").contains(TOKEN.1), "{identity:?}");
}
