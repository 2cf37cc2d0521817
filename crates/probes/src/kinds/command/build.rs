//! The check that the parameters make.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use allclear_core::checker::{CheckContext, Checker, Checking, ParamProblem};
use allclear_core::duration;
use allclear_core::id::SecretName;
use allclear_core::outcome::{Cause, Verdict};
use allclear_core::reason::Reason;
use allclear_core::secret::Secrets;
use serde_json::Value;

use super::VARIABLES;
use super::params::Params;
use super::plugin::PluginReport;
use super::run::{PluginEnd, PluginProcess};
use crate::SharedState;
use crate::attempt::{Attempt, AttemptPhase, patience};
use crate::params::{ParamProblems, ParamText, read, secret};
use crate::service::{Conditions, conclude};

const MAX_ARGUMENTS: usize = 100;
const MAX_VARIABLES: usize = 50;
const MAX_ARGUMENT_BYTES: usize = 8 * 1024;

/// The search path of programs, the same on each machine.
const SEARCH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The locale, because another one could write numbers with a comma.
const LOCALE: &str = "C.UTF-8";

/// A `command` check with its parameters.
#[derive(Debug)]
struct CommandCheck {
    program: PathBuf,
    arguments: Vec<String>,
    directory: PathBuf,
    environment: Vec<(String, ParamText)>,
    conditions: Conditions,
}

pub(super) fn build(
    params: &Value,
    _: &Arc<SharedState>,
) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
    let Params { argv, directory, environment, expect, degraded } = read(params)?;
    let mut problems = ParamProblems::default();
    read_arguments(&argv, &mut problems);
    let directory = directory.unwrap_or_else(|| "/".to_owned());
    if !Path::new(&directory).is_absolute() {
        let what = format!("`{directory}` is not an absolute path");
        problems.add(&["directory"], what, Some("write it as `/…`"));
    }
    if environment.len() > MAX_VARIABLES {
        let what = format!("{} variables, and {MAX_VARIABLES} are allowed", environment.len());
        problems.add(&["environment"], what, None);
    }
    let mut variables = Vec::new();
    for (name, value) in environment {
        let value = read_variable(&name, &value, &mut problems);
        variables.extend(value.map(|value| (name, value)));
    }
    let conditions =
        Conditions::read(expect.as_deref(), degraded.as_deref(), VARIABLES, &mut problems);
    let check = argv.split_first().map(|(program, arguments)| CommandCheck {
        program: PathBuf::from(program),
        arguments: arguments.to_vec(),
        directory: PathBuf::from(&directory),
        environment: variables,
        conditions,
    });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}

fn read_arguments(argv: &[String], problems: &mut ParamProblems) {
    let program = argv.first().map(String::as_str).unwrap_or_default();
    if !Path::new(program).is_absolute() {
        let hint =
            "write the program as `/usr/lib/nagios/plugins/…`; there is no shell and no search";
        problems.add(&["argv"], format!("`{program}` is not an absolute path"), Some(hint));
    }
    if argv.len() > MAX_ARGUMENTS {
        let what = format!("{} arguments, and {MAX_ARGUMENTS} are allowed", argv.len());
        problems.add(&["argv"], what, None);
    }
    for (index, argument) in argv.iter().enumerate() {
        let index = index.to_string();
        if argument.starts_with("secret:") {
            let hint = "put it into `environment`, from where the program reads it";
            let what = "each user of the machine can see the arguments of a program";
            problems.add(&["argv", &index], what, Some(hint));
        }
        if argument.contains('\0') || argument.len() > MAX_ARGUMENT_BYTES {
            let what = "an argument has the character U+0000, or more than 8 KiB";
            problems.add(&["argv", &index], what, Some("shorten it"));
        }
    }
}

fn read_variable(name: &str, value: &str, problems: &mut ParamProblems) -> Option<ParamText> {
    let path = ["environment", name];
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_name {
        let what = format!("`{name}` cannot be the name of a variable");
        problems.add(&path, what, Some("use letters, digits and `_`"));
    }
    if value.contains('\0') || value.len() > MAX_ARGUMENT_BYTES {
        let what = "the value has the character U+0000, or more than 8 KiB";
        problems.add(&path, what, Some("shorten it"));
    }
    problems.text(&path, value)
}

impl Checker for CommandCheck {
    fn check<'a>(&'a self, context: CheckContext<'a>) -> Checking<'a> {
        Box::pin(async move {
            let mut attempt = Attempt::start();
            let attempted = self.attempt(context, &mut attempt);
            let ended = tokio::time::timeout(patience(context.timeout), attempted).await;
            attempt.finish(ended, context.timeout)
        })
    }

    fn secrets(&self) -> Vec<SecretName> {
        let secrets = self.environment.iter().filter_map(|(_, value)| match value {
            ParamText::Plain(_) => None,
            ParamText::Secret(name) => Some(name.clone()),
        });
        secrets.collect()
    }
}

impl CommandCheck {
    async fn attempt(
        &self,
        context: CheckContext<'_>,
        attempt: &mut Attempt,
    ) -> Result<Verdict, Cause> {
        let variables = self.variables(context.secrets)?;
        attempt.enter(AttemptPhase::FirstByte);
        let mut command = tokio::process::Command::new(&self.program);
        command.args(&self.arguments).current_dir(&self.directory);
        command.env_clear().env("PATH", SEARCH_PATH).env("LC_ALL", LOCALE).envs(variables);
        let process = PluginProcess::start(command).map_err(|error| self.not_started(&error))?;
        // The program is killed before the attempt would be cut off, so that its output so far is known.
        let limit = patience(patience(context.timeout));
        let (end, output) = process.wait(limit).await;
        let program = self.program.display();
        match end {
            PluginEnd::Exited(status) => {
                attempt.answered();
                let report = PluginReport::read(&output);
                let reading = report.reading(&program.to_string(), status);
                reading.measure_in(attempt);
                report.failure(&program.to_string(), status).map_or(Ok(()), Err)?;
                conclude(reading, &self.conditions, attempt)
            }
            PluginEnd::OutOfTime => {
                let limit = duration::format(context.timeout);
                let what = format!("`{program}` has not ended within {limit} and was killed");
                Err(Cause::of(Reason::Timeout, output.quoted_after(what)))
            }
            PluginEnd::TooMuchOutput => {
                let what = format!("`{program}` wrote too much and was killed");
                Err(Cause::of(Reason::PluginUnknown, output.quoted_after(what)))
            }
            PluginEnd::Lost(error) => {
                let what = format!("the end of `{program}` cannot be observed: {error}");
                Err(Cause::of(Reason::CheckFailed, what))
            }
        }
    }

    fn variables(&self, secrets: &Secrets) -> Result<Vec<(&str, String)>, Cause> {
        let value = |(name, value): &'_ (String, ParamText)| {
            let value = match value {
                ParamText::Plain(text) => text.clone(),
                ParamText::Secret(name) => secret(secrets, name)?.to_owned(),
            };
            // The system accepts no such value.
            if value.contains('\0') {
                let what = format!("the variable `{name}` contains the character U+0000");
                return Err(Cause::of(Reason::SecretUnreadable, what));
            }
            Ok(value)
        };
        self.environment.iter().map(|one| Ok((one.0.as_str(), value(one)?))).collect()
    }

    /// Returns the cause if the system does not start the program.
    fn not_started(&self, error: &std::io::Error) -> Cause {
        super::run::not_started(&self.program, &self.directory, error)
    }
}
