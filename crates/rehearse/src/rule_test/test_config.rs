//! The config of a test: that of the file, or the defaults for the monitors of the test.

use std::time::Duration;

use allclear_core::duration;
use allclear_core::id::MonitorId;
use allclear_evaluate::ConfigIndex;
use toml::{Table, Value};

use super::case::{Case, ConfigSource, TestedConfig};
use super::file::FileProblem;
use crate::disabled_rules::DisabledRules;

/// The interval of monitors without `config`.
const EVERY: Duration = Duration::from_mins(1);

/// The compiled config of a test.
pub(super) struct TestedIndex {
    pub(super) index: ConfigIndex,
    pub(super) disabled: DisabledRules,
}

impl Case<'_> {
    /// Reads the config.
    pub(super) fn config(&self, monitors: &[MonitorId]) -> Result<TestedIndex, FileProblem> {
        let (source, span) = match &self.file.config {
            Some(config) => {
                if let Some(every) = &self.test.every {
                    let message = "`every` has no effect beside `config`: set the `interval` of the monitors there, and \
                                   remove it here";
                    return Err(self.problem(every.span(), message));
                }
                let source = match config.get_ref() {
                    Value::String(path) => ConfigSource::File(path.clone()),
                    Value::Table(table) => ConfigSource::Text(table.to_string()),
                    Value::Integer(_)
                    | Value::Float(_)
                    | Value::Boolean(_)
                    | Value::Datetime(_)
                    | Value::Array(_) => {
                        let message = "write `config` as the path of a config, or as a table";
                        return Err(self.problem(config.span(), message));
                    }
                };
                (source, config.span())
            }
            None => (ConfigSource::Text(self.default_config(monitors)?), self.span.clone()),
        };
        let loaded = (self.runner.load)(&source).map_err(|message| {
            let which = match &self.file.config {
                Some(_) => "the config of the test",
                None => "the config that the test makes of `monitors`, `every` and `rule`",
            };
            self.problem(span.clone(), format!("{which}: {message}"))
        })?;
        let TestedConfig { config, disabled } = loaded;
        let index = ConfigIndex::new(config.into())
            .map_err(|error| self.problem(span, error.to_string()))?;
        Ok(TestedIndex { index: index.with_kinds(self.runner.kinds), disabled })
    }

    /// Returns the interval of the monitors without `config`.
    fn every(&self) -> Result<Duration, FileProblem> {
        let Some(text) = &self.test.every else { return Ok(EVERY) };
        let every = self.duration(text)?;
        if every.is_zero() {
            let message = format!("`every` is 0: {}", duration::DURATION_HINT);
            return Err(self.problem(text.span(), message));
        }
        Ok(every)
    }

    /// Returns the text of a config with the defaults for `monitors`, and one channel.
    fn default_config(&self, monitors: &[MonitorId]) -> Result<String, FileProblem> {
        let every = duration::format(self.every()?);
        let monitor = |id: &MonitorId| {
            let mut table = Table::new();
            table.insert("id".to_owned(), Value::from(id.as_str()));
            table.insert("interval".to_owned(), Value::from(every.clone()));
            let url = Value::from("https://www.example.com/");
            let http = Table::from_iter([("url".to_owned(), url)]);
            let check = Table::from_iter([("http".to_owned(), Value::Table(http))]);
            table.insert("check".to_owned(), Value::Table(check));
            let keys = self.file.monitors.iter().find(|(known, _)| known.get_ref() == id);
            table.extend(keys.map(|(_, keys)| keys.clone()).unwrap_or_default());
            Value::Table(table)
        };
        let mut config = Table::new();
        config.insert("monitor".to_owned(), Value::Array(monitors.iter().map(monitor).collect()));
        let log = Table::from_iter([("log".to_owned(), Value::Table(Table::new()))]);
        let channel = Table::from_iter([
            ("id".to_owned(), Value::from("team")),
            ("send".to_owned(), Value::Table(log)),
        ]);
        config.insert("channel".to_owned(), Value::Array(vec![Value::Table(channel)]));
        if let Some(tested) = self.rule() {
            let rule = |id: &str, enabled: bool| {
                Value::Table(Table::from_iter([
                    ("id".to_owned(), Value::from(id)),
                    ("enabled".to_owned(), Value::from(enabled)),
                ]))
            };
            let rules = self.runner.kinds.rules();
            let rules = rules.map(|one| rule(one.id, one.id == tested.as_str()));
            config.insert("rule".to_owned(), Value::Array(rules.collect()));
        }
        Ok(config.to_string())
    }
}
