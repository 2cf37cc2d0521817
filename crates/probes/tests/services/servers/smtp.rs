//! The `smtp` check against Debian's Exim.

use std::fmt::Write as _;
use std::net::TcpStream;
use std::process::Command;

use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use serde_json::{Value, json};

use crate::support::{
    Certificates, LONG, LocalServer, PASSWORD, assert_absences, assert_cause, assert_healthy,
    check, check_within, free_port, open_folder,
};

/// A server, and the authority of its certificate.
struct Exim {
    server: LocalServer,
    authority: String,
}

/// Starts a server with these settings and these mechanisms of logins.
fn server(settings: &str, mechanisms: &[&str]) -> Exim {
    let (folder, port) = (open_folder(), free_port());
    let certificates = Certificates::new();
    certificates.write_to(folder.path());
    let path = folder.path().display();
    let settings = settings.replace("PORT", &port.to_string());
    let mut config = format!(
        "primary_hostname = mx.example.com\n\
         local_interfaces = 127.0.0.1\n\
         daemon_smtp_ports = {port}\n\
         spool_directory = {path}/spool\n\
         log_file_path = {path}/%slog\n\
         tls_certificate = {path}/server.crt\n\
         tls_privatekey = {path}/server.key\n\
         message_size_limit = 20M\n\
         host_lookup =\n\
         rfc1413_hosts =\n\
         {settings}\n\
         begin authenticators\n"
    );
    for mechanism in mechanisms {
        let (prompts, user, password) = match *mechanism {
            "PLAIN" => (":", "$auth2", "$auth3"),
            _ => ("<| Username: | Password:", "$auth1", "$auth2"),
        };
        let is_right =
            format!("and{{{{eq{{{user}}}{{watcher}}}}{{eq{{{password}}}{{{PASSWORD}}}}}}}");
        write!(
            config,
            "{mechanism}:\n  driver = plaintext\n  public_name = {mechanism}\n  \
             server_prompts = {prompts}\n  server_condition = ${{if {is_right}}}\n"
        )
        .unwrap();
    }
    let file = folder.path().join("exim.conf");
    std::fs::write(&file, config).unwrap();
    let mut command = Command::new("/usr/sbin/exim4");
    command.arg("-bdf").arg("-C").arg(file);
    Exim { server: LocalServer::start(command, folder, port), authority: certificates.authority }
}

impl Exim {
    /// Returns parameters with a trusted connection.
    fn trusting(&self, more: Value) -> Value {
        let mut params = more;
        params["address"] = json!(self.server.address());
        params["tls"] = json!({ "ca": self.authority });
        params
    }

    fn plain(&self, more: Value) -> Value {
        let mut params = more;
        params["address"] = json!(self.server.address());
        params
    }
}

fn login() -> Value {
    json!({ "user": "watcher", "password": "secret:password" })
}

#[tokio::test]
async fn a_server_reports_its_extensions_and_its_limit() {
    let exim = server("tls_advertise_hosts = *", &["PLAIN", "LOGIN"]);
    let expect = "banner.contains('mx.example.com') && 'PIPELINING' in extensions && \
                  size_limit_bytes == 20971520 && auth_mechanisms == ['LOGIN', 'PLAIN']";
    let finding = check("smtp", exim.plain(json!({ "expect": expect }))).await;
    assert_healthy(&finding);
    assert!(finding.parts.connect.is_some() && finding.parts.first_byte.is_some());
    assert!(!finding.metrics.contains_key("certificate_days"));
    let degraded = json!({ "degraded": "size_limit_bytes < 50000000" });
    let finding = check("smtp", exim.plain(degraded)).await;
    assert_eq!(finding.verdict.status(), Status::Degraded);
}

#[tokio::test]
async fn tls_begins_by_starttls() {
    let exim = server("tls_advertise_hosts = *", &[]);
    let expect = json!({ "expect": "certificate_days > 14" });
    let finding = check("smtp", exim.trusting(expect)).await;
    assert_healthy(&finding);
    assert!(finding.metrics["certificate_days"] > 14.0);
    assert!(finding.parts.tls.is_some());
    let finding = check("smtp", exim.plain(json!({ "tls": {} }))).await;
    assert_cause(&finding, Fault::Target, Reason::CertificateInvalid);
}

#[tokio::test]
async fn tls_begins_with_the_first_byte() {
    let exim = server("tls_on_connect_ports = PORT", &["PLAIN"]);
    let mut params = exim.trusting(login());
    params["starttls"] = json!(false);
    let finding = check("smtp", params).await;
    assert_healthy(&finding);
    assert!(finding.metrics.contains_key("certificate_days"));
}

#[tokio::test]
async fn a_server_without_tls_does_not_meet_a_check_with_it() {
    let exim = server("tls_advertise_hosts =", &[]);
    let finding = check("smtp", exim.trusting(json!({}))).await;
    let message = assert_cause(&finding, Fault::Target, Reason::TlsNotOffered);
    assert_eq!(message, "the server does not offer `STARTTLS`");
    let mut implicit = exim.trusting(json!({}));
    implicit["starttls"] = json!(false);
    let finding = check("smtp", implicit).await;
    assert_cause(&finding, Fault::Target, Reason::TlsFailed);
}

#[tokio::test]
async fn logins_and_their_refusals_are_told_apart() {
    for mechanism in ["PLAIN", "LOGIN"] {
        let exim = server("tls_advertise_hosts = *", &[mechanism]);
        assert_healthy(&check("smtp", exim.trusting(login())).await);
        let wrong = check_within(LONG, "wrong", "smtp", exim.trusting(login())).await;
        let message = assert_cause(&wrong, Fault::Credentials, Reason::AuthInvalid);
        assert!(message.contains("the server refused the login: `535"), "{message}");
    }
}

#[tokio::test]
async fn a_login_that_is_not_offered_is_explained() {
    let only_with_tls = "tls_advertise_hosts = *\n\
                         auth_advertise_hosts = ${if eq{$tls_in_cipher}{}{}{*}}";
    let exim = server(only_with_tls, &["PLAIN"]);
    assert_healthy(&check("smtp", exim.trusting(login())).await);
    let finding = check("smtp", exim.plain(login())).await;
    assert_cause(&finding, Fault::Request, Reason::TlsRequired);
    let exim = server("tls_advertise_hosts = *", &[]);
    let finding = check("smtp", exim.trusting(login())).await;
    let message = assert_cause(&finding, Fault::Target, Reason::CapabilityMissing);
    assert_eq!(message, "the server offers no login");
}

#[tokio::test]
async fn a_full_server_and_a_refused_name_are_told_apart() {
    let exim = server("tls_advertise_hosts =\nsmtp_accept_max = 1", &[]);
    let _held = TcpStream::connect(exim.server.address()).unwrap();
    let finding = check("smtp", exim.plain(json!({}))).await;
    let message = assert_cause(&finding, Fault::Target, Reason::TooManyConnections);
    assert!(message.contains("421 Too many concurrent SMTP connections"), "{message}");
    let exim = server("tls_advertise_hosts =", &[]);
    let finding = check("smtp", exim.plain(json!({ "hello": "a_b" }))).await;
    let message = assert_cause(&finding, Fault::Request, Reason::ProbeInvalid);
    assert!(message.contains("the server refused `EHLO`: `501"), "{message}");
}

#[tokio::test]
async fn an_absent_server_is_told_apart() {
    let exim = server("tls_advertise_hosts =", &[]);
    let params = exim.plain(json!({}));
    assert_absences(exim.server, "smtp", params).await;
}
