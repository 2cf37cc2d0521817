//! moto's DynamoDB, the engine of LocalStack's tables, in memory.

use std::process::Command;
use std::sync::LazyLock;

use allclear_aws::cloud::Cloud;

use crate::server::{Server, cloud_at, in_repository};

/// Returns a connection to the server. Each test needs its own, because connections belong to a
/// runtime.
pub(crate) fn cloud() -> Cloud {
    cloud_at(&format!("http://127.0.0.1:{}", SERVER.port))
}

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let python = in_repository(".venv/bin/python");
    assert!(python.is_file(), "moto is missing: `scripts/local-aws up` installs it into `.venv`");
    Server::start("/moto-api/", |port| {
        let mut command = Command::new(&python);
        let program = in_repository("localstack/plugins/allclear_localstack/moto_server.py");
        command.arg(program).arg(port.to_string());
        command
    })
});
