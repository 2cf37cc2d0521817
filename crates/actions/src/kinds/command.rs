//! `command`: a program with its arguments.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use allclear_core::action::{
    ActionExecutor, BuiltExecutor, Executing, ExecutionInput, ExecutionPlace,
};
use allclear_core::checker::ParamProblem;
use allclear_core::id::SecretName;
use allclear_core::params;
use allclear_core::secret::Secrets;
use allclear_core::send_error::SendError;
use schemars::JsonSchema;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::Value;

use crate::program::Program;

/// Runs a program, without a shell. It gets no standard input, a fixed `PATH`, the variables of `environment`, and the
/// facts about the alert: `ALLCLEAR_ACTION`, `ALLCLEAR_ATTEMPT`, `ALLCLEAR_DELIVERY`, `ALLCLEAR_MONITOR`, `ALLCLEAR_RULE`
/// and `ALLCLEAR_SEVERITY`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// The absolute path of the program, followed by its arguments: `["/usr/local/bin/restart-api", "--now"]`.
    #[schemars(length(min = 1))]
    argv: Vec<String>,
    /// The working directory, an absolute path. Default: `/`.
    #[serde(default)]
    directory: Option<String>,
    /// Further variables of the environment. A value that grants access must be a secret: `secret:deploy_token`.
    #[serde(default)]
    environment: BTreeMap<String, String>,
}

struct CommandAction {
    program: Program,
    variables: Vec<(String, VariableSource)>,
}

/// The value of a variable.
enum VariableSource {
    Literal(String),
    Secret(SecretName),
}

const PREFIX: &str = "secret:";

pub(super) fn build(params: &Value) -> BuiltExecutor {
    let Params { argv, directory, environment } = params::read(params)?;
    let mut problems = Vec::new();
    let program = argv.first().map(String::as_str).unwrap_or_default();
    problems.extend(not_absolute("argv", &["argv", "0"], program));
    if let Some(directory) = &directory {
        problems.extend(not_absolute("directory", &["directory"], directory));
    }
    let mut variables = Vec::new();
    for (name, value) in environment {
        match variable(&name, value) {
            Ok(value) => variables.push((name, value)),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let program = Program {
        path: PathBuf::from(program),
        arguments: argv.iter().skip(1).cloned().collect(),
        directory: directory.map(PathBuf::from),
    };
    Ok(Box::new(CommandAction { program, variables }))
}

/// Reports a path that depends on the working directory or on a search path.
pub(super) fn not_absolute(key: &str, path: &[&str], text: &str) -> Option<ParamProblem> {
    let what = format!("`{text}` is not an absolute path");
    let hint = match key {
        "argv" => "write the program as `/usr/bin/…`; there is no shell and no search",
        _ => "write it as `/…`",
    };
    (!Path::new(text).is_absolute())
        .then(|| ParamProblem::at(path.iter().copied(), what, Some(hint)))
}

fn variable(name: &str, value: String) -> Result<VariableSource, ParamProblem> {
    let problem =
        |what: String, hint: &str| Err(ParamProblem::at(["environment", name], what, Some(hint)));
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_name || name.starts_with("ALLCLEAR_") {
        let what = format!("`{name}` cannot be the name of a variable");
        return problem(what, "use letters, digits and `_`, and not the prefix `ALLCLEAR_`");
    }
    match value.strip_prefix(PREFIX) {
        None if value.contains('\0') => {
            problem(format!("the value of `{name}` contains a null character"), "remove it")
        }
        None => Ok(VariableSource::Literal(value)),
        Some(secret) => match SecretName::new(secret) {
            Ok(secret) => Ok(VariableSource::Secret(secret)),
            Err(error) => {
                problem(format!("`{secret}` is not the name of a secret"), &error.to_string())
            }
        },
    }
}

impl CommandAction {
    fn variables(&self, secrets: &Secrets) -> Result<Vec<(String, String)>, SendError> {
        let value = |(name, variable): &(String, VariableSource)| match variable {
            VariableSource::Literal(text) => Ok((name.clone(), text.clone())),
            VariableSource::Secret(secret) => {
                let value = secrets.get(secret).ok_or_else(|| {
                    SendError::permanent(format!("secret `{secret}` was not provided"))
                })?;
                Ok((name.clone(), value.expose_secret().to_owned()))
            }
        };
        self.variables.iter().map(value).collect()
    }
}

impl ActionExecutor for CommandAction {
    fn effect(&self) -> String {
        format!("run `{}`", self.program.path.display())
    }

    fn place(&self) -> ExecutionPlace {
        ExecutionPlace::Machine
    }

    fn secrets(&self) -> Vec<SecretName> {
        let secrets = self.variables.iter().filter_map(|(_, value)| match value {
            VariableSource::Literal(_) => None,
            VariableSource::Secret(name) => Some(name.clone()),
        });
        secrets.collect()
    }

    fn execute<'a>(&'a self, input: ExecutionInput<'a>) -> Executing<'a> {
        Box::pin(async move {
            let variables = self.variables(input.secrets)?;
            self.program.run(&variables, input).await
        })
    }
}
