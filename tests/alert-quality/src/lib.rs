#![doc = include_str!("../README.md")]

pub mod anomaly;
pub mod benchmark;
pub mod classes;
pub mod defaults;
pub mod message;
pub mod peers;
pub mod random;
pub mod replay;
pub mod report;
pub mod scenario;
pub mod score;
pub mod sweep;
