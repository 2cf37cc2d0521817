//! Certificates of all sorts, for the `tls` check and for HTTPS.

use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use allclear_simulator::TlsFault;
use serde_json::{Value, json};

use crate::support::{CheckFixture, FindingExt, bench, raw_server};

fn address(bench: &CheckFixture, fault: TlsFault) -> String {
    bench.simulator.tls_address(fault).unwrap().to_string()
}

#[tokio::test]
async fn a_valid_certificate_is_healthy_with_its_days() {
    let bench = bench().await;
    let address = bench.simulator.https_address().to_string();
    let finding = bench.check("tls", json!({ "address": address })).await;
    finding.assert_healthy();
    assert!(finding.metric("certificate_days").unwrap() > 21);
    assert!(finding.parts.connect.is_some() && finding.parts.tls.is_some());
}

#[tokio::test]
async fn few_days_left_are_degraded_and_very_few_unhealthy() {
    let bench = bench().await;
    for (days, status) in [
        (21, Status::Healthy),
        (20, Status::Degraded),
        (7, Status::Degraded),
        (6, Status::Unhealthy),
    ] {
        let address = address(&bench, TlsFault::Expiring(days));
        let finding = bench.check("tls", json!({ "address": address })).await;
        assert_eq!(finding.verdict.status(), status, "{finding:?}");
        assert_eq!(finding.metric("certificate_days"), Some(i64::from(days)));
        if status != Status::Healthy {
            let message = finding.assert_cause(status, Fault::Target, Reason::CertificateExpiring);
            assert!(message.contains(&format!("expires in {days} days")), "{message}");
        }
    }
    let address = address(&bench, TlsFault::Expiring(20));
    let params = json!({ "address": address, "warning_days": 10, "critical_days": 5 });
    bench.check("tls", params).await.assert_healthy();
}

#[tokio::test]
async fn each_bad_certificate_has_its_reason_and_remedy() {
    let bench = bench().await;
    for (fault, reason, expected) in [
        (TlsFault::WrongName, Reason::CertificateInvalid, "elsewhere.test"),
        (TlsFault::Expired, Reason::CertificateExpired, "expired on 20"),
        (TlsFault::NotYetValid, Reason::CertificateExpired, "is valid from 20"),
        (TlsFault::SelfSigned, Reason::CertificateInvalid, "`tls.ca`"),
        (TlsFault::SelfSignedCa, Reason::CertificateIsCa, "accept_ca_certificate = true"),
        (TlsFault::Untrusted, Reason::CertificateInvalid, "no trusted authority"),
        (TlsFault::MissingIntermediate, Reason::CertificateInvalid, "intermediate"),
    ] {
        let address = address(&bench, fault);
        let by_tls = bench.check("tls", json!({ "address": address })).await;
        let by_http = bench.check("http", json!({ "url": format!("https://{address}/") })).await;
        for finding in [by_tls, by_http] {
            let message = finding.assert_down(reason);
            assert!(message.contains(expected), "{fault:?}: {message}");
            assert_eq!(finding.latency, None);
        }
    }
}

#[tokio::test]
async fn the_days_of_an_expired_certificate_are_negative() {
    let bench = bench().await;
    let finding =
        bench.check("tls", json!({ "address": address(&bench, TlsFault::Expired) })).await;
    assert!(finding.metric("certificate_days").unwrap() < 0, "{finding:?}");
}

#[tokio::test]
async fn a_failure_names_the_address_and_the_certificate_that_monitors_can_share() {
    let bench = bench().await;
    let expired = address(&bench, TlsFault::Expired);
    let of = async |kind: &str, params: Value| bench.check(kind, params).await.labels;
    let tls = of("tls", json!({ "address": expired })).await;
    let http = of("http", json!({ "url": format!("https://{expired}/svc") })).await;
    assert_eq!(tls["address"], "127.0.0.1");
    assert_eq!(tls["certificate"].len(), 16);
    assert_eq!(tls, http);
    let refused = bench.simulator.refused_address().to_string();
    let refused = of("tcp", json!({ "address": refused })).await;
    assert_eq!(refused.keys().collect::<Vec<_>>(), ["address"]);
    let healthy = of("http", json!({ "url": bench.simulator.http_url("/svc") })).await;
    assert!(healthy.is_empty(), "{healthy:?}");
}

#[tokio::test]
async fn an_authoritys_certificate_is_accepted_only_where_it_is_the_trusted_one() {
    let bench = bench().await;
    let fault = TlsFault::SelfSignedCa;
    let address = address(&bench, fault);
    let own = bench.simulator.certificate_pem(fault).unwrap();
    let url = format!("https://{address}/svc");
    let check = async |tls: Value| bench.check("http", json!({ "url": url, "tls": tls })).await;
    let finding = check(json!({ "ca": own, "accept_ca_certificate": true })).await;
    finding.assert_healthy();
    assert!(finding.metric("certificate_days").unwrap() > 0);
    check(json!({ "ca": own })).await.assert_down(Reason::CertificateIsCa);
    check(json!({ "accept_ca_certificate": true })).await.assert_down(Reason::CertificateInvalid);
    let wrong_name =
        json!({ "ca": own, "accept_ca_certificate": true, "server_name": "other.test" });
    let finding = check(wrong_name).await;
    assert!(finding.assert_down(Reason::CertificateInvalid).contains("`other.test`"));
    let params = json!({ "address": address, "ca": own, "accept_ca_certificate": true });
    bench.check("tls", params).await.assert_healthy();
}

#[tokio::test]
async fn accepting_an_authority_certificate_keeps_all_other_checks() {
    let bench = bench().await;
    for (fault, reason) in [
        (TlsFault::WrongName, Reason::CertificateInvalid),
        (TlsFault::Expired, Reason::CertificateExpired),
        (TlsFault::SelfSigned, Reason::CertificateInvalid),
        (TlsFault::Untrusted, Reason::CertificateInvalid),
    ] {
        let params = json!({ "address": address(&bench, fault), "accept_ca_certificate": true });
        bench.check("tls", params).await.assert_down(reason);
    }
}

#[tokio::test]
async fn a_self_signed_certificate_can_be_trusted() {
    let bench = bench().await;
    let own = bench.simulator.certificate_pem(TlsFault::SelfSigned).unwrap();
    let params = json!({ "address": address(&bench, TlsFault::SelfSigned), "ca": own });
    bench.check("tls", params).await.assert_healthy();
    // The named authorities replace the default ones.
    let good = bench.simulator.https_address().to_string();
    let params = json!({ "address": good, "ca": own });
    bench.check("tls", params).await.assert_down(Reason::CertificateInvalid);
}

#[tokio::test]
async fn a_configured_server_name_is_verified() {
    let bench = bench().await;
    let address = address(&bench, TlsFault::WrongName);
    let params = json!({ "address": address, "server_name": "elsewhere.test" });
    bench.check("tls", params).await.assert_healthy();
    let url = format!("https://{address}/svc");
    let params = json!({ "url": url, "tls": { "server_name": "elsewhere.test" } });
    bench.check("http", params).await.assert_healthy();
}

#[tokio::test]
async fn switching_verification_off_is_visible() {
    let bench = bench().await;
    let url = format!("https://{}/svc", address(&bench, TlsFault::Expired));
    let finding = bench.check("http", json!({ "url": url, "tls": { "verify": false } })).await;
    finding.assert_healthy();
    assert_eq!(finding.metric("certificate_verified"), Some(0));
    assert!(finding.metric("certificate_days").unwrap() < 0);
}

#[tokio::test]
async fn a_port_without_tls_is_named() {
    let bench = bench().await;
    let server = raw_server("HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let params = json!({ "address": server.address.to_string() });
    let finding = bench.check("tls", params).await;
    let message = finding.assert_down(Reason::TlsFailed);
    assert!(message.contains("does not use TLS"), "{message}");
}
