#![doc = include_str!("../README.md")]

mod chronicle;
mod history;

pub use chronicle::{Chronicle, DAY_OFF, EPISODES, Episode, EpisodeEffect, N_DAYS};
pub use history::{HistoryError, history};
