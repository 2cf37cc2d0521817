//! Checks of AWS against MiniStack, a local AWS, and through microburst, a proxy that injects its errors.

mod cloudwatch;
mod faults;
mod lambda;
mod sqs;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{LocalServer, aws_tool, free_port, succeed};

/// Starts a local AWS with these resources.
fn local_aws(resources: &Value) -> LocalServer {
    let (folder, port) = (TempDir::new().unwrap(), free_port());
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let mut command = aws_tool("ministack");
    command.env("GATEWAY_PORT", port.to_string()).env("BIND_HOST", "127.0.0.1");
    command.env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"));
    command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    command.env("MINISTACK_REGION", "us-east-1").env_remove("AWS_PROFILE");
    command.env("STATE_DIR", &data).env("S3_DATA_DIR", data.join("s3")).env("TMPDIR", &data);
    command.env("SFTP_ENABLED", "0").env("IOT_MTLS_ENABLED", "0");
    let server = LocalServer::start(command, folder, port).ending_with("TERM");
    let program = program("aws_resources.py");
    let mut command = aws_tool("python");
    command.arg(program).arg(format!("http://{}", server.address())).arg(resources.to_string());
    succeed(&mut command);
    server
}

/// Returns the path of a program of the tests.
fn program(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/services/programs");
    folder.join(name).to_str().unwrap().to_owned()
}

/// Returns parameters with the address of a local AWS.
fn at(server: &LocalServer, mut params: Value) -> Value {
    params["endpoint"] = json!(format!("http://{}", server.address()));
    params
}

/// Starts a proxy in front of a local AWS.
fn fault_proxy(upstream: &LocalServer) -> LocalServer {
    let (folder, port) = (TempDir::new().unwrap(), free_port());
    let mut command = aws_tool("microburst");
    command.args(["--upstream", &format!("http://{}", upstream.address()), "--no-resign"]);
    command.args(["--port", &port.to_string()]);
    LocalServer::start(command, folder, port)
}

/// Replaces the rules of a proxy.
fn set_faults(proxy: &LocalServer, rules: &Value) {
    let body = rules.to_string();
    let mut stream = TcpStream::connect(proxy.address()).unwrap();
    write!(
        stream,
        "POST /_microburst/rules HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n{body}",
        proxy.address(),
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
