//! Every recorded answer of every LLM provider: the fault that `check` reports, and the state that
//! the public page shows.

use std::collections::BTreeMap;

use allclear_simulator::llm::{LlmBehavior, Operation, Row, RowImpact, providers, rows};
use allclear_simulator::{Config, Simulator};
use serde_json::{Value, json};

use crate::stage::{KEY, Stage, llm, merged, only};

/// The number of providers that one process watches. All their rows make about 300 monitors.
const PROVIDERS_AT_ONCE: usize = 10;

const CONFIG: &str = "[defaults]\nrecheck = false\ntimeout = \"25s\"\n";

/// A row of the recorded answers, and the id of the monitor that receives it.
struct Case {
    id: String,
    row: &'static Row,
}

impl Case {
    fn status(&self) -> &'static str {
        match self.row.impact {
            RowImpact::Healthy => "healthy",
            RowImpact::Degraded => "degraded",
            RowImpact::Fails => "unhealthy",
            RowImpact::Inconclusive => "unknown",
        }
    }

    /// Checks whether the fault is, or may be, the provider's.
    fn is_provider_failure(&self) -> bool {
        matches!(self.row.fault.as_deref(), Some("target" | "throttled"))
    }

    /// Checks whether the row is the answer to a key that may not list models. Such a key is valid
    /// nevertheless.
    fn is_of_a_restricted_key(&self) -> bool {
        self.row.name.starts_with("list_missing_scopes")
    }

    fn expected(&self) -> [String; 3] {
        if self.is_of_a_restricted_key() {
            return ["healthy", "-", "-"].map(str::to_owned);
        }
        let word = |word: &Option<String>| word.clone().unwrap_or_else(|| "-".to_owned());
        [self.status().to_owned(), word(&self.row.fault), word(&self.row.reason)]
    }
}

/// The tasks other than chat. `crates/probes/tests/checks/llm/tasks.rs` runs every row of every
/// task.
const TASKS: [&str; 5] = ["embeddings", "rerank", "speech", "transcription", "image"];

/// The providers that have tasks and no chat.
const WITHOUT_CHAT: [&str; 5] = ["deepgram", "elevenlabs", "jina", "tei", "voyage"];

/// Checks whether the check of a chat sends this request. Gemini's imitation of OpenAI's dialect is
/// not a provider of its own.
fn is_spoken(provider: &str, row: &Row) -> bool {
    let is_task = row.api.as_deref().is_some_and(|api| TASKS.contains(&api));
    !is_task && !WITHOUT_CHAT.contains(&provider) && (provider != "gemini" || row.api.is_none())
}

/// Returns the step of the check that performs this operation.
fn step(operation: Operation) -> &'static str {
    match operation {
        Operation::List => "models",
        Operation::Reach
        | Operation::Key
        | Operation::Completion
        | Operation::Usage
        | Operation::StatusPage => operation.name(),
    }
}

/// One simulator for the first row of each operation of each provider, one for the second row, and
/// so on.
struct World {
    stage: Stage,
    /// Kept alive, because dropping a simulator stops it.
    _simulators: Vec<Simulator>,
    cases: Vec<Case>,
}

impl World {
    async fn of(providers: &[&str], operations: &[Operation]) -> Self {
        let mut stage = Stage::new().await;
        stage.secret("llm_key", KEY);
        let mut simulators = Vec::new();
        let mut cases = Vec::new();
        let mut config = CONFIG.to_owned();
        for provider in providers {
            for operation in operations {
                let asked = rows(provider)
                    .iter()
                    .filter(|row| row.operation == *operation && is_spoken(provider, row));
                for (n, row) in asked.enumerate() {
                    if n == simulators.len() {
                        simulators.push(Simulator::start(Config::default()).await.unwrap());
                    }
                    let simulator: &Simulator = &simulators[n];
                    let endpoint = format!("{provider}.{}", operation.name());
                    simulator.set(&endpoint, LlmBehavior::row(&row.name).into());
                    let id =
                        format!("{provider}-{}-{n}", operation.name()).replace(['.', '_'], "-");
                    let steps = only(&[step(*operation)]);
                    let api = row.api.as_ref().map_or(json!({}), |api| json!({ "api": api }));
                    config += &llm(simulator, &id, provider, json!({}), merged(steps, api));
                    cases.push(Case { id, row });
                }
            }
        }
        stage.config(&config);
        Self { stage, _simulators: simulators, cases }
    }

    /// Compares the verdict of a command on each monitor with the expected one.
    fn assert_told(&self, told: &BTreeMap<String, [String; 3]>) {
        let mut wrong = Vec::new();
        for case in &self.cases {
            if told[&case.id] != case.expected() {
                wrong.push(format!(
                    "{} {}: {:?}, not {:?}",
                    case.id,
                    case.row.name,
                    told[&case.id],
                    case.expected()
                ));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

fn words(outcome: &Value) -> [String; 3] {
    ["status", "fault", "reason"].map(|key| outcome[key].as_str().unwrap_or("-").to_owned())
}

#[tokio::test]
async fn every_recorded_answer_gets_its_expected_fault() {
    for providers in providers().chunks(PROVIDERS_AT_ONCE) {
        let world = World::of(providers, ASKED).await;
        assert!(world.cases.len() > 50, "{}", world.cases.len());
        let finished = world.stage.run(&["check", "--json"]).await;
        assert!(!finished.stdout.contains(KEY) && !finished.stderr.contains(KEY), "{finished:?}");
        let outcomes = finished.json();
        let told = outcomes.as_array().unwrap().iter();
        let told =
            told.map(|one| (one["monitor"].as_str().unwrap().to_owned(), words(one))).collect();
        world.assert_told(&told);
    }
}

/// The operations whose answers are tested here.
const ASKED: &[Operation] = &[Operation::Completion, Operation::Key, Operation::List];

/// Returns the state of each service in `status.txt`.
fn states(page: &str) -> BTreeMap<&str, &str> {
    let services = page.split_once("services: state, ").unwrap().1.lines().skip(1);
    services
        .filter_map(|line| {
            let mut parts = line.strip_prefix("- ")?.split(", ");
            let state = parts.next()?;
            Some((parts.nth(1)?, state))
        })
        .collect()
}

#[tokio::test]
async fn only_provider_failures_appear_on_the_page() {
    for providers in providers().chunks(PROVIDERS_AT_ONCE) {
        assert_shown(&World::of(providers, ASKED).await).await;
    }
}

/// Checks that the state of each monitor on the public page follows from the fault of its answer.
async fn assert_shown(world: &World) {
    for _ in 0..2 {
        let finished = world.stage.run(&["up", "--once"]).await;
        assert_eq!(finished.code, Some(1), "{finished:?}");
    }
    let page = world.stage.published("status.txt").unwrap();
    let summary = world.stage.published("api/v2/summary.json").unwrap();
    let summary: Value = serde_json::from_str(&summary).unwrap();
    let components = summary["components"].as_array().unwrap();
    let shown_states = states(&page);
    for case in &world.cases {
        let status_of_check = &case.expected()[0];
        let (state, status) = match status_of_check.as_str() {
            "healthy" => ("operational", Some("operational")),
            "unhealthy" if case.is_provider_failure() => ("outage", Some("major_outage")),
            "degraded" if case.is_provider_failure() => ("degraded", Some("degraded_performance")),
            // The API has no word for an unknown state, and leaves the service out.
            _ => ("no data", None),
        };
        let component = components.iter().find(|one| one["name"] == case.id);
        let status_shown = component.and_then(|one| one["status"].as_str());
        let shown = (shown_states[case.id.as_str()], status_shown);
        assert_eq!(shown, (state, status), "{} {}", case.id, case.row.name);
        let of_case = |incident: &Value| {
            let mut affected = incident["components"].as_array().unwrap().iter();
            affected.any(|one| one["name"] == case.id)
        };
        let has_incident = summary["incidents"].as_array().unwrap().iter().any(of_case);
        assert_eq!(has_incident, state == "outage", "{}: {page}", case.id);
    }
}
