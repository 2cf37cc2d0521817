//! A RabbitMQ server of a test. Erlang names its nodes with the help of a second server.

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::support::{Certificates, LocalServer, PASSWORD, command_as, free_port, give_to};

/// The user of Debian's package.
const USER: &str = "rabbitmq";

/// A running server.
#[derive(Debug)]
pub(super) struct Broker {
    pub(super) server: LocalServer,
    /// The server for the names of nodes. It is dropped last.
    _names: LocalServer,
}

impl Broker {
    /// Starts a server with these settings.
    pub(super) fn start(settings: &str) -> Self {
        let (folder, port) = (TempDir::new().unwrap(), free_port());
        Self::run(folder, port, &format!("listeners.tcp.1 = 127.0.0.1:{port}\n{settings}"))
    }

    /// Starts a server that accepts only TLS.
    pub(super) fn with_tls(certificates: &Certificates, settings: &str) -> Self {
        let (folder, port) = (TempDir::new().unwrap(), free_port());
        certificates.write_to(folder.path());
        let file = |name: &str| folder.path().join(name).display().to_string();
        let tls = format!(
            "listeners.tcp = none\nlisteners.ssl.1 = 127.0.0.1:{port}\n\
             ssl_options.cacertfile = {}\nssl_options.certfile = {}\nssl_options.keyfile = {}\n\
             ssl_options.verify = verify_none\n{settings}",
            file("ca.crt"),
            file("server.crt"),
            file("server.key"),
        );
        Self::run(folder, port, &tls)
    }

    fn run(folder: TempDir, port: u16, settings: &str) -> Self {
        let path = folder.path();
        let definitions = path.join("definitions.json");
        std::fs::write(&definitions, definitions_of_tests().to_string()).unwrap();
        let settings = format!("load_definitions = {}\n{settings}\n", definitions.display());
        std::fs::write(path.join("rabbitmq.conf"), settings).unwrap();
        std::fs::write(path.join("enabled_plugins"), "[].").unwrap();
        give_to(USER, path);
        let names = names();
        let mut command = command_as(USER, Path::new("/usr/lib/rabbitmq/bin/rabbitmq-server"));
        command.env("HOME", path).env("ERL_EPMD_PORT", names.port.to_string());
        // The shell script becomes the server, which thus gets the signals of the test.
        command.env("RABBITMQ_ALLOW_INPUT", "1");
        command.env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-noinput");
        command.env("RABBITMQ_NODENAME", format!("allclear{port}@localhost"));
        command.env("RABBITMQ_DIST_PORT", free_port().to_string()).env("RABBITMQ_LOGS", "-");
        for (name, file) in [
            ("CONFIG_FILE", "rabbitmq.conf"),
            ("ENABLED_PLUGINS_FILE", "enabled_plugins"),
            ("MNESIA_BASE", "mnesia"),
            ("LOG_BASE", "log"),
            ("PID_FILE", "pid"),
            ("CONF_ENV_FILE", "absent"),
        ] {
            command.env(format!("RABBITMQ_{name}"), path.join(file));
        }
        Self { server: LocalServer::start(command, folder, port), _names: names }
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
}

/// Starts the server for the names of nodes.
fn names() -> LocalServer {
    let (folder, port) = (TempDir::new().unwrap(), free_port());
    let mut command = Command::new("epmd");
    command.args(["-address", "127.0.0.1", "-port", &port.to_string()]);
    LocalServer::start(command, folder, port)
}

/// Returns the users, virtual hosts, rights and queues that a server begins with.
fn definitions_of_tests() -> Value {
    let salt = [1, 2, 3, 4];
    let hash = Sha256::new().chain_update(salt).chain_update(PASSWORD).finalize();
    let hash = BASE64_STANDARD.encode([&salt[..], &hash].concat());
    let user = |name: &str, limits: Value| {
        json!({
            "name": name, "password_hash": hash, "tags": "", "limits": limits,
            "hashing_algorithm": "rabbit_password_hashing_sha256",
        })
    };
    let all = |user: &str| json!({ "user": user, "vhost": "/", "configure": ".*", "write": ".*", "read": ".*" });
    let nothing = json!({
        "user": "reader", "vhost": "/", "configure": "^$", "write": "^$", "read": "^$"
    });
    let least = json!({
        "user": "writer", "vhost": "/", "configure": "^amq\\.gen", "write": "^amq\\.(gen|default)",
        "read": "^amq\\.gen"
    });
    json!({
        "users": [
            user("watcher", json!({})),
            user("reader", json!({})),
            user("writer", json!({})),
            user("limited", json!({ "max-connections": 0 })),
        ],
        "vhosts": [{ "name": "/" }, { "name": "closed" }],
        "permissions": [all("watcher"), all("limited"), nothing, least],
        "queues": [
            {
                "name": "mails", "vhost": "/", "durable": true, "auto_delete": false, "arguments": {}
            },
        ],
    })
}
