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
    assert!(said.contains("'auth_invalid'"), "{said}");
}
