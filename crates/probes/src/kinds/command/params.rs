//! The parameters of a `command` check.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// Parameters of the `command` check: a local program that follows the convention of Nagios plugins. Only in a process
/// on a machine, not in a stack.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(feature = "host"), expect(dead_code, reason = "only the schema is needed"))]
pub(super) struct Params {
    /// The absolute path of the program, followed by its arguments: `["/usr/lib/nagios/plugins/check_load", "-w", "5"]`.
    /// There is no shell, and each user of the machine can see the arguments: secrets belong in `environment`.
    #[schemars(length(min = 1))]
    pub(super) argv: Vec<String>,
    /// The working directory, an absolute path. Default: `/`.
    pub(super) directory: Option<String>,
    /// The variables of the environment beside `PATH` and `LC_ALL`. A value that grants access must be a secret:
    /// `secret:name`.
    #[serde(default)]
    pub(super) environment: BTreeMap<String, String>,
    /// The condition for healthy, over the variables of this check. It is evaluated unless the program reports a
    /// failure.
    #[schemars(extend("format" = "cel-check"))]
    pub(super) expect: Option<String>,
    /// The condition for degraded, over the variables of this check.
    #[schemars(extend("format" = "cel-check"))]
    pub(super) degraded: Option<String>,
}
