//! The `ssh` check against Debian's OpenSSH.

use std::net::TcpStream;
use std::process::Command;

use allclear_core::reason::Reason;
use allclear_core::status::Fault;
use serde_json::{Value, json};

use crate::support::{
    LocalServer, assert_absences, assert_cause, assert_healthy, check, free_port, open_folder,
};

fn server(settings: &str) -> LocalServer {
    let (folder, port) = (open_folder(), free_port());
    let key = folder.path().join("key");
    let mut made = Command::new("ssh-keygen");
    made.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key);
    assert!(made.status().unwrap().success());
    let config = format!(
        "ListenAddress 127.0.0.1\nPort {port}\nHostKey {}\nPidFile none\nUsePAM no\n{settings}\n",
        key.display()
    );
    let file = folder.path().join("sshd.conf");
    std::fs::write(&file, config).unwrap();
    // A server that root has started needs this folder, which the service makes otherwise.
    let _ = std::fs::create_dir_all("/run/sshd");
    let mut command = Command::new("/usr/sbin/sshd");
    command.args(["-D", "-e", "-f"]).arg(file);
    LocalServer::start(command, folder, port)
}

fn params(server: &LocalServer, more: Value) -> Value {
    let mut params = more;
    params["address"] = json!(server.address());
    params
}

#[tokio::test]
async fn a_server_reports_its_version_and_algorithms() {
    let server = server("Ciphers aes256-ctr,aes128-ctr");
    let expect = "protocol == '2.0' && software.startsWith('OpenSSH_') && banner.contains(software) \
                  && 'curve25519-sha256' in kex_algorithms && 'ssh-ed25519' in host_key_algorithms \
                  && ciphers == ['aes256-ctr', 'aes128-ctr'] && 'hmac-sha2-256' in macs";
    let finding = check("ssh", params(&server, json!({ "expect": expect }))).await;
    assert_healthy(&finding);
    assert!(finding.parts.connect.is_some() && finding.parts.first_byte.is_some());
    let expect = "!('aes128-ctr' in ciphers)";
    let finding = check("ssh", params(&server, json!({ "expect": expect }))).await;
    let message = assert_cause(&finding, Fault::Target, Reason::AssertionFailed);
    assert!(message.contains("ciphers = [\"aes256-ctr\", \"aes128-ctr\"]"), "{message}");
}

#[tokio::test]
async fn a_server_that_takes_no_more_logins_is_full() {
    let server = server("MaxStartups 1");
    let mut held = Vec::new();
    let mut finding = check("ssh", params(&server, json!({}))).await;
    // The connection by which the test saw the start of the server may have counted until now.
    for _ in 0..100 {
        if finding.verdict.cause().is_some() {
            break;
        }
        held.push(TcpStream::connect(server.address()).unwrap());
        finding = check("ssh", params(&server, json!({}))).await;
    }
    let message = assert_cause(&finding, Fault::Target, Reason::TooManyConnections);
    assert!(message.contains("Exceeded MaxStartups"), "{message}");
}

#[tokio::test]
async fn an_absent_server_is_told_apart() {
    let server = server("");
    let params = params(&server, json!({}));
    assert_absences(server, "ssh", params).await;
}
