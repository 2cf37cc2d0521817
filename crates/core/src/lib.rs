#![doc = include_str!("../README.md")]

pub mod budget;
pub mod catalog;
pub mod channel;
pub mod checker;
pub mod claim;
pub mod config;
pub mod cost;
pub mod delivery;
pub mod duration;
pub mod error_chain;
pub mod event;
pub mod id;
pub mod kind;
pub mod monitor;
pub mod note;
pub mod outcome;
pub mod ports;
pub mod price_model;
pub mod proxy;
pub mod reason;
pub mod redact;
pub mod rollup;
pub mod rule;
pub mod run;
pub mod schedule;
pub mod scope;
pub mod sketch;
pub mod state;
pub mod status;
mod stored;
pub mod summary;
pub mod text;
pub mod window;
pub mod word;

pub use jiff::Timestamp;
