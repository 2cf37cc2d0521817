//! `allclear test`: files of rule tests.

use std::path::Path;
use std::process::ExitCode;

use allclear_config::listed;
use allclear_core::config::Config;
use allclear_rehearse::rule_test::{
    ConfigSource, RuleTestFile, RuleTestResult, RuleTestRunner, TestProblem,
};
use anyhow::Context as _;
use serde::Serialize;

use crate::arguments::TestRules;
use crate::exit_code::NOT_HEALTHY;
use crate::local::AllKinds;
use crate::output;

/// Runs the tests of all files and prints the results.
pub(crate) fn run(options: &TestRules) -> anyhow::Result<ExitCode> {
    let catalog = AllKinds::new()?;
    let mut files = Vec::new();
    for path in &options.files {
        files.push(test_file(path, &catalog)?);
    }
    let n_failed = files.iter().map(TestedFile::n_failed).sum::<usize>();
    let n_tests = files.iter().map(|file| file.tests.len()).sum::<usize>();
    if options.json {
        output::json(&TestedFiles { n_tests, n_failed, files: &files });
    } else {
        files.iter().flat_map(lines).for_each(|line| output::line(&line));
        output::line(&format!("{} passed, {n_failed} failed", n_tests.saturating_sub(n_failed)));
    }
    let is_fine = n_failed == 0 && files.iter().all(|file| file.problem.is_none());
    Ok(if is_fine { ExitCode::SUCCESS } else { ExitCode::from(NOT_HEALTHY) })
}

/// The results of all files.
#[derive(Serialize)]
struct TestedFiles<'a> {
    n_tests: usize,
    n_failed: usize,
    files: &'a [TestedFile],
}

/// The results of a file.
#[derive(Serialize)]
struct TestedFile {
    file: String,
    /// The reason that the file cannot be used.
    problem: Option<TestProblem>,
    tests: Vec<RuleTestResult>,
}

impl TestedFile {
    fn n_failed(&self) -> usize {
        self.tests.iter().filter(|test| !test.problems.is_empty()).count()
    }
}

fn test_file(path: &Path, catalog: &AllKinds) -> anyhow::Result<TestedFile> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{file}`"))?;
    let load = |source: &ConfigSource| load(source, path, catalog);
    let runner = RuleTestRunner { kinds: allclear_probes::kinds(), load: &load };
    Ok(match RuleTestFile::parse(&text) {
        Ok(tests) => TestedFile { file, problem: None, tests: runner.run(&text, &tests) },
        Err(error) => {
            let problem = TestProblem { line: error.line, message: error.message };
            TestedFile { file, problem: Some(problem), tests: Vec::new() }
        }
    })
}

/// Reads the config of a test, whose path is relative to the file of the tests.
fn load(source: &ConfigSource, tests: &Path, catalog: &AllKinds) -> Result<Config, String> {
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
        .map(|loaded| loaded.config)
        .map_err(|errors| listed(&name, &errors.problems).join("; "))
}

fn lines(file: &TestedFile) -> Vec<String> {
    let mut lines = Vec::new();
    let name = &file.file;
    if let Some(TestProblem { line, message }) = &file.problem {
        lines.push(format!("✗ {name}:{line}: {message}"));
    }
    for test in &file.tests {
        let sign = if test.problems.is_empty() { "✓" } else { "✗" };
        lines.push(format!("{sign} {name}:{}: {}", test.line, test.name));
        let problems = test.problems.iter();
        lines.extend(problems.map(|one| format!("    {name}:{}: {}", one.line, one.message)));
    }
    lines
}
