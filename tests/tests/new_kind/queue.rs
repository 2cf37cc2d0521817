//! The kind `queue`: the length of a queue, which its parameters give.

use allclear_core::checker::{
    CheckContext, CheckKinds, CheckSchemas, Checker, Checking, ParamProblem,
};
use allclear_core::kind::{Example, Kind, KindSet, Label, LatestMetrics, Metric, Texts, Unit};
use allclear_core::monitor::CheckSpec;
use allclear_core::outcome::{Cause, DurationParts, Finding, Verdict};
use allclear_core::reason::Reason;
use allclear_core::rule::BuiltinRule;
use allclear_core::status::{Fault, Severity};
use allclear_core::threshold::Category;
use allclear_expression::{Binding, Expression, ValueKind, Variable};
use serde_json::{Value, json};

const LONGEST: Label = Label::new("longest");

const KINDS: &[Kind] = &[Kind {
    name: "queue",
    category: Category::Database,
    metrics: &[Metric::with_label("queue_length", Unit::Other("items"), LONGEST)],
    labels: &[LONGEST],
    rules: &[BuiltinRule::new("queue_full", "metrics.queue_length > 90", Severity::Warning)
        .about(Fault::Quota)],
    texts: Texts { summary: &[line], ..Texts::NONE },
    properties: |_| Vec::new(),
    budget: None,
    providers: None,
    example: Example { parts: DurationParts::NONE, metrics: &[("queue_length", 3.0)] },
}];

const VARIABLES: &[Variable] =
    &[Variable::new("length", ValueKind::Number, "the number of waiting items")];

fn line(of: &LatestMetrics<'_>) -> Vec<String> {
    let longest = of.label(LONGEST).unwrap_or("none");
    let line = |length| format!("Queue of {}: {length} items, most in {longest}.", of.name);
    of.metric("queue_length").map(line).into_iter().collect()
}

pub(crate) struct Queues;

impl CheckSchemas for Queues {
    fn schema(&self, kind: &str) -> Option<Value> {
        (kind == "queue").then(|| {
            json!({
                "type": "object",
                "properties": {
                    "length": { "type": "number", "description": "The number of waiting items." },
                    "degraded": { "type": "string", "format": "cel-check" },
                },
                "required": ["length"],
                "additionalProperties": false,
            })
        })
    }
}

impl CheckKinds for Queues {
    fn declared(&self) -> KindSet {
        KindSet::new(KINDS)
    }

    fn build(&self, spec: &CheckSpec) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
        let length = spec.params["length"].as_f64().unwrap_or_default();
        let text = spec.params["degraded"].as_str().unwrap_or("false");
        let degraded = Expression::compile(text, VARIABLES).map_err(|error| {
            let problem = ParamProblem::at(["degraded"], error.message, error.hint.as_deref());
            vec![ParamProblem { range: Some(error.range), ..problem }]
        })?;
        Ok(Box::new(Queue { length, degraded }))
    }
}

struct Queue {
    length: f64,
    degraded: Expression,
}

impl Checker for Queue {
    fn check<'a>(&'a self, _: CheckContext<'a>) -> Checking<'a> {
        let value = |name: &str| (name == "length").then_some(Binding::Number(self.length));
        let verdict = if self.degraded.evaluate(value).holds() {
            let what = format!("`{}` holds; length = {}", self.degraded, self.length);
            Verdict::Degraded(Cause::of(Reason::Degraded, what))
        } else {
            Verdict::Healthy
        };
        Box::pin(std::future::ready(Finding::of(verdict)))
    }
}
