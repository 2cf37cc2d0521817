//! The specifications of checks, channels and actions: kinds and their parameters.
//!
//! The kinds are passed in by the caller. The problems that they report get their places here.

use allclear_core::action::ActionSpec;
use allclear_core::channel::SendSpec;
use allclear_core::checker::{Checker, ParamProblem};
use allclear_core::monitor::CheckSpec;
use allclear_core::proxy::ProxyChoice;
use serde_json::Value;
use toml::de::DeTable;

use crate::actions::DescribedSpec;
use crate::document::{self, SpannedNode};
use crate::schema_check::Removed;
use crate::spanned::Spanned;
use crate::spanned_error::SpannedError;
use crate::{Kinds, literal_span, raw};

/// Reads specifications and collects the problems that their kinds report.
pub(crate) struct SpecReader<'a> {
    pub(crate) text: &'a str,
    pub(crate) kinds: &'a Kinds<'a>,
    pub(crate) lost: &'a Removed,
    pub(crate) inherited: Inherited<'a>,
}

/// Parameters that a check inherits if its kind supports them and the check does not set them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inherited<'a>(Vec<(&'static str, &'a Spanned<String>)>);

impl<'a> Inherited<'a> {
    /// Reads them from the defaults. A wrong one is reported and not inherited.
    pub(crate) fn of(defaults: &'a raw::Defaults, findings: &mut Vec<SpannedError>) -> Self {
        let Some(proxy) = &defaults.proxy else { return Self::default() };
        match ProxyChoice::read(Some(&proxy.value)) {
            Ok(_) => Self(vec![("proxy", proxy)]),
            Err(problem) => {
                let finding = SpannedError::new(proxy.span.clone(), problem.what);
                findings.push(finding.maybe_hint(problem.hint));
                Self::default()
            }
        }
    }
}

impl<'a> SpecReader<'a> {
    /// Returns the check of a monitor and the checker built from it; `None` if the check is
    /// invalid, which has been reported.
    pub(crate) fn check(
        &self,
        monitor: &DeTable<'_>,
        findings: &mut Vec<SpannedError>,
    ) -> Option<(CheckSpec, Box<dyn Checker>)> {
        let (table, kind, node) = only_kind(monitor.get("check")?)?;
        let mut spec = CheckSpec { kind: kind.to_owned(), params: document::to_json(node) };
        let inherited = self.inherit(&mut spec);
        let (checker, mut problems) = match self.kinds.checks.build(&spec) {
            Ok(checker) => (Some(checker), Vec::new()),
            Err(problems) => (None, problems),
        };
        let mut is_sound = true;
        problems.retain(|problem| {
            let own = |(key, _): &&(&str, &Spanned<String>)| problem.path == [*key];
            let Some((_, value)) = inherited.iter().find(own) else { return true };
            is_sound = false;
            // Each check that inherits the value has the same problem.
            if !findings.iter().any(|told| told.span == value.span) {
                let finding = SpannedError::new(value.span.clone(), problem.what.clone());
                findings.push(finding.maybe_hint(problem.hint.clone()));
            }
            false
        });
        is_sound &= self.sound(table, node, &problems, findings);
        checker.filter(|_| is_sound).map(|checker| (spec, checker))
    }

    /// Adds the inherited parameters that the kind supports and the check does not set. Returns
    /// them.
    fn inherit(&self, spec: &mut CheckSpec) -> Vec<(&'static str, &'a Spanned<String>)> {
        if self.inherited.0.is_empty() {
            return Vec::new();
        }
        let Some(schema) = self.kinds.checks.schema(&spec.kind) else { return Vec::new() };
        let Some(params) = spec.params.as_object_mut() else { return Vec::new() };
        let missing = self.inherited.0.iter().filter(|(key, _)| {
            let is_known = schema.get("properties").is_some_and(|known| known.get(key).is_some());
            is_known && !params.contains_key(*key)
        });
        let missing: Vec<_> = missing.copied().collect();
        params.extend(missing.iter().map(|(key, at)| ((*key).to_owned(), Value::from(&*at.value))));
        missing
    }

    /// Returns the specification of a channel; `None` if it is invalid, which has been reported.
    pub(crate) fn send(
        &self,
        channel: &DeTable<'_>,
        findings: &mut Vec<SpannedError>,
    ) -> Option<SendSpec> {
        let (table, kind, node) = only_kind(channel.get("send")?)?;
        let spec = SendSpec { kind: kind.to_owned(), params: document::to_json(node) };
        let problems = self.kinds.channels.build(&spec).err().unwrap_or_default();
        self.sound(table, node, &problems, findings).then_some(spec)
    }

    /// Returns the specification of an action with its effect; `None` if it is invalid, which has been reported.
    pub(crate) fn run(
        &self,
        action: &DeTable<'_>,
        findings: &mut Vec<SpannedError>,
    ) -> Option<DescribedSpec> {
        let (table, kind, node) = only_kind(action.get("run")?)?;
        let spec = ActionSpec { kind: kind.to_owned(), params: document::to_json(node) };
        let (effect, problems) = match self.kinds.actions.build(&spec) {
            Ok(executor) => (Some(executor.effect()), Vec::new()),
            Err(problems) => (None, problems),
        };
        let is_sound = self.sound(table, node, &problems, findings);
        effect.filter(|_| is_sound).map(|effect| (spec, effect))
    }

    fn sound(
        &self,
        table: &SpannedNode<'_>,
        params: &SpannedNode<'_>,
        problems: &[ParamProblem],
        findings: &mut Vec<SpannedError>,
    ) -> bool {
        let is_complete = !self.lost.in_params(table.span().start);
        for problem in problems {
            let (node, is_there) = document::follow(params, &problem.path);
            let finding = self.finding(node, problem);
            // A kind stops at a table in which a parameter is missing, and that has been reported.
            let is_reported =
                findings.iter().any(|told| told.about_absence && told.span == finding.span);
            // If a parameter is missing, only problems of parameters that exist are reliable.
            if is_complete || (is_there && !problem.path.is_empty() && !is_reported) {
                findings.push(finding);
            }
        }
        is_complete && problems.is_empty()
    }

    fn finding(&self, node: &SpannedNode<'_>, problem: &ParamProblem) -> SpannedError {
        let span = match (&problem.range, node.get_ref().as_str()) {
            (Some(range), Some(value)) => {
                literal_span::inside(self.text, &node.span(), value, range)
            }
            _ => node.span(),
        };
        SpannedError::new(span, problem.what.clone()).maybe_hint(problem.hint.clone())
    }
}

fn only_kind<'d, 'i>(
    table: &'d SpannedNode<'i>,
) -> Option<(&'d SpannedNode<'i>, &'d str, &'d SpannedNode<'i>)> {
    let kinds = table.get_ref().as_table()?;
    let (kind, params) = kinds.iter().next()?;
    (kinds.len() == 1).then(|| (table, kind.get_ref().as_ref(), params))
}
