//! A MariaDB server of a test. It refuses to run as root.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    Certificates, LocalServer, PASSWORD, command_as, free_port, give_to, succeed, wait_until,
};

/// The user of Debian's package.
const USER: &str = "mysql";

/// A running server.
#[derive(Debug)]
pub(super) struct MariadbInstance {
    pub(super) server: LocalServer,
}

impl MariadbInstance {
    /// Makes a server without TLS and starts it.
    pub(super) fn start(settings: &[&str]) -> Self {
        Self::start_in(folder(), &[&["--skip-ssl"], settings].concat())
    }

    /// Makes a server with TLS and starts it.
    pub(super) fn with_tls(certificates: &Certificates, settings: &[&str]) -> Self {
        let folder = folder();
        certificates.write_to(folder.path());
        let file = |name: &str| folder.path().join(name).display().to_string();
        let certificate = format!("--ssl-cert={}", file("server.crt"));
        let key = format!("--ssl-key={}", file("server.key"));
        give_to(USER, folder.path());
        Self::start_in(folder, &[&[certificate.as_str(), key.as_str()], settings].concat())
    }

    fn start_in(folder: TempDir, settings: &[&str]) -> Self {
        let data = format!("--datadir={}", folder.path().join("data").display());
        let temporary = format!("--tmpdir={}", folder.path().display());
        let mut init = command_as(USER, Path::new("mariadb-install-db"));
        init.args(["--no-defaults", &data, &temporary, "--auth-root-authentication-method=normal"]);
        succeed(init.args(["--skip-test-db", "--innodb-log-file-size=4M"]));
        let port = free_port();
        let mut command = command_as(USER, Path::new("mariadbd"));
        command.args([
            "--no-defaults",
            &data,
            &temporary,
            "--bind-address=127.0.0.1",
            "--skip-log-bin",
        ]);
        command.args(["--innodb-log-file-size=4M", "--innodb-flush-log-at-trx-commit=0"]);
        command.arg(format!("--port={port}"));
        command.arg(format!("--socket={}", folder.path().join("socket").display()));
        command.args(settings);
        let instance = Self { server: LocalServer::start(command, folder, port) };
        wait_until(|| instance.client("SELECT 1").output().unwrap().status.success());
        instance
    }

    /// Runs statements as the superuser.
    pub(super) fn sql(&self, statements: &str) {
        succeed(&mut self.client(statements));
    }

    fn client(&self, statements: &str) -> Command {
        let mut command = Command::new("mariadb");
        command.args(["--no-defaults", "--protocol=tcp", "--host=127.0.0.1", "--user=root"]);
        command.arg(format!("--port={}", self.server.port)).args(["-e", statements]);
        command
    }

    /// Returns the log of the server.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.server.folder().join("server.log")).unwrap()
    }

    /// Returns the parameters of a check by the user `watcher`.
    pub(super) fn params(&self, more: Value) -> Value {
        let mut params = more;
        params["address"] = json!(self.server.address());
        if params.get("user").is_none() {
            params["user"] = json!("watcher");
        }
        params["password"] = json!("secret:password");
        params
    }

    /// Returns true while a session sleeps.
    pub(super) fn is_sleeping(&self) -> bool {
        let output = self.client("SHOW PROCESSLIST").output().unwrap();
        String::from_utf8_lossy(&output.stdout).contains("SLEEP(")
    }

    /// Makes the user `watcher` with these rights.
    pub(super) fn watcher(&self, rights: &str) {
        self.sql(&format!("CREATE USER watcher IDENTIFIED BY '{PASSWORD}'; {rights}"));
    }
}

/// Returns a folder that the server may write.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    give_to(USER, folder.path());
    folder
}
