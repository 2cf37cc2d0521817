//! The local AWS of a test binary: the one at `AWS_ENDPOINT_URL`, or its own MiniStack.

#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "what this stops at is a failed test; its environment is where tests are set up"
)]

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use allclear_aws::cloud::Cloud;

use crate::server::{Server, cloud_at, in_repository};

/// Returns the local AWS, as seen by a function. Each test needs its own connection, because
/// connections belong to a runtime.
pub(crate) fn cloud() -> Cloud {
    cloud_at(&MINISTACK.address)
}

/// Returns the name and address of the server, for the output of tests: `MiniStack at
/// http://127.0.0.1:4566`.
pub(crate) fn place() -> String {
    format!("{} at {}", MINISTACK.name, MINISTACK.address)
}

struct MiniStack {
    name: &'static str,
    address: String,
    _server: Option<Server>,
}

static MINISTACK: LazyLock<MiniStack> = LazyLock::new(|| match std::env::var("AWS_ENDPOINT_URL") {
    Ok(address) => MiniStack { name: "AWS_ENDPOINT_URL", address, _server: None },
    Err(_) => start(),
});

fn start() -> MiniStack {
    let program = program();
    let server = Server::start("/_ministack/health", |port| {
        let mut command = Command::new(&program);
        command
            .env("GATEWAY_PORT", port.to_string())
            .env("BIND_HOST", "127.0.0.1")
            .env("MINISTACK_HOST", "127.0.0.1")
            .env("IOT_MTLS_ENABLED", "0")
            .env("SFTP_ENABLED", "0")
            .env("PERSIST_STATE", "0")
            .env("S3_PERSIST", "0");
        command
    });
    let address = format!("http://127.0.0.1:{}", server.port);
    MiniStack { name: "MiniStack", address, _server: Some(server) }
}

fn program() -> PathBuf {
    let named = std::env::var_os("ALLCLEAR_MINISTACK").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join("ministack"));
    let installed = in_repository(".venv/bin/ministack");
    named.into_iter().chain([installed]).chain(on_path).find(|file| file.is_file()).expect(
        "these tests need MiniStack, a local AWS: `scripts/local-aws up` installs it into `.venv`, \
         or name the program in `ALLCLEAR_MINISTACK`, or one that runs in `AWS_ENDPOINT_URL`",
    )
}
