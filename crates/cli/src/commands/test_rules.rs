//! `allclear test`: files of rule tests.

use std::path::Path;
use std::process::ExitCode;

use allclear_config::{ConfigError, listed};
use allclear_rehearse::rule_test::{
    ConfigSource, RuleTestFile, RuleTestResult, RuleTestRunner, TestProblem, TestedConfig,
};
use serde::Serialize;

use crate::arguments::TestRules;
use crate::exit_code::{CANNOT_TELL, NOT_HEALTHY};
use crate::local::AllKinds;
use crate::output;

/// The most problems of the config of a test that are listed.
const MAX_PROBLEMS: usize = 5;

/// Runs the tests of all files and prints the results.
pub(crate) fn run(options: &TestRules) -> anyhow::Result<ExitCode> {
    let catalog = AllKinds::new()?;
    let files: Vec<TestedFile> =
        options.files.iter().map(|path| test_file(path, &catalog)).collect();
    let n_failed = files.iter().map(TestedFile::n_failed).sum::<usize>();
    let n_tests = files.iter().map(|file| file.tests.len()).sum::<usize>();
    let n_unusable = files.iter().filter(|file| file.problem.is_some()).count();
    if options.json {
        output::json(&TestedFiles { n_tests, n_failed, n_unusable, files: &files });
    } else {
        files.iter().flat_map(lines).for_each(|line| output::line(&line));
        let unusable = match n_unusable {
            0 => String::new(),
            1 => ", 1 file cannot be used".to_owned(),
            n => format!(", {n} files cannot be used"),
        };
        let n_passed = n_tests.saturating_sub(n_failed);
        output::line(&format!("{n_passed} passed, {n_failed} failed{unusable}"));
    }
    Ok(if files.iter().any(|file| file.problem.as_ref().is_some_and(|one| one.line.is_none())) {
        ExitCode::from(CANNOT_TELL)
    } else if n_failed + n_unusable > 0 {
        ExitCode::from(NOT_HEALTHY)
    } else {
        ExitCode::SUCCESS
    })
}

/// The results of all files.
#[derive(Serialize)]
struct TestedFiles<'a> {
    n_tests: usize,
    n_failed: usize,
    /// The number of files whose tests were not run.
    n_unusable: usize,
    files: &'a [TestedFile],
}

/// The results of a file.
#[derive(Serialize)]
struct TestedFile {
    file: String,
    /// The reason that none of its tests was run.
    problem: Option<UnusableFile>,
    tests: Vec<RuleTestResult>,
}

/// The reason that a file cannot be used.
#[derive(Serialize)]
struct UnusableFile {
    /// The line, from 1; `None` if the file cannot be read.
    line: Option<usize>,
    /// The column, in characters from 1; `None` if the file cannot be read.
    column: Option<usize>,
    message: String,
}

impl TestedFile {
    fn n_failed(&self) -> usize {
        self.tests.iter().filter(|test| !test.problems.is_empty()).count()
    }
}

fn test_file(path: &Path, catalog: &AllKinds) -> TestedFile {
    let file = path.display().to_string();
    let load = |source: &ConfigSource| load(source, path, catalog);
    let runner = RuleTestRunner { kinds: allclear_probes::kinds(), load: &load };
    let tested = read(path).and_then(|text| match RuleTestFile::parse(&text) {
        Ok(tests) => Ok(runner.run(&text, &tests)),
        Err(error) => Err(UnusableFile {
            line: Some(error.line),
            column: Some(error.column),
            message: error.message,
        }),
    });
    match tested {
        Ok(tests) => TestedFile { file, problem: None, tests },
        Err(problem) => TestedFile { file, problem: Some(problem), tests: Vec::new() },
    }
}

/// Reads the text of a file.
fn read(path: &Path) -> Result<String, UnusableFile> {
    let bytes = std::fs::read(path).map_err(|error| UnusableFile {
        line: None,
        column: None,
        message: format!("cannot be read: {error}"),
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let valid = String::from_utf8_lossy(valid);
        let column = valid.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        UnusableFile {
            line: Some(1 + valid.matches('\n').count()),
            column: Some(column),
            message: "the text is not UTF-8: save the file as UTF-8".to_owned(),
        }
    })
}

/// Reads the config of a test, whose path is relative to the file of the tests.
fn load(source: &ConfigSource, tests: &Path, catalog: &AllKinds) -> Result<TestedConfig, String> {
    let (name, text) = match source {
        ConfigSource::Text(text) => ("config".to_owned(), text.clone()),
        ConfigSource::File(file) => {
            let path = tests.parent().unwrap_or(Path::new(".")).join(file);
            let name = path.display().to_string();
            let text = std::fs::read_to_string(&path)
                .map_err(|error| format!("cannot read `{name}`: {error}"))?;
            (name, text)
        }
    };
    allclear_config::load(&name, &text, &catalog.kinds())
        .map(|loaded| TestedConfig {
            disabled: loaded.disabled_rules(&name),
            config: loaded.config,
        })
        .map_err(|errors| match source {
            ConfigSource::File(_) => listed(&name, &errors.problems).join("; "),
            // Its places are those of a text that the user does not see.
            ConfigSource::Text(_) => {
                let problems = errors.problems.iter().take(MAX_PROBLEMS);
                problems.map(without_place).collect::<Vec<_>>().join("; ")
            }
        })
}

fn without_place(problem: &ConfigError) -> String {
    let hint = problem.hint.as_ref().map(|hint| format!(": {hint}"));
    format!("{}{}", problem.what, hint.unwrap_or_default())
}

fn lines(file: &TestedFile) -> Vec<String> {
    let mut lines = Vec::new();
    let name = &file.file;
    if let Some(UnusableFile { line, column, message }) = &file.problem {
        let place = line.zip(*column).map(|(line, column)| format!(":{line}:{column}"));
        lines.push(format!("✗ {name}{}: {message}", place.unwrap_or_default()));
    }
    for test in &file.tests {
        let sign = if test.problems.is_empty() { "✓" } else { "✗" };
        lines.push(format!("{sign} {name}:{}: {}", test.line, test.name));
        let problems = test.problems.iter();
        lines.extend(problems.map(|one| {
            let TestProblem { line, column, message } = one;
            format!("    {name}:{line}:{column}: {message}")
        }));
    }
    lines
}
