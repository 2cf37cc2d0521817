//! The local AWS with the deployed stack, shared by all tests of this binary.

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use crate::aws::{Aws, REGION};
use crate::guarded::{Guarded, free_port, root};

/// The name of the stack that `scripts/local-aws` deploys.
const STACK: &str = "allclear";

/// The variable with the name of the emulator to test on. Default: MiniStack.
const EMULATOR: &str = "ALLCLEAR_EMULATOR";

/// A script that waits for the end of this binary and cleans up after it.
const DOWN: &str = r#"trap '' INT HUP TERM
    read -r _
    "$1" down --state "$2" >/dev/null
    rm -rf "$2""#;

/// The prefixes of the variables that cargo sets for the tests of a package. If a nested build
/// inherited them, it would run build scripts again.
const OF_THIS_PACKAGE: [&str; 2] = ["CARGO_PKG_", "CARGO_MANIFEST_"];

/// A local AWS that belongs to this test binary and ends with it, even after a crash.
pub(crate) struct Cloud {
    port: u16,
    _guard: Guarded,
}

impl Cloud {
    /// Returns the local AWS of this binary, which is deployed at the first call.
    pub(crate) fn shared() -> &'static Self {
        static CLOUD: LazyLock<Cloud> = LazyLock::new(Cloud::up);
        &CLOUD
    }

    fn up() -> Self {
        let script = root().join("scripts/local-aws").into_os_string().into_string().unwrap();
        let state = tempfile::tempdir().unwrap().keep();
        let guard = Guarded::under(DOWN, &[&script, state.to_str().unwrap()], &[]);
        let port = free_port();
        let done = up(&script, &state, port).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "`scripts/local-aws up` failed:\n{said}");
        Self { port, _guard: guard }
    }

    /// Returns a client of its interfaces.
    pub(crate) fn aws(&self) -> Aws {
        Aws { address: format!("127.0.0.1:{}", self.port) }
    }

    /// Returns its address as seen by the functions.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Returns the name of the deployed stack.
    #[expect(clippy::unused_self, reason = "there is none before it is deployed")]
    pub(crate) fn stack_name(&self) -> &'static str {
        STACK
    }
}

#[expect(clippy::disallowed_methods, reason = "what a process passes on is its environment")]
fn up(script: &str, state: &Path, port: u16) -> Command {
    let mut up = Command::new(script);
    for (name, _) in std::env::vars_os() {
        if OF_THIS_PACKAGE.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            up.env_remove(name);
        }
    }
    let emulator = std::env::var(EMULATOR).unwrap_or_else(|_| "ministack".to_owned());
    up.env_remove("AWS_ENDPOINT_URL").env("AWS_REGION", REGION);
    up.args(["up", "--stack", STACK, "--config", "none", "--port", &port.to_string()]);
    up.args(["--emulator", &emulator]).arg("--state").arg(state);
    up
}
