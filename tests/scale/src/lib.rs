#![doc = include_str!("../README.md")]

pub mod scenario;
pub mod store;
