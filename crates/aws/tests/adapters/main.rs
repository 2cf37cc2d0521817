//! The adapters, on a local AWS and against servers that answer as AWS does on a bad day.

mod cloud;
#[path = "../support/ministack.rs"]
mod ministack;
