//! A PostgreSQL server of a test. It refuses to run as root.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    Certificates, LocalServer, PASSWORD, command_as, free_port, give_to, succeed, wait_until,
};

/// The programs of Debian's newest version, which are not in `PATH`.
fn program(name: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.map(|entry| entry.path().join("bin").join(name)).max();
    newest.unwrap_or_else(|| name.into())
}

/// The user of Debian's package.
const USER: &str = "postgres";

/// The options of a cluster.
#[derive(Debug)]
pub(super) struct ClusterOptions<'a> {
    /// The line of `pg_hba.conf`.
    pub(super) access: &'a str,
    /// The certificates of a server with TLS.
    pub(super) tls: Option<&'a Certificates>,
    /// Further settings, as `name=value`.
    pub(super) settings: &'a [&'a str],
}

impl Default for ClusterOptions<'_> {
    fn default() -> Self {
        Self { access: "host all all all scram-sha-256", tls: None, settings: &[] }
    }
}

/// A running server.
#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) server: LocalServer,
}

impl Cluster {
    /// Makes a cluster and starts it.
    pub(super) fn start(options: &ClusterOptions<'_>) -> Self {
        let (folder, port) = (folder(), free_port());
        fs::write(folder.path().join("password"), PASSWORD).unwrap();
        let mut init = command_as(USER, &program("initdb"));
        init.args(["--no-sync", "--username", "postgres", "--encoding", "UTF8", "--pwfile"]);
        init.arg(folder.path().join("password")).arg("-D").arg(folder.path().join("data"));
        succeed(&mut init);
        let replication = "host replication all all scram-sha-256";
        let access = format!("{}\n{replication}\n", options.access);
        fs::write(folder.path().join("data/pg_hba.conf"), access).unwrap();
        let mut settings: Vec<String> =
            options.settings.iter().map(|&setting| setting.to_owned()).collect();
        if let Some(certificates) = options.tls {
            certificates.write_to(folder.path());
            let key = folder.path().join("server.key");
            succeed(Command::new("chmod").arg("600").arg(&key));
            settings.push("ssl=on".to_owned());
            for (name, file) in [("ssl_cert_file", "server.crt"), ("ssl_key_file", "server.key")] {
                settings.push(format!("{name}={}", folder.path().join(file).display()));
            }
        }
        give_to(USER, folder.path());
        let cluster = Self::run(folder, port, &settings);
        wait_until(|| cluster.psql("SELECT 1").status().unwrap().success());
        cluster
    }

    /// Starts a standby of this cluster, without waiting until it is ready.
    pub(super) fn standby(&self, settings: &[&str]) -> Self {
        let (folder, port) = (folder(), free_port());
        let source =
            format!("host=127.0.0.1 port={} user=postgres password='{PASSWORD}'", self.server.port);
        let mut copy = command_as(USER, &program("pg_basebackup"));
        copy.args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync", "-d", &source, "-D"]);
        succeed(copy.arg(folder.path().join("data")));
        let settings: Vec<String> = settings.iter().map(|&setting| setting.to_owned()).collect();
        Self::run(folder, port, &settings)
    }

    fn run(folder: TempDir, port: u16, settings: &[String]) -> Self {
        let mut command = command_as(USER, &program("postgres"));
        command.arg("-D").arg(folder.path().join("data")).args(["-p", &port.to_string(), "-k"]);
        command.arg(folder.path());
        let own = ["listen_addresses=127.0.0.1", "fsync=off", "max_connections=20"];
        for setting in own.into_iter().chain(settings.iter().map(String::as_str)) {
            command.args(["-c", setting]);
        }
        // The fast shutdown: all processes of the server end.
        Self { server: LocalServer::start(command, folder, port).ending_with("INT") }
    }

    /// Runs statements as the superuser.
    pub(super) fn sql(&self, statements: &str) {
        succeed(&mut self.psql(statements));
    }

    fn psql(&self, statements: &str) -> Command {
        let mut command = Command::new(program("psql"));
        command.env("PGPASSWORD", PASSWORD).args(["-q", "-v", "ON_ERROR_STOP=1", "-h"]);
        command.args(["127.0.0.1", "-p", &self.server.port.to_string(), "-U", "postgres", "-c"]);
        command.arg(statements).stdout(std::process::Stdio::null());
        command.stderr(std::process::Stdio::null());
        command
    }

    /// Returns the log of the server.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.server.folder().join("server.log")).unwrap()
    }

    /// Returns the parameters of a check.
    pub(super) fn params(&self, user: &str, more: Value) -> Value {
        let mut params = more;
        params["address"] = json!(self.server.address());
        params["user"] = json!(user);
        params["password"] = json!("secret:password");
        if params.get("database").is_none() {
            params["database"] = json!("postgres");
        }
        params
    }
}

/// Returns a folder that the server may write.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    give_to(USER, folder.path());
    folder
}
