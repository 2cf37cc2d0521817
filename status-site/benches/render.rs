//! How long it takes to render all files.
fn main() {}
