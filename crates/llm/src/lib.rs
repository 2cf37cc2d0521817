#![doc = include_str!("../README.md")]

pub mod account;
pub mod blame;
pub mod call;
pub mod classify;
pub mod data;
pub mod headroom;
pub mod key;
pub mod listing;
pub mod price;
pub mod provider;
mod providers;
pub mod status_page;
pub mod usage;
