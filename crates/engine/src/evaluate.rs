#![doc = include_str!("evaluate/README.md")]

mod attempts;
mod evaluator;
mod handler;
mod incident_log;
mod next_notices;
mod shards;
mod summaries;

pub use evaluator::{
    CHECKPOINT_EVERY, DEPLOYED_CHECKPOINT_EVERY, EvaluateError, EvaluateStore, Evaluator,
    LOOK_EVERY,
};
pub use handler::{EvaluateHandler, MAX_WAIT};
pub use shards::{EntriesRead, Evaluated, Shards};
