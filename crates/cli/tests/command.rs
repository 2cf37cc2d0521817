//! The built command answers at all. The end-to-end tests are a package of their own; that the binary
//! is tested here, too, makes cargo build it for them.

use std::process::Command;

#[test]
fn the_command_says_its_version() {
    let output = Command::new(env!("CARGO_BIN_EXE_allclear")).arg("--version").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said.trim_end(), concat!("allclear ", env!("CARGO_PKG_VERSION")));
}
