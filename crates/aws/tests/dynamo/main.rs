//! The store in DynamoDB: the contract on a local AWS and on moto's DynamoDB, and behavior of this
//! store only.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "what these stop at is a failed test, and it says where it ran"
)]

mod budgets;
mod contract;
mod costs;
mod encoding;
mod faults;
mod incidents;
mod items;
#[path = "../support/ministack.rs"]
mod ministack;
mod moto;
mod realistic;
mod scripted;
#[path = "../support/server.rs"]
mod server;
mod table;
