//! The memory, schedules and alarms that the template deploys. Read from `template.yaml`
//! itself, so that nothing of it stands twice.
//!
//! It reads the few lines that it needs, as the template writes them, and refuses a template that
//! writes them in another way.

use std::time::Duration;

use allclear_core::duration;

use crate::error::{BillError, Result};

const TEMPLATE: &str = include_str!("../../../template.yaml");

/// The functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StackFunction {
    Prober,
    Evaluator,
    Notifier,
    Generator,
}

impl StackFunction {
    pub(crate) const ALL: [Self; 4] =
        [Self::Prober, Self::Evaluator, Self::Notifier, Self::Generator];

    /// Returns its name for people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Prober => "prober",
            Self::Evaluator => "evaluator",
            Self::Notifier => "notifier",
            Self::Generator => "generator",
        }
    }

    /// Returns its name in the template.
    fn resource(self) -> &'static str {
        match self {
            Self::Prober => "Prober",
            Self::Evaluator => "Evaluator",
            Self::Notifier => "Notifier",
            Self::Generator => "Generator",
        }
    }
}

/// The values of the template, with the defaults of its parameters.
#[derive(Debug)]
pub(crate) struct TemplateValues {
    functions: [Deployed; 4],
    /// Metrics of alarms in a home.
    pub(crate) n_alarm_metrics: usize,
    /// Metrics of alarms in a stack that is a prober only.
    pub(crate) n_prober_alarm_metrics: usize,
}

/// A function as it is deployed.
#[derive(Debug, Clone, Copy)]
struct Deployed {
    function: StackFunction,
    memory_mb: u32,
    every: Duration,
}

impl TemplateValues {
    /// Reads the template of this version.
    pub(crate) fn built_in() -> Result<Self> {
        Self::of(TEMPLATE)
    }

    fn of(template: &str) -> Result<Self> {
        let template = Template(template);
        let [prober, evaluator, notifier, generator] =
            StackFunction::ALL.map(|function| -> Result<Deployed> {
                let name = function.resource();
                let memory = template.value(name, "MemorySize")?;
                let memory_mb = memory.parse().map_err(|_| {
                    template_error(&format!("`MemorySize` of {name} is `{memory}`"))
                })?;
                let every = interval(&template.value(name, "ScheduleExpression")?)?;
                Ok(Deployed { function, memory_mb, every })
            });
        let alarms: Vec<Vec<&str>> = template
            .resources()
            .map(|(_, lines)| lines)
            .filter(|lines| lines.first() == Some(&"Type: AWS::CloudWatch::Alarm"))
            .collect();
        let is_away = |lines: &&Vec<&str>| lines.contains(&"Condition: HasProberAlarms");
        let n_with =
            |part: &str, lines: &[&str]| lines.iter().filter(|line| line.contains(part)).count();
        Ok(Self {
            functions: [prober?, evaluator?, notifier?, generator?],
            n_alarm_metrics: alarms
                .iter()
                .filter(|lines| !is_away(lines))
                .map(|lines| n_with("MetricName:", lines))
                .sum(),
            n_prober_alarm_metrics: alarms
                .iter()
                .map(|lines| n_with("Value: !Ref Prober }", lines))
                .sum(),
        })
    }

    /// Megabytes of a function.
    pub(crate) fn memory_mb(&self, function: StackFunction) -> u32 {
        self.deployed(function).map_or(0, |one| one.memory_mb)
    }

    /// Returns the interval of its schedule.
    pub(crate) fn every(&self, function: StackFunction) -> Duration {
        self.deployed(function).map_or(Duration::ZERO, |one| one.every)
    }

    /// Returns the number of invocations by its schedule in a day.
    pub(crate) fn invocations_per_day(&self, function: StackFunction) -> f64 {
        let every = self.every(function).as_secs_f64();
        if every > 0.0 { 86_400.0 / every } else { 0.0 }
    }

    fn deployed(&self, function: StackFunction) -> Option<&Deployed> {
        self.functions.iter().find(|one| one.function == function)
    }
}

/// Parses `rate(5 minutes)`, or the one cron expression that means each minute.
fn interval(schedule: &str) -> Result<Duration> {
    if schedule == "cron(* * * * ? *)" {
        return Ok(Duration::from_mins(1));
    }
    let rate = schedule.strip_prefix("rate(").and_then(|rest| rest.strip_suffix(')'));
    let (n, unit) = rate.and_then(|rate| rate.split_once(' ')).unwrap_or_default();
    duration::parse(&format!("{n}{}", unit.get(..1).unwrap_or_default()))
        .map_err(|_| template_error(&format!("the schedule `{schedule}` is no `rate(…)`")))
}

fn template_error(what: &str) -> BillError {
    BillError::Template(format!("unexpected form of the template: {what}"))
}

/// The text of a template.
struct Template<'a>(&'a str);

impl<'a> Template<'a> {
    /// Returns the resources, and the parameters, by name with their lines, without indentation
    /// and comments.
    fn resources(&self) -> impl Iterator<Item = (&'a str, Vec<&'a str>)> {
        let mut parts: Vec<(&str, Vec<&str>)> = Vec::new();
        for line in self.0.lines().filter(|line| !line.trim_start().starts_with('#')) {
            let name = line.strip_prefix("  ").filter(|rest| !rest.starts_with([' ', '-']));
            if let Some(name) = name.and_then(|name| name.strip_suffix(':')) {
                parts.push((name, Vec::new()));
            } else if let Some((_, lines)) = parts.last_mut() {
                lines.push(line.trim());
            }
        }
        parts.into_iter()
    }

    /// Returns the value of `key` in the resource `name`, with parameters replaced by their
    /// defaults.
    fn value(&self, name: &str, key: &str) -> Result<String> {
        let missing = || template_error(&format!("{name} has no `{key}`"));
        let (_, lines) = self.resources().find(|(one, _)| *one == name).ok_or_else(missing)?;
        let value = lines.iter().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
        let value = value.ok_or_else(missing)?;
        if let Some(parameter) = value.strip_prefix("!Ref ") {
            return self.value(parameter, "Default");
        }
        let Some(pattern) = value.strip_prefix("!Sub ") else {
            // A text such as the key of a mapping is in quotes.
            return Ok(value.trim_matches('"').to_owned());
        };
        let parts = pattern.split_once("${").and_then(|(before, rest)| {
            let (parameter, after) = rest.split_once('}')?;
            Some((before, parameter, after))
        });
        let (before, parameter, after) = parts.ok_or_else(missing)?;
        Ok(format!("{before}{}{after}", self.value(parameter, "Default")?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_schedules_and_alarms_are_read_from_the_template() {
        let deployment = TemplateValues::built_in().unwrap();
        for function in StackFunction::ALL {
            assert!((128..=1_769).contains(&deployment.memory_mb(function)), "{function:?}");
        }
        assert_eq!(deployment.every(StackFunction::Prober), Duration::from_mins(1));
        assert!(deployment.every(StackFunction::Generator) >= Duration::from_mins(1));
        assert!(deployment.n_alarm_metrics > deployment.n_prober_alarm_metrics);
        assert!(deployment.n_prober_alarm_metrics > 0);
    }

    #[test]
    fn a_template_of_another_form_is_refused() {
        let text = TEMPLATE.replace("MemorySize: 256", "MemorySize: !FindInMap [A, B, C]");
        assert!(TemplateValues::of(&text).is_err());
        assert!(interval("cron(0 * * * ? *)").is_err());
        assert_eq!(interval("rate(2 hours)").unwrap(), Duration::from_hours(2));
    }
}
