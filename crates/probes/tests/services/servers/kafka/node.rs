//! A node of Apache Kafka of a test, which is broker and controller.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Certificates, LocalServer, PASSWORD, free_port, succeed};

/// A running node.
#[derive(Debug)]
pub(super) struct KafkaNode {
    server: LocalServer,
    ports: KafkaPorts,
}

/// A listener of the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KafkaListener {
    /// Without login and TLS.
    Plain,
    /// With login by any mechanism.
    Login,
    /// With TLS.
    Tls,
}

#[derive(Debug, Clone, Copy)]
struct KafkaPorts {
    controller: u16,
    plain: u16,
    login: u16,
    tls: u16,
}

impl KafkaNode {
    /// Starts a node without topics. The user `watcher` can log in.
    pub(super) fn start(certificates: &Certificates) -> Self {
        Self::run(1, free_port(), certificates)
    }

    /// Starts a second broker of the same cluster.
    pub(super) fn start_second(&self, certificates: &Certificates) -> Self {
        Self::run(2, self.ports.controller, certificates)
    }

    fn run(number: u8, controller: u16, certificates: &Certificates) -> Self {
        let folder = TempDir::new().unwrap();
        let (plain, login, tls) = (free_port(), free_port(), free_port());
        let ports = KafkaPorts { controller, plain, login, tls };
        // The key comes first.
        let identity = format!("{}{}", certificates.key, certificates.certificate);
        std::fs::write(folder.path().join("server.pem"), identity).unwrap();
        let file = folder.path().join("server.properties");
        std::fs::write(&file, settings(number, folder.path(), ports)).unwrap();
        let mut format = java("kafka.tools.StorageTool");
        format.args(["format", "--cluster-id", "AAAAAAAAAAAAAAAAAAAAAQ", "--config"]).arg(&file);
        for mechanism in ["SCRAM-SHA-256", "SCRAM-SHA-512"] {
            format.arg("--add-scram");
            format.arg(format!("{mechanism}=[name=watcher,password={PASSWORD}]"));
        }
        succeed(&mut format);
        let mut command = java("kafka.Kafka");
        command.arg(&file);
        Self { server: LocalServer::start(command, folder, ports.plain), ports }
    }

    /// Creates a topic.
    pub(super) fn create_topic(&self, name: &str, n_partitions: u32, n_replicas: u32) {
        let mut command = self.tool("org.apache.kafka.tools.TopicCommand");
        command.args(["--create", "--topic", name, "--partitions", &n_partitions.to_string()]);
        command.args(["--replication-factor", &n_replicas.to_string()]);
        succeed(&mut command);
    }

    /// Sends messages to a topic.
    pub(super) fn produce(&self, topic: &str, n_messages: usize) {
        let file = self.server.folder().join("messages");
        std::fs::write(&file, "message\n".repeat(n_messages)).unwrap();
        let mut command = self.tool("org.apache.kafka.tools.ConsoleProducer");
        command.args(["--topic", topic]).stdin(std::fs::File::open(file).unwrap());
        succeed(&mut command);
    }

    /// Commits an offset of all partitions of a topic.
    pub(super) fn commit(&self, group: &str, topic: &str, offset: u32) {
        let mut command = self.tool("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand");
        command.args(["--group", group, "--topic", topic, "--reset-offsets", "--execute"]);
        command.args(["--to-offset", &offset.to_string()]);
        succeed(&mut command);
    }

    /// Kills the node at once.
    pub(super) fn kill(&mut self) {
        self.server.kill();
    }

    fn tool(&self, class: &str) -> Command {
        let mut command = java(class);
        command.args(["--bootstrap-server", &self.server.address()]);
        command
    }

    /// Returns the parameters of a check.
    pub(super) fn params(&self, listener: KafkaListener, more: Value) -> Value {
        let mut params = more;
        params["address"] = json!(format!("127.0.0.1:{}", self.ports.of(listener)));
        params
    }

    /// Returns the process, with the port of a listener.
    pub(super) fn into_server(self, listener: KafkaListener) -> LocalServer {
        let mut server = self.server;
        server.port = self.ports.of(listener);
        server
    }
}

impl KafkaPorts {
    fn of(self, listener: KafkaListener) -> u16 {
        match listener {
            KafkaListener::Plain => self.plain,
            KafkaListener::Login => self.login,
            KafkaListener::Tls => self.tls,
        }
    }
}

fn settings(number: u8, folder: &Path, ports: KafkaPorts) -> String {
    let KafkaPorts { controller, plain, login, tls } = ports;
    let folder = folder.display();
    // The first node is the controller too.
    let (roles, listener) = match number {
        1 => ("broker,controller", format!(",CONTROLLER://127.0.0.1:{controller}")),
        _ => ("broker", String::new()),
    };
    let scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
    format!(
        "process.roles={roles}
node.id={number}
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAIN
listeners=PLAIN://127.0.0.1:{plain},LOGIN://127.0.0.1:{login},TLS://127.0.0.1:{tls}{listener}
advertised.listeners=PLAIN://127.0.0.1:{plain},LOGIN://127.0.0.1:{login},TLS://127.0.0.1:{tls}
listener.security.protocol.map=PLAIN:PLAINTEXT,LOGIN:SASL_PLAINTEXT,TLS:SSL,CONTROLLER:PLAINTEXT
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.login.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_watcher=\"{PASSWORD}\";
listener.name.login.scram-sha-256.sasl.jaas.config={scram}
listener.name.login.scram-sha-512.sasl.jaas.config={scram}
listener.name.tls.ssl.keystore.type=PEM
listener.name.tls.ssl.keystore.location={folder}/server.pem
log.dirs={folder}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=2
broker.heartbeat.interval.ms=300
broker.session.timeout.ms=1500
"
    )
}

/// Returns the command of a program of Kafka.
fn java(class: &str) -> Command {
    let packages: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv-servers/maven");
    assert!(
        packages.exists(),
        "{} is missing: `scripts/test servers` installs it",
        packages.display()
    );
    let mut command = Command::new("java");
    command.args(["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"]);
    command.arg(packages.join("*")).arg(class);
    command
}
