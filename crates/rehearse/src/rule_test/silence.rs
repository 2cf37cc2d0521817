//! Silences of a test whose matchers name something that does not exist.

use allclear_core::id::{MonitorId, RuleId};
use allclear_core::matcher::{AlertLabels, MatchLabel, MatchOp, Matcher, MonitorLabels};
use allclear_core::rule::SELF_RULES;
use allclear_core::status::{Fault, Severity};
use allclear_evaluate::matchers::CompiledMatchers;
use toml::Spanned;

use super::case::Case;
use super::file::{FileProblem, RawSilence};
use super::test_config::TestedIndex;
use super::vacuous::{it_has, quoted};

impl Case<'_> {
    /// Refuses a silence with a value or a pattern that matches nothing of the config.
    pub(super) fn refuse_silence(
        &self,
        silence: &RawSilence,
        tested: &TestedIndex,
    ) -> Result<(), FileProblem> {
        let texts = silence.matchers.get_ref();
        for (matcher, text) in self.matchers(silence)?.iter().zip(texts) {
            // A negative matcher names the same things as its positive.
            let op = match matcher.op {
                MatchOp::Equal | MatchOp::NotEqual => MatchOp::Equal,
                MatchOp::Matches | MatchOp::NotMatches => MatchOp::Matches,
                MatchOp::AtLeast | MatchOp::AtMost => continue,
            };
            let positive = Matcher { op, ..matcher.clone() };
            self.refuse_matcher(&positive, text, tested)?;
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
        let config = tested.index.config();
        let monitors = || config.monitors.iter();
        let fits_a_monitor = || monitors().any(|one| compiled.may_hold_for(one));
        let rules = config.rules.iter().map(|one| one.id.as_str());
        let (is_known, mut known): (bool, Vec<&str>) = match matcher.label {
            MatchLabel::Monitor => {
                (fits_a_monitor(), monitors().map(|one| one.id.as_str()).collect())
            }
            MatchLabel::Group => {
                (fits_a_monitor(), monitors().filter_map(|one| one.group.as_deref()).collect())
            }
            MatchLabel::Tag => (
                fits_a_monitor(),
                monitors().flat_map(|one| &one.tags).map(String::as_str).collect(),
            ),
            MatchLabel::Rule => {
                let built_in = self.runner.kinds.rules().map(|one| one.id).chain(SELF_RULES);
                let disabled = tested.disabled.keys().map(RuleId::as_str);
                let mut all = rules.clone().chain(built_in).chain(disabled);
                (all.any(|rule| holds(&compiled, rule, None)), rules.collect())
            }
            MatchLabel::Severity => {
                let is_known = Severity::from_word(&matcher.value).is_some();
                (is_known || matcher.op.is_pattern(), Severity::ALL.map(Severity::as_str).to_vec())
            }
            MatchLabel::Fault => {
                let mut faults = Fault::ALL.into_iter().map(Some).chain([None]);
                let is_known = faults.any(|fault| holds(&compiled, "service_down", fault));
                (is_known, Fault::ALL.map(Fault::as_str).to_vec())
            }
            // A test has one region.
            MatchLabel::Region => (true, Vec::new()),
        };
        if is_known {
            return Ok(());
        }
        known.sort_unstable();
        known.dedup();
        let what = matcher.label.as_str();
        let message = match matcher.label {
            MatchLabel::Severity | MatchLabel::Fault => {
                format!("`{}` names no {what}: choose from {}", text.get_ref(), quoted(&known))
            }
            MatchLabel::Monitor
            | MatchLabel::Group
            | MatchLabel::Tag
            | MatchLabel::Rule
            | MatchLabel::Region => {
                format!("`{}` names no {what} of the config: {}", text.get_ref(), it_has(known))
            }
        };
        Err(self.problem(text.span(), message))
    }
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
