//! Kinds with the names of the real ones, which accept any parameters except invalid conditions.

use allclear_config::{ConfigErrors, Kinds, ValidConfig, load};
use allclear_core::action::NoActions;
use allclear_core::channel::{ChannelKinds, ChannelSchemas, Envelope, SendSpec, Sender, Sending};
use allclear_core::checker::{
    CheckContext, CheckKinds, CheckSchemas, Checker, Checking, ParamProblem,
};
use allclear_core::id::SecretName;
use allclear_core::kind::{Example, Kind, KindSet, Metric, Texts, Unit};
use allclear_core::monitor::CheckSpec;
use allclear_core::outcome::{Finding, Verdict};
use allclear_core::threshold::Category;
use allclear_expression::{Expression, ExpressionError, ValueKind, Variable};
use serde_json::{Value, json};

/// The variables of conditions over an answer.
const VARIABLES: &[Variable] = &[
    Variable::new("status", ValueKind::Number, "the HTTP status"),
    Variable::new("headers", ValueKind::Headers, "the headers of the answer"),
    Variable::new("body", ValueKind::Text, "the body as text"),
    Variable::new("json", ValueKind::Object, "the body as JSON"),
    Variable::new("response_time_ms", ValueKind::Number, "the response time, in milliseconds"),
    Variable::new("certificate_days", ValueKind::Number, "days until the certificate expires"),
];

/// Compiles a condition of a check.
pub(crate) fn condition(text: &str) -> Result<Expression, ExpressionError> {
    Expression::compile(text, VARIABLES)
}

/// Loads a text with these kinds.
pub(crate) fn load_any(text: &str) -> Result<ValidConfig, ConfigErrors> {
    load(
        "allclear.toml",
        text,
        &Kinds { checks: &Lenient, channels: &Lenient, actions: &NoActions },
    )
}

const EVERYTHING: &[Metric] = &[Metric::new("*", Unit::Number)];

/// Returns a kind that declares every measurement.
const fn kind(name: &'static str) -> Kind {
    Kind {
        name,
        category: Category::External,
        metrics: EVERYTHING,
        rules: &[],
        labels: &[],
        texts: Texts::NONE,
        properties: |_| Vec::new(),
        budget: None,
        providers: None,
        example: Example::NONE,
    }
}

const KINDS: &[Kind] = &[
    kind("http"),
    kind("tcp"),
    kind("dns"),
    kind("tls"),
    kind("heartbeat"),
    kind("llm"),
    kind("web"),
    kind("port"),
];

struct Lenient;

impl CheckKinds for Lenient {
    fn declared(&self) -> KindSet {
        KindSet::new(KINDS)
    }

    fn build(&self, spec: &CheckSpec) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
        let mut problems = Vec::new();
        for key in ["expect", "degraded"] {
            if let Some(text) = spec.params.get(key).and_then(Value::as_str)
                && let Err(error) = condition(text)
            {
                problems.push(ParamProblem {
                    path: vec![key.to_owned()],
                    range: Some(error.range),
                    what: error.message,
                    hint: error.hint,
                });
            }
        }
        if problems.is_empty() { Ok(Box::new(Nothing)) } else { Err(problems) }
    }
}

impl CheckSchemas for Lenient {
    fn schema(&self, kind: &str) -> Option<Value> {
        CheckKinds::names(self).contains(&kind).then(|| json!({ "type": "object" }))
    }
}

impl ChannelKinds for Lenient {
    fn names(&self) -> Vec<&'static str> {
        vec!["ntfy", "slack", "email", "webhook", "command", "log", "chat", "journal"]
    }

    fn build(&self, _: &SendSpec) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
        Ok(Box::new(Nothing))
    }
}

impl ChannelSchemas for Lenient {
    fn schema(&self, kind: &str) -> Option<Value> {
        ChannelKinds::names(self).contains(&kind).then(|| json!({ "type": "object" }))
    }
}

struct Nothing;

impl Checker for Nothing {
    fn check<'a>(&'a self, _: CheckContext<'a>) -> Checking<'a> {
        Box::pin(std::future::ready(Finding::of(Verdict::Healthy)))
    }
}

impl Sender for Nothing {
    fn send<'a>(&'a self, _: Envelope<'a>) -> Sending<'a> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn secrets(&self) -> Vec<SecretName> {
        Vec::new()
    }
}
