#![doc = include_str!("../README.md")]

pub mod measure;
pub mod scenario;
pub mod store;
