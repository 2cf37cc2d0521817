#![doc = include_str!("../README.md")]

pub mod account;
pub mod blame;
pub mod call;
pub mod classify;
pub mod provider;
mod providers;
