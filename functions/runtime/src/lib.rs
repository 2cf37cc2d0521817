#![doc = include_str!("../README.md")]

pub mod lambda;
mod logs;
pub mod metrics;
pub mod stream;
