//! A network of a test's own.

use std::process::Command;

/// The variable that a test finds set inside its namespace.
const INSIDE: &str = "ALLCLEAR_TEST_NAMESPACE";

/// The place of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Namespace {
    /// In its network namespace.
    Inside,
    /// Outside: the test has run inside and passed.
    Outside,
}

/// Runs the test of this name once more in a network namespace of its own, in which the commands of `setup` have run.
/// Returns where the caller is: outside, the test has passed.
#[track_caller]
pub(crate) fn namespace(test: &str, setup: &str) -> Namespace {
    #[expect(clippy::disallowed_methods, reason = "this process was started with it")]
    let is_inside = std::env::var_os(INSIDE).is_some();
    if is_inside {
        return Namespace::Inside;
    }
    let script =
        format!("set -e; ip link set lo up; {setup}; exec \"$0\" --exact {test} --nocapture");
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--net", "sh", "-c", &script]);
    command.arg(std::env::current_exe().unwrap()).env(INSIDE, "1");
    let ran = command.output().unwrap_or_else(|error| panic!("cannot run `unshare`: {error}"));
    let output = [ran.stdout, ran.stderr].concat();
    let output = String::from_utf8_lossy(&output);
    assert!(ran.status.success(), "{output}");
    assert!(output.contains("1 passed"), "the test did not run inside:\n{output}");
    Namespace::Outside
}
