//! A headless Chromium that is controlled over the `WebDriver` protocol.
//!
//! The browser is a process of the test, and the driver only attaches to it. The browser therefore
//! ends with the test, even if the test fails.

use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::stage::{PATIENCE, Process, request};

/// A script that runs before each page. It gives the test control of the page's timer and counts
/// violations of the content security policy.
const PRELUDE: &str = "
    window.violations = [];
    document.addEventListener('securitypolicyviolation', e => violations.push(e.violatedDirective));
    window.setInterval = (look, every, ...rest) => {
        // The age of the last check is shown each second, and the test calls for it with the page.
        if (every == 1000) return;
        if (every != 60000) throw new Error('every ' + every);
        window.tick = () => look(...rest);
    };
";

/// A browser with one window.
pub(super) struct Browser {
    chromium: Process,
    _driver: Process,
    address: String,
    session: String,
    _profile: TempDir,
}

impl Browser {
    /// Starts the browser with a window of 800 by 600 pixels.
    pub(super) async fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut command = Command::new("chromium");
        command.args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--window-size=800,600",
            "--remote-debugging-port=0",
        ]);
        command.arg(format!("--user-data-dir={}", profile.path().display())).arg("about:blank");
        let missing = "is missing: `scripts/test test` installs it; on Debian, `apt-get install \
                       chromium chromium-driver`";
        let mut chromium = Process::try_start(command)
            .unwrap_or_else(|error| panic!("`chromium` {missing} ({error})"));
        let line = chromium.said("DevTools listening on ws://", PATIENCE).await;
        let debugger = line.split("ws://").nth(1).unwrap().split('/').next().unwrap().to_owned();

        let mut command = Command::new("sh");
        command.args(["-c", "exec chromedriver --port=0 >&2"]);
        let mut driver = Process::start(command);
        let said = "started successfully on port ";
        let line = driver.said(said, PATIENCE).await;
        let port = line.split(said).nth(1).unwrap().trim_end_matches('.');
        let mut browser = Self {
            chromium,
            _driver: driver,
            address: format!("127.0.0.1:{port}"),
            session: String::new(),
            _profile: profile,
        };
        let options = json!({ "goog:chromeOptions": { "debuggerAddress": debugger } });
        let wanted = json!({ "capabilities": { "alwaysMatch": options } });
        let session = browser.post("/session", &wanted).await;
        browser.session = session["sessionId"].as_str().unwrap().to_owned();
        let size = json!({ "width": 800, "height": 600, "deviceScaleFactor": 1, "mobile": false });
        browser.command("Emulation.setDeviceMetricsOverride", &size).await;
        let prelude = json!({ "source": PRELUDE });
        browser.command("Page.addScriptToEvaluateOnNewDocument", &prelude).await;
        browser
    }

    /// Opens an address and waits until the page is loaded.
    pub(super) async fn open(&self, url: &str) {
        self.post(&self.path("/url"), &json!({ "url": url })).await;
    }

    /// Runs a script in the page and returns its result.
    pub(super) async fn run(&self, script: &str, arguments: &Value) -> Value {
        self.post(&self.path("/execute/sync"), &json!({ "script": script, "args": arguments }))
            .await
    }

    /// Makes the page check for a newer version, as it does each minute, and waits for the result.
    pub(super) async fn tick(&self) {
        let script = "const done = arguments[0]; tick().then(() => done())";
        self.post(&self.path("/execute/async"), &json!({ "script": script, "args": [] })).await;
    }

    /// Returns the markup of the page.
    pub(super) async fn html(&self) -> String {
        let html = self.run("return document.documentElement.outerHTML", &json!([])).await;
        html.as_str().unwrap().to_owned()
    }

    /// Ends the browser and waits for its exit.
    pub(super) async fn close(mut self) {
        // The connection may end before the answer.
        let body = json!({ "cmd": "Browser.close", "params": {} }).to_string();
        let _ = request(&self.address, "POST", &self.path("/goog/cdp/execute"), &body).await;
        self.chromium.status(PATIENCE).await;
    }

    /// Sends a command of the browser's own protocol (CDP).
    async fn command(&self, command: &str, parameters: &Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.post(&self.path("/goog/cdp/execute"), &body).await
    }

    fn path(&self, rest: &str) -> String {
        format!("/session/{}{rest}", self.session)
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let answer = request(&self.address, "POST", path, &body.to_string()).await;
        assert_eq!(answer.status, 200, "{path} {body}: {}", answer.body);
        let mut value: Value = serde_json::from_str(&answer.body).unwrap();
        value["value"].take()
    }
}
