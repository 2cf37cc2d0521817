//! The handling of keys: they are read from a pipe, stored readable only for the owner, shown
//! abbreviated, and validated at a limited rate. No output contains a key, whatever a provider
//! answers.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use allclear_simulator::Behavior;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

use crate::stage::{KEY, Stage, llm, only};

const FILE: &str = "allclear-data/secrets.json";

/// Returns a stage with a monitor of each of these providers, with only the free steps and no key
/// yet.
async fn stage(providers: &[&str]) -> Stage {
    let stage = Stage::new().await;
    let free = || only(&["reach", "key", "models"]);
    let monitors: Vec<String> = providers
        .iter()
        .map(|provider| llm(&stage.simulator, provider, provider, json!({}), free()))
        .collect();
    stage.config(&monitors.concat());
    stage
}

#[tokio::test]
async fn a_key_from_a_pipe_is_stored_privately_and_shown_in_part() {
    let stage = stage(&["openai"]).await;
    let set = stage.run_with_input(&["keys", "set", "llm_key"], &format!("{KEY}\n")).await;
    assert_eq!(set.code, Some(0), "{set:?}");
    assert!(set.stdout.contains("✓ good"), "{set:?}");
    let mode = std::fs::metadata(stage.path(FILE)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let list = stage.run(&["keys", "list"]).await;
    let listed = stage.run(&["keys", "list", "--json"]).await;
    let entry = &listed.json()[0];
    assert_eq!((&entry["secret"], &entry["is_set"]), (&json!("llm_key"), &json!(true)));
    let shown = entry["shown"].as_str().unwrap();
    assert!(shown.ends_with("3210") && shown.len() < KEY.len(), "{shown}");
    assert!(list.stdout.contains(shown), "{list:?}");

    // A value on the command line is rejected, and so is an empty one.
    let refused = stage.run(&["keys", "set", "llm_key", KEY]).await;
    assert_eq!(refused.code, Some(2), "{refused:?}");
    let nothing = stage.run_with_input(&["keys", "set", "llm_key"], "\n").await;
    assert_eq!(nothing.code, Some(2), "{nothing:?}");
    for said in [&set, &list, &listed, &refused, &nothing] {
        assert!(!format!("{said:?}").contains(KEY), "{said:?}");
    }
}

/// Makes the stored answers of providers about keys older by `hours`.
fn backdate(stage: &Stage, hours: i64) {
    let path = stage.path("allclear-data/key-checks.json");
    let mut said: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    for one in said.as_object_mut().unwrap().values_mut() {
        let at: Timestamp = one["at"].as_str().unwrap().parse().unwrap();
        one["at"] = json!((at - hours.hours()).to_string());
    }
    std::fs::write(path, said.to_string()).unwrap();
}

#[tokio::test]
async fn a_key_is_validated_once_an_hour_unless_forced() {
    let mut stage = stage(&["openai", "huggingface"]).await;
    stage.secret("llm_key", KEY);
    let hits = |stage: &Stage| {
        let hits = |endpoint| stage.simulator.hits(endpoint).len();
        (hits("openai.list"), hits("huggingface.key"))
    };
    let validate = async |more: &[&str]| {
        let arguments = [&["keys", "validate"][..], more].concat();
        stage.run(&arguments).await
    };
    let first = validate(&[]).await;
    assert_eq!(first.code, Some(0), "{first:?}");
    assert_eq!(hits(&stage), (1, 1));
    let second = validate(&[]).await;
    assert_eq!(hits(&stage), (1, 1), "{second:?}");
    assert!(second.stdout.contains("(asked "), "{second:?}");
    validate(&["--force"]).await;
    assert_eq!(hits(&stage), (2, 2));

    // After two hours, one of them may be validated again.
    backdate(&stage, 2);
    validate(&[]).await;
    assert_eq!(hits(&stage), (3, 2));
    backdate(&stage, 5);
    validate(&[]).await;
    assert_eq!(hits(&stage), (4, 3));

    stage.simulator.revoke_keys([KEY]);
    let refused = validate(&["--force", "llm_key", "--json"]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    for answer in refused.json().as_array().unwrap() {
        assert_eq!(answer["answer"], "refused", "{answer:#}");
        assert_eq!(
            (&answer["fault"], &answer["reason"]),
            (&json!("credentials"), &json!("auth_invalid"))
        );
    }
    assert!(!format!("{refused:?}").contains(KEY), "{refused:?}");
}

#[tokio::test]
async fn keys_of_another_provider_cause_a_warning() {
    let stage = stage(&["openai"]).await;
    for (value, warning) in [
        ("sk-ant-api03-0123456789-0123456789", "Anthropic"),
        ("sk-admin-0123456789-0123456789", "admin"),
        (" sk-proj-0123456789-0123456789", "space"),
        ("Bearer sk-proj-0123456789-0123456789", "Bearer"),
    ] {
        let set = stage.run_with_input(&["keys", "set", "llm_key", "--no-validate"], value).await;
        assert_eq!(set.code, Some(0), "{set:?}");
        let warned =
            set.stderr.lines().any(|line| line.starts_with("warning: ") && line.contains(warning));
        assert!(warned, "`{warning}`: {set:?}");
        assert!(!format!("{set:?}").contains("0123456789-"), "{set:?}");
    }
    // A key that looks valid causes no warning and no request.
    let well = stage.run_with_input(&["keys", "set", "llm_key", "--no-validate"], KEY).await;
    assert!(!well.stderr.contains("key"), "{well:?}");
    assert_eq!(stage.simulator.hits("openai.list").len(), 0);
}

/// Returns the key in every form in which a provider might return it.
fn forms() -> [String; 10] {
    let bytes = KEY.bytes();
    [
        KEY.to_owned(),
        KEY.replace('-', "%2D"),
        bytes.clone().fold(String::new(), |text, byte| text + &format!("{byte:02x}")),
        bytes.fold(String::new(), |text, byte| text + &format!("%{byte:02x}")),
        base64(KEY),
        base64(&format!("user:{KEY}")),
        base64(&base64(KEY)),
        // With separators, truncated at both ends, and with colons between its hexadecimal digits.
        KEY.split_inclusive('-').collect::<Vec<_>>().join(" "),
        KEY[5..30].to_owned(),
        KEY.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":"),
    ]
}

fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.as_bytes().chunks(3).flat_map(|chunk| {
        let number = chunk.iter().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte));
        let number = number << (8 * (3 - chunk.len()));
        (0..4).map(move |at| {
            if at <= chunk.len() { char::from(DIGITS[(number >> (18 - 6 * at)) & 63]) } else { '=' }
        })
    });
    digits.collect()
}

/// Returns every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Returns answers that contain a text in every place that is stored or displayed.
fn hostile(planted: &str) -> Vec<(&'static str, Behavior)> {
    let error = json!({ "error": { "message": format!("Incorrect key: {planted}"), "type": planted,
        "code": planted, "param": planted } })
    .to_string();
    let models = json!({ "object": "list", "data": [{ "id": planted, "object": "model",
        "created": 1_780_000_000, "owned_by": planted }] })
    .to_string();
    let json = |status, body: &str| {
        Behavior::text(status, body).with_header("content-type", "application/json")
    };
    let stream = |content: &str, finish: &str| {
        let chunk = json!({ "id": planted, "model": planted, "provider": planted, "choices":
            [{ "index": 0, "delta": { "content": content }, "finish_reason": finish }] });
        Behavior::text(200, &format!("data: {chunk}\n\ndata: [DONE]\n\n"))
            .with_header("content-type", "text/event-stream")
    };
    let page = json!({ "page": { "name": planted, "url": "https://status.example.com" },
        "status": { "indicator": "major", "description": planted }, "components": [],
        "incidents": [{ "id": planted, "name": planted, "status": "investigating",
            "impact": "major", "components": [] }], "scheduled_maintenances": [] })
    .to_string();
    let redirect = Behavior::text(302, planted)
        .with_header("location", &format!("http://127.0.0.1:1/{planted}?key={planted}"));
    let html = Behavior::text(502, &format!("<html><title>{planted}</title>{planted}</html>"))
        .with_header("content-type", "text/html");
    let headers = json(401, &error)
        .with_header("x-request-id", planted)
        .with_header("retry-after", planted)
        .with_header("content-type", planted);
    vec![
        ("openai.list", json(401, &error)),
        ("openai.list", headers),
        ("openai.list", redirect.clone()),
        ("openai.list", json(200, &models)),
        ("openai.reach", json(500, &error)),
        ("openai.completion", json(400, &error)),
        ("openai.completion", json(404, &error).with_header("x-request-id", planted)),
        ("openai.completion", redirect),
        ("openai.completion", html),
        ("openai.completion", stream("", planted)),
        ("openai.completion", stream(planted, "stop").with_header("x-request-id", planted)),
        ("openai.status_page", json(200, &page)),
    ]
}

#[tokio::test]
async fn a_key_that_a_provider_returns_in_any_form_appears_in_no_output() {
    let mut stage = Stage::new().await;
    stage.inbox_as_secret("hook");
    let rules = "[defaults]\nrecheck = false\nconfirm = { failures = 1 }\n[[rule]]\nid = \"service_down\"\n\
                 for = \"0s\"\ncooldown = \"0s\"\n[[channel]]\nid = \"hook\"\n\
                 send.webhook = { url = \"secret:hook\" }\n";
    let config = |stage: &Stage, model: usize| {
        let check = json!({ "model": format!("model-{model}") });
        let watched = llm(&stage.simulator, "openai", "openai", json!({}), check);
        stage.config(&format!("{rules}{watched}"));
    };
    config(&stage, 0);
    let set = stage.run_with_input(&["keys", "set", "llm_key"], KEY).await;
    assert_eq!(set.code, Some(0), "{set:?}");

    let mut said = vec![format!("{set:?}")];
    for planted in forms() {
        for (endpoint, answer) in hostile(&planted) {
            for operation in ["list", "reach", "completion", "status_page"] {
                stage.simulator.set(&format!("openai.{operation}"), Behavior::Ok);
            }
            stage.simulator.set(endpoint, answer);
            // A model without history has every step due.
            config(&stage, said.len());
            said.push(format!("{:?}", stage.run(&["up", "--once"]).await));
        }
        for command in [
            &["check", "--json"][..],
            &["keys", "validate", "--force", "--json"],
            &["keys", "list"],
            &["models", "--refresh", "--json"],
            &["models", "--changes"],
            &["report"],
            &["report", "--json"],
            &["export"],
        ] {
            said.push(format!("{:?}", stage.run(command).await));
        }
    }
    let n_answers = forms().len() * hostile(KEY).len();
    assert!(stage.simulator.hits("openai.completion").len() > n_answers / 2);
    said.extend(stage.simulator.inbox("hook").into_iter().map(|one| format!("{one:?}")));
    assert!(!stage.simulator.inbox("hook").is_empty(), "nothing was told");
    let data = stage.path("allclear-data");
    let kept: Vec<_> = files(&data).into_iter().filter(|path| *path != stage.path(FILE)).collect();
    assert!(kept.iter().any(|path| path.ends_with("allclear.db")), "{kept:?}");
    for planted in forms() {
        let found = said.iter().find(|text| text.contains(&planted));
        assert_eq!(found, None, "`{planted}` is told");
        for path in &kept {
            let bytes = std::fs::read(path).unwrap();
            let is_there = bytes.windows(planted.len()).any(|window| window == planted.as_bytes());
            assert!(!is_there, "`{planted}` is in {}", path.display());
        }
    }
}
