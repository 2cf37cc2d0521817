//! The `imap` check against Debian's Dovecot.

use std::process::Command;

use allclear_core::reason::Reason;
use allclear_core::status::Fault;
use serde_json::{Value, json};

use crate::support::{
    Certificates, LONG, LocalServer, PASSWORD, assert_absences, assert_cause, assert_healthy,
    check, check_within, free_port, open_folder,
};

/// A password that the command LOGIN cannot carry.
const UMLAUTS: &str = "schlüssel";

/// An address of the server to which a client of this machine has another address, so that the server does not
/// take the connection for a safe one.
const REMOTE: &str = "127.0.0.2";

/// A server, and the authority of its certificate.
struct Dovecot {
    server: LocalServer,
    authority: String,
}

/// The way in which a server listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listener {
    Imap,
    Imaps,
}

fn server(listener: Listener, settings: &str) -> Dovecot {
    let (folder, port) = (open_folder(), free_port());
    let certificates = Certificates::new();
    certificates.write_to(folder.path());
    let users = format!("watcher:{{PLAIN}}{PASSWORD}\nwächter:{{PLAIN}}{UMLAUTS}\n");
    std::fs::write(folder.path().join("users"), users).unwrap();
    let path = folder.path().display();
    let (plain_port, tls_port) = match listener {
        Listener::Imap => (port, 0),
        Listener::Imaps => (0, port),
    };
    let config = format!(
        "protocols = imap\n\
         listen = 127.0.0.1, {REMOTE}\n\
         base_dir = {path}/run\n\
         state_dir = {path}/state\n\
         log_path = {path}/dovecot.log\n\
         ssl_cert = <{path}/server.crt\n\
         ssl_key = <{path}/server.key\n\
         mail_location = maildir:{path}/mail\n\
         passdb {{\n driver = passwd-file\n args = {path}/users\n}}\n\
         userdb {{\n driver = static\n args = uid=65534 gid=65534 home={path}/mail\n}}\n\
         service imap-login {{\n\
         inet_listener imap {{\n port = {plain_port}\n}}\n\
         inet_listener imaps {{\n port = {tls_port}\n ssl = yes\n}}\n}}\n\
         {settings}\n"
    );
    let file = folder.path().join("dovecot.conf");
    std::fs::write(&file, config).unwrap();
    let mut command = Command::new("/usr/sbin/dovecot");
    command.arg("-F").arg("-c").arg(file);
    Dovecot { server: LocalServer::start(command, folder, port), authority: certificates.authority }
}

impl Dovecot {
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
async fn a_server_reports_its_capabilities() {
    let dovecot = server(Listener::Imap, "ssl = yes");
    let expect = "banner.contains('Dovecot') && 'IDLE' in capabilities && \
                  'PLAIN' in auth_mechanisms";
    let finding = check("imap", dovecot.plain(json!({ "expect": expect }))).await;
    assert_healthy(&finding);
    assert!(finding.parts.connect.is_some() && finding.parts.first_byte.is_some());
    let finding = check("imap", dovecot.plain(json!({ "expect": "'NONE' in capabilities" }))).await;
    assert_cause(&finding, Fault::Target, Reason::AssertionFailed);
}

#[tokio::test]
async fn tls_begins_by_starttls_or_with_the_first_byte() {
    let dovecot = server(Listener::Imap, "ssl = yes");
    let finding = check("imap", dovecot.trusting(login())).await;
    assert_healthy(&finding);
    assert!(finding.metrics.contains_key("certificate_days"));
    let finding = check("imap", dovecot.plain(json!({ "tls": {} }))).await;
    assert_cause(&finding, Fault::Target, Reason::CertificateInvalid);
    let dovecot = server(Listener::Imaps, "ssl = yes");
    let mut params = dovecot.trusting(login());
    params["starttls"] = json!(false);
    let finding = check("imap", params).await;
    assert_healthy(&finding);
    assert!(finding.metrics.contains_key("tls_version"));
}

#[tokio::test]
async fn a_server_without_tls_does_not_meet_a_check_with_it() {
    let dovecot = server(Listener::Imap, "ssl = no");
    let finding = check("imap", dovecot.trusting(json!({}))).await;
    let message = assert_cause(&finding, Fault::Target, Reason::TlsNotOffered);
    assert_eq!(message, "the server does not offer `STARTTLS`");
}

#[tokio::test]
async fn logins_and_their_refusals_are_told_apart() {
    let dovecot = server(Listener::Imap, "ssl = yes\nauth_username_chars =");
    let other = || dovecot.plain(json!({ "user": "wächter", "password": "secret:password" }));
    for (params, password) in [(dovecot.plain(login()), PASSWORD), (other(), UMLAUTS)] {
        assert_healthy(&check_within(LONG, password, "imap", params.clone()).await);
        let wrong = check_within(LONG, "wrong", "imap", params).await;
        let message = assert_cause(&wrong, Fault::Credentials, Reason::AuthInvalid);
        assert!(message.contains("refused while logging in"), "{message}");
        assert!(message.contains("AUTHENTICATIONFAILED"), "{message}");
    }
}

#[tokio::test]
async fn a_login_that_needs_tls_is_explained() {
    let dovecot = server(Listener::Imap, "ssl = required");
    let at = json!(format!("{REMOTE}:{}", dovecot.server.port));
    let mut trusting = dovecot.trusting(login());
    trusting["address"] = at.clone();
    trusting["tls"]["server_name"] = json!("localhost");
    assert_healthy(&check("imap", trusting).await);
    let mut plain = login();
    plain["address"] = at;
    let finding = check("imap", plain).await;
    let message = assert_cause(&finding, Fault::Request, Reason::TlsRequired);
    assert_eq!(message, "the server offers no login before TLS");
}

#[tokio::test]
async fn an_absent_server_is_told_apart() {
    let dovecot = server(Listener::Imap, "ssl = no");
    let params = dovecot.plain(json!({}));
    assert_absences(dovecot.server, "imap", params).await;
}
