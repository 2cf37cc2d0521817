//! The parameters of an `amqp` check.

use std::sync::Arc;

use allclear_core::checker::{Checker, ParamProblem};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{AmqpDialog, VARIABLES};
use crate::SharedState;
use crate::kinds::measured_name::MeasuredName;
use crate::net::AddressFamily;
use crate::params::{ParamProblems, read};
use crate::service::{AddressParams, Conditions, ServiceCheck, ServiceTarget};
use crate::tls::TlsParams;

/// The port of an address without one.
const DEFAULT_PORT: u16 = 5672;

/// The same with TLS.
const DEFAULT_TLS_PORT: u16 = 5671;

/// The most bytes of a name in the protocol.
const MAX_NAME_BYTES: usize = 255;

/// Parameters of the `amqp` check: a RabbitMQ server or another broker of AMQP 0-9-1, its login and its queues.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The host, with a port unless it is 5672, or 5671 with `tls`: `queue.example.com`.
    address: String,
    /// The user that logs in.
    user: String,
    /// The password, as `secret:name`.
    #[schemars(extend("format" = "secret"))]
    password: String,
    /// The virtual host. Default: `/`.
    vhost: Option<String>,
    /// The queues whose messages and consumers are counted. They must exist. At most 20.
    #[serde(default)]
    queues: Vec<String>,
    /// If `true`, the check sends a message through a queue of its own, which the server deletes with the
    /// connection.
    #[serde(default)]
    write: bool,
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
        default_port: if params.tls.is_some() { DEFAULT_TLS_PORT } else { DEFAULT_PORT },
        ip: params.ip,
        tls: params.tls.as_ref(),
    };
    let target = ServiceTarget::read(address, shared, &mut problems);
    let (expect, degraded) = (params.expect.as_deref(), params.degraded.as_deref());
    let conditions = Conditions::read(expect, degraded, VARIABLES, &mut problems);
    let password = problems.secret(&["password"], &params.password);
    problems.sent_text(&["user"], Some(&params.user), MAX_NAME_BYTES);
    problems.sent_text(&["vhost"], params.vhost.as_deref(), MAX_NAME_BYTES);
    let Params { user, vhost, queues, write: writes, .. } = params;
    for (index, queue) in queues.iter().enumerate() {
        problems.sent_text(&["queues", &index.to_string()], Some(queue), MAX_NAME_BYTES);
    }
    let queues = MeasuredName::read_all("queues", queues, &mut problems);
    let vhost = vhost.unwrap_or_else(|| "/".to_owned());
    let dialog = password.map(|password| AmqpDialog { user, password, vhost, queues, writes });
    let shared = Arc::clone(shared);
    let parts = target.zip(dialog);
    let check = parts.map(|(target, dialog)| ServiceCheck { shared, target, conditions, dialog });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}
