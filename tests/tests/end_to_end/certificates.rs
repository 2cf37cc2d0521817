//! A certificate that rustls rejects and curl accepts: that of an authority, used by a server.

use allclear_simulator::TlsFault;

use crate::stage::Stage;

async fn check_with(stage: &Stage, tls: &str) -> serde_json::Value {
    let address = stage.simulator.tls_address(TlsFault::SelfSignedCa).unwrap();
    let check = format!("url = \"https://{address}/\", tls = {{ {tls} }}");
    stage.config(&format!("[[monitor]]\nid = \"own\"\ncheck.http = {{ {check} }}\n"));
    let finished = stage.run(&["check", "--json"]).await;
    let outcome = finished.json()[0].clone();
    assert_eq!(finished.code, Some(i32::from(outcome["status"] != "healthy")), "{finished:?}");
    outcome
}

#[tokio::test]
async fn a_ca_certificate_on_a_server_is_refused_with_a_remedy() {
    let stage = Stage::new().await;
    let pem = stage.simulator.certificate_pem(TlsFault::SelfSignedCa).unwrap();
    std::fs::write(stage.path("own.pem"), pem).unwrap();

    let refused = check_with(&stage, "ca = \"own.pem\"").await;
    assert_eq!(refused["status"], "unhealthy");
    assert_eq!(refused["reason"], "certificate_is_ca");
    let message = refused["message"].as_str().unwrap();
    for part in ["rustls refuses", "curl accepts", "accept_ca_certificate = true"] {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }

    let allowed = check_with(&stage, "ca = \"own.pem\", accept_ca_certificate = true").await;
    assert_eq!(allowed["status"], "healthy", "{allowed}");

    // Accepting this kind of certificate does not make it trusted.
    let untrusted = check_with(&stage, "accept_ca_certificate = true").await;
    assert_eq!(untrusted["status"], "unhealthy", "{untrusted}");
}
