#![doc = include_str!("../README.md")]

mod chronicle;
mod history;

pub use chronicle::{DAY_OFF, EPISODES, Episode, N_DAYS, Trouble};
pub use history::{HistoryError, history};
