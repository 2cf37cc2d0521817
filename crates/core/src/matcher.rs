//! Matchers over the labels of an alert, as silences and routes use them: `group=payments`, `rule=~"high_.*"`.
//!
//! A matcher is data. Compiling its pattern is the task of the crate that evaluates it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::{MonitorId, RegionId, RuleId};
use crate::monitor::Monitor;
use crate::status::{Fault, Severity};

/// A condition on one label of an alert. Serialized as its text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Matcher {
    /// The label.
    pub label: MatchLabel,
    /// The comparison.
    pub op: MatchOp,
    /// The value, or the pattern that has to match the whole value.
    pub value: String,
}

/// A label of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MatchLabel {
    /// The id of the monitor.
    Monitor,
    /// The group of the monitor; empty if it has none.
    Group,
    /// The tags of the monitor. One of them must match; a monitor without tags has one empty tag.
    Tag,
    /// The id of the rule.
    Rule,
    /// The severity of the alert.
    Severity,
    /// The fault; empty if there is none.
    Fault,
    /// The regions that see the trouble while another region does not. All of them must match. Empty if all regions see
    /// it, if there is only one, or if the alert is not about outcomes.
    Region,
}

impl MatchLabel {
    /// All labels.
    pub const ALL: [Self; 7] = [
        Self::Monitor,
        Self::Group,
        Self::Tag,
        Self::Rule,
        Self::Severity,
        Self::Fault,
        Self::Region,
    ];

    /// Returns the word used in matchers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Monitor => "monitor",
            Self::Group => "group",
            Self::Tag => "tag",
            Self::Rule => "rule",
            Self::Severity => "severity",
            Self::Fault => "fault",
            Self::Region => "region",
        }
    }
}

/// The comparison of a matcher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MatchOp {
    /// The label has the value.
    Equal,
    /// The label does not have the value.
    NotEqual,
    /// The pattern matches the whole value of the label.
    Matches,
    /// The pattern does not match the whole value of the label.
    NotMatches,
    /// The severity is at least as high as the value.
    AtLeast,
    /// The severity is at most as high as the value.
    AtMost,
}

impl MatchOp {
    /// All comparisons. Longer signs stand before those that begin like them.
    pub const ALL: [Self; 6] =
        [Self::Matches, Self::NotMatches, Self::NotEqual, Self::AtLeast, Self::AtMost, Self::Equal];

    /// Returns the sign used in matchers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Matches => "=~",
            Self::NotMatches => "!~",
            Self::AtLeast => ">=",
            Self::AtMost => "<=",
        }
    }

    /// Returns true if the matcher holds when the value is absent.
    #[must_use]
    pub fn is_negative(self) -> bool {
        match self {
            Self::NotEqual | Self::NotMatches => true,
            Self::Equal | Self::Matches | Self::AtLeast | Self::AtMost => false,
        }
    }

    /// Returns true if the value of the matcher is a regular expression.
    #[must_use]
    pub fn is_pattern(self) -> bool {
        match self {
            Self::Matches | Self::NotMatches => true,
            Self::Equal | Self::NotEqual | Self::AtLeast | Self::AtMost => false,
        }
    }

    /// Returns true if the comparison is by order, which only severities have.
    #[must_use]
    pub fn is_ordered(self) -> bool {
        match self {
            Self::AtLeast | Self::AtMost => true,
            Self::Equal | Self::NotEqual | Self::Matches | Self::NotMatches => false,
        }
    }
}

/// The labels that all alerts of a monitor share.
#[derive(Debug, Clone, Copy)]
pub struct MonitorLabels<'a> {
    /// The id of the monitor.
    pub id: &'a MonitorId,
    /// The group of the monitor.
    pub group: Option<&'a str>,
    /// The tags of the monitor.
    pub tags: &'a [String],
}

impl<'a> MonitorLabels<'a> {
    /// Returns the labels of `monitor`.
    #[must_use]
    pub fn of(monitor: &'a Monitor) -> Self {
        Self { id: &monitor.id, group: monitor.group.as_deref(), tags: &monitor.tags }
    }

    /// Returns the labels of a monitor that is not in the config.
    #[must_use]
    pub fn of_unknown(id: &'a MonitorId) -> Self {
        Self { id, group: None, tags: &[] }
    }

    /// Checks whether a value of `label` passes `test`; `None` if the label is not a property of the monitor.
    pub fn any(&self, label: MatchLabel, test: impl Fn(&str) -> bool) -> Option<bool> {
        match label {
            MatchLabel::Monitor => Some(test(self.id.as_str())),
            MatchLabel::Group => Some(test(self.group.unwrap_or_default())),
            MatchLabel::Tag if self.tags.is_empty() => Some(test("")),
            MatchLabel::Tag => Some(self.tags.iter().any(|tag| test(tag))),
            MatchLabel::Rule | MatchLabel::Severity | MatchLabel::Fault | MatchLabel::Region => {
                None
            }
        }
    }
}

/// The labels of one alert.
#[derive(Debug, Clone, Copy)]
pub struct AlertLabels<'a> {
    /// The labels of its monitor.
    pub monitor: MonitorLabels<'a>,
    /// The rule.
    pub rule: &'a RuleId,
    /// The severity.
    pub severity: Severity,
    /// The fault; `None` if the alert has none.
    pub fault: Option<Fault>,
    /// The regions that see the trouble while another region does not.
    pub regions: &'a [RegionId],
}

impl AlertLabels<'_> {
    /// Checks whether the alert passes `test` by its value of `label`: by one of its tags, or by all of its regions.
    pub fn passes(&self, label: MatchLabel, test: impl Fn(&str) -> bool) -> bool {
        match label {
            MatchLabel::Monitor | MatchLabel::Group | MatchLabel::Tag => {
                self.monitor.any(label, test).unwrap_or_default()
            }
            MatchLabel::Rule => test(self.rule.as_str()),
            MatchLabel::Severity => test(self.severity.as_str()),
            MatchLabel::Fault => test(self.fault.map_or("", Fault::as_str)),
            MatchLabel::Region if self.regions.is_empty() => test(""),
            MatchLabel::Region => self.regions.iter().all(|region| test(region.as_str())),
        }
    }
}

impl<'a> AlertLabels<'a> {
    /// Returns the values of `label`: one, or all tags of the monitor, or all regions.
    #[must_use]
    pub fn values(&self, label: MatchLabel) -> Vec<&'a str> {
        match label {
            MatchLabel::Monitor => vec![self.monitor.id.as_str()],
            MatchLabel::Group => vec![self.monitor.group.unwrap_or_default()],
            MatchLabel::Tag => self.monitor.tags.iter().map(String::as_str).collect(),
            MatchLabel::Rule => vec![self.rule.as_str()],
            MatchLabel::Severity => vec![self.severity.as_str()],
            MatchLabel::Fault => vec![self.fault.map_or("", Fault::as_str)],
            MatchLabel::Region => self.regions.iter().map(RegionId::as_str).collect(),
        }
    }
}

/// The error of a text that is not a matcher.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MatcherError {
    /// There is no comparison.
    #[error("`{0}` has no comparison")]
    NoComparison(String),
    /// The signs of the comparison are in the wrong order.
    #[error("`{0}` has `=` before `>` or `<`")]
    Reversed(String),
    /// There is no such label.
    #[error("unknown label `{0}`")]
    UnknownLabel(String),
    /// The comparison is by order, and the label or the value is not a severity.
    #[error("`{0}` compares something other than severities")]
    NotOrdered(String),
    /// The value has quotes that do not enclose it.
    #[error("the value of `{0}` is not quoted correctly")]
    Quotes(String),
}

impl MatcherError {
    /// Returns the remedy.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoComparison(_) => {
                "write a label, one of `=`, `!=`, `=~`, `!~`, for a severity also `>=` and `<=`, and a value: `group=payments`, \
                 `severity>=error`"
            }
            Self::NotOrdered(_) => {
                "write `severity>=` or `severity<=` with one of `info`, `warning`, `error`, `critical`"
            }
            Self::Reversed(_) => {
                "write `>=` or `<=`: `severity>=error`; a value that begins with `>` or `<` needs quotes"
            }
            Self::UnknownLabel(_) => {
                "write one of `monitor`, `group`, `tag`, `rule`, `severity`, `fault`, `region`"
            }
            Self::Quotes(_) => "write quotes around the whole value, and `\\\"` for one within it",
        }
    }
}

impl FromStr for Matcher {
    type Err = MatcherError;

    fn from_str(text: &str) -> Result<Self, MatcherError> {
        let no_comparison = || MatcherError::NoComparison(text.to_owned());
        let at = text.find(['=', '!', '<', '>']).ok_or_else(no_comparison)?;
        let (label, rest) = text.split_at_checked(at).ok_or_else(no_comparison)?;
        if rest.starts_with("=>") || rest.starts_with("=<") {
            return Err(MatcherError::Reversed(text.to_owned()));
        }
        let found =
            MatchOp::ALL.into_iter().find_map(|op| Some((op, rest.strip_prefix(op.as_str())?)));
        let (op, value) = found.ok_or_else(no_comparison)?;
        let label = label.trim();
        let found = MatchLabel::ALL.into_iter().find(|one| one.as_str() == label);
        let label = found.ok_or_else(|| MatcherError::UnknownLabel(label.to_owned()))?;
        let value = unquoted(value.trim()).ok_or_else(|| MatcherError::Quotes(text.to_owned()))?;
        if op.is_ordered()
            && (label != MatchLabel::Severity || Severity::from_word(&value).is_none())
        {
            return Err(MatcherError::NotOrdered(text.to_owned()));
        }
        Ok(Self { label, op, value })
    }
}

/// Returns a value without its quotes; `None` if they do not enclose it.
fn unquoted(value: &str) -> Option<String> {
    let Some(rest) = value.strip_prefix('"') else {
        return (!value.contains('"')).then(|| value.to_owned());
    };
    let content = rest.strip_suffix('"')?;
    let mut text = String::with_capacity(content.len());
    let mut chars = content.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return None,
            '\\' => match chars.next()? {
                escaped @ ('"' | '\\') => text.push(escaped),
                // Another backslash belongs to a regular expression.
                other => text.extend(['\\', other]),
            },
            other => text.push(other),
        }
    }
    Some(text)
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { label, op, value } = self;
        write!(f, "{}{}", label.as_str(), op.as_str())?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
        if !value.is_empty() && value.chars().all(is_plain) {
            f.write_str(value)
        } else {
            write!(f, "\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
        }
    }
}

impl TryFrom<String> for Matcher {
    type Error = MatcherError;

    fn try_from(text: String) -> Result<Self, MatcherError> {
        text.parse()
    }
}

impl From<Matcher> for String {
    fn from(matcher: Matcher) -> Self {
        matcher.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matcher(label: MatchLabel, op: MatchOp, value: &str) -> Matcher {
        Matcher { label, op, value: value.to_owned() }
    }

    #[test]
    fn a_matcher_is_read_from_its_text() {
        for (text, expected) in [
            ("group=payments", matcher(MatchLabel::Group, MatchOp::Equal, "payments")),
            ("tag != eu", matcher(MatchLabel::Tag, MatchOp::NotEqual, "eu")),
            (r#"rule=~"high_.*""#, matcher(MatchLabel::Rule, MatchOp::Matches, "high_.*")),
            (
                "severity!~warning|info",
                matcher(MatchLabel::Severity, MatchOp::NotMatches, "warning|info"),
            ),
            (
                r#"group="a = \"b\" \\ c""#,
                matcher(MatchLabel::Group, MatchOp::Equal, r#"a = "b" \ c"#),
            ),
            (r#"monitor=~"\w+-\d""#, matcher(MatchLabel::Monitor, MatchOp::Matches, r"\w+-\d")),
            (r"monitor=~\w+-\d", matcher(MatchLabel::Monitor, MatchOp::Matches, r"\w+-\d")),
            ("fault=", matcher(MatchLabel::Fault, MatchOp::Equal, "")),
            ("severity>=error", matcher(MatchLabel::Severity, MatchOp::AtLeast, "error")),
            ("severity <= warning", matcher(MatchLabel::Severity, MatchOp::AtMost, "warning")),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_no_matcher_is_refused_with_its_remedy() {
        let parse = |text: &str| text.parse::<Matcher>().unwrap_err();
        assert_eq!(parse("payments"), MatcherError::NoComparison("payments".to_owned()));
        assert_eq!(
            parse("group!payments"),
            MatcherError::NoComparison("group!payments".to_owned())
        );
        assert_eq!(parse("host=eu"), MatcherError::UnknownLabel("host".to_owned()));
        for text in [r#"group="a"#, r#"group=a""#, r#"group="a"b""#, r#"group="a\""#] {
            assert_eq!(parse(text), MatcherError::Quotes(text.to_owned()));
        }
        for text in ["group>=a", "severity>=urgent", "severity<=", "rule<=x"] {
            assert_eq!(parse(text), MatcherError::NotOrdered(text.to_owned()));
        }
        assert_eq!(
            parse("severity>error"),
            MatcherError::NoComparison("severity>error".to_owned())
        );
        let hint = parse("severity>error").hint();
        assert!(hint.contains("`>=` and `<=`"), "{hint}");
        for text in ["severity=>error", "severity =< error"] {
            assert_eq!(parse(text), MatcherError::Reversed(text.to_owned()));
            assert!(parse(text).hint().starts_with("write `>=` or `<=`"));
        }
        assert_eq!("group=\">x\"".parse::<Matcher>().unwrap().value, ">x");
        assert!(MatcherError::UnknownLabel(String::new()).hint().contains("`fault`"));
    }

    #[test]
    fn the_text_of_a_matcher_is_read_as_the_same_matcher() {
        let values = ["", "api", "a b", r#"""#, r"\", r#"\""#, r"\d+", "ä", "a=~b", " padded "];
        for value in values {
            for label in MatchLabel::ALL {
                for op in MatchOp::ALL.into_iter().filter(|op| !op.is_ordered()) {
                    let one = matcher(label, op, value);
                    assert_eq!(one.to_string().parse(), Ok(one.clone()), "{one}");
                    let json = serde_json::to_string(&one).unwrap();
                    assert_eq!(serde_json::from_str::<Matcher>(&json).unwrap(), one, "{json}");
                }
            }
        }
    }

    #[test]
    fn a_monitor_without_tags_or_group_has_an_empty_one() {
        let (monitor, rule) = (MonitorId::new("api").unwrap(), RuleId::new("down").unwrap());
        let monitor = MonitorLabels::of_unknown(&monitor);
        let severity = Severity::Critical;
        let labels = AlertLabels { monitor, rule: &rule, severity, fault: None, regions: &[] };
        for label in [MatchLabel::Group, MatchLabel::Tag, MatchLabel::Fault, MatchLabel::Region] {
            assert!(labels.passes(label, str::is_empty), "{label:?}");
        }
    }
}
