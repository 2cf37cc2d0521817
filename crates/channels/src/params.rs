//! The parameters of a kind of channel.

pub(crate) use allclear_core::params::{read, schema};
