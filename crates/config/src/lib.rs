#![doc = include_str!("../README.md")]

mod actions;
mod changes;
mod channels;
mod config_error;
mod document;
mod excerpt;
mod field_names;
mod formats;
mod inline;
mod lints;
mod literal_span;
mod load;
mod matchers;
mod metrics;
mod monitors;
mod names;
mod notifications;
mod quorum;
mod raw;
mod routes;
mod rules;
mod schema;
mod schema_check;
mod scopes;
mod secret_form;
mod secrets;
mod settings;
mod silences;
mod spanned;
mod spanned_error;
mod specs;
mod suggest;
mod summaries;
mod syntax;
mod thresholds;
mod watchdog;
mod windows;

use allclear_core::action::ActionSchemas;
use allclear_core::channel::ChannelSchemas;
use allclear_core::checker::CheckSchemas;

pub use changes::{ConfigChange, ConfigChangeKind, FieldChange, changes};
pub use config_error::{ConfigError, ConfigErrors, Related, listed, listed_first};
pub use excerpt::Excerpt;
pub use inline::monitor_from_json;
pub use load::{ValidConfig, load};
pub use schema::schema;
pub use suggest::nearest;

/// The kinds of check, channel and action that a config can name.
#[derive(Clone, Copy)]
pub struct Kinds<'a> {
    /// Kinds of check: the keys that can stand in `check`.
    pub checks: &'a dyn CheckSchemas,
    /// Kinds of channel: the keys that can stand in `send`.
    pub channels: &'a dyn ChannelSchemas,
    /// Kinds of action: the keys that can stand in `run`.
    pub actions: &'a dyn ActionSchemas,
}
