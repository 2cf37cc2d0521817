//! The raw types of `[[action]]`.

use std::time::Duration;

use allclear_core::action::AttemptCount;
use allclear_core::id::{ActionId, MonitorId, RuleId};
use allclear_core::matcher::Matcher;
use allclear_core::status::{Fault, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::formats::{Keyword, OfAction, OneKind};
use crate::spanned::{AtText, Spanned};

/// An action: it is executed while an alert of its rules fires, at most `max_attempts` times.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Action {
    /// Its stable name, which no channel has.
    #[schemars(required)]
    pub(crate) id: Option<AtText<ActionId>>,
    /// The kind of action and its parameters: `run.systemd = { unit = "nginx.service" }`.
    #[expect(dead_code, reason = "read through the kind's own list, from the document")]
    #[schemars(required)]
    run: Option<OneKind<OfAction>>,
    /// The ids of the rules whose alerts it mends.
    #[schemars(required, length(min = 1))]
    pub(crate) rules: Option<Vec<AtText<RuleId>>>,
    /// The ids of the monitors whose alerts it mends. Default: all.
    #[serde(default)]
    pub(crate) monitors: Vec<AtText<MonitorId>>,
    /// The groups whose alerts it mends. Default: all.
    #[serde(default)]
    pub(crate) groups: Vec<Spanned<String>>,
    /// The tags whose alerts it mends. Default: all.
    #[serde(default)]
    pub(crate) tags: Vec<Spanned<String>>,
    /// Matchers of the alerts, all of which must hold: `severity>=error`, `tag!=canary`. The labels and comparisons are
    /// those of silences and routes. Default: none; every alert of the rules and monitors matches.
    #[serde(default)]
    pub(crate) matchers: Vec<AtText<Matcher>>,
    /// The lowest severity of the alerts. Default: `info`.
    pub(crate) min_severity: Option<Keyword<Severity>>,
    /// The faults of the alerts. Default: only `target`, because a restart mends neither an expired key nor a quota. An
    /// alert without a fault, such as one about a slow response, is the target's.
    #[schemars(length(min = 1))]
    pub(crate) faults: Option<Vec<Keyword<Fault>>>,
    /// The most attempts until no alert of the action has fired for an hour (or for `cooldown`, if that is longer).
    /// Attempts count for as long as their alert fires, also if another key has changed since; those of a dry run do not
    /// count for the real action. Default: 3.
    #[schemars(range(min = 1, max = 10))]
    pub(crate) max_attempts: Option<u32>,
    /// The least time between two attempts, from `30s` to `1d`. An attempt begins at once; one that has not begun within
    /// this time from the record of the outcome on is not executed any more. Default: `5m`.
    pub(crate) cooldown: Option<AtText<Duration>>,
    /// The time limit of one attempt, from `1s` to `10m`, at most the `cooldown`. Default: `30s`.
    pub(crate) timeout: Option<AtText<Duration>>,
    /// `true` to record and notify attempts without executing them. Default: `false`.
    pub(crate) dry_run: Option<bool>,
    /// The extent of `max_attempts` and `cooldown`: `action` for all monitors of the action together, because it mends one
    /// thing, or `monitor` for each monitor on its own. Default: `action`.
    pub(crate) attempts_per: Option<Keyword<AttemptCount>>,
}
