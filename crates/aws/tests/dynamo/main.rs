//! The store in DynamoDB: the contract on a local AWS and on Amazon's own DynamoDB Local, and what
//! is only true of this store.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "what these stop at is a failed test, and it says where it ran"
)]

mod budgets;
mod contract;
mod costs;
mod dynamodb_local;
mod encoding;
mod faults;
mod items;
#[path = "../support/ministack.rs"]
mod ministack;
mod realistic;
mod scripted;
mod table;
