//! `[[monitor]]`: timing, confirmation, and dependencies without cycles.

use std::collections::{BTreeMap, HashSet};

use allclear_core::id::MonitorId;
use allclear_core::monitor::{CheckSpec, Monitor};

use crate::names::DefinedNames;
use crate::raw;
use crate::settings::{self, InheritedDefaults};
use crate::spanned::AtText;
use crate::spanned_error::{Span, SpannedError};

/// Returns the monitor; `None` if a mandatory part is missing or wrong, which has been reported.
pub(crate) fn monitor(
    raw: &raw::Monitor,
    check: Option<CheckSpec>,
    defaults: &InheritedDefaults,
    names: &DefinedNames,
    findings: &mut Vec<SpannedError>,
) -> Option<Monitor> {
    let inherited = (defaults.interval, defaults.timeout);
    let (interval, timeout) =
        settings::timing(raw.interval.as_ref(), raw.timeout.as_ref(), inherited, findings);
    let confirmation =
        settings::confirmation(raw.confirm.as_ref(), defaults.confirmation, findings);
    let expected = settings::expected(raw.expected_response_time.as_ref(), findings)
        .or(defaults.expected_response_time);
    for parent in &raw.depends_on {
        findings.extend(names.unknown_monitor(parent.get().as_str(), &parent.span));
    }
    let id = raw.id.as_ref()?.get().clone();
    Some(Monitor {
        name: raw.name.clone().unwrap_or_else(|| id.to_string()),
        id,
        group: raw.group.clone(),
        check: check?,
        interval,
        timeout,
        recheck: raw.recheck.unwrap_or(defaults.recheck),
        confirmation,
        quorum: raw.quorum.map_or(defaults.quorum, |quorum| quorum.0),
        critical: raw.critical.unwrap_or(false),
        public: raw.public.unwrap_or(true),
        expected_response_time: expected,
        thresholds: Vec::new(),
        depends_on: raw.depends_on.iter().map(|parent| parent.get().clone()).collect(),
        tags: raw.tags.clone(),
        runbook: raw.runbook.as_ref().map(|url| url.0.0.clone()),
    })
}

/// The maximum number of monitors that the message about a cycle names.
const MAX_NAMED: usize = 12;

/// Reports each cycle of dependencies once, at the dependency that closes it.
pub(crate) fn dependency_cycles(monitors: &[raw::Monitor]) -> Vec<SpannedError> {
    let mut graph = Graph { parents: BTreeMap::new(), done: HashSet::new(), findings: Vec::new() };
    for monitor in monitors {
        if let Some(id) = &monitor.id {
            let parents = monitor.depends_on.iter().map(place).collect();
            graph.parents.entry(id.get().as_str()).or_insert(parents);
        }
    }
    for monitor in monitors {
        if let Some(id) = &monitor.id {
            graph.visit(id.get().as_str(), &mut Vec::new());
        }
    }
    graph.findings
}

/// Returns the id of a monitor and its place.
pub(crate) fn place_of_id(raw: &raw::Monitor) -> Option<(MonitorId, Span)> {
    let id = raw.id.as_ref()?;
    Some((id.get().clone(), id.span.clone()))
}

fn place(parent: &AtText<allclear_core::id::MonitorId>) -> (&str, &Span) {
    (parent.get().as_str(), &parent.span)
}

struct Graph<'m> {
    parents: BTreeMap<&'m str, Vec<(&'m str, &'m Span)>>,
    done: HashSet<&'m str>,
    findings: Vec<SpannedError>,
}

impl<'m> Graph<'m> {
    /// Visits `id`, reached over `way`. The stack is on the heap because a chain can be as long as
    /// the config.
    fn visit(&mut self, id: &'m str, way: &mut Vec<(&'m str, usize)>) {
        if self.done.contains(id) {
            return;
        }
        way.push((id, 0));
        while let Some((id, next)) = way.last_mut() {
            let id = *id;
            let parent = self.parents.get(id).and_then(|parents| parents.get(*next)).copied();
            *next += 1;
            match parent {
                None => {
                    self.done.insert(id);
                    way.pop();
                }
                Some((parent, span)) => {
                    if let Some(start) = way.iter().position(|(one, _)| *one == parent) {
                        let cycle = way.get(start..).unwrap_or_default();
                        self.findings.push(cycle_finding(cycle, span));
                    } else if !self.done.contains(parent) {
                        way.push((parent, 0));
                    }
                }
            }
        }
    }
}

fn cycle_finding(cycle: &[(&str, usize)], span: &Span) -> SpannedError {
    let finding = |what: String| SpannedError::new(span.clone(), what);
    if let [(id, _)] = cycle {
        return finding(format!("`{id}` depends on itself")).hint("leave it out");
    }
    let round = cycle.iter().chain(cycle.first());
    let mut names: Vec<String> = round.map(|(id, _)| format!("`{id}`")).collect();
    if names.len() > MAX_NAMED {
        let left_out = names.len() - MAX_NAMED;
        names.splice(MAX_NAMED - 2..names.len() - 2, [format!("{left_out} more")]);
    }
    finding(format!("the dependencies make a cycle: {}", names.join(" → ")))
        .hint("remove one of them")
}
