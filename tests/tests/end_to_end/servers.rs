//! Third-party servers: a mail server, an imitation of a chat, and servers with the APIs of LLM providers, watched with
//! the `llm` check: a LiteLLM proxy, llama.cpp, and several imitations of providers. `scripts/test servers` installs
//! them.

mod aimock;
mod llama_cpp;
mod mail;
mod mock_llm;
mod stubs;
mod tasks;
mod telegram;

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::stage::{Process, Stage, eventually, request};

/// The time limit for the start of a server, on a machine that is busy with other tests.
const START: Duration = Duration::from_mins(3);

/// Returns the path of a program or file that was installed for these tests.
fn installed(path: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let path = root.parent().unwrap().join(".venv-servers").join(path);
    assert!(path.exists(), "{} is missing: `scripts/test servers` installs it", path.display());
    path
}

/// Returns a program among the installed servers.
fn program(name: &str) -> Command {
    Command::new(installed(&format!("bin/{name}")))
}

/// A running server and its address.
struct Server {
    process: Process,
    port: u16,
}

impl Server {
    async fn start(mut command: Command) -> Self {
        let port =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
        let mut process = Process::start(command);
        eventually("the server to listen", START, async || {
            assert!(process.runs(), "the server has ended:\n{}", process.stderr());
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok()
        })
        .await;
        Self { process, port }
    }

    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }
}

/// Returns an `llm` monitor with additional parameters of its check.
fn monitor(id: &str, provider: &str, url: &str, more: &str) -> String {
    format!(
        r#"
[[monitor]]
id = "{id}"
timeout = "30s"
recheck = false
[monitor.check.llm]
provider = "{provider}"
base_url = "{url}"
steps = {{ status_page = "off" }}
{more}
"#
    )
}

/// Returns a monitor that only requests a completion, because imitations do not check keys.
fn completing(id: &str, provider: &str, url: &str, more: &str) -> String {
    let off = "[monitor.check.llm.steps]\nreach = \"off\"\nkey = \"off\"\nmodels = \"off\"\n\
               usage = \"off\"\nstatus_page = \"off\"\n";
    let monitor = monitor(id, provider, url, more);
    format!("{}\nmax_tokens = 64\n{off}", monitor.replace("steps = { status_page = \"off\" }", ""))
}

/// Returns the verdict of `check` on each monitor: status, fault and reason.
async fn judged(stage: &Stage) -> (Vec<(String, String)>, Value) {
    let outcomes = stage.run(&["check", "--json"]).await.json();
    let text = |outcome: &Value, key: &str| outcome[key].as_str().unwrap_or("-").to_owned();
    let rows = outcomes.as_array().unwrap().iter().map(|outcome| {
        let words = ["status", "fault", "reason"].map(|key| text(outcome, key));
        (text(outcome, "monitor"), words.join(" "))
    });
    (rows.collect(), outcomes)
}

fn assert_judged(judged: &[(String, String)], expected: &[(&str, &str)], outcomes: &Value) {
    let expected: Vec<(String, String)> =
        expected.iter().map(|(id, words)| ((*id).to_owned(), (*words).to_owned())).collect();
    assert_eq!(judged, expected, "{outcomes:#}");
}

/// Compares the verdicts with the expected ones, for generated ids.
fn assert_all_judged(judged: &[(String, String)], expected: &[(String, &str)], outcomes: &Value) {
    let expected: Vec<(&str, &str)> =
        expected.iter().map(|(id, words)| (id.as_str(), *words)).collect();
    assert_judged(judged, &expected, outcomes);
}

#[tokio::test]
async fn a_litellm_proxy_is_checked_as_an_openai_compatible_server() {
    let mut stage = Stage::new().await;
    let config = stage.path("litellm.yaml");
    let model = |name: &str, answer: &str| {
        format!(
            "  - model_name: {name}\n    litellm_params: {{ model: openai/gpt-4o-mini, api_key: none, \
             mock_response: \"{answer}\" }}\n"
        )
    };
    let models = [
        model("mock", "Pong, says the mock."),
        model("limited", "litellm.RateLimitError"),
        model("broken", "litellm.InternalServerError"),
    ];
    let settings = "general_settings: { master_key: sk-master-0123456789 }\n";
    std::fs::write(&config, format!("model_list:\n{}{settings}", models.concat())).unwrap();
    let mut litellm = program("litellm");
    litellm.arg("--config").arg(&config).env("LITELLM_LOCAL_MODEL_COST_MAP", "True");
    let server = Server::start(litellm).await;

    stage.secret("good", "sk-master-0123456789");
    stage.secret("bad", "sk-somebody-elses-0123");
    let of = |id: &str, provider: &str, path: &str, model: &str, key: &str| {
        let more = format!("model = \"{model}\"\napi_key = \"secret:{key}\"");
        monitor(id, provider, &server.url(path), &more)
    };
    stage.config(
        &[
            of("any", "openai-compatible", "/v1", "mock", "good"),
            of("litellm", "litellm", "", "mock", "good"),
            of("limited", "litellm", "", "limited", "good"),
            of("broken", "litellm", "", "broken", "good"),
            of("retired", "litellm", "", "gone", "good"),
            of("wrong-key", "litellm", "", "mock", "bad"),
        ]
        .concat(),
    );
    let (judged, outcomes) = judged(&stage).await;
    let expected = [
        ("any", "healthy - -"),
        ("litellm", "healthy - -"),
        ("limited", "degraded throttled throttled"),
        ("broken", "unhealthy target server_error"),
        ("retired", "unhealthy request model_not_found"),
        ("wrong-key", "unhealthy credentials auth_invalid"),
    ];
    assert_judged(&judged, &expected, &outcomes);
    assert!(!outcomes.to_string().contains("sk-somebody"), "{outcomes:#}");
    for metric in ["headers_ms", "first_token_ms", "output_tokens"] {
        assert!(outcomes[0]["metrics"][metric].as_f64() > Some(0.0), "`{metric}`: {outcomes:#}");
    }
    drop(server.process);
}

/// The providers that `llmock` imitates: id, path, model, and additional parameters of the check.
const IMITATED: [(&str, &str, &str, &str); 7] = [
    ("openai", "/v1", "gpt-4o-mini", ""),
    ("responses", "/v1", "gpt-4o-mini", "api = \"responses\""),
    ("anthropic", "/anthropic", "claude-3-5-haiku-latest", ""),
    ("cohere", "/cohere", "command-r", ""),
    ("gemini", "/gemini/v1beta", "gemini-2.0-flash", ""),
    ("groq", "/groq/openai/v1", "llama-3.1-8b-instant", ""),
    ("mistral", "/mistral", "mistral-small-latest", ""),
];

/// Starts `llmock` with these options.
async fn imitation(options: &[&str]) -> Server {
    let mut command = program("llmock");
    command.arg("serve").args(options);
    Server::start(command).await
}

/// Returns the monitors of all imitated providers on `server`, with ids that begin with `kind`.
fn imitated(kind: &str, server: &Server) -> Vec<(String, String)> {
    let monitors = IMITATED.iter().map(|(name, path, model, more)| {
        let provider = if *name == "responses" { "openai" } else { *name };
        let id = format!("{kind}-{name}");
        let more = format!("model = \"{model}\"\napi_key = \"secret:any\"\n{more}");
        let monitor = completing(&id, provider, &server.url(path), &more);
        (id, monitor)
    });
    monitors.collect()
}

/// Checks all imitated providers of each server and asserts that their verdicts agree.
async fn assert_all_imitated(stage: &Stage, servers: &[(&str, &Server, &'static str)]) {
    let (mut config, mut expected) = (String::new(), Vec::new());
    for (kind, server, words) in servers {
        for (id, monitor) in imitated(kind, server) {
            config += &monitor;
            expected.push((id, *words));
        }
    }
    stage.config(&config);
    let (judged, outcomes) = judged(stage).await;
    assert_all_judged(&judged, &expected, &outcomes);
}

#[tokio::test]
async fn simulated_providers_are_healthy_and_overloaded_ones_are_not() {
    let mut stage = Stage::new().await;
    stage.secret("any", "a-key-that-only-has-to-be-there");
    let well = imitation(&[]).await;
    let busy = imitation(&["--error-rate", "503=1"]).await;
    let servers = [("well", &well, "healthy - -"), ("busy", &busy, "unhealthy target overloaded")];
    assert_all_imitated(&stage, &servers).await;
}

#[tokio::test]
async fn a_truncated_stream_is_detected_at_each_position() {
    let mut stage = Stage::new().await;
    stage.secret("any", "a-key-that-only-has-to-be-there");
    // The text of this style has at least seven pieces, so each cut comes before its end.
    let server = imitation(&["--response-style", "hello"]).await;
    assert_all_imitated(&stage, &[("whole", &server, "healthy - -")]).await;
    for after_chunks in [1, 2, 4] {
        let script = json!({ "behaviors": [{
            "type": "stream_fault",
            "kind": "truncate",
            "after_chunks": after_chunks,
            "times": null,
        }] });
        let address = server.address();
        request(&address, "POST", "/_llmock/reset", "").await;
        let scripted = request(&address, "POST", "/_llmock/scenario", &script.to_string()).await;
        assert_eq!(scripted.status, 201, "{scripted:?}");
        let kind = format!("cut-{after_chunks}");
        let words = "unhealthy target stream_truncated";
        assert_all_imitated(&stage, &[(&kind, &server, words)]).await;
        let journal = request(&address, "GET", "/_llmock/requests", "").await.body;
        let n_cut = journal.matches(&format!("stream:truncate@{after_chunks}")).count();
        assert!(n_cut >= IMITATED.len(), "{n_cut} streams were cut: {journal}");
    }
}

#[tokio::test]
async fn a_refusal_that_contains_the_key_is_not_quoted() {
    let mut stage = Stage::new().await;
    let (good, bad) = ("sk-good-key-0123456789", "sk-bad-key-0123456789");
    stage.secret("good", good);
    stage.secret("bad", bad);
    let mut katan = program("llm-katan");
    katan.args(["-m", "echo", "-b", "echo", "--providers", "openai", "--validate-keys"]);
    katan.args(["--api-keys", &format!("openai={good}")]);
    let server = Server::start(katan).await;
    let of = |id: &str| {
        let more = format!("model = \"echo\"\napi_key = \"secret:{id}\"");
        monitor(id, "openai-compatible", &server.url("/v1"), &more)
    };
    stage.config(&[of("good"), of("bad")].concat());
    let (judged, outcomes) = judged(&stage).await;
    let expected = [("good", "healthy - -"), ("bad", "unhealthy credentials auth_invalid")];
    assert_judged(&judged, &expected, &outcomes);
    let told = outcomes.to_string();
    assert!(told.contains("[redacted]"), "{outcomes:#}");
    assert!(!told.contains(good) && !told.contains(bad), "{outcomes:#}");
}
