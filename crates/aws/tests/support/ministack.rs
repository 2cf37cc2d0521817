//! The local AWS of a test binary: what answers at `AWS_ENDPOINT_URL`, or a MiniStack of its own
//! on a free port, which ends with the binary however that ends.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "what these stop at is a failed test; its environment is where tests are set up"
)]

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use allclear_aws::cloud::Cloud;

/// The local AWS, as a function sees AWS. Each test needs its own: connections belong to a runtime.
pub(crate) fn cloud() -> Cloud {
    let address = MINISTACK.address.as_str();
    Cloud::from_variables(|name| match name {
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => {
            Some(std::env::var(name).unwrap_or_else(|_| "test".to_owned()))
        }
        "AWS_REGION" => Some("us-east-1".to_owned()),
        "AWS_ENDPOINT_URL" => Some(address.to_owned()),
        "SSL_CERT_FILE" | "SSL_CERT_DIR" => std::env::var(name).ok(),
        _ => None,
    })
    .unwrap()
}

/// What a test prints of where it ran: `MiniStack at http://127.0.0.1:4566`.
pub(crate) fn place() -> String {
    format!("{} at {}", MINISTACK.name, MINISTACK.address)
}

struct MiniStack {
    name: &'static str,
    address: String,
    /// Its standard input ends with this process, and then it ends too.
    _guard: Option<Child>,
}

static MINISTACK: LazyLock<MiniStack> = LazyLock::new(|| match std::env::var("AWS_ENDPOINT_URL") {
    Ok(address) => MiniStack { name: "AWS_ENDPOINT_URL", address, _guard: None },
    Err(_) => start(),
});

fn start() -> MiniStack {
    let program = program();
    // Somebody else may take the port before it does.
    for _ in 0..5 {
        let port =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mut guard = spawn(&program, port);
        if answers(port, &mut guard) {
            let address = format!("http://127.0.0.1:{port}");
            return MiniStack { name: "MiniStack", address, _guard: Some(guard) };
        }
    }
    panic!("`{}` does not start: run it and see what it says", program.display());
}

/// Under a shell that ends it when our end of the pipe is closed, which a killed process does too.
fn spawn(program: &Path, port: u16) -> Child {
    let script = r#"exec 3<&0
        "$0" </dev/null >/dev/null 2>&1 3<&- & child=$!
        { read -r _ <&3; kill "$child"; } &
        wait "$child""#;
    Command::new("sh")
        .args(["-c", script])
        .arg(program)
        .env("GATEWAY_PORT", port.to_string())
        .env("BIND_HOST", "127.0.0.1")
        .env("MINISTACK_HOST", "127.0.0.1")
        .env("IOT_MTLS_ENABLED", "0")
        .env("SFTP_ENABLED", "0")
        .env("PERSIST_STATE", "0")
        .env("S3_PERSIST", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Waits until it answers; false where it has ended instead.
fn answers(port: u16, guard: &mut Child) -> bool {
    let deadline = Instant::now() + Duration::from_mins(1);
    while Instant::now() < deadline && guard.try_wait().unwrap().is_none() {
        if is_healthy(port).unwrap_or(false) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let _ = guard.kill();
    let _ = guard.wait();
    false
}

fn is_healthy(port: u16) -> std::io::Result<bool> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut connection = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    connection.set_read_timeout(Some(Duration::from_secs(5)))?;
    connection.write_all(
        b"GET /_ministack/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
    )?;
    let mut answer = [0; 12];
    connection.read_exact(&mut answer)?;
    Ok(answer.ends_with(b" 200"))
}

fn program() -> PathBuf {
    let named = std::env::var_os("ALLCLEAR_MINISTACK").map(PathBuf::from);
    let in_repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/ministack");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join("ministack"));
    named.into_iter().chain([in_repository]).chain(on_path).find(|file| file.is_file()).expect(
        "these tests need MiniStack, a local AWS: `scripts/local-aws up` installs it into `.venv`, \
         or name the program in `ALLCLEAR_MINISTACK`, or one that runs in `AWS_ENDPOINT_URL`",
    )
}
