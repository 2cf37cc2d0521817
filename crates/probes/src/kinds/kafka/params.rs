//! The parameters of a `kafka` check.

use std::sync::Arc;

use allclear_core::checker::{Checker, ParamProblem};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::login::SaslMechanism;
use super::{KafkaDialog, KafkaLogin, VARIABLES};
use crate::SharedState;
use crate::net::AddressFamily;
use crate::params::{ParamProblems, read};
use crate::service::{AddressParams, Conditions, ServiceCheck, ServiceTarget};
use crate::tls::TlsParams;

/// The port of an address without one.
const DEFAULT_PORT: u16 = 9092;

/// The most bytes of a topic or a user.
const MAX_NAME_BYTES: usize = 249;

/// The most topics of a check.
const MAX_TOPICS: usize = 20;

/// Parameters of the `kafka` check: a broker of Apache Kafka, its login, the brokers of its cluster, the partitions of
/// topics and the lag of a consumer group.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The host of one broker, with a port unless it is 9092: `kafka.example.com`.
    address: String,
    /// The topics whose partitions are counted. They must exist. At most 20.
    #[serde(default)]
    topics: Vec<String>,
    /// The consumer group whose lag in `topics` is measured. The check also connects to the brokers that lead them.
    group: Option<String>,
    /// The user that logs in. Default: no login.
    user: Option<String>,
    /// The password of the user, as `secret:name`.
    #[schemars(extend("format" = "secret"))]
    password: Option<String>,
    /// The mechanism of the login. Default: `scram-sha-512`.
    mechanism: Option<SaslMechanism>,
    /// The condition for healthy, over the variables of this check.
    #[schemars(extend("format" = "cel-check"))]
    expect: Option<String>,
    /// The condition for degraded, over the variables of this check.
    #[schemars(extend("format" = "cel-check"))]
    degraded: Option<String>,
    /// The settings of TLS. With this table, even an empty one, the connection is encrypted.
    tls: Option<TlsParams>,
    /// The address family of the host. Default: `any`.
    #[serde(default)]
    ip: AddressFamily,
}

pub(super) fn build(
    params: &Value,
    shared: &Arc<SharedState>,
) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
    let params: Params = read(params)?;
    let mut problems = ParamProblems::default();
    let address = AddressParams {
        address: &params.address,
        default_port: DEFAULT_PORT,
        ip: params.ip,
        tls: params.tls.as_ref(),
    };
    let target = ServiceTarget::read(address, shared, &mut problems);
    let (expect, degraded) = (params.expect.as_deref(), params.degraded.as_deref());
    let conditions = Conditions::read(expect, degraded, VARIABLES, &mut problems);
    let login = read_login(&params, &mut problems);
    if params.topics.len() > MAX_TOPICS {
        let what = format!("{} topics, and {MAX_TOPICS} are allowed", params.topics.len());
        problems.add(&["topics"], what, Some("split the check"));
    }
    for (index, topic) in params.topics.iter().enumerate() {
        problems.sent_text(&["topics", &index.to_string()], Some(topic), MAX_NAME_BYTES);
    }
    problems.sent_text(&["group"], params.group.as_deref(), MAX_NAME_BYTES);
    if params.group.is_some() && params.topics.is_empty() {
        let hint = Some("list the topics that it consumes in `topics`");
        problems.add(&["group"], "there is no topic in which the lag is measured", hint);
    }
    let dialog = KafkaDialog { login, topics: params.topics, group: params.group };
    let shared = Arc::clone(shared);
    let check = target.map(|target| ServiceCheck { shared, target, conditions, dialog });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}

fn read_login(params: &Params, problems: &mut ParamProblems) -> Option<KafkaLogin> {
    let mechanism = params.mechanism.unwrap_or_default();
    problems.sent_text(&["user"], params.user.as_deref(), MAX_NAME_BYTES);
    match (&params.user, &params.password) {
        (Some(user), Some(password)) => {
            let password = problems.secret(&["password"], password)?;
            Some(KafkaLogin { mechanism, user: user.clone(), password })
        }
        (Some(_), None) => {
            let hint = Some("set `password`");
            problems.add(&["user"], "a user without a password cannot log in", hint);
            None
        }
        (None, Some(_)) => {
            problems.add(&["password"], "there is no user for the password", Some("set `user`"));
            None
        }
        (None, None) if params.mechanism.is_some() => {
            let hint = Some("set `user` and `password`");
            problems.add(&["mechanism"], "there is no user that logs in", hint);
            None
        }
        (None, None) => None,
    }
}
