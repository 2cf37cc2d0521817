//! A single monitor as JSON, as a user sends it to a running prober.

use allclear_core::channel::{ChannelKinds, ChannelSchemas, SendSpec, Sender};
use allclear_core::checker::{CheckSchemas, ParamProblem};
use allclear_core::monitor::Monitor;
use serde_json::{Map, Value, json};

use crate::problem::Problem;
use crate::{Kinds, load};

/// The id of a monitor that was sent without one.
const NAMELESS: &str = "ad-hoc";

/// Reads the table of one `[[monitor]]` from JSON. The `id` is optional.
///
/// The error contains every problem of the table, one sentence each.
pub fn monitor_from_json(
    table: &Map<String, Value>,
    checks: &dyn CheckSchemas,
) -> Result<Monitor, Vec<String>> {
    let mut table = table.clone();
    table.entry("id").or_insert_with(|| NAMELESS.into());
    let text = toml::to_string(&json!({ "monitor": [table] })).map_err(|_| {
        vec!["the check holds `null`, which a config does not know: leave the key out".to_owned()]
    })?;
    let kinds = Kinds { checks, channels: &NoChannels };
    let loaded = load("check", &text, &kinds).map_err(|problems| {
        let sentence = |Problem { what, hint, .. }: Problem| match hint {
            Some(hint) => format!("{what}: {hint}"),
            None => what,
        };
        problems.problems.into_iter().map(sentence).collect::<Vec<_>>()
    })?;
    let monitor = loaded.config.monitors.into_iter().next();
    monitor.ok_or_else(|| vec!["there is nothing to check".to_owned()])
}

/// The kinds of channel of a config that consists of one monitor: none.
struct NoChannels;

impl ChannelKinds for NoChannels {
    fn names(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn build(&self, _: &SendSpec) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
        Err(Vec::new())
    }
}

impl ChannelSchemas for NoChannels {
    fn schema(&self, _: &str) -> Option<Value> {
        None
    }
}
