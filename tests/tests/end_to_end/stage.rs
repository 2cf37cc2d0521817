//! The environment of the tests: a simulator, a folder with a config, and the command as a process.

mod binary;
mod http;
mod llm;
mod process;
mod waiting;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use allclear_local::SqliteStore;
use allclear_simulator::{Config, Simulator};
use jiff::Timestamp;
use serde_json::Value;
use tempfile::TempDir;

pub(crate) use self::binary::chosen as optimized_binary;
pub(crate) use self::http::{Answer, Response, exchange, request};
pub(crate) use self::llm::{KEY, llm, merged, only};
pub(crate) use self::process::{Finished, Process};
pub(crate) use self::waiting::eventually;

/// The time limit of every command except `up` and `wait`.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A simulator, and a folder with the command's config and data.
pub(crate) struct Stage {
    pub(crate) simulator: Simulator,
    folder: TempDir,
    environment: Vec<(String, String)>,
}

impl Stage {
    /// Creates an empty folder and a simulator whose endpoints are all healthy.
    pub(crate) async fn new() -> Self {
        let simulator = Simulator::start(Config::default()).await.unwrap();
        Self { simulator, folder: tempfile::tempdir().unwrap(), environment: Vec::new() }
    }

    /// Writes the config.
    pub(crate) fn config(&self, text: &str) {
        std::fs::write(self.path("allclear.toml"), text).unwrap();
    }

    /// Sets a secret to the address of an inbox of the simulator.
    pub(crate) fn inbox_as_secret(&mut self, inbox: &str) {
        let name = format!("ALLCLEAR_SECRET_{}", inbox.to_uppercase());
        self.environment.push((name, self.simulator.inbox_url(inbox)));
    }

    /// Sets a secret.
    pub(crate) fn secret(&mut self, name: &str, value: &str) {
        let name = format!("ALLCLEAR_SECRET_{}", name.to_uppercase());
        self.environment.push((name, value.to_owned()));
    }

    /// Returns a path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns the path of the database.
    pub(crate) fn database(&self) -> PathBuf {
        self.path("allclear-data/allclear.db")
    }

    /// Creates the database, as `up` does.
    pub(crate) fn create_database(&self) {
        drop(SqliteStore::open(self.database()).unwrap());
    }

    /// Returns the content of a published file; `None` if it does not exist.
    pub(crate) fn published(&self, file: &str) -> Option<String> {
        std::fs::read_to_string(self.path("allclear-data/site").join(file)).ok()
    }

    /// Returns the command, ready to be started in the folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary::allclear());
        command.args(arguments);
        self.at_home(command)
    }

    /// Returns the command as the last argument of another one, such as `unshare`.
    pub(crate) fn command_within(&self, outer: &[&str], arguments: &[&str]) -> Command {
        let mut command = Command::new(outer[0]);
        command.args(&outer[1..]).arg(binary::allclear()).args(arguments);
        self.at_home(command)
    }

    fn at_home(&self, mut command: Command) -> Command {
        command.current_dir(self.folder.path());
        command.env_remove("ALLCLEAR_LOG").env_remove("ALLCLEAR_CONFIG");
        command.env_remove("ALLCLEAR_DATA").env_remove("ALLCLEAR_LISTEN");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs the command until it exits.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Finished {
        self.start(arguments).finished(PATIENCE).await
    }

    /// Runs the command until it exits, with `input` on its standard input.
    pub(crate) async fn run_with_input(&self, arguments: &[&str], input: &str) -> Finished {
        Process::start_with_input(self.command(arguments), input).finished(PATIENCE).await
    }

    /// Starts the command.
    pub(crate) fn start(&self, arguments: &[&str]) -> Process {
        Process::start(self.command(arguments))
    }

    /// Starts `allclear up` and waits until it serves.
    pub(crate) async fn up(&self) -> Up {
        Up::of(self.command(&["up", "--listen", "127.0.0.1:0"])).await
    }

    /// Returns the output of `allclear report --json`.
    pub(crate) async fn report(&self) -> Value {
        self.run(&["report", "--json"]).await.json()
    }

    /// Returns the output of `allclear export`.
    pub(crate) async fn export(&self) -> Value {
        self.run(&["export"]).await.json()
    }

    /// Runs a query on the database in the `sqlite3` shell and returns its output.
    pub(crate) async fn query(&self, sql: &str) -> String {
        query(&self.database(), sql).await
    }
}

/// A serving `allclear up`.
pub(crate) struct Up {
    pub(crate) process: Process,
    address: String,
}

impl Up {
    /// Starts a command that runs `allclear up` and waits until it serves.
    pub(crate) async fn of(command: Command) -> Self {
        let mut process = Process::start(command);
        let said = "the page is at http://";
        let line = process.said(said, PATIENCE).await;
        let address = line.split_once(said).unwrap().1.split('/').next().unwrap().to_owned();
        Self { process, address }
    }

    /// Returns the host and port of its server.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Sends a GET request to its server.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        request(&self.address, "GET", path, "").await
    }

    /// Sends a POST request to its server.
    pub(crate) async fn post(&self, path: &str, body: &str) -> Answer {
        request(&self.address, "POST", path, body).await
    }

    /// Waits until the heading of the page is this text.
    pub(crate) async fn page_says(&self, wanted: &str, limit: Duration) {
        let mut last = String::new();
        let what = format!("the page to say `{wanted}`");
        let found = eventually(&what, limit, async || {
            last = heading(&self.get("/").await.body);
            (last == wanted).then_some(())
        });
        found.await;
    }

    /// Returns `api/v2/summary.json`.
    pub(crate) async fn summary(&self) -> Value {
        let answer = self.get("/api/v2/summary.json").await;
        serde_json::from_str(&answer.body).unwrap()
    }
}

/// Returns the text of the page's `h1`.
pub(crate) fn heading(page: &str) -> String {
    let heading = page.split_once("<h1>").and_then(|(_, rest)| rest.split_once("</h1>"));
    let mut text = String::new();
    let mut in_tag = false;
    for char in heading.map_or("", |(heading, _)| heading).chars() {
        match char {
            '<' => in_tag = true,
            '>' => in_tag = false,
            char if !in_tag => text.push(char),
            _ => {}
        }
    }
    text
}

/// Runs a query in the `sqlite3` shell and returns its output.
pub(crate) async fn query(database: &Path, sql: &str) -> String {
    let mut command = Command::new("sqlite3");
    // Another process writes to the database, so the query waits for its lock.
    command.args(["-batch", "-cmd", ".timeout 5000"]).arg(database).arg(sql);
    let missing = "`sqlite3` cannot be started; on Debian, `apt-get install sqlite3`";
    let finished = Process::try_start(command).expect(missing).finished(PATIENCE).await;
    assert_eq!(finished.code, Some(0), "{sql}: {}", finished.stderr);
    finished.stdout
}

/// Returns the time of this machine.
#[expect(clippy::disallowed_methods, reason = "what is told depends on the day")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// Returns an HTTP monitor for the config. Its target is the endpoint of the simulator with the
/// same name.
pub(crate) fn monitor(simulator: &Simulator, id: &str, more: &str) -> String {
    let url = simulator.http_url(&format!("/{id}/health"));
    format!("\n[[monitor]]\nid = \"{id}\"\n{more}\ncheck.http = {{ url = \"{url}\" }}\n")
}
