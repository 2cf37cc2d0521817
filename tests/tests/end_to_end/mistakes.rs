//! A config with ten different errors gets ten messages, each with its place, and starts nothing.

use crate::stage::Stage;

const CONFIG: &str = r#"[defaults]
intervall = "30s"
confirm = { failures = 3, of = 2 }

[[monitor]]
id = "interpreter"
interval = "20s"
timeout = "45s"
check.http = { url = "http://127.0.0.1:5120/health", expect = "stauts == 200" }

[[monitor]]
id = "doc_store"
depends_on = ["interpretter"]
check.tcp = { address = "127.0.0.1:99999" }

[[monitor]]
id = "interpreter"
check.http = { url = "ftp://127.0.0.1/health" }

[[rule]]
id = "memory_usage_high"
condition = "metrics.memory_usage > > 80"
severity = "warning"

[[channel]]
id = "ops"
send.slak = { webhook_url = "secret:slack" }
"#;

/// The first line of each message, and its remedy if there is one.
const MESSAGES: [(&str, &str); 10] = [
    ("allclear.toml:2:1: unknown key `intervall`", "did you mean `interval`?"),
    (
        "allclear.toml:3:24: 3 failures of the last 2 outcomes can never occur",
        "set `of` to 3 or more, or `failures` to 2 or less",
    ),
    (
        "allclear.toml:8:11: the timeout `45s` is longer than the interval `20s`",
        "set `timeout` to `20s` or less, or check less often",
    ),
    ("allclear.toml:9:64: unknown variable `stauts`", "did you mean `status`?"),
    ("allclear.toml:13:15: unknown monitor `interpretter`", "did you mean `interpreter`?"),
    (
        "allclear.toml:14:25: `127.0.0.1:99999` has no port",
        "write a host and a port: `db.example.com:5432`",
    ),
    ("allclear.toml:17:6: duplicate monitor id `interpreter`", "rename one of them"),
    (
        "allclear.toml:18:22: `ftp` is neither `http` nor `https`",
        "write for example `https://api.example.com/health`",
    ),
    ("allclear.toml:22:37: cannot parse the condition: unexpected `>`", ""),
    ("allclear.toml:27:6: unknown kind of channel `slak`", "did you mean `slack`?"),
];

#[tokio::test]
async fn ten_errors_get_ten_messages_with_their_places() {
    let stage = Stage::new().await;
    stage.config(CONFIG);
    let finished = stage.run(&["validate"]).await;
    assert_eq!(finished.code, Some(1), "{finished:?}");
    let (said, last) = finished.stderr.trim_end().rsplit_once('\n').unwrap();
    let starting = |start: &str| -> Vec<&str> {
        said.lines().filter(|line| line.starts_with(start)).collect()
    };
    assert_eq!(starting("allclear.toml:"), MESSAGES.map(|(line, _)| line));
    let remedies: Vec<&str> =
        said.lines().filter_map(|line| line.trim().strip_prefix("= help: ")).collect();
    let wanted = MESSAGES.iter().map(|(_, remedy)| *remedy).filter(|remedy| !remedy.is_empty());
    assert_eq!(remedies, wanted.collect::<Vec<_>>());
    assert!(said.contains("\n3 | confirm = { failures = 3, of = 2 }\n"), "{said}");
    assert!(said.contains("\n  ::: allclear.toml:6:6\n"), "{said}");
    assert!(!said.contains('\u{1b}'), "{said}");
    assert_eq!(last, "error: `allclear.toml` has 10 errors");
    assert_eq!(finished.stdout, "");
}

#[tokio::test]
async fn an_invalid_config_prevents_the_start() {
    let stage = Stage::new().await;
    stage.config(CONFIG);
    for arguments in [&["up", "--listen", "127.0.0.1:0"][..], &["up", "--once"], &["check"]] {
        let finished = stage.run(arguments).await;
        assert_eq!(finished.code, Some(2), "{arguments:?}: {finished:?}");
        assert!(finished.stderr.contains("allclear.toml:2:1: "), "{finished:?}");
        assert!(finished.stderr.contains("10 errors"), "{finished:?}");
    }
    assert!(!stage.database().exists(), "a database was made for a config that is wrong");
    assert_eq!(stage.published("index.html"), None);
}

#[tokio::test]
async fn a_missing_config_is_reported_with_a_remedy() {
    let stage = Stage::new().await;
    let finished = stage.run(&["validate"]).await;
    assert_ne!(finished.code, Some(0));
    assert!(finished.stderr.contains("cannot read the config `allclear.toml`"), "{finished:?}");
    assert!(finished.stderr.contains("--config"), "{finished:?}");
}
