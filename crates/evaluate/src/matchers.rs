//! Compiled matchers: whether the labels of an alert pass.

use allclear_core::matcher::{AlertLabels, MatchOp, Matcher, MonitorLabels};
use allclear_core::monitor::Monitor;
use allclear_core::status::Severity;
use regex::Regex;

/// The size of a compiled pattern, in bytes, up to which it is accepted.
const MAX_PATTERN_BYTES: usize = 1 << 20;

/// A list of matchers with compiled patterns. All of them must hold; an empty list holds for every alert.
#[derive(Debug, Clone, Default)]
pub struct CompiledMatchers(Vec<CompiledMatcher>);

/// A matcher with its compiled pattern.
#[derive(Debug, Clone)]
struct CompiledMatcher {
    matcher: Matcher,
    /// `None` for a comparison of whole values.
    pattern: Option<Regex>,
}

/// The error of a matcher whose pattern is not a usable regular expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the pattern of `{matcher}` is not a regular expression: {reason}")]
pub struct PatternError {
    /// The matcher.
    pub matcher: Matcher,
    /// The problem, in one line.
    pub reason: String,
}

impl CompiledMatchers {
    /// Compiles the patterns of `matchers`.
    ///
    /// # Errors
    ///
    /// Fails at the first pattern that is not a regular expression or is too large.
    pub fn new(matchers: &[Matcher]) -> Result<Self, PatternError> {
        matchers.iter().map(CompiledMatcher::new).collect::<Result<_, _>>().map(Self)
    }

    /// Checks whether all matchers hold for `labels`.
    #[must_use]
    pub fn hold(&self, labels: &AlertLabels<'_>) -> bool {
        self.0.iter().all(|one| one.holds(labels))
    }

    /// Returns the matchers, each with true if it holds for `labels`.
    #[must_use]
    pub fn results(&self, labels: &AlertLabels<'_>) -> Vec<(&Matcher, bool)> {
        self.0.iter().map(|one| (&one.matcher, one.holds(labels))).collect()
    }

    /// Checks whether the matchers on properties of `monitor` hold, so that an alert of it may match.
    #[must_use]
    pub fn may_hold_for(&self, monitor: &Monitor) -> bool {
        let labels = MonitorLabels::of(monitor);
        let is_refused = |one: &CompiledMatcher| {
            let found = labels.any(one.matcher.label, |value| one.compare(value));
            found.is_some_and(|is_found| is_found == one.matcher.op.is_negative())
        };
        !self.0.iter().any(is_refused)
    }
}

impl CompiledMatcher {
    fn new(matcher: &Matcher) -> Result<Self, PatternError> {
        if !matcher.op.is_pattern() {
            return Ok(Self { matcher: matcher.clone(), pattern: None });
        }
        let error = |error: &regex::Error| {
            let text = error.to_string();
            // The message quotes the pattern over several lines; the last one has the reason.
            let reason = text.lines().last().unwrap_or_default();
            let reason = reason.trim().trim_start_matches("error: ").to_owned();
            PatternError { matcher: matcher.clone(), reason }
        };
        let compile = |pattern: &str| {
            let built = regex::RegexBuilder::new(pattern).size_limit(MAX_PATTERN_BYTES).build();
            built.map_err(|failed| error(&failed))
        };
        // Alone first: an unbalanced parenthesis must not close the group of the anchors.
        compile(&matcher.value)?;
        let pattern = compile(&format!("^(?:{})$", matcher.value))?;
        Ok(Self { matcher: matcher.clone(), pattern: Some(pattern) })
    }

    fn holds(&self, labels: &AlertLabels<'_>) -> bool {
        labels.passes(self.matcher.label, |value| self.compare(value))
            != self.matcher.op.is_negative()
    }

    /// Checks whether a value is the one of the matcher, matches its pattern, or is on its side of the order.
    fn compare(&self, value: &str) -> bool {
        let severities =
            || Severity::from_word(value).zip(Severity::from_word(&self.matcher.value));
        match self.matcher.op {
            MatchOp::Equal | MatchOp::NotEqual => value == self.matcher.value,
            MatchOp::Matches | MatchOp::NotMatches => {
                self.pattern.as_ref().is_some_and(|pattern| pattern.is_match(value))
            }
            MatchOp::AtLeast => severities().is_some_and(|(value, limit)| value >= limit),
            MatchOp::AtMost => severities().is_some_and(|(value, limit)| value <= limit),
        }
    }
}

#[cfg(test)]
mod tests {
    use allclear_core::id::{MonitorId, RegionId, RuleId};
    use allclear_core::status::Fault;

    use super::*;

    /// Checks `matchers` against a critical alert `down` of `api` in the group `payments` with the tags `eu` and `db`.
    fn holds(matchers: &[&str]) -> bool {
        holds_in(&[], matchers)
    }

    /// Checks `matchers` against that alert, which these regions see while another region does not.
    fn holds_in(regions: &[&str], matchers: &[&str]) -> bool {
        let regions: Vec<RegionId> =
            regions.iter().map(|name| RegionId::new(*name).unwrap()).collect();
        let matchers: Vec<Matcher> = matchers.iter().map(|text| text.parse().unwrap()).collect();
        let (monitor, rule) = (MonitorId::new("api").unwrap(), RuleId::new("down").unwrap());
        let tags = ["eu".to_owned(), "db".to_owned()];
        CompiledMatchers::new(&matchers).unwrap().hold(&AlertLabels {
            monitor: MonitorLabels { id: &monitor, group: Some("payments"), tags: &tags },
            rule: &rule,
            severity: Severity::Critical,
            fault: Some(Fault::Target),
            regions: &regions,
        })
    }

    #[test]
    fn all_matchers_must_hold() {
        for (matchers, expected) in [
            (&["monitor=api"][..], true),
            (&["monitor=api", "rule=down", "severity=critical", "fault=target"], true),
            (&["monitor=api", "rule=low_uptime"], false),
            (&["group=~pay.*"], true),
            (&["severity>=critical"], true),
            (&["severity>=warning", "severity<=critical"], true),
            (&["severity<=error"], false),
            (&[], true),
        ] {
            assert_eq!(holds(matchers), expected, "{matchers:?}");
        }
    }

    #[test]
    fn a_pattern_matches_the_whole_value() {
        for (matcher, expected) in [
            ("monitor=~ap", false),
            ("monitor=~ap.", true),
            ("monitor=~x|api", true),
            ("monitor=~x|ap", false),
            ("monitor!~ap", true),
            ("monitor=~(?m)api", true),
            ("monitor=~", false),
        ] {
            assert_eq!(holds(&[matcher]), expected, "{matcher}");
        }
    }

    #[test]
    fn one_tag_must_match_and_no_tag_may_be_excluded() {
        for (matcher, expected) in [
            ("tag=eu", true),
            ("tag=db", true),
            ("tag=us", false),
            ("tag!=us", true),
            ("tag!=eu", false),
            ("tag=~e.|u.", true),
            ("tag!~e.", false),
            ("tag=", false),
        ] {
            assert_eq!(holds(&[matcher]), expected, "{matcher}");
        }
    }

    #[test]
    fn all_regions_must_match_and_an_alert_without_one_has_an_empty_one() {
        for (regions, matcher, expected) in [
            (&["eu-west-1"][..], "region=eu-west-1", true),
            (&["eu-west-1"], "region=us-east-1", false),
            (&["eu-west-1"], "region!=eu-west-1", false),
            (&["eu-west-1"], "region=", false),
            // A failure in two regions is not one of the first alone.
            (&["eu-west-1", "us-east-1"], "region=eu-west-1", false),
            (&["eu-west-1", "us-east-1"], "region!=eu-west-1", true),
            (&["eu-west-1", "us-east-1"], "region=~eu-.*", false),
            (&["eu-west-1", "eu-west-2"], "region=~eu-.*", true),
            (&["eu-west-1", "eu-west-2"], "region!~eu-.*", false),
            (&[], "region=eu-west-1", false),
            (&[], "region!=eu-west-1", true),
            (&[], "region=", true),
            (&[], "region=~.+", false),
        ] {
            assert_eq!(holds_in(regions, &[matcher]), expected, "{matcher} of {regions:?}");
        }
    }

    #[test]
    fn an_invalid_or_huge_pattern_is_refused() {
        let error = |text: &str| CompiledMatchers::new(&[text.parse().unwrap()]).unwrap_err();
        assert!(error("rule=~(").to_string().contains("unclosed group"), "{}", error("rule=~("));
        // Balanced only together with the group of the anchors.
        assert!(error("rule=~a)|(b").reason.contains("unopened group"));
        assert!(!error(r"rule=~\w{5000}{50}").reason.is_empty());
    }
}
