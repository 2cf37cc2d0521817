#![doc = include_str!("../README.md")]

mod at;
mod changes;
mod channels;
mod document;
mod doubts;
mod excerpt;
mod finding;
mod inline;
mod load;
mod metrics;
mod monitors;
mod names;
mod problem;
mod quoted;
mod raw;
mod rules;
mod schema;
mod scopes;
mod secret_form;
mod secrets;
mod settings;
mod shape;
mod specs;
mod suggest;
mod summaries;
mod syntax;
mod windows;
mod written;

use allclear_core::channel::ChannelSchemas;
use allclear_core::checker::CheckSchemas;

pub use changes::{Action, Change, FieldChange, changes};
pub use excerpt::Excerpt;
pub use inline::monitor_from_json;
pub use load::{Loaded, load};
pub use problem::{Problem, Problems, Related, listed, listed_first};
pub use schema::schema;

/// The kinds of check and of channel that a config can name.
#[derive(Clone, Copy)]
pub struct Kinds<'a> {
    /// Kinds of check: the keys that can stand in `check`.
    pub checks: &'a dyn CheckSchemas,
    /// Kinds of channel: the keys that can stand in `send`.
    pub channels: &'a dyn ChannelSchemas,
}
