//! A third-party server on a free port. It ends with the test binary, even if that is killed.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "what these stop at is a failed test; its environment is where tests are set up"
)]

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use allclear_aws::cloud::Cloud;

/// Ends the program when the pipe to this process is closed, which also happens when it is killed.
const GUARD: &str = r#"exec 3<&0
    "$@" </dev/null >/dev/null 2>&1 3<&- & child=$!
    { read -r _ <&3; kill "$child"; } &
    wait "$child""#;

/// A running server.
pub(crate) struct Server {
    pub(crate) port: u16,
    /// Holds the other end of the pipe.
    _guard: Child,
}

impl Server {
    /// Starts the program for a port, and waits until it answers at a path.
    ///
    /// Another process may take the port before the server does, so up to five ports are tried.
    pub(crate) fn start(path: &str, command: impl Fn(u16) -> Command) -> Self {
        for _ in 0..5 {
            let port =
                TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
            let mut guard = spawn(&command(port));
            if answers(port, path, &mut guard) {
                return Self { port, _guard: guard };
            }
        }
        panic!(
            "the server does not start: run it by hand and read its output: {:?}",
            command(8000)
        );
    }
}

/// Returns a connection to a local AWS, configured as in a function.
pub(crate) fn cloud_at(address: &str) -> Cloud {
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

/// Returns the path of a file in the repository.
pub(crate) fn in_repository(path: &str) -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let repository = package.ancestors().find(|folder| folder.join("Cargo.lock").is_file());
    repository.unwrap_or(package).join(path)
}

fn spawn(command: &Command) -> Child {
    let mut shell = Command::new("sh");
    shell.args(["-c", GUARD, "guard"]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until the server answers; returns false if it has ended instead.
fn answers(port: u16, path: &str, guard: &mut Child) -> bool {
    let deadline = Instant::now() + Duration::from_mins(1);
    while Instant::now() < deadline && guard.try_wait().unwrap().is_none() {
        if is_healthy(port, path).unwrap_or(false) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let _ = guard.kill();
    let _ = guard.wait();
    false
}

fn is_healthy(port: u16, path: &str) -> std::io::Result<bool> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut connection = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    connection.set_read_timeout(Some(Duration::from_secs(5)))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes())?;
    let mut answer = [0; 12];
    connection.read_exact(&mut answer)?;
    Ok(answer.ends_with(b" 200"))
}
