//! What a monitor does and how a channel is reached: kinds and their parameters.
//!
//! Which kinds there are comes in from outside; their problems are given their places here.

use allclear_core::channel::SendSpec;
use allclear_core::checker::ParamProblem;
use allclear_core::monitor::CheckSpec;
use toml::de::DeTable;

use crate::document::{self, Node};
use crate::finding::Finding;
use crate::shape::Lost;
use crate::{Kinds, quoted};

/// Reads specs and collects what their kinds have against them.
pub(crate) struct SpecReader<'a> {
    pub(crate) text: &'a str,
    pub(crate) kinds: &'a Kinds<'a>,
    pub(crate) lost: &'a Lost,
}

impl SpecReader<'_> {
    /// The check of a monitor; `None` if there is no sound one, which is reported.
    pub(crate) fn check(
        &self,
        monitor: &DeTable<'_>,
        findings: &mut Vec<Finding>,
    ) -> Option<CheckSpec> {
        let (table, kind, node) = only_kind(monitor.get("check")?)?;
        let spec = CheckSpec { kind: kind.to_owned(), params: document::to_json(node) };
        let problems = self.kinds.checks.build(&spec).err();
        self.sound(table, node, problems.as_deref(), findings).then_some(spec)
    }

    /// The way to a channel; `None` if there is no sound one, which is reported.
    pub(crate) fn send(
        &self,
        channel: &DeTable<'_>,
        findings: &mut Vec<Finding>,
    ) -> Option<SendSpec> {
        let (table, kind, node) = only_kind(channel.get("send")?)?;
        let spec = SendSpec { kind: kind.to_owned(), params: document::to_json(node) };
        let problems = self.kinds.channels.build(&spec).err();
        self.sound(table, node, problems.as_deref(), findings).then_some(spec)
    }

    fn sound(
        &self,
        table: &Node<'_>,
        params: &Node<'_>,
        problems: Option<&[ParamProblem]>,
        findings: &mut Vec<Finding>,
    ) -> bool {
        let is_complete = !self.lost.in_params(table.span().start);
        for problem in problems.unwrap_or_default() {
            let (node, is_there) = document::follow(params, &problem.path);
            let finding = self.finding(node, problem);
            // A kind stops at a table in which something is missing, and that has been told.
            let is_told =
                findings.iter().any(|told| told.about_absence && told.span == finding.span);
            // With a parameter missing, only what is said of one that is there can be believed.
            if is_complete || (is_there && !problem.path.is_empty() && !is_told) {
                findings.push(finding);
            }
        }
        is_complete && problems.is_none()
    }

    fn finding(&self, node: &Node<'_>, problem: &ParamProblem) -> Finding {
        let span = match (&problem.range, node.get_ref().as_str()) {
            (Some(range), Some(value)) => quoted::inside(self.text, &node.span(), value, range),
            _ => node.span(),
        };
        Finding::new(span, problem.what.clone()).maybe_hint(problem.hint.clone())
    }
}

fn only_kind<'d, 'i>(table: &'d Node<'i>) -> Option<(&'d Node<'i>, &'d str, &'d Node<'i>)> {
    let kinds = table.get_ref().as_table()?;
    let (kind, params) = kinds.iter().next()?;
    (kinds.len() == 1).then(|| (table, kind.get_ref().as_ref(), params))
}
