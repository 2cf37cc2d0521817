//! The subcommands as scripts use them: exit codes and JSON.

use std::path::Path;

use allclear_simulator::{Behavior, Step};
use serde_json::{Value, json};

use crate::stage::{Stage, heading, monitor};

/// A monitor whose secret is not set, so that its status is unknown.
const UNTOLD: &str = r#"
[[monitor]]
id = "untold"
check.http = { url = "http://127.0.0.1:1/", auth = { bearer = "secret:nobody_has_set_this" } }
"#;

async fn stage() -> Stage {
    let stage = Stage::new().await;
    let well = monitor(&stage.simulator, "frontend", "critical = true");
    let ill = monitor(&stage.simulator, "doc_store", "name = \"Doc store\"");
    let confirm = "[defaults]\nconfirm = { failures = 1 }\n";
    stage.config(&format!("{confirm}{well}{ill}{UNTOLD}"));
    stage.simulator.set("doc_store", Behavior::status(503));
    stage
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn assert_has(value: &Value, wanted: &[&str]) {
    for key in wanted {
        assert!(keys(value).contains(key), "no `{key}` in {value}");
    }
}

#[tokio::test]
async fn the_exit_code_of_check_reports_the_overall_status() {
    let stage = stage().await;
    for (ids, code) in [
        (&["frontend"][..], 0),
        (&["doc_store"], 1),
        (&["untold"], 2),
        (&["frontend", "untold"], 2),
        (&["frontend", "untold", "doc_store"], 1),
        (&[], 1),
        (&["front-end"], 2),
    ] {
        let finished = stage.run(&[&["check"], ids].concat()).await;
        assert_eq!(finished.code, Some(code), "{ids:?}: {finished:?}");
    }
    let finished = stage.run(&["check", "front-end"]).await;
    assert!(finished.stderr.contains("no monitor `front-end`"), "{finished:?}");

    let outcomes = stage.run(&["check", "doc_store", "untold", "--json"]).await.json();
    assert_eq!(outcomes.as_array().unwrap().len(), 2);
    assert_eq!(
        (&outcomes[0]["monitor"], &outcomes[0]["status"], &outcomes[0]["fault"]),
        (&json!("doc_store"), &json!("unhealthy"), &json!("target"))
    );
    assert_eq!(outcomes[0]["metrics"]["status_code"], 503.0);
    assert!(outcomes[0]["response_time_ms"].as_f64().unwrap() > 0.0);
    assert_eq!(
        (&outcomes[1]["status"], &outcomes[1]["fault"], &outcomes[1]["reason"]),
        (&json!("unknown"), &json!("monitor"), &json!("secret_unreadable"))
    );
    assert!(!stage.database().exists(), "it recorded something");
}

#[tokio::test]
async fn commands_that_read_the_config_take_it_as_an_argument() {
    let stage = stage().await;
    let text = std::fs::read_to_string(stage.path("allclear.toml")).unwrap();
    std::fs::create_dir(stage.path("conf")).unwrap();
    std::fs::write(stage.path("conf/other.toml"), &text).unwrap();
    std::fs::remove_file(stage.path("allclear.toml")).unwrap();
    for (arguments, code) in [
        (&["validate", "conf/other.toml"][..], 0),
        (&["validate", "conf/other.toml", "--config", "conf/other.toml"], 0),
        (&["validate"], 2),
        (&["check", "conf/other.toml", "frontend"], 0),
        (&["check", "conf/other.toml"], 1),
        (&["check", "doc_store", "conf/other.toml"], 1),
        (&["check", "frontend"], 2),
        (&["wait", "frontend", "conf/other.toml"], 0),
        (&["wait", "conf/other.toml", "doc_store", "--timeout", "0s"], 1),
        (&["wait", "conf/other.toml"], 2),
        (&["wait", "frontend", "doc_store"], 2),
        (&["up", "--once", "--config", "conf/other.toml"], 1),
        (&["report", "conf/other.toml"], 0),
        (&["export", "conf/other.toml"], 0),
        (&["report"], 2),
    ] {
        let finished = stage.run(arguments).await;
        assert_eq!(finished.code, Some(code), "{arguments:?}: {finished:?}");
    }
    for command in ["validate", "check", "report", "export"] {
        let both = stage.run(&[command, "conf/other.toml", "--config", "allclear.toml"]).await;
        assert_eq!(both.code, Some(2), "{both:?}");
        assert!(both.stderr.contains("two configs given"), "{both:?}");
    }
}

#[tokio::test]
async fn a_file_named_like_a_monitor_does_not_hide_the_monitor() {
    let stage = stage().await;
    std::fs::write(stage.path("frontend"), "not a config").unwrap();
    std::fs::write(stage.path("api"), "not a config").unwrap();
    for (arguments, code) in
        [(&["check", "frontend"][..], 0), (&["wait", "frontend"], 0), (&["check", "./frontend"], 2)]
    {
        let finished = stage.run(arguments).await;
        assert_eq!(finished.code, Some(code), "{arguments:?}: {finished:?}");
    }
    let finished = stage.run(&["check", "api"]).await;
    assert_eq!(finished.code, Some(2));
    let hint = "; if the file is meant as the config, write `./api`";
    assert!(finished.stderr.contains("no monitor `api`"), "{finished:?}");
    assert!(finished.stderr.contains(hint), "{finished:?}");
    for command in ["check", "wait"] {
        let help = stage.run(&[command, "--help"]).await.stdout;
        let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("even if a file has the same name"), "{help}");
    }
}

#[tokio::test]
async fn the_exit_codes_are_those_that_the_help_lists() {
    let stage = stage().await;
    let wrong = stage.path("wrong.toml");
    std::fs::write(&wrong, "[[monitor]]\n").unwrap();
    let wrong = wrong.to_str().unwrap();
    for (arguments, code) in [
        (&["validate"][..], 0),
        (&["validate", wrong], 1),
        (&["validate", "missing.toml"], 2),
        (&["check", "frontend"], 0),
        (&["check", "doc_store"], 1),
        (&["check", "untold"], 2),
        (&["wait", "frontend"], 0),
        (&["wait", "doc_store", "--timeout", "0s"], 1),
        (&["wait", "nothing"], 2),
        (&["report"], 2),
        (&["render", "--out", "page"], 2),
        (&["up", "--once"], 1),
        (&["report"], 0),
        (&["render", "--out", "page"], 0),
        (&["export"], 0),
        (&["models"], 0),
        (&["schema"], 0),
        (&["completions", "bash"], 0),
        (&["cost"], 0),
        (&["cost", "missing.toml"], 2),
        (&["up", "--config", wrong], 2),
    ] {
        let finished = stage.run(arguments).await;
        assert_eq!(finished.code, Some(code), "{arguments:?}: {finished:?}");
        let help = stage.run(&[arguments[0], "--help"]).await.stdout;
        let listed = help.split_once("Exit codes:").expect("a list of exit codes").1;
        let is_listed =
            listed.lines().any(|line| line.trim_start().starts_with(&format!("{code}  ")));
        assert!(is_listed, "{arguments:?} ends with {code}, and its help lists:{listed}");
    }
}

#[tokio::test]
async fn once_publishes_and_ends_and_the_reports_have_the_fields_that_readers_expect() {
    let stage = stage().await;
    let finished = stage.run(&["up", "--once"]).await;
    assert_eq!(finished.code, Some(1), "{finished:?}");
    assert_eq!(heading(&stage.published("index.html").unwrap()), "Doc store is down");
    assert!(stage.published("status.txt").unwrap().contains("Doc store is down"));

    let report = stage.report().await;
    let summary = &report["summary"];
    assert_eq!(summary["total_services"], 3);
    assert_eq!(summary["healthy_services"], 1);
    assert_eq!(summary["unhealthy_services"], 1);
    assert_eq!(summary["critical_unhealthy"], 0);
    assert_eq!(summary["health_percentage"], 33.3);
    let services = report["services"].as_array().unwrap();
    assert_eq!(services.len(), 3);
    for service in services {
        assert_has(
            service,
            &[
                "service_name",
                "current_status",
                "last_healthy",
                "consecutive_failures",
                "uptime_percentage",
                "last_updated",
            ],
        );
    }
    assert_eq!(services[0]["service_name"], "frontend");
    assert_eq!(services[0]["current_status"], "healthy");
    assert_eq!(services[0]["uptime_percentage"], 100.0);
    assert!(services[0]["last_healthy"].as_str().unwrap().ends_with('Z'));
    assert_eq!(services[1]["consecutive_failures"], 1);
    assert_eq!(services[1]["uptime_percentage"], 0.0);
    assert_eq!(services[2]["current_status"], "unknown");
    assert_eq!(services[2]["uptime_percentage"], Value::Null);

    let exported = stage.export().await;
    assert!(exported["timestamp"].as_f64().unwrap() > 1_700_000_000.0);
    let deployment = &exported["monitored_deployments"]["doc_store"];
    assert_eq!(deployment["health_check_url"], stage.simulator.http_url("/doc_store/health"));
    assert_eq!(deployment["check_interval"], 60);
    assert_has(deployment, &["process_name", "health_history", "resource_history"]);
    let health = &deployment["health_history"][0];
    assert_eq!((&health["success"], &health["status"]), (&json!(false), &json!("unhealthy")));
    assert!(health["response_time_ms"].is_number() && health["timestamp"].is_number());
    assert!(deployment["resource_history"][0]["timestamp"].is_number());
    assert_has(&exported, &["alert_history", "transitions", "deliveries"]);

    let file = stage.path("monitoring_data.json");
    let written = stage.run(&["export", "--output", file.to_str().unwrap()]).await;
    assert_eq!(written.code, Some(0), "{written:?}");
    let from_file: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(from_file["monitored_deployments"], exported["monitored_deployments"]);
}

#[tokio::test]
async fn wait_ends_at_the_recovery_or_at_its_timeout() {
    let stage = stage().await;
    let wait = ["wait", "doc_store", "--every", "1s", "--timeout"];
    let in_vain = stage.run(&[&wait[..], &["2s"]].concat()).await;
    assert_eq!(in_vain.code, Some(1), "{in_vain:?}");
    assert!(in_vain.stdout.contains("still unhealthy"), "{in_vain:?}");

    // A failed check is repeated once, so 4 requests are 2 checks.
    let first_ill = Step::requests(Behavior::status(503), 4);
    stage.simulator.script("doc_store", vec![first_ill, Step::forever(Behavior::Ok)]);
    let recovered = stage.run(&[&wait[..], &["20s"]].concat()).await;
    assert_eq!(recovered.code, Some(0), "{recovered:?}");
    assert!(recovered.stdout.contains("doc_store is healthy after"), "{recovered:?}");

    let untold = stage.run(&["wait", "untold", "--every", "1s", "--timeout", "1s"]).await;
    assert_eq!(untold.code, Some(2), "{untold:?}");
    let wrong = stage.run(&["wait", "doc_store", "--timeout", "soon"]).await;
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains("soon"), "{wrong:?}");
}

#[tokio::test]
async fn the_schema_accepts_the_repositorys_config_and_refuses_an_error() {
    let stage = Stage::new().await;
    let schema = stage.run(&["schema"]).await.json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let own = std::fs::read_to_string(root.join("allclear.toml")).unwrap();
    let own: toml::Table = toml::from_str(&own).unwrap();
    let own = serde_json::to_value(own).unwrap();
    let problems: Vec<String> =
        validator.iter_errors(&own).map(|one| format!("{}: {one}", one.instance_path())).collect();
    assert_eq!(problems, [""; 0]);

    let mut wrong = own;
    wrong["monitor"][0]["intervall"] = json!("30s");
    assert!(!validator.is_valid(&wrong));
}

#[tokio::test]
async fn the_repositorys_config_is_valid_and_completions_are_printed() {
    let stage = Stage::new().await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::fs::copy(root.join("allclear.toml"), stage.path("allclear.toml")).unwrap();
    let finished = stage.run(&["validate"]).await;
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert!(finished.stdout.starts_with("allclear.toml: valid: "), "{finished:?}");
    // The only warning: the public address is the user's to write.
    assert_eq!(finished.stderr.matches("warning").count(), 1, "{finished:?}");
    assert!(finished.stderr.contains("page.url"), "{finished:?}");

    for shell in ["bash", "zsh", "fish"] {
        let finished = stage.run(&["completions", shell]).await;
        assert_eq!(finished.code, Some(0), "{finished:?}");
        assert!(finished.stdout.contains("validate"), "{shell}: {finished:?}");
    }
}
