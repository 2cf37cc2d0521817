//! `systemd`: the restart of a unit.

use std::path::PathBuf;

use allclear_core::action::{
    ActionExecutor, BuiltExecutor, Executing, ExecutionInput, ExecutionPlace,
};
use allclear_core::checker::ParamProblem;
use allclear_core::id::SecretName;
use allclear_core::params;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::command::not_absolute;
use crate::program::Program;

const DEFAULT_PROGRAM: &str = "/usr/bin/systemctl";

/// The most characters of the name of a unit, which is systemd's limit.
const MAX_UNIT_CHARS: usize = 255;

/// Restarts a unit with `systemctl restart`, as the user that runs `allclear up`. Root may restart every unit; another
/// user needs a rule of polkit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// The unit with its type: `nginx.service`.
    unit: String,
    /// The absolute path of `systemctl`. Default: `/usr/bin/systemctl`.
    #[serde(default)]
    program: Option<String>,
}

struct SystemdAction {
    unit: String,
    program: Program,
}

pub(super) fn build(params: &Value) -> BuiltExecutor {
    let Params { unit, program } = params::read(params)?;
    let program = program.unwrap_or_else(|| DEFAULT_PROGRAM.to_owned());
    let mut problems = Vec::new();
    if !is_unit(&unit) {
        let what = format!("`{unit}` is not the name of a unit");
        problems.push(ParamProblem::at(["unit"], what, Some("write it as `nginx.service`")));
    }
    problems.extend(not_absolute("program", &["program"], &program));
    if !problems.is_empty() {
        return Err(problems);
    }
    let arguments = ["--no-ask-password", "restart", "--", &unit].map(str::to_owned).to_vec();
    let program = Program { path: PathBuf::from(program), arguments, directory: None };
    Ok(Box::new(SystemdAction { unit, program }))
}

/// Checks for the name of one unit. A pattern would restart all units that it matches.
fn is_unit(name: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || ":-_.\\@".contains(c);
    let kind = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty());
    name.len() <= MAX_UNIT_CHARS
        && !name.starts_with('-')
        && name.chars().all(is_allowed)
        && kind.is_some_and(|(_, kind)| UNIT_TYPES.contains(&kind))
}

/// The types of unit that a restart makes sense for.
const UNIT_TYPES: [&str; 7] = ["mount", "path", "scope", "service", "socket", "target", "timer"];

impl ActionExecutor for SystemdAction {
    fn effect(&self) -> String {
        format!("restart the systemd unit `{}`", self.unit)
    }

    fn place(&self) -> ExecutionPlace {
        ExecutionPlace::Machine
    }

    fn secrets(&self) -> Vec<SecretName> {
        Vec::new()
    }

    fn execute<'a>(&'a self, input: ExecutionInput<'a>) -> Executing<'a> {
        Box::pin(self.program.run(&[], input))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_of_one_unit_is_accepted() {
        for name in ["nginx.service", "getty@tty1.service", "app-1_x.socket", "a\\x2db.service"] {
            assert!(is_unit(name), "{name}");
        }
        for name in ["nginx", "*.service", "-x.service", "a b.service", ".service", "a.conf", ""] {
            assert!(!is_unit(name), "{name}");
        }
    }
}
