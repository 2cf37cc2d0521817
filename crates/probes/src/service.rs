//! Checks of services that are spoken to over a connection: their common parameters, the connection
//! itself, and the verdict on what they report. Knows no protocol of a service.
//!
//! A kind implements [`Dialog`]: it speaks the protocol and returns a [`ServiceReading`]. [`ServiceCheck`] does
//! everything else.

mod check;
mod conditions;
mod reading;
mod target;
mod text_wire;
mod watch;
mod wire;

pub(crate) use check::{Dialog, ServiceAttempt, ServiceCheck, Talking, conclude};
pub(crate) use conditions::Conditions;
pub(crate) use reading::{ReadValue, ServiceReading};
pub(crate) use target::{AddressParams, ServiceTarget};
pub(crate) use text_wire::TextWire;
pub(crate) use watch::WireWatch;
pub(crate) use wire::Wire;
