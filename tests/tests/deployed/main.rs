//! The four functions on the local AWS: deployed by the script that a newcomer uses, watching the
//! simulator, and judged by what they send, publish, answer and keep.
//!
//! One deployment serves all tests. Each test creates a stack of its own from the template that was
//! deployed, so that no test sees what another has done.

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
mod outage;
#[cfg(test)]
mod providers;
#[cfg(test)]
mod proxy;
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
mod stream;
#[cfg(test)]
mod time;
#[cfg(test)]
mod trouble;
#[cfg(test)]
#[path = "../end_to_end/stage/waiting.rs"]
mod waiting;

/// No single step takes longer, on a machine that is busy with other tests.
#[cfg(test)]
pub(crate) const PATIENCE: std::time::Duration = std::time::Duration::from_mins(1);
