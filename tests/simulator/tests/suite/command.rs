use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// Kills the process at the end of the test, even if it fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_allclear-simulator"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn start(arguments: &[&str]) -> (Running, Value) {
    let mut running = Running(command(arguments).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(running.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (running, serde_json::from_str(&line).unwrap())
}

fn get(addresses: &Value, path: &str) -> String {
    let address = addresses["http"].as_str().unwrap().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn command_prints_its_addresses_and_serves() {
    let (_running, addresses) = start(&[]);
    assert!(get(&addresses, "/svc").ends_with("\r\n\r\nok"));
    for name in ["https", "http2", "dns", "refused", "unanswered"] {
        assert!(addresses[name].as_str().unwrap().contains("127.0.0.1:"), "{addresses}");
    }
    assert_eq!(addresses["tls"].as_object().unwrap().len(), 7);
    assert_eq!(addresses["tcp"].as_object().unwrap().len(), 5);
}

#[test]
fn command_plays_a_script_and_writes_the_authority() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script.json");
    let ca = folder.path().join("ca.pem");
    std::fs::write(&script, r#"{"endpoints": {"svc": {"status": {"code": 418}}}}"#).unwrap();
    let (_running, addresses) =
        start(&["--script", script.to_str().unwrap(), "--ca-out", ca.to_str().unwrap()]);
    assert!(get(&addresses, "/svc").starts_with("HTTP/1.1 418 "));
    assert!(std::fs::read_to_string(ca).unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
}

#[test]
fn invalid_arguments_end_the_command_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script.json");
    std::fs::write(&script, "{\n \"endpoint\": {}}").unwrap();
    for (arguments, hint) in [
        (&["--prot", "1"][..], "unknown option `--prot`"),
        (&["--port"], "`--port` lacks its value"),
        (&["--port", "70000"], "from 0 to 65535"),
        (&["--script", "/nowhere.json"], "cannot read `/nowhere.json`"),
        (&["--script", script.to_str().unwrap()], "line 2"),
        (&["--ca-out", "/nowhere/ca.pem"], "cannot write `/nowhere/ca.pem`"),
    ] {
        let output = command(arguments).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && text.contains(hint), "{arguments:?}: {text}");
    }
}
