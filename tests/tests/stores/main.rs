//! The evaluator on the stores in memory, in SQLite and in DynamoDB.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "what these stop at is a failed test, and it says where it ran"
)]

#[path = "../../../crates/aws/tests/support/ministack.rs"]
mod ministack;
mod script;
#[path = "../../../crates/aws/tests/support/server.rs"]
mod server;
mod table;
mod week;
