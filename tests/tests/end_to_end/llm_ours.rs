//! Failures on the operator's own side, which are no outage of a provider: an invalid key, used-up
//! credit, a retired model, a cost cap. Only the channel of the owner is notified, and the public
//! page shows no outage.

use std::collections::BTreeMap;

use allclear_simulator::llm::LlmBehavior;
use allclear_simulator::{Behavior, Config, Simulator};
use jiff::ToSpan as _;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::stage::{KEY, Stage, heading, llm, merged, now};

const CONFIG: &str = r#"
[defaults]
recheck = false
confirm = { failures = 1, successes = 1 }

[[rule]]
id = "service_down"
for = "0s"

[notifications]
group_wait = "0s"
group_by = ["monitor"]

[[channel]]
id = "everybody"
send.webhook = { url = "secret:everybody" }
faults = ["target"]

[[channel]]
id = "owner"
send.webhook = { url = "secret:owner" }
faults = ["credentials", "quota", "request", "throttled"]
"#;

/// A stage with a simulator for each monitor.
struct Scene {
    stage: Stage,
    config: String,
    simulators: Vec<Simulator>,
}

impl Scene {
    async fn new() -> Self {
        let mut stage = Stage::new().await;
        stage.secret("llm_key", KEY);
        for inbox in ["everybody", "owner"] {
            stage.inbox_as_secret(inbox);
        }
        Self { stage, config: CONFIG.to_owned(), simulators: Vec::new() }
    }

    async fn watch(&mut self, id: &str, provider: &str, check: Value) -> &Simulator {
        let simulator = Simulator::start(Config::default()).await.unwrap();
        let check = merged(json!({ "steps": { "status_page": "off" } }), check);
        self.config += &llm(&simulator, id, provider, json!({}), check);
        self.simulators.push(simulator);
        self.simulators.last().unwrap()
    }

    /// Checks everything once and sends the notifications.
    async fn once(&self) {
        self.stage.config(&self.config);
        let finished = self.stage.run(&["up", "--once"]).await;
        assert_ne!(finished.code, Some(2), "{finished:?}");
    }

    /// Returns the messages in an inbox, by monitor.
    fn told(&self, inbox: &str) -> BTreeMap<String, Vec<Value>> {
        let mut told: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for one in self.stage.simulator.inbox(inbox) {
            let document = one.json().unwrap();
            let id = document["monitor"]["id"].as_str().unwrap().to_owned();
            told.entry(id).or_default().push(document);
        }
        told
    }
}

fn words(document: &Value) -> [&str; 2] {
    ["fault", "reason"].map(|key| document[key].as_str().unwrap_or("-"))
}

fn rules(document: &Value) -> Vec<&str> {
    let alerts = document["alerts"].as_array().unwrap().iter();
    alerts.map(|alert| alert["rule"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_revoked_key_exhausted_credit_and_a_retired_model_notify_only_the_owner() {
    let mut scene = Scene::new().await;
    scene.watch("revoked", "openai", json!({ "model": "gpt-6-luna" })).await.revoke_keys([KEY]);
    let exhausted = scene.watch("exhausted", "anthropic", json!({ "model": "claude-haiku-5-5" }));
    exhausted.await.set("anthropic.completion", Behavior::llm_row("credit_too_low"));
    let retired = scene.watch("retired", "openai", json!({ "model": "gpt-3.9-preview" })).await;
    retired.set("openai.completion", Behavior::llm_row("model_not_found"));
    scene.watch("well", "openai", json!({ "model": "gpt-6-luna" })).await;
    for _ in 0..2 {
        scene.once().await;
    }

    assert_eq!(scene.told("everybody"), BTreeMap::new());
    let told = scene.told("owner");
    let expected = [
        ("exhausted", ["quota", "billing"], "exhausted: our quota or credit is used up"),
        ("retired", ["request", "model_not_found"], "retired: our request is refused as it stands"),
        ("revoked", ["credentials", "auth_invalid"], "revoked: our credentials are not accepted"),
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (id, fault, title) in expected {
        let [told] = told[id].as_slice() else { panic!("not one message: {:#?}", told[id]) };
        assert_eq!((words(told), told["title"].as_str()), (fault, Some(title)), "{told:#}");
    }
    assert!(!format!("{told:?}").contains(KEY), "{told:#?}");

    // The public page mentions none of it.
    let page = scene.stage.published("index.html").unwrap();
    assert_eq!(heading(&page), "No data for 3 of 4 services");
    let status = scene.stage.published("status.txt").unwrap();
    for id in ["revoked", "exhausted", "retired"] {
        assert!(status.lines().any(|line| line.starts_with("- no data, ") && line.contains(id)));
    }
    for word in ["key", "credit", "401", "revoke", "model"] {
        let said = status.replace("revoked", "");
        assert!(!said.contains(word), "`{word}`: {status}");
    }

    // The key is restored, the credit paid and the model replaced: only the owner is notified of
    // the recovery.
    scene.simulators[0].revoke_keys(Vec::<String>::new());
    scene.simulators[1].set("anthropic.completion", Behavior::Ok);
    scene.simulators[2].set("openai.completion", Behavior::Ok);
    scene.once().await;
    assert_eq!(scene.told("everybody"), BTreeMap::new());
    for (id, told) in scene.told("owner") {
        assert_eq!(told.len(), 2, "{told:#?}");
        assert_eq!(told[1]["title"], format!("All clear: {id} is healthy"));
    }
    let page = scene.stage.published("index.html").unwrap();
    assert_eq!(heading(&page), "All systems operational");
}

#[tokio::test]
async fn a_lasting_rate_limit_is_degraded_and_not_an_outage() {
    let mut scene = Scene::new().await;
    scene.config += "[[rule]]\nid = \"rate_limited\"\nfor = \"0s\"\n";
    let limited = scene.watch("limited", "openai", json!({ "model": "gpt-6-luna" })).await;
    limited.set("openai.completion", Behavior::llm_row("rate_limit"));
    for _ in 0..3 {
        scene.once().await;
    }
    let checked = scene.stage.run(&["check", "--json"]).await.json();
    assert_eq!(checked[0]["status"], "degraded");
    assert_eq!(words(&checked[0]), ["throttled", "throttled"]);
    let page = scene.stage.published("index.html").unwrap();
    assert_eq!(heading(&page), "limited is slow or failing in part");
    assert_eq!(scene.told("everybody"), BTreeMap::new());
    let told = &scene.told("owner")["limited"];
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(
        (rules(&told[0]), words(&told[0])),
        (vec!["rate_limited"], ["throttled", "throttled"])
    );
}

#[tokio::test]
async fn approaching_limits_notify_the_owner_while_the_page_is_operational() {
    let mut scene = Scene::new().await;
    scene.config += "[[rule]]\nid = \"low_headroom\"\nconfirm = { count = 1 }\n";
    let retiring = scene.watch("retiring", "openai", json!({ "model": "gpt-5-nano" })).await;
    let in_five_days = now().to_zoned(TimeZone::UTC).date() + 5.days();
    let list = json!({ "object": "list", "data": [{ "id": "gpt-5-nano", "object": "model",
        "created": 1_754_426_384, "owned_by": "system", "shutdown_date": in_five_days.to_string() }] });
    let list =
        Behavior::text(200, &list.to_string()).with_header("content-type", "application/json");
    retiring.set("openai.list", list);
    let tight = scene.watch("tight", "openai", json!({ "model": "gpt-6-luna" })).await;
    let mut answer = LlmBehavior::default();
    answer.headers.insert("x-ratelimit-remaining-tokens".to_owned(), "8000".to_owned());
    tight.set("openai.completion", answer.into());
    let capped = json!({ "model": "gpt-6-luna", "max_cost_per_month": 0.00001 });
    scene.watch("capped", "openai", capped).await;
    for _ in 0..2 {
        scene.once().await;
    }

    assert_eq!(scene.told("everybody"), BTreeMap::new());
    let told = scene.told("owner");
    for (id, rule) in [
        ("retiring", "model_retires_in_7_days"),
        ("tight", "low_headroom"),
        ("capped", "probe_budget_spent"),
    ] {
        let told = told.get(id).unwrap_or_else(|| panic!("nothing of {id}: {told:#?}"));
        let [told] = told.as_slice() else { panic!("not one message: {told:#?}") };
        assert!(rules(told).contains(&rule), "{told:#}");
        assert_eq!(told["status"], "healthy", "{told:#}");
        if id == "tight" {
            assert_eq!(told["message"], "headroom_percent = 4 (tokens)");
        }
    }
    let page = scene.stage.published("index.html").unwrap();
    assert_eq!(heading(&page), "All systems operational");

    // At the cap, only the free steps run, and the outcome reports that completions are paused.
    assert_eq!(scene.simulators[2].hits("openai.completion").len(), 0);
    let checked = scene.stage.run(&["check", "capped", "--json"]).await.json();
    let label = checked[0]["labels"]["completion"].as_str().unwrap().to_owned();
    assert!(label.starts_with("paused: "), "{checked:#}");
    let said = scene.stage.run(&["report"]).await.stdout;
    assert!(said.contains("capped: ") && said.contains("completions paused: "), "{said}");
}
