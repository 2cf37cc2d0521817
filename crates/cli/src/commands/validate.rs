//! `allclear validate` and `allclear schema`.

use std::process::ExitCode;

use allclear_config::ConfigError;
use allclear_core::config::Config;
use serde::Serialize;

use crate::arguments::{Paths, Validate};
use crate::clock;
use crate::exit_code::NOT_HEALTHY;
use crate::local::{self, AllKinds};
use crate::output;

/// The most problems that are listed, for people and for programs.
const MAX_LISTED: usize = 50;

const NO_PAGE_URL: &str = "`page.url` is not set: notifications have no link to the page, and the API of the page names \
                           the address at which it is served; set it to the address that readers know";

/// Says everything that is wrong with the config.
pub(crate) fn run(place: &Paths, options: &Validate) -> anyhow::Result<ExitCode> {
    let place = place.of(options.file.as_ref())?;
    if options.json {
        return as_json(&place);
    }
    let (file, text) = local::read(&place)?;
    match local::load_text(&file, &text) {
        Ok(loaded) => {
            let config = &loaded.config;
            let counts = [
                (config.monitors.len(), "monitor"),
                (config.rules.len(), "rule"),
                (config.channels.len(), "channel"),
                (config.actions.len(), "action"),
                (config.maintenances.len(), "maintenance"),
                (config.silences.len(), "silence"),
            ];
            let counts =
                counts.map(|(n, what)| format!("{n} {what}{}", if n == 1 { "" } else { "s" }));
            let doubts = doubts(config, &loaded.catalog);
            for doubt in doubts.iter().take(MAX_LISTED) {
                output::note(&format!("warning: {doubt}"));
            }
            if doubts.len() > MAX_LISTED {
                output::note(&format!("and {} more warnings", doubts.len() - MAX_LISTED));
            }
            output::line(&format!("{file}: valid: {}", counts.join(", ")));
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            output::error(&error);
            Ok(ExitCode::from(NOT_HEALTHY))
        }
    }
}

/// Returns the warnings about settings that are missing or probably not intended, one sentence each.
fn doubts(config: &Config, catalog: &AllKinds) -> Vec<String> {
    let mut doubts = allclear_bill::warnings(config, &catalog.probes);
    let is_public = config.monitors.iter().any(|monitor| monitor.public);
    if is_public && config.page.url.is_none() {
        doubts.push(NO_PAGE_URL.to_owned());
    }
    doubts
}

/// The validation result as it is printed in JSON.
#[derive(Serialize)]
struct Validated {
    valid: bool,
    problems: Vec<ProblemAt>,
    warnings: Vec<ProblemAt>,
    /// The number of problems and warnings beyond those that are listed.
    n_more: usize,
    /// Warnings about a valid config, one sentence each.
    doubts: Vec<String>,
}

/// A problem and its place, both counted from 1.
#[derive(Serialize)]
struct ProblemAt {
    line: usize,
    column: usize,
    what: String,
    hint: Option<String>,
}

impl From<ConfigError> for ProblemAt {
    fn from(problem: ConfigError) -> Self {
        let ConfigError { line, column, what, hint, also: _, excerpt: _ } = problem;
        Self { line, column, what, hint }
    }
}

fn as_json(place: &Paths) -> anyhow::Result<ExitCode> {
    let (file, text) = local::read(place)?;
    let catalog = AllKinds::new()?;
    let listed = |problems: Vec<ConfigError>| -> (Vec<ProblemAt>, usize) {
        let n_more = problems.len().saturating_sub(MAX_LISTED);
        (problems.into_iter().take(MAX_LISTED).map(ProblemAt::from).collect(), n_more)
    };
    let validated = match allclear_config::load(&file, &text, &catalog.kinds()) {
        Ok(loaded) => {
            let ended = loaded.expired(clock::now());
            let warnings = loaded.warnings.into_iter().chain(ended).collect();
            let doubts = doubts(&loaded.config, &catalog);
            let (warnings, n_more) = listed(warnings);
            Validated { valid: true, problems: Vec::new(), warnings, n_more, doubts }
        }
        Err(problems) => {
            let (problems, n_more) = listed(problems.problems);
            let (warnings, doubts) = (Vec::new(), Vec::new());
            Validated { valid: false, problems, warnings, n_more, doubts }
        }
    };
    output::json(&validated);
    Ok(if validated.valid { ExitCode::SUCCESS } else { ExitCode::from(NOT_HEALTHY) })
}

/// Prints the JSON Schema of the config.
pub(crate) fn schema() -> anyhow::Result<ExitCode> {
    output::json(&allclear_config::schema(&AllKinds::new()?.kinds()));
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_config_of_the_repository_has_no_errors_and_no_warnings() {
        let text = include_str!("../../../../allclear.toml");
        let catalog = AllKinds::new().unwrap();
        let loaded = allclear_config::load("allclear.toml", text, &catalog.kinds()).unwrap();
        assert_eq!(loaded.warnings, []);
        assert_eq!(doubts(&loaded.config, &catalog), [NO_PAGE_URL]);
        for monitor in &loaded.config.monitors {
            let keyless = !monitor.check.params.to_string().contains("secret:");
            assert!(keyless, "`{}` needs a key", monitor.id);
        }
    }
}
