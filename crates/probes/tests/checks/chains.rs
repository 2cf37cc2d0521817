//! Chains of certificates: the certificate that is invalid or expires first determines the finding.

use std::time::{Duration, Instant};

use allclear_core::outcome::Finding;
use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use serde_json::json;

use crate::authority::{
    Authority, Hours, Identity, TlsServer, intermediate, intermediate_of_key, leaf, leaf_with,
    root, where_the_issuer_is,
};
use crate::support::{CheckFixture, FindingExt, bench, raw_server};

const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

/// Returns the findings of both kinds of check that examine certificates.
async fn both(bench: &CheckFixture, server: &TlsServer, trusted: &Authority) -> [Finding; 2] {
    let ca = trusted.pem();
    let tls = json!({ "address": server.named(), "ca": ca });
    let http = json!({ "url": server.url(), "tls": { "ca": ca } });
    [bench.check("tls", tls).await, bench.check("http", http).await]
}

/// Asserts that both kinds find the server down, and returns their messages.
async fn both_down(
    bench: &CheckFixture,
    server: &TlsServer,
    trusted: &Authority,
    reason: Reason,
) -> String {
    let [tls, http] = both(bench, server, trusted).await;
    assert_eq!(tls.assert_down(reason), http.assert_down(reason));
    assert_eq!(tls.metrics.get("certificate_days"), http.metrics.get("certificate_days"));
    tls.cause().message.clone()
}

fn good_leaf(issuer: &Authority) -> Identity {
    leaf(&NAMES, Hours::days_left(90), issuer)
}

#[tokio::test]
async fn the_certificate_that_expires_first_counts_and_is_named() {
    let bench = bench().await;
    let root = root("Root");
    let soon = intermediate("R3", Hours::days_left(3), &root);
    let server = TlsServer::start(&good_leaf(&soon), &[&soon]).await;
    let [tls, http] = both(&bench, &server, &root).await;
    let message = tls.assert_down(Reason::CertificateExpiring);
    assert!(message.contains("the intermediate certificate `R3`"), "{message}");
    assert!(message.contains("expires in 3 days"), "{message}");
    assert_eq!(tls.metric("certificate_days"), Some(3));
    http.assert_healthy();
    assert_eq!(http.metric("certificate_days"), Some(3));
    let expecting = json!({
        "url": server.url(), "tls": { "ca": root.pem() }, "expect": "certificate_days > 14",
    });
    let finding = bench.check("http", expecting).await;
    let message = finding.assert_down(Reason::AssertionFailed);
    assert!(message.contains("the intermediate certificate `R3` expires first"), "{message}");
}

#[tokio::test]
async fn certificates_outside_the_path_do_not_count() {
    let bench = bench().await;
    let (root, foreign) = (root("Root"), root("Foreign"));
    let good = intermediate("R3", Hours::days_left(1_000), &root);
    let expired = intermediate("Old", Hours(-100, -12), &root);
    let unrelated = intermediate("Unrelated", Hours::days_left(1), &foreign);
    let others = [&expired, &unrelated, &foreign, &good, &root];
    let server = TlsServer::start(&good_leaf(&good), &others).await;
    for finding in both(&bench, &server, &root).await {
        finding.assert_healthy();
        assert_eq!(finding.metric("certificate_days"), Some(90));
    }
}

#[tokio::test]
async fn the_valid_one_of_two_paths_counts() {
    let bench = bench().await;
    let root = root("Root");
    let key = rcgen::KeyPair::generate().unwrap();
    let same_key = rcgen::KeyPair::from_pem(&key.serialize_pem()).unwrap();
    let expired = intermediate_of_key("R3", Hours(-100, -12), key, &root);
    let renewed = intermediate_of_key("R3", Hours::days_left(40), same_key, &root);
    let server = TlsServer::start(&good_leaf(&expired), &[&expired, &renewed]).await;
    for finding in both(&bench, &server, &root).await {
        finding.assert_healthy();
        assert_eq!(finding.metric("certificate_days"), Some(40));
    }
}

#[tokio::test]
async fn an_expired_intermediate_is_named() {
    let bench = bench().await;
    let root = root("Root");
    // One that was valid together with the server's own for a while, and one that never was.
    for expired in [Hours(-240, -12), Hours(-240, -48)] {
        let expired = intermediate("R3", expired, &root);
        let server = TlsServer::start(&good_leaf(&expired), &[&expired]).await;
        let message = both_down(&bench, &server, &root, Reason::CertificateExpired).await;
        let expected = "the intermediate certificate `R3` of `localhost` expired on 20";
        assert!(message.starts_with(expected), "{message}");
    }
    let expired = intermediate("R3", Hours(-240, -12), &root);
    let server = TlsServer::start(&good_leaf(&expired), &[&expired]).await;
    let [tls, _] = both(&bench, &server, &root).await;
    assert_eq!(tls.metric("certificate_days"), Some(-1));
}

#[tokio::test]
async fn a_certificate_that_is_not_valid_yet_is_named() {
    let bench = bench().await;
    let root = root("Root");
    let good = intermediate("R3", Hours::days_left(100), &root);
    let early = leaf(&NAMES, Hours(24, 240), &good);
    let server = TlsServer::start(&early, &[&good]).await;
    let message = both_down(&bench, &server, &root, Reason::CertificateExpired).await;
    let expected = "the certificate of `localhost` is not valid yet: it is valid from 20";
    assert!(message.starts_with(expected), "{message}");
    let early = intermediate("R4", Hours(24, 2_400), &root);
    let server = TlsServer::start(&good_leaf(&early), &[&early]).await;
    let message = both_down(&bench, &server, &root, Reason::CertificateExpired).await;
    let expected = "the intermediate certificate `R4` of `localhost` is not valid yet";
    assert!(message.starts_with(expected), "{message}");
}

#[tokio::test]
async fn a_missing_issuer_is_named_with_the_remedy() {
    let bench = bench().await;
    let root = root("Root");
    let issuer = intermediate("R3", Hours::days_left(100), &root);
    let public = leaf_with(&NAMES, Hours::days_left(90), &issuer, |params| {
        params.custom_extensions = vec![where_the_issuer_is()];
    });
    let server = TlsServer::start(&public, &[]).await;
    let message = both_down(&bench, &server, &root, Reason::CertificateInvalid).await;
    let expected = "the server does not send its intermediate certificate `R3`";
    assert!(message.starts_with(expected), "{message}");
    let server = TlsServer::start(&good_leaf(&issuer), &[]).await;
    let message = both_down(&bench, &server, &root, Reason::CertificateInvalid).await;
    assert!(message.contains("`R3`, the issuer, is not trusted"), "{message}");
    assert!(message.contains("intermediate") && message.contains("`tls.ca`"), "{message}");
    // An issuer further up is missing.
    let lower = intermediate("R5", Hours::days_left(100), &issuer);
    let server = TlsServer::start(&good_leaf(&lower), &[&lower]).await;
    let message = both_down(&bench, &server, &root, Reason::CertificateInvalid).await;
    assert!(message.contains("`R3`, the issuer of `R5`, is not trusted"), "{message}");
}

#[tokio::test]
async fn an_untrusted_chain_names_its_last_issuer() {
    let bench = bench().await;
    let (trusted, other, same_name) = (root("Root"), root("Corporate CA"), root("Root"));
    let issuer = intermediate("R3", Hours::days_left(100), &other);
    let server = TlsServer::start(&good_leaf(&issuer), &[&issuer, &other]).await;
    let message = both_down(&bench, &server, &trusted, Reason::CertificateInvalid).await;
    assert!(
        message.contains("its chain ends in `Corporate CA`, which is not trusted"),
        "{message}"
    );
    let server = TlsServer::start(&good_leaf(&same_name), &[]).await;
    let finding = &both(&bench, &server, &trusted).await[0];
    finding.assert_down(Reason::CertificateInvalid);
}

#[tokio::test]
async fn the_names_that_a_certificate_is_for_are_shown_as_text() {
    let bench = bench().await;
    let root = root("Root");
    let names = ["a.test", "*.b.test", "192.0.2.1", "2001:db8::1"];
    let server = TlsServer::start(&leaf(&names, Hours::days_left(90), &root), &[]).await;
    let message = both_down(&bench, &server, &root, Reason::CertificateInvalid).await;
    let expected = "the certificate is for `a.test`, `*.b.test`, `192.0.2.1`, `2001:db8::1`, not for `localhost`";
    assert!(message.starts_with(expected), "{message}");
    let server = TlsServer::start(&leaf(&[], Hours::days_left(90), &root), &[]).await;
    let message = both_down(&bench, &server, &root, Reason::CertificateInvalid).await;
    assert!(message.contains("only the common name `the server`"), "{message}");
}

#[tokio::test]
async fn thousands_of_names_make_a_short_message() {
    let bench = bench().await;
    let root = root("Root");
    let names: Vec<String> = (0..3_000).map(|n| format!("n{n}.test")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let server = TlsServer::start(&leaf(&names, Hours::days_left(90), &root), &[]).await;
    let message = both_down(&bench, &server, &root, Reason::CertificateInvalid).await;
    assert!(message.contains("`n4.test`, 2995 more, not for `localhost`"), "{message}");
    assert!(message.len() < 300, "{message}");
}

#[tokio::test]
async fn a_message_larger_than_64_kib_is_refused_before_it_comes() {
    let bench = bench().await;
    // The header of a message of 16 MiB, the size of a list with 100,000 names.
    let server = raw_server(b"\x16\x03\x03\x00\x04\x02\xff\xff\xff").await;
    let params = json!({ "address": server.address.to_string() });
    let finding = bench.check("tls", params).await;
    let message = finding.assert_down(Reason::TlsFailed);
    assert!(message.contains("too large"), "{message}");
}

#[tokio::test]
async fn a_hundred_certificates_cost_no_more_than_some() {
    let bench = bench().await;
    let (trusted, other) = (root("Root"), root("Other"));
    // All have the same name, so that each may be the issuer of every other.
    let many: Vec<Authority> =
        (0..100).map(|_| intermediate("R3", Hours(-100, -12), &other)).collect();
    let all: Vec<&Authority> = many.iter().collect();
    let server = TlsServer::start(&good_leaf(&many[99]), &all).await;
    let began = Instant::now();
    let finding = &both(&bench, &server, &trusted).await[0];
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(finding.cause().fault, Fault::Target);
    assert_eq!(finding.status(), Status::Unhealthy);
}

#[tokio::test]
async fn a_hostile_name_is_short_and_in_one_line() {
    let bench = bench().await;
    let root = root("Root");
    let name = format!("evil\n\u{1b}[2J{}", "x".repeat(5_000));
    let hostile = intermediate(&name, Hours::days_left(3), &root);
    let server = TlsServer::start(&good_leaf(&hostile), &[&hostile]).await;
    let [tls, _] = both(&bench, &server, &root).await;
    let message = tls.assert_down(Reason::CertificateExpiring);
    assert!(message.len() < 300 && !message.contains(char::is_control), "{message}");
}

#[tokio::test]
async fn international_names_are_verified_and_shown_as_they_are_written() {
    let bench = bench().await;
    let root = root("Root");
    let server =
        TlsServer::start(&leaf(&["xn--bcher-kva.test"], Hours::days_left(90), &root), &[]).await;
    let check = async |name: &str| {
        let tls = json!({ "ca": root.pem(), "server_name": name });
        let by_http = bench.check("http", json!({ "url": server.url(), "tls": tls })).await;
        let mut tls = tls;
        tls["address"] = json!(server.named());
        [bench.check("tls", tls).await, by_http]
    };
    for finding in check("bücher.test").await.iter().chain(&check("xn--bcher-kva.test").await) {
        finding.assert_healthy();
    }
    for finding in check("Käse.test").await {
        let message = finding.assert_down(Reason::CertificateInvalid);
        assert!(message.contains("not for `Käse.test`"), "{message}");
    }
    let problems = bench.problems("tls", json!({ "address": "a.test:1", "server_name": "a b" }));
    assert!(problems[0].starts_with("server_name: `a b` is not a host"), "{problems:?}");
}
