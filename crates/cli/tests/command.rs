//! The built command answers at all. The end-to-end tests are a package of their own; that the binary
//! is tested here, too, makes cargo build it for them.

use std::process::Command;

#[test]
fn the_command_prints_its_version() {
    let output = Command::new(env!("CARGO_BIN_EXE_allclear")).arg("--version").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said.trim_end(), concat!("allclear ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_reason_code_is_explained_and_a_misspelled_one_is_refused_with_the_nearest() {
    let explain = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_allclear"));
        command.arg("explain").args(arguments).output().unwrap()
    };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let entry = text(explain(&["auth_invalid"]).stdout);
    assert!(entry.starts_with("auth_invalid: The key is not valid"), "{entry}");
    assert!(entry.contains("\n  Remedy    Issue a new key"), "{entry}");
    let list = text(explain(&[]).stdout);
    assert!(list.starts_with("CODE ") && list.contains("\nbeat_missing "), "{list}");
    let json: serde_json::Value =
        serde_json::from_slice(&explain(&["timeout", "--json"]).stdout).unwrap();
    assert_eq!((&json["code"], &json["fault"]), (&"timeout".into(), &"target".into()));
    let refused = explain(&["auth_invald"]);
    assert_eq!(refused.status.code(), Some(2));
    let said = text(refused.stderr);
    assert!(said.contains("did you mean `auth_invalid`?"), "{said}");
}

#[test]
fn the_way_of_an_alert_through_the_routes_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("allclear.toml");
    let text = r#"
        [[monitor]]
        id = "api"
        check.tcp = { address = "db.example.com:5432" }
        [[channel]]
        id = "team"
        send.log = {}
        [[channel]]
        id = "pager"
        send.log = {}
        [route]
        channels = ["team"]
        [[route.routes]]
        matchers = ["severity>=error"]
        channels = ["pager"]
        active_times = [{ days = ["monday"], from = "08:00", to = "18:00", time_zone = "Europe/Berlin" }]
    "#;
    std::fs::write(&config, text).unwrap();
    let route = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_allclear"));
        command.arg("route").args(arguments).arg("--config").arg(&config).output().unwrap()
    };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let at = ["--at", "2026-11-30T07:00", "--time-zone", "Europe/Berlin"];
    let said = text(route(&[&["api", "--rule", "service_down"][..], &at].concat()).stdout);
    assert!(said.contains("{}/{severity>=error} takes the alert"), "{said}");
    assert!(said.contains("pager held: until 2026-11-30T07:00:00Z"), "{said}");
    let all = text(route(&["api"]).stdout);
    assert!(all.contains("\n\nlow_uptime on api: severity warning"), "{all}");
    let unknown = route(&["apy"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(unknown.stderr).contains("no monitor `apy` in the config"));
}
