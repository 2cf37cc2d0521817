//! The servers of Debian that are checked, each in a folder of its own.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::time::sleep;

use crate::blackbox::free_address;
use crate::child::{PASSWORD, Running};
use crate::service::Service;

/// The time limit for a server to listen.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server; none for a check that needs only the machine.
pub(crate) struct CheckedServer {
    running: Option<Running>,
    pub(crate) port: u16,
}

impl CheckedServer {
    /// Starts the server of a check. `grpc` is the command of the server for gRPC.
    pub(crate) async fn start(service: Service, grpc: &str, folder: &Path) -> anyhow::Result<Self> {
        // Servers that refuse to run as root run as another user.
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o777))?;
        let address = free_address()?;
        let port = address.port().to_string();
        let command: Vec<String> = match service {
            Service::Icmp => return Ok(Self { running: None, port: 0 }),
            Service::Grpc => grpc.split_whitespace().map(str::to_owned).chain([port]).collect(),
            Service::Tcp | Service::Redis => {
                let arguments = ["--port", &port, "--bind", "127.0.0.1", "--save", ""];
                words("redis-server", &arguments)
            }
            Service::Postgres => postgres(&port, folder).await?,
            Service::Mysql => mysql(&port, folder).await?,
        };
        let (program, arguments) = command.split_first().context("no command")?;
        let mut running = Running::start(Path::new(program), arguments, folder)?;
        listening(address, &mut running).await?;
        if service == Service::Mysql {
            make_user(&address).await?;
        }
        Ok(Self { running: Some(running), port: address.port() })
    }

    /// Ends the server.
    pub(crate) async fn end(self) -> anyhow::Result<()> {
        match self.running {
            Some(running) => running.end().await,
            None => Ok(()),
        }
    }
}

async fn listening(address: SocketAddr, running: &mut Running) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(address).await.is_err() {
        running.check()?;
        if Instant::now() > deadline {
            bail!("nothing listens on {address}");
        }
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Makes a cluster, and returns the command of its server.
async fn postgres(port: &str, folder: &Path) -> anyhow::Result<Vec<String>> {
    let data = text(&folder.join("data"));
    let password = folder.join("password");
    std::fs::write(&password, PASSWORD)?;
    let password = format!("--pwfile={}", password.display());
    let init = ["--no-sync", "--username=postgres", "--auth=scram-sha-256", &password, "-D", &data];
    run(as_user("postgres", &postgres_program("initdb"), &init)).await?;
    let folder = text(folder);
    let arguments = ["-D", &data, "-p", port, "-k", &folder, "-c", "listen_addresses=127.0.0.1"];
    // All first checks are made at once.
    let arguments = [&arguments[..], &["-c", "max_connections=1000"]].concat();
    Ok(as_user("postgres", &postgres_program("postgres"), &arguments))
}

/// Returns a program of the newest version, which Debian keeps out of `PATH`.
fn postgres_program(name: &str) -> String {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.map(|entry| entry.path().join("bin").join(name)).max();
    newest.map_or_else(|| name.to_owned(), |program| text(&program))
}

/// Makes a data folder, and returns the command of its server.
async fn mysql(port: &str, folder: &Path) -> anyhow::Result<Vec<String>> {
    let data = format!("--datadir={}", folder.join("data").display());
    let login = "--auth-root-authentication-method=normal";
    let init = ["--no-defaults", &data, login, "--skip-test-db"];
    run(as_user("mysql", "mariadb-install-db", &init)).await?;
    let (port, socket) =
        (format!("--port={port}"), format!("--socket={}", folder.join("socket").display()));
    let arguments = [
        "--no-defaults",
        &data,
        &port,
        &socket,
        "--bind-address=127.0.0.1",
        "--skip-ssl",
        "--max-connections=1000",
    ];
    Ok(as_user("mysql", "mariadbd", &arguments))
}

async fn make_user(address: &SocketAddr) -> anyhow::Result<()> {
    let (port, statement) = (
        format!("--port={}", address.port()),
        format!("CREATE USER probe IDENTIFIED BY '{PASSWORD}'"),
    );
    let arguments = [
        "--no-defaults",
        "--protocol=tcp",
        "--host=127.0.0.1",
        &port,
        "--user=root",
        "-e",
        &statement,
    ];
    run(words("mariadb", &arguments)).await
}

async fn run(command: Vec<String>) -> anyhow::Result<()> {
    let (program, arguments) = command.split_first().context("no command")?;
    let mut command = Command::new(program);
    command.args(arguments);
    Running::to_end(command).await
}

/// Returns a command that runs as `user` if this process runs as root.
fn as_user(user: &str, program: &str, arguments: &[&str]) -> Vec<String> {
    let is_root = std::fs::metadata("/proc/self")
        .is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    if !is_root {
        return words(program, arguments);
    }
    let prefix = ["--reuid", user, "--regid", user, "--clear-groups", program];
    words("setpriv", &[&prefix, arguments].concat())
}

fn words(program: &str, arguments: &[&str]) -> Vec<String> {
    [&[program], arguments].concat().into_iter().map(str::to_owned).collect()
}

fn text(path: &Path) -> String {
    PathBuf::from(path).display().to_string()
}
