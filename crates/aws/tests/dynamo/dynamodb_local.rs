//! Amazon's own DynamoDB for tests, in memory on a free port, which ends with the test binary however
//! that ends. It needs java, and Maven Central the first time.

#![expect(clippy::disallowed_methods, reason = "the environment is where tests are set up")]

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use allclear_aws::cloud::Cloud;

/// A connection to it; `None` where this machine cannot have it.
pub(crate) fn cloud() -> Option<Cloud> {
    let server = SERVER.as_ref()?;
    let address = format!("http://127.0.0.1:{}", server.port);
    let cloud = Cloud::from_variables(|name| match name {
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("test".to_owned()),
        "AWS_REGION" => Some("us-east-1".to_owned()),
        "AWS_ENDPOINT_URL" => Some(address.clone()),
        "SSL_CERT_FILE" | "SSL_CERT_DIR" => std::env::var(name).ok(),
        _ => None,
    });
    Some(cloud.unwrap())
}

struct Server {
    port: u16,
    /// Its standard input ends with this process, and then it ends too.
    _guard: Child,
}

static SERVER: LazyLock<Option<Server>> = LazyLock::new(|| match fetch().and_then(|()| start()) {
    Ok(server) => {
        say(&format!("the contract runs on DynamoDB Local at port {}", server.port));
        Some(server)
    }
    Err(why) => {
        say(&format!("the contract does NOT run on DynamoDB Local, MiniStack stands in: {why}"));
        None
    }
});

/// Past the test harness, which keeps what is printed by tests that pass.
#[expect(clippy::explicit_write, reason = "what `println` writes is kept back")]
fn say(what: &str) {
    writeln!(std::io::stdout(), "\n*** {what}").unwrap();
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/dynamodb-local")
}

fn fetch() -> Result<(), String> {
    let output = Command::new(script()).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("scripts/dynamodb-local: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
}

fn start() -> Result<Server, String> {
    // Somebody else may take the port before it does.
    for _ in 0..5 {
        let port =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mut guard = spawn(port);
        let deadline = Instant::now() + Duration::from_mins(1);
        while Instant::now() < deadline && guard.try_wait().unwrap().is_none() {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            if TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok() {
                return Ok(Server { port, _guard: guard });
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = guard.kill();
        let _ = guard.wait();
    }
    Err("it does not start: run `scripts/dynamodb-local 8000` and see what it says".to_owned())
}

/// Under a shell that ends it when our end of the pipe is closed, which a killed process does too.
fn spawn(port: u16) -> Child {
    let guard = r#"exec 3<&0
        "$0" "$1" </dev/null >/dev/null 2>&1 3<&- & child=$!
        { read -r _ <&3; kill "$child"; } &
        wait "$child""#;
    Command::new("sh")
        .args(["-c", guard])
        .arg(script())
        .arg(port.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}
