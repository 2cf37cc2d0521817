//! aiosmtpd, a mail server that requires STARTTLS and a login, as the receiver of `allclear notify test`. Python's parser
//! reads the mails.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::Value;

use crate::servers::{START, program};
use crate::stage::{Finished, PATIENCE, Process, Stage};

struct MailServer {
    _process: Process,
    stage: Stage,
}

impl MailServer {
    /// Starts the server and writes a config with a channel to it.
    async fn start(to: &str, password: &str) -> Self {
        let mut stage = Stage::new().await;
        stage.secret("smtp", password);
        write_certificates(&stage);
        let mut command = program("python");
        let script =
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/end_to_end/servers/smtp_server.py");
        command.arg(script);
        command.args(["server.pem", "server-key.pem", "mails.jsonl"].map(|name| stage.path(name)));
        let mut process = Process::start(command);
        let line = process.said("listening on port ", START).await;
        let port = line.rsplit(' ').next().unwrap().trim().to_owned();
        stage.config(&format!(
            "[[monitor]]\nid = \"web\"\ncheck.http = {{ url = \"http://127.0.0.1:1/\" }}\n\
             [[channel]]\nid = \"on-call\"\n[channel.send.email]\nserver = \"127.0.0.1\"\nport = {port}\n\
             user = \"alerts\"\npassword = \"secret:smtp\"\nfrom = \"Allclear <alerts@example.com>\"\n\
             to = {to}\nsubject_prefix = \"[prod]\"\n"
        ));
        Self { _process: process, stage }
    }

    /// Runs `allclear notify test`, which trusts the authority of the server.
    async fn test(&self, more: &[&str]) -> Finished {
        let mut command = self.stage.command(&[&["notify", "test", "on-call"], more].concat());
        command.env("SSL_CERT_FILE", self.stage.path("authority.pem"));
        Process::start(command).finished(PATIENCE).await
    }

    fn mails(&self) -> Vec<Value> {
        let lines = std::fs::read_to_string(self.stage.path("mails.jsonl")).unwrap_or_default();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn write_certificates(stage: &Stage) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let server = server.signed_by(&key, &authority).unwrap();
    std::fs::write(stage.path("authority.pem"), authority.pem()).unwrap();
    std::fs::write(stage.path("server.pem"), server.pem()).unwrap();
    std::fs::write(stage.path("server-key.pem"), key.serialize_pem()).unwrap();
}

#[tokio::test]
async fn a_mail_client_shows_both_parts_and_one_thread() {
    let to = r#"["ann@example.com", "gone@example.com"]"#;
    let server = MailServer::start(to, "correct-horse-battery").await;
    let finished = server.test(&["--resolve"]).await;
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert!(finished.stdout.contains("✓ the channel `on-call` (email) accepted the test message"));
    assert!(finished.stdout.contains("accepted the all-clear"), "{finished:?}");
    assert!(finished.stderr.contains("no mail to gone@example.com"), "{finished:?}");
    let mails = server.mails();
    assert_eq!(mails.len(), 2, "{mails:?}");
    for mail in &mails {
        assert_eq!(mail["defects"], serde_json::json!([]));
        assert_eq!(mail["type"], "multipart/alternative");
        assert_eq!(mail["from"], "alerts@example.com");
        assert_eq!(mail["to"], serde_json::json!(["ann@example.com"]));
        assert_eq!(mail["headers"]["Auto-Submitted"], "auto-generated");
        assert!(mail["parts"]["text/plain"].as_str().unwrap().contains("No monitor has failed"));
        assert!(mail["parts"]["text/html"].as_str().unwrap().starts_with("<!DOCTYPE html>"));
    }
    let subject = &mails[0]["headers"]["Subject"];
    assert_eq!(subject, "[prod] [info] TEST of the channel `on-call`: test_message");
    let subject = &mails[1]["headers"]["Subject"];
    assert_eq!(subject, "[prod] All clear: TEST of the channel `on-call` is healthy");
    let first = &mails[0]["headers"]["Message-ID"];
    assert!(first.as_str().unwrap().ends_with("@example.com>"), "{first}");
    assert_eq!(mails[0]["headers"].get("References"), None);
    assert_eq!(&mails[1]["headers"]["In-Reply-To"], first);
    assert_eq!(&mails[1]["headers"]["References"], first);
}

#[tokio::test]
async fn a_refused_login_is_reported_with_its_remedy() {
    let server = MailServer::start(r#"["ann@example.com"]"#, "wrong-password").await;
    let finished = server.test(&["--json", "--resolve"]).await;
    assert_eq!(finished.code, Some(1), "{finished:?}");
    let report = finished.json();
    assert_eq!(report["channel"], "on-call");
    assert_eq!(report["kind"], "email");
    assert_eq!(report["results"].as_array().unwrap().len(), 1, "the all-clear is not sent");
    let result = &report["results"][0];
    assert_eq!(result["permanent"], false);
    let error = result["error"].as_str().unwrap();
    assert!(error.starts_with("the mail server refuses the login (535 "), "{error}");
    assert!(error.ends_with("check `user` and the secret of `password`"), "{error}");
    assert!(server.mails().is_empty());
}

#[tokio::test]
async fn a_recipient_that_does_not_exist_is_a_permanent_error() {
    let server = MailServer::start(r#"["gone@example.com"]"#, "correct-horse-battery").await;
    let finished = server.test(&[]).await;
    assert_eq!(finished.code, Some(1), "{finished:?}");
    assert!(finished.stdout.contains("(550 5.1.1 no such user)"), "{finished:?}");
    assert!(finished.stdout.contains("The error is permanent"), "{finished:?}");
}
