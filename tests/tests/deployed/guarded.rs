//! Processes that end with this one, even if it crashes.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A script that runs a process until the script's standard input closes, then ends the process and
/// cleans up.
///
/// Closing the terminal also interrupts the shell, which must not exit before the cleanup is done.
const GUARD: &str = r#"trap '' INT HUP TERM
    exec 3<&0
    "$@" </dev/null >/dev/null 2>&1 3<&- & child=$!
    read -r _ <&3
    kill "$child" 2>/dev/null
    wait "$child""#;

/// A process whose guard script reads from a pipe that this process holds.
pub(crate) struct Guarded {
    guard: Child,
}

impl Guarded {
    /// Starts a program with its arguments, and with variables in addition to the inherited ones.
    pub(crate) fn start(words: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::under(GUARD, words, variables)
    }

    /// Runs a shell script that must wait until its standard input closes.
    pub(crate) fn under(script: &str, words: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", script, "guard"]).args(words).envs(variables.iter().copied());
        Self { guard: shell.stdin(Stdio::piped()).spawn().unwrap() }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // The pipe is closed, so the script ends, together with everything it started.
        let _ = self.guard.wait();
    }
}

/// Returns a free port.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// Returns the root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Returns the path of a tool that `scripts/test` installs, or its name to search for on `PATH`.
#[expect(clippy::disallowed_methods, reason = "where tools are is up to whoever runs the tests")]
pub(crate) fn tool(name: &str) -> String {
    let installed = root().join(".venv/bin").join(name);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join(name));
    let mut places = std::iter::once(installed).chain(on_path);
    let found: Option<PathBuf> = places.find(|place| place.is_file());
    let found =
        found.unwrap_or_else(|| panic!("`{name}` is missing: `scripts/test test` installs it"));
    found.into_os_string().into_string().unwrap()
}
