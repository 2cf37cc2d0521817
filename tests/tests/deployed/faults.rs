//! Simulated faults of AWS: the proxy `microburst` stands between the functions of a stack and the
//! local AWS, and returns errors in the format of each service as a test requests.

use serde_json::{Value, json};

use crate::guarded::{Guarded, free_port, tool};
use crate::http::{Request, try_send};
use crate::waiting::eventually;

/// A proxy with rules, for the functions of one stack.
pub(crate) struct Faults {
    address: String,
    _process: Guarded,
}

impl Faults {
    /// Starts a proxy without rules in front of `upstream`.
    pub(crate) async fn before(upstream: &str) -> Self {
        let port = free_port();
        let address = format!("127.0.0.1:{port}");
        let (program, port) = (tool("microburst"), port.to_string());
        let upstream = format!("http://{upstream}");
        let process = Guarded::start(
            &[&program, "--upstream", &upstream, "--port", &port, "--no-resign"],
            &[],
        );
        let faults = Self { address, _process: process };
        eventually("the proxy that makes faults", crate::PATIENCE, async || {
            faults.ask("GET", "health", None).await.ok()
        })
        .await;
        faults
    }

    /// Returns the endpoint of AWS for a function behind the proxy.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Replaces the active rules.
    pub(crate) async fn set(&self, rules: Value) {
        self.ask("DELETE", "fired", None).await.unwrap();
        self.ask("POST", "rules", Some(&rules)).await.unwrap();
    }

    /// Removes all rules.
    pub(crate) async fn lift(&self) {
        self.set(json!([])).await;
    }

    /// Returns the number of requests that the active rules have matched.
    pub(crate) async fn n_met(&self) -> usize {
        let met = self.ask("GET", "fired?limit=100000", None).await.unwrap();
        met.as_array().unwrap().len()
    }

    async fn ask(&self, method: &str, what: &str, body: Option<&Value>) -> std::io::Result<Value> {
        let headers = vec![("content-type", "application/json".to_owned())];
        let (path, body) = (format!("/_microburst/{what}"), body.map(Value::to_string));
        let body = body.as_deref().unwrap_or_default().as_bytes();
        let request = Request { method, path: &path, headers, body };
        let answer = try_send(&self.address, &request).await?;
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.body);
        Ok(serde_json::from_str(&answer.body).unwrap())
    }
}
