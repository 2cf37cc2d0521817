//! A server of a test: its process, its folder and its port.

use std::fs::Permissions;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The time limit for the start of a server, on a machine that is busy with other tests.
const START: Duration = Duration::from_mins(1);

/// The time limit for the end of a server.
const END: Duration = Duration::from_secs(10);

/// A running server. It ends with this value.
#[derive(Debug)]
pub(crate) struct LocalServer {
    child: Child,
    /// The folder of its data, deleted in the end.
    folder: TempDir,
    pub(crate) port: u16,
    /// The signal that ends the server with all its processes; `None` to kill it.
    ending: Option<&'static str>,
}

impl LocalServer {
    /// Starts `command` and waits until it listens on `port`.
    #[track_caller]
    pub(crate) fn start(command: Command, folder: TempDir, port: u16) -> Self {
        let listens = || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
        Self::start_until(command, folder, port, listens)
    }

    /// Starts `command` and waits until `is_ready` returns true.
    #[track_caller]
    pub(crate) fn start_until(
        mut command: Command,
        folder: TempDir,
        port: u16,
        is_ready: impl Fn() -> bool,
    ) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let log = folder.path().join("server.log");
        let output = std::fs::File::create(&log).unwrap();
        command.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output);
        let child = command.spawn().unwrap_or_else(|error| {
            panic!("cannot start `{name}`: {error}; `scripts/test servers` installs it")
        });
        let mut server = Self { child, folder, port, ending: None };
        let deadline = Instant::now() + START;
        while !is_ready() {
            let ended = server.child.try_wait().unwrap();
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            assert!(ended.is_none(), "`{name}` has ended:\n{log}");
            assert!(Instant::now() < deadline, "`{name}` does not listen:\n{log}");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// Returns the same server, which is ended by a signal and not killed: it has processes of its own.
    pub(crate) fn ending_with(mut self, signal: &'static str) -> Self {
        self.ending = Some(signal);
        self
    }

    /// Returns the folder of the server.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the address of the server.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Stops all work of the server until [`Self::resume`]. Its connections stay open.
    pub(crate) fn freeze(&self) {
        self.signal("STOP");
        // The threads stop one after the other.
        while !self.is_stopped() {
            std::thread::yield_now();
        }
    }

    /// Lets a frozen server go on.
    pub(crate) fn resume(&self) {
        self.signal("CONT");
    }

    /// Kills the server at once.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn is_stopped(&self) -> bool {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        threads.flatten().all(|thread| {
            let stat = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
            // The state follows the name of the program, which is in brackets.
            stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T'))
        })
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().unwrap();
        assert!(sent.success(), "cannot send {name} to the process {id}");
    }
}

impl Drop for LocalServer {
    fn drop(&mut self) {
        if let (Some(signal), Ok(None)) = (self.ending, self.child.try_wait()) {
            self.signal("CONT");
            self.signal(signal);
            let deadline = Instant::now() + END;
            while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the command of a server in Python, a file of the folder `programs`.
pub(crate) fn python(script: &str) -> Command {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = crate_folder.join("../../.venv-servers/bin/python");
    assert!(python.exists(), "{} is missing: `scripts/test servers` installs it", python.display());
    let mut command = Command::new(python);
    command.arg(crate_folder.join("tests/services/programs").join(script));
    command
}

/// Returns the command of a tool for the local AWS.
pub(crate) fn aws_tool(name: &str) -> Command {
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin").join(name);
    assert!(tool.exists(), "{} is missing: `scripts/test servers` installs it", tool.display());
    Command::new(tool)
}

/// Returns a folder that servers can use after they have given up the rights of root.
pub(crate) fn open_folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
    folder
}

/// Starts a server in Python whose first argument is its port.
#[track_caller]
pub(crate) fn python_server(script: &str, options: &[&str]) -> LocalServer {
    let (folder, port) = (TempDir::new().unwrap(), free_port());
    let mut command = python(script);
    command.arg(port.to_string()).args(options);
    LocalServer::start(command, folder, port)
}

/// Returns a command that `user` runs if the tests run as root, which some servers refuse.
pub(crate) fn command_as(user: &str, program: &Path) -> Command {
    if !rustix::process::geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", user, "--regid", user, "--clear-groups"]).arg(program);
    command
}

/// Gives a folder to `user` if the tests run as root.
pub(crate) fn give_to(user: &str, folder: &Path) {
    if rustix::process::geteuid().is_root() {
        succeed(Command::new("chown").args(["-R", user]).arg(folder));
    }
}

/// Runs a command to its end.
#[track_caller]
pub(crate) fn succeed(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| {
        panic!("cannot start {command:?}: {error}; `scripts/test servers` installs it")
    });
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
}

/// Returns a port that nothing listens on.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}
