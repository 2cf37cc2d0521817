//! Keys as a person keeps and validates them, at a provider that the simulator plays.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use allclear_simulator::{Behavior, Config, Simulator};
use tempfile::TempDir;

const KEY: &str = "sk-proj-0123456789abcdefghijWXYZ";
const OTHER_KEY: &str = "sk-proj-abcdefghij0123456789STUV";

struct Desk {
    folder: TempDir,
    simulator: Simulator,
}

/// Output and exit status of a command.
struct Said {
    code: Option<i32>,
    out: String,
    notes: String,
}

impl Desk {
    async fn new() -> Self {
        let simulator = Simulator::start(Config::default()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let config = format!(
            "[[monitor]]\nid = 'openai'\n[monitor.check.llm]\nprovider = 'openai'\n\
             base_url = '{}'\napi_key = 'secret:openai'\n\
             [[channel]]\nid = 'log'\nsend.log = {{}}\n",
            simulator.llm_url("openai/v1")
        );
        fs::write(folder.path().join("allclear.toml"), config).unwrap();
        Self { folder, simulator }
    }

    async fn run(&self, arguments: &[&str], input: &str) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_allclear"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let input = input.to_owned();
        let output = tokio::task::spawn_blocking(move || {
            let mut child = command.spawn().unwrap();
            let mut stdin = child.stdin.take().unwrap();
            // A write error means that the command has ended without reading its input.
            let _ = stdin.write_all(input.as_bytes());
            drop(stdin);
            child.wait_with_output().unwrap()
        });
        let output = output.await.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (out, notes) = (text(output.stdout), text(output.stderr));
        for value in [KEY, OTHER_KEY] {
            assert!(!out.contains(value) && !notes.contains(value), "{arguments:?}: {out}{notes}");
        }
        Said { code: output.status.code(), out, notes }
    }

    fn n_asked(&self) -> usize {
        self.simulator.hits("openai.list").len()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(Path::new("allclear-data")).join(name)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_stored_validated_and_shown_abbreviated() {
    let desk = Desk::new().await;
    let missing = desk.run(&["keys", "validate"], "").await;
    assert_eq!(missing.code, Some(2), "{}", missing.out);
    assert!(missing.out.contains("allclear keys set openai"), "{}", missing.out);

    let set = desk.run(&["keys", "set", "openai"], &format!("{KEY}\n")).await;
    assert_eq!(set.code, Some(0), "{}{}", set.out, set.notes);
    assert!(set.out.contains("sk-proj-…WXYZ") && set.out.contains("✓ good"), "{}", set.out);
    let list = desk.run(&["keys", "list"], "").await.out;
    assert!(list.contains("sk-proj-…WXYZ") && list.contains("✓ good"), "{list}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(desk.file("secrets.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(!fs::read_to_string(desk.file("key-checks.json")).unwrap().contains("WXYZ"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_validation_is_repeated_after_an_hour_for_another_key_or_with_force() {
    let desk = Desk::new().await;
    desk.run(&["keys", "set", "openai"], KEY).await;
    let n_first = desk.n_asked();
    assert!(n_first > 0);
    let again = desk.run(&["keys", "validate"], "").await;
    assert!(again.out.contains("ago)"), "{}", again.out);
    assert_eq!(desk.n_asked(), n_first);
    desk.run(&["keys", "validate", "--force"], "").await;
    assert_eq!(desk.n_asked(), n_first + 1);
    desk.run(&["keys", "set", "openai", "--no-validate"], OTHER_KEY).await;
    assert_eq!(desk.n_asked(), n_first + 1);
    desk.run(&["keys", "validate", "openai"], "").await;
    assert_eq!(desk.n_asked(), n_first + 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_check_with_a_refused_key_invalidates_a_good_result() {
    let desk = Desk::new().await;
    desk.run(&["keys", "set", "openai"], KEY).await;
    let checked = desk.run(&["up", "--once"], "").await;
    assert_eq!(checked.code, Some(0), "{}{}", checked.out, checked.notes);
    let n_asked = desk.n_asked();
    let remembered = desk.run(&["keys", "validate"], "").await;
    assert_eq!((remembered.code, desk.n_asked()), (Some(0), n_asked), "{}", remembered.out);

    desk.simulator.revoke_keys([KEY]);
    // Results of the earlier check must not answer for this one.
    for name in ["allclear.db", "allclear.db-wal", "allclear.db-shm"] {
        let _ = fs::remove_file(desk.file(name));
    }
    let checked = desk.run(&["up", "--once"], "").await;
    assert_eq!(checked.code, Some(1), "{}{}", checked.out, checked.notes);
    let refused = desk.run(&["keys", "validate", "--json"], "").await;
    assert_eq!(refused.code, Some(1), "{}", refused.out);
    assert!(refused.out.contains("\"auth_invalid\""), "{}", refused.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exit_code_distinguishes_refusal_and_outage() {
    let desk = Desk::new().await;
    desk.run(&["keys", "set", "openai"], KEY).await;
    desk.simulator.revoke_keys([KEY]);
    let refused = desk.run(&["keys", "validate", "--force", "--json"], "").await;
    assert_eq!(refused.code, Some(1), "{}", refused.out);
    assert!(refused.out.contains("\"auth_invalid\""), "{}", refused.out);
    desk.simulator.set("openai.list", Behavior::status(503));
    let out = desk.run(&["keys", "validate", "--force"], "").await;
    assert_eq!(out.code, Some(2), "{}", out.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_on_the_command_line_is_refused_and_not_quoted() {
    let desk = Desk::new().await;
    let said = desk.run(&["keys", "set", "openai", KEY], "").await;
    assert_eq!(said.code, Some(2), "{}", said.notes);
    assert!(said.notes.contains("nothing was stored"), "{}", said.notes);
    assert!(!desk.file("secrets.json").exists());
}
