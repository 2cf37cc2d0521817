//! The four functions on the local AWS. They are deployed with the script that a new user runs, and
//! watch the simulator. The tests examine what they send, publish, answer and store.
//!
//! All tests share one deployment of the local AWS. Each test creates its own stack from the
//! deployed template, so that tests do not affect each other.

#[cfg(test)]
mod adhoc;
#[cfg(test)]
mod applying;
#[cfg(test)]
mod aws;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
#[path = "../end_to_end/stage/binary.rs"]
mod binary;
#[cfg(test)]
mod channels;
#[cfg(test)]
mod cloud;
#[cfg(test)]
mod command;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod guarded;
#[cfg(test)]
mod http;
#[cfg(test)]
mod incidents;
#[cfg(test)]
mod notices;
#[cfg(test)]
mod outage;
#[cfg(test)]
mod providers;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod regions;
#[cfg(test)]
mod rehearsing;
#[cfg(test)]
mod resources;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod schedule;
#[cfg(test)]
mod site;
#[cfg(test)]
mod slack;
#[cfg(test)]
mod stack;
#[cfg(test)]
mod storm;
#[cfg(test)]
mod stream;
#[cfg(test)]
mod time;
#[cfg(test)]
mod trouble;
#[cfg(test)]
#[path = "../end_to_end/stage/waiting.rs"]
mod waiting;

/// The time limit of a single step, on a machine that is busy with other tests.
#[cfg(test)]
pub(crate) const PATIENCE: std::time::Duration = std::time::Duration::from_mins(1);
