//! The CPU time of a check of each provider, over TLS, against a simulator in a process of
//! its own, so that only the client is measured. Prints milliseconds per provider.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a benchmark fails by panicking")]

#[path = "../tests/checks/llm/accounts.rs"]
#[expect(clippy::indexing_slicing, reason = "these are tests elsewhere")]
mod accounts;

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::budget::{CountedBudget, MemoryBudgets};
use allclear_core::checker::{CheckContext, CheckKinds, Checker, PriorState};
use allclear_core::checker_state::Note;
use allclear_core::id::{MonitorId, SecretName};
use allclear_core::monitor::CheckSpec;
use allclear_core::secret::Secrets;
use allclear_core::status::Status;
use allclear_probes::{ProbeSettings, Probes};
use allclear_simulator::{Config, Simulator};
use futures_util::future::join_all;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::runtime::Builder;

/// The argument with which this program is the simulator.
const SIMULATOR: &str = "--simulator";

const PROVIDERS: [&str; 14] = [
    "openai",
    "anthropic",
    "huggingface",
    "cohere",
    "gemini",
    "mistral",
    "groq",
    "openrouter",
    "xai",
    "deepseek",
    "together",
    "azure",
    "bedrock",
    "vllm",
];

/// The tasks: the provider that is asked, and the API.
const TASKS: [(&str, &str); 5] = [
    ("openai", "embeddings"),
    ("cohere", "rerank"),
    ("openai", "speech"),
    ("openai", "transcription"),
    ("openai", "image"),
];

/// The number of rounds in which all are checked.
const N_ROUNDS: i64 = 20;

fn main() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    if std::env::args().any(|argument| argument == SIMULATOR) {
        runtime.block_on(simulate());
    } else {
        runtime.block_on(measure());
    }
}

/// Runs the simulator until the standard input ends.
#[expect(clippy::print_stdout, reason = "the parent reads where it is")]
async fn simulate() {
    let simulator = Simulator::start(Config::default()).await.unwrap();
    println!("{}\n{}", simulator.https_url(""), simulator.ca_pem().trim_end());
    std::io::stdout().flush().unwrap();
    let wait = || std::io::stdin().read_to_end(&mut Vec::new());
    tokio::task::spawn_blocking(wait).await.unwrap().unwrap();
}

#[expect(clippy::print_stdout, reason = "it is what a bench is for")]
#[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
async fn measure() {
    let (mut child, url, authority) = start();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap()).unwrap();
    let probes = Probes::new(ProbeSettings::new(Arc::new(roots)));
    let mut monitors: Vec<Monitor> = PROVIDERS
        .into_iter()
        .map(|provider| Monitor::new(&probes, provider, &url, &json!({})))
        .collect();
    // The first round also builds what the process keeps.
    batch(&mut monitors, 0).await;
    let n = PROVIDERS.len() as f64 * N_ROUNDS as f64;
    let mut per_provider = async |what: &str, minutes: i64, forgets: bool| {
        let before = cpu_time();
        for n_round in 1..=N_ROUNDS {
            if forgets {
                for monitor in &mut monitors {
                    monitor.note = None;
                }
            }
            batch(&mut monitors, n_round * minutes).await;
        }
        let ms = cpu_time().saturating_sub(before).as_secs_f64() * 1e3 / n;
        println!("{what}: {ms:.2} ms of CPU per provider");
    };
    per_provider("all steps, over a new connection", 0, true).await;
    per_provider("a check every five minutes (edge, completion, status page)", 5, false).await;
    for (provider, api) in TASKS {
        let more =
            json!({ "api": api, "price": { "request": 0.001 }, "steps": { "completion": "5m" } });
        let mut monitors: Vec<Monitor> =
            (0..PROVIDERS.len()).map(|_| Monitor::new(&probes, provider, &url, &more)).collect();
        batch(&mut monitors, 0).await;
        let before = cpu_time();
        for n_round in 1..=N_ROUNDS {
            batch(&mut monitors, n_round * 5).await;
        }
        let ms = cpu_time().saturating_sub(before).as_secs_f64() * 1e3 / n;
        println!(
            "{api} every five minutes (edge, task, status page): {ms:.2} ms of CPU per provider"
        );
    }
    drop(child.stdin.take());
    child.wait().unwrap();
}

/// Starts this program again, as the simulator, and reads where it is and which authority it has.
fn start() -> (Child, String, String) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg(SIMULATOR)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let url = lines.next().unwrap().unwrap();
    let mut authority = String::new();
    for line in lines {
        let line = line.unwrap();
        authority.push_str(&line);
        authority.push('\n');
        if line.contains("END CERTIFICATE") {
            break;
        }
    }
    (child, url, authority)
}

struct Monitor {
    provider: &'static str,
    checker: Box<dyn Checker>,
    secrets: Secrets,
    note: Option<Note>,
    budgets: MemoryBudgets,
    id: MonitorId,
}

impl Monitor {
    fn new(probes: &Probes, provider: &'static str, url: &str, more: &Value) -> Self {
        let base = format!("{}/llm/", url.trim_end_matches('/'));
        let mut params = accounts::account(provider, |path| format!("{base}{path}"));
        if let (Some(params), Some(more)) = (params.as_object_mut(), more.as_object()) {
            params.extend(more.clone());
        }
        let spec = CheckSpec { kind: "llm".to_owned(), params };
        let checker = probes.build(&spec).unwrap_or_else(|all| panic!("{provider}: {all:?}"));
        let key = SecretString::from("sk-proj-0123456789abcdefghij");
        let secrets = Secrets::from([(SecretName::new("key").unwrap(), key)]);
        let id = MonitorId::new("provider").unwrap();
        let budgets = MemoryBudgets::default();
        Self { provider, checker, secrets, note: None, budgets, id }
    }

    async fn check(&mut self, now: Timestamp) {
        let context = CheckContext {
            now,
            timeout: Duration::from_secs(30),
            secrets: &self.secrets,
            beat: None,
            listener_gap: None,
            budget: &CountedBudget::new(&self.budgets, self.id.clone(), now),
            interval: Duration::from_mins(1),
            prior_state: self.note.as_ref().map_or(PriorState::Blank, PriorState::Noted),
            force_all: false,
        };
        let finding = self.checker.check(context).await;
        assert_eq!(finding.verdict.status(), Status::Healthy, "{}: {finding:?}", self.provider);
        self.note = finding.note.or(self.note.take());
    }
}

/// Checks all at a minute of today, as one run of the prober does.
#[expect(clippy::disallowed_methods, reason = "the certificates are made for today")]
async fn batch(monitors: &mut [Monitor], minute: i64) {
    let now = Timestamp::now() + Duration::from_secs(60 * minute.unsigned_abs());
    join_all(monitors.iter_mut().map(|monitor| monitor.check(now))).await;
}

/// The CPU time that this process has used, in user and kernel mode, to a hundredth of a second.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, after_name) = stat.rsplit_once(')').unwrap();
    let fields = after_name.split_whitespace().skip(11).take(2);
    let ticks: u64 = fields.map(|field| field.parse::<u64>().unwrap()).sum();
    Duration::from_millis(10 * ticks)
}
