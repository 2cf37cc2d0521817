//! Small kinds of check and channel for the tests of this crate.

use std::time::Duration;

use allclear_config::{ConfigErrors, Kinds, ValidConfig, load};
use allclear_core::action::{
    ActionExecutor, ActionKinds, ActionSchemas, ActionSpec, Executing, ExecutionInput,
};
use allclear_core::channel::{ChannelKinds, ChannelSchemas, Envelope, SendSpec, Sender, Sending};
use allclear_core::checker::{
    CheckContext, CheckKinds, CheckSchemas, Checker, Checking, ParamProblem,
};
use allclear_core::id::SecretName;
use allclear_core::kind::{Example, Kind, KindSet, Metric, Texts, Unit};
use allclear_core::monitor::CheckSpec;
use allclear_core::outcome::{Cause, Finding, Verdict};
use allclear_core::reason::Reason;
use allclear_core::rule::BuiltinRule;
use allclear_core::send_error::SendError;
use allclear_core::status::{Fault, Severity};
use allclear_core::threshold::Category;
use allclear_expression::{Expression, ValueKind, Variable};
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

const fn kind(name: &'static str, metrics: &'static [Metric]) -> Kind {
    Kind {
        name,
        category: Category::External,
        metrics,
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
    Kind {
        rules: &[BuiltinRule::new("queue_stuck", "metrics.queue > 100", Severity::Warning)
            .about(Fault::Quota)],
        ..kind(
            "web",
            &[
                Metric::new("queue", Unit::Number),
                Metric::new("queue_age_seconds", Unit::Seconds),
                Metric::new("left_*", Unit::Number),
                Metric::new("price_???", Unit::Number),
            ],
        )
    },
    kind("port", &[]),
];

/// Loads a text with these kinds.
pub(crate) fn load_any(text: &str) -> Result<ValidConfig, ConfigErrors> {
    load("allclear.toml", text, &Kinds { checks: &Checks, channels: &Channels, actions: &Actions })
}

/// Loads a text that must be valid.
pub(crate) fn loaded(text: &str) -> ValidConfig {
    load_any(text).unwrap_or_else(|problems| panic!("{problems}"))
}

/// Returns the problems of a text that must be invalid.
pub(crate) fn problems(text: &str) -> String {
    load_any(text).expect_err("the text is wrong").to_string()
}

/// The kinds of check: `web` with a URL and conditions, `port` with a number and a login.
pub(crate) struct Checks;

impl CheckKinds for Checks {
    fn declared(&self) -> KindSet {
        KindSet::new(KINDS)
    }

    fn build(&self, spec: &CheckSpec) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
        if spec.kind != "web" {
            return match spec.params.get("login") {
                Some(login) if login.get("user").is_none() => {
                    Err(vec![ParamProblem::at(["login"], "missing field `user`", None)])
                }
                Some(_) | None => Ok(Box::new(Nothing)),
            };
        }
        let mut problems = Vec::new();
        match spec.params.get("url").and_then(Value::as_str) {
            Some(url) if !url.starts_with("http") => {
                let what = format!("`{url}` is not a web address");
                problems.push(ParamProblem::at(["url"], what, Some("write `https://…`")));
            }
            Some(_) => {}
            None => problems.push(ParamProblem::at([], "missing field `url`", None)),
        }
        let proxy = spec.params.get("proxy").and_then(Value::as_str);
        if proxy.is_some_and(|proxy| proxy.starts_with("https:")) {
            problems.push(ParamProblem::at(["proxy"], "`https` proxies are not supported", None));
        }
        if let Some(text) = spec.params.get("expect").and_then(Value::as_str)
            && let Err(error) = Expression::compile(text, VARIABLES)
        {
            problems.push(ParamProblem {
                path: vec!["expect".to_owned()],
                range: Some(error.range),
                what: error.message,
                hint: error.hint,
            });
        }
        if problems.is_empty() { Ok(Box::new(Nothing)) } else { Err(problems) }
    }
}

impl CheckSchemas for Checks {
    fn schema(&self, kind: &str) -> Option<Value> {
        match kind {
            "web" => Some(json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "type": "object",
                "properties": {
                    "url": { "type": "string", "description": "The address. A web one." },
                    "method": { "oneOf": [
                        { "const": "GET", "description": "Read." },
                        { "const": "HEAD", "description": "Only the head." },
                    ] },
                    "headers": { "type": "object", "additionalProperties": { "type": "string" } },
                    "budget": { "type": ["number", "null"] },
                    "factors": { "type": "array", "items": { "type": "number" } },
                    "expect": { "$ref": "#/$defs/Condition" },
                    "proxy": { "type": ["string", "null"] },
                    "body": { "anyOf": [
                        { "type": "string" },
                        { "type": "array", "items": { "type": "string" } },
                        { "type": "null" },
                    ] },
                    "max_redirects": { "type": ["integer", "null"], "minimum": 0, "maximum": 20 },
                },
                "required": ["url"],
                "additionalProperties": false,
                "$defs": { "Condition": { "type": ["string", "null"] } },
            })),
            "port" => Some(json!({
                "type": "object",
                "properties": {
                    "number": { "type": "integer", "minimum": 1, "maximum": 65535 },
                    "zone": {
                        "type": "string",
                        "enum": (b'a'..=b'q').map(|end| format!("zone-{}", char::from(end))).collect::<Vec<_>>(),
                        "x-allclear-hint": "`zone-q` is for any other",
                    },
                    "login": {
                        "type": "object",
                        "properties": { "user": { "type": "string", "description": "Who." } },
                        "required": ["user"],
                        "additionalProperties": false,
                    },
                },
                "required": ["number"],
                "additionalProperties": false,
            })),
            _ => None,
        }
    }
}

struct Nothing;

impl Checker for Nothing {
    fn check<'a>(&'a self, _: CheckContext<'a>) -> Checking<'a> {
        let cause = Cause::of(Reason::SecretUnreadable, "this kind is only ever configured");
        Box::pin(std::future::ready(Finding::of(Verdict::Unknown(cause))))
    }

    fn advice(&self, interval: Duration) -> Option<String> {
        (interval < Duration::from_secs(20)).then(|| "20 seconds suffice".to_owned())
    }
}

/// The kinds of channel: `journal` with nothing, `chat` with a secret.
pub(crate) struct Channels;

impl ChannelKinds for Channels {
    fn names(&self) -> Vec<&'static str> {
        vec!["chat", "journal"]
    }

    fn build(&self, spec: &SendSpec) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
        let url = spec.params.get("webhook_url").and_then(Value::as_str);
        match url {
            Some(url) if !url.starts_with("secret:") => {
                let what = "`webhook_url` must name a secret";
                Err(vec![ParamProblem::at(["webhook_url"], what, Some("write `secret:name`"))])
            }
            _ => Ok(Box::new(Nothing)),
        }
    }
}

impl ChannelSchemas for Channels {
    fn schema(&self, kind: &str) -> Option<Value> {
        let properties = match kind {
            "chat" => json!({ "webhook_url": { "type": "string" } }),
            "journal" => json!({}),
            _ => return None,
        };
        let required = if kind == "chat" { vec!["webhook_url"] } else { vec![] };
        Some(json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        }))
    }
}

impl Sender for Nothing {
    fn secrets(&self) -> Vec<SecretName> {
        Vec::new()
    }

    fn send<'a>(&'a self, _: Envelope<'a>) -> Sending<'a> {
        Box::pin(std::future::ready(Err(SendError::permanent("only ever configured"))))
    }
}

/// The kind of action `restart`, with the name of a unit.
pub(crate) struct Actions;

impl ActionKinds for Actions {
    fn names(&self) -> Vec<&'static str> {
        vec!["restart"]
    }

    fn build(&self, spec: &ActionSpec) -> Result<Box<dyn ActionExecutor>, Vec<ParamProblem>> {
        match spec.params.get("unit").and_then(Value::as_str) {
            Some("*") => {
                let what = "`*` is not the name of a unit";
                Err(vec![ParamProblem::at(["unit"], what, Some("write `nginx.service`"))])
            }
            Some(_) | None => Ok(Box::new(Nothing)),
        }
    }
}

impl ActionSchemas for Actions {
    fn schema(&self, kind: &str) -> Option<Value> {
        (kind == "restart").then(|| {
            json!({
                "type": "object",
                "description": "Restarts a unit.",
                "properties": { "unit": { "type": "string", "description": "The unit." } },
                "required": ["unit"],
                "additionalProperties": false,
            })
        })
    }
}

impl ActionExecutor for Nothing {
    fn effect(&self) -> String {
        "restart a unit".to_owned()
    }

    fn secrets(&self) -> Vec<SecretName> {
        Vec::new()
    }

    fn execute<'a>(&'a self, _: ExecutionInput<'a>) -> Executing<'a> {
        Box::pin(std::future::ready(Err(SendError::permanent("only ever configured"))))
    }
}
