#![doc = include_str!("../README.md")]

pub mod failure;
pub mod in_force;
mod keep;
pub mod notice;

pub use failure::{Code, Failure};
pub use in_force::{InForce, Standing};
pub use keep::Keep;
pub use notice::{Noticed, Unfinished, Wake, What};
