//! The kinds of check, and the one list of them.
//!
//! A kind is a module with its parameters, its checker, the declaration `KIND`, the
//! `IMPLEMENTATION` that ties them together, and the `SCHEMA` of the parameters. Adding one takes that module and its name in the list.

mod agent;
mod amqp;
mod clerk;
mod cloudwatch;
mod command;
mod database;
mod dns;
pub(crate) mod domain;
mod grpc;
mod heartbeat;
mod http;
mod icmp;
mod imap;
mod kafka;
mod lambda;
pub(crate) mod llm;
mod mail;
mod mcp;
mod measured_name;
mod mysql;
mod ntp;
mod postgres;
mod pusher;
mod redis;
mod smtp;
mod sqs;
mod ssh;
mod statuspage;
mod supabase;
mod tcp;
mod tls;
mod websocket;

use std::sync::Arc;
use std::time::Duration;

use allclear_core::checker::{Checker, ParamProblem};
use allclear_core::kind::Kind;
use allclear_core::outcome::{Cause, Verdict};
use allclear_core::reason::Reason;
use allclear_expression::{Binding, Expression, Variable};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::SharedState;

/// Makes the lists of declarations and of implementations from one list of modules.
macro_rules! kinds {
    ($($module:ident),+) => {
        /// The declarations of all kinds, in the order of the documentation.
        pub(crate) const KINDS: &[Kind] = &[$($module::KIND),+];

        /// The implementations of all kinds.
        pub(crate) const IMPLEMENTATIONS: &[Implementation] = &[$($module::IMPLEMENTATION),+];

        /// The JSON Schema of the parameters of each kind. A list apart from the implementations,
        /// because a program that only runs checks does not link schemas.
        pub(crate) const SCHEMAS: &[(&str, Schema)] = &[$(($module::KIND.name, $module::SCHEMA)),+];
    };
}

kinds![
    http, tcp, dns, tls, heartbeat, llm, redis, postgres, mysql, amqp, kafka, smtp, imap, ssh,
    websocket, grpc, icmp, command, ntp, mcp, agent, statuspage, domain, pusher, clerk, supabase,
    sqs, lambda, cloudwatch
];

/// The variables of the conditions of each kind that has conditions, for the documentation.
pub(crate) const VARIABLES: &[(&str, &[Variable])] = &[
    (http::KIND.name, http::VARIABLES),
    (tcp::KIND.name, tcp::VARIABLES),
    (dns::KIND.name, dns::VARIABLES),
    (llm::KIND.name, llm::VARIABLES),
    (redis::KIND.name, redis::VARIABLES),
    (postgres::KIND.name, postgres::VARIABLES),
    (mysql::KIND.name, mysql::VARIABLES),
    (amqp::KIND.name, amqp::VARIABLES),
    (kafka::KIND.name, kafka::VARIABLES),
    (smtp::KIND.name, smtp::VARIABLES),
    (imap::KIND.name, imap::VARIABLES),
    (ssh::KIND.name, ssh::VARIABLES),
    (websocket::KIND.name, websocket::VARIABLES),
    (grpc::KIND.name, grpc::VARIABLES),
    (icmp::KIND.name, icmp::VARIABLES),
    (command::KIND.name, command::VARIABLES),
    (ntp::KIND.name, ntp::VARIABLES),
    (mcp::KIND.name, mcp::VARIABLES),
    (agent::KIND.name, agent::VARIABLES),
    (statuspage::KIND.name, statuspage::VARIABLES),
    (domain::KIND.name, domain::VARIABLES),
    (pusher::KIND.name, pusher::VARIABLES),
    (clerk::KIND.name, clerk::VARIABLES),
    (supabase::KIND.name, supabase::VARIABLES),
    (sqs::KIND.name, sqs::VARIABLES),
    (lambda::KIND.name, lambda::VARIABLES),
    (cloudwatch::KIND.name, cloudwatch::VARIABLES),
];

/// The kinds whose checks need a process on a machine. The feature `host` links them.
pub(crate) const MACHINE_KINDS: &[&str] = &[icmp::KIND.name, command::KIND.name];

/// The part of a kind that only a process that makes checks needs.
pub(crate) struct Implementation {
    /// The name of the kind.
    pub(crate) name: &'static str,
    /// Builds its checker. The error lists all problems of the parameters.
    pub(crate) build: fn(&Value, &Arc<SharedState>) -> BuiltChecker,
}

/// Returns the JSON Schema of the parameters of a kind.
pub(crate) type Schema = fn() -> Value;

/// A checker, or everything that is wrong with its parameters.
type BuiltChecker = Result<Box<dyn Checker>, Vec<ParamProblem>>;

/// Returns the JSON Schema of `P`, in one piece.
fn schema<P: JsonSchema>() -> Value {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<P>().to_value()
}

/// Refuses a check that needs a process on a machine.
#[cfg(any(test, not(feature = "host")))]
fn only_on_a_machine(_: &Value, _: &Arc<SharedState>) -> BuiltChecker {
    let what = "this kind of check needs a process on a machine, and a function is none";
    let hint =
        Some("remove the monitor from the config of the stack, and run it with `allclear up`");
    Err(vec![ParamProblem::at([], what, hint)])
}

/// Returns the verdict on a working target, by a condition over `response_time_ms` alone.
fn degraded_by_time(condition: Option<&Expression>, latency: Duration) -> Verdict {
    let time_ms = latency.as_secs_f64() * 1000.0;
    let value = |name: &str| (name == "response_time_ms").then_some(Binding::Number(time_ms));
    match condition {
        Some(condition) if condition.evaluate(value).holds() => {
            let what = format!("`{condition}` holds; response_time_ms = {time_ms:.1}");
            Verdict::Degraded(Cause::of(Reason::Degraded, what))
        }
        Some(_) | None => Verdict::Healthy,
    }
}

#[cfg(test)]
mod tests {
    use rustls::RootCertStore;

    use super::*;
    use crate::{ProbeSettings, Probes};

    #[test]
    fn without_a_machine_a_kind_that_needs_one_says_where_to_run_it() {
        let shared = Probes::new(ProbeSettings::new(Arc::new(RootCertStore::empty()))).shared;
        let Err(problems) = only_on_a_machine(&Value::Null, &shared) else { panic!("built") };
        assert!(problems[0].what.contains("needs a process on a machine"), "{problems:?}");
        assert!(problems[0].hint.as_ref().is_some_and(|hint| hint.contains("`allclear up`")));
    }
}
