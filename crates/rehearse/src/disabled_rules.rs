//! The rules that a config has and does not use.

use std::collections::BTreeMap;

use allclear_core::id::RuleId;

/// The rules that a config has disabled, each with the place at which it does so: ``at `allclear.toml:20:1` ``, or `by
/// default`.
pub type DisabledRules = BTreeMap<RuleId, String>;

/// Returns the sentence about a rule of which the config has no active form; `None` if it is not disabled.
pub(crate) fn sentence(rule: &RuleId, disabled: &DisabledRules) -> Option<String> {
    disabled.get(rule).map(|place| format!("the rule `{rule}` is disabled {place}"))
}
