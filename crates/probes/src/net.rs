//! The way to a target: names to addresses, addresses to a connection. Knows no protocol above TCP
//! except DNS, and judges only failures on the way.

mod answer;
mod connect;
mod failure;
mod family;
mod presentation;
mod query;
mod question;
mod resolve;
mod system;

pub(crate) use answer::DnsAnswer;
pub(crate) use connect::{connect, connect_to};
pub(crate) use failure::{broken, is_local_shortage};
pub(crate) use family::AddressFamily;
pub(crate) use presentation::{ExpectedValue, RecordValue};
pub(crate) use query::{AskError, ask, code_name};
pub(crate) use question::DnsQuestion;
pub(crate) use resolve::Resolver;
