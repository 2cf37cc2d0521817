//! Silences of a test whose matchers name something that does not exist.

use allclear_core::config::Config;
use allclear_core::id::{MonitorId, RuleId};
use allclear_core::matcher::{AlertLabels, MatchLabel, MatchOp, Matcher, MonitorLabels};
use allclear_core::monitor::Monitor;
use allclear_core::rule::SELF_RULES;
use allclear_core::status::{Fault, Severity};
use allclear_evaluate::matchers::CompiledMatchers;
use toml::Spanned;

use super::case::Case;
use super::file::{FileProblem, RawSilence};
use super::known_names::{it_has, quoted};
use super::test_config::TestedIndex;

/// The values that a matcher on a label can name.
enum Choice<'a> {
    /// The words of the label, which no config changes.
    Words(Vec<&'static str>),
    /// The values in the config.
    InConfig(Vec<&'a str>),
}

impl Case<'_> {
    /// Refuses a silence with a value or a pattern that matches nothing of the config.
    pub(super) fn refuse_silence(
        &self,
        silence: &RawSilence,
        tested: &TestedIndex,
    ) -> Result<(), FileProblem> {
        let texts = silence.matchers.get_ref();
        for (matcher, text) in self.matchers(silence)?.iter().zip(texts) {
            if let Some(positive) = positive(matcher) {
                self.refuse_matcher(&positive, text, tested)?;
            }
        }
        if texts.is_empty() {
            let message = "a silence needs a matcher, such as `monitor=api`";
            return Err(self.problem(silence.matchers.span(), message));
        }
        Ok(())
    }

    fn refuse_matcher(
        &self,
        matcher: &Matcher,
        text: &Spanned<String>,
        tested: &TestedIndex,
    ) -> Result<(), FileProblem> {
        let compiled = CompiledMatchers::new(std::slice::from_ref(matcher))
            .map_err(|error| self.problem(text.span(), error.to_string()))?;
        if self.names_something(matcher, &compiled, tested) {
            return Ok(());
        }
        let (label, text_of) = (matcher.label.as_str(), text.get_ref());
        let message = match choice(matcher.label, tested.index.config()) {
            Choice::Words(mut words) => {
                words.sort_unstable();
                format!("`{text_of}` names no {label}: choose from {}", quoted(&words))
            }
            Choice::InConfig(mut values) => {
                values.sort_unstable();
                values.dedup();
                format!(
                    "`{text_of}` names no {label} of the config: {}",
                    it_has(&matcher.value, values)
                )
            }
        };
        Err(self.problem(text.span(), message))
    }

    /// Checks whether a matcher holds for something that exists.
    fn names_something(
        &self,
        matcher: &Matcher,
        compiled: &CompiledMatchers,
        tested: &TestedIndex,
    ) -> bool {
        match matcher.label {
            MatchLabel::Monitor | MatchLabel::Group | MatchLabel::Tag => {
                let monitors = &tested.index.config().monitors;
                monitors.iter().any(|one| compiled.may_hold_for(one))
            }
            MatchLabel::Rule => self.rules(tested).any(|rule| holds(compiled, rule, None)),
            MatchLabel::Severity => {
                matcher.op.is_pattern() || Severity::from_word(&matcher.value).is_some()
            }
            MatchLabel::Fault => {
                let mut faults = Fault::ALL.into_iter().map(Some).chain([None]);
                faults.any(|fault| holds(compiled, "service_down", fault))
            }
            // A test has one region.
            MatchLabel::Region => true,
        }
    }

    /// Returns the rules of the config, those that it has disabled, and all built-in ones.
    fn rules<'t>(&'t self, tested: &'t TestedIndex) -> impl Iterator<Item = &'t str> {
        let of_config = tested.index.config().rules.iter().map(|one| one.id.as_str());
        let disabled = tested.disabled.keys().map(RuleId::as_str);
        let built_in = self.runner.kinds.rules().map(|one| one.id).chain(SELF_RULES);
        of_config.chain(disabled).chain(built_in)
    }
}

/// Returns the matcher that names the same things and holds for them; `None` for a comparison, which names a severity.
fn positive(matcher: &Matcher) -> Option<Matcher> {
    let op = match matcher.op {
        MatchOp::Equal | MatchOp::NotEqual => MatchOp::Equal,
        MatchOp::Matches | MatchOp::NotMatches => MatchOp::Matches,
        MatchOp::AtLeast | MatchOp::AtMost => return None,
    };
    Some(Matcher { op, ..matcher.clone() })
}

/// Returns the values that a matcher on a label can name.
fn choice(label: MatchLabel, config: &Config) -> Choice<'_> {
    let monitors = config.monitors.iter();
    match label {
        MatchLabel::Severity => Choice::Words(Severity::ALL.map(Severity::as_str).to_vec()),
        MatchLabel::Fault => Choice::Words(Fault::ALL.map(Fault::as_str).to_vec()),
        MatchLabel::Monitor => Choice::InConfig(monitors.map(|one| one.id.as_str()).collect()),
        MatchLabel::Group => Choice::InConfig(monitors.filter_map(group).collect()),
        MatchLabel::Tag => {
            Choice::InConfig(monitors.flat_map(|one| &one.tags).map(String::as_str).collect())
        }
        MatchLabel::Rule => {
            Choice::InConfig(config.rules.iter().map(|one| one.id.as_str()).collect())
        }
        MatchLabel::Region => Choice::InConfig(Vec::new()),
    }
}

fn group(monitor: &Monitor) -> Option<&str> {
    monitor.group.as_deref()
}

/// Checks whether a matcher on the rule or the fault holds.
fn holds(matchers: &CompiledMatchers, rule: &str, fault: Option<Fault>) -> bool {
    let itself = MonitorId::itself();
    let Ok(rule) = RuleId::new(rule) else { return false };
    matchers.hold(&AlertLabels {
        monitor: MonitorLabels::of_unknown(&itself),
        rule: &rule,
        severity: Severity::Critical,
        fault,
        regions: &[],
    })
}
