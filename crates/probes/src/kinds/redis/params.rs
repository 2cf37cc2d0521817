//! The parameters of a `redis` check.

use std::sync::Arc;

use allclear_core::checker::{Checker, ParamProblem};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{RedisDialog, VARIABLES};
use crate::SharedState;
use crate::net::AddressFamily;
use crate::params::{ParamProblems, read};
use crate::service::{AddressParams, Conditions, ServiceCheck, ServiceTarget};
use crate::tls::TlsParams;

/// The port of an address without one.
const DEFAULT_PORT: u16 = 6379;

/// Parameters of the `redis` check: a Redis or Valkey server, its answer to `PING`, its memory and clients.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The host, with a port unless it is 6379: `cache.example.com`.
    address: String,
    /// The user. Default: the user `default` of the server.
    user: Option<String>,
    /// The password, as `secret:name`.
    #[schemars(extend("format" = "secret"))]
    password: Option<String>,
    /// The number of the database. Default: 0.
    database: Option<u32>,
    /// If `true`, the check writes the key `allclear:check:` with a random end, reads it and deletes it. The key
    /// expires after a minute.
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
        default_port: DEFAULT_PORT,
        ip: params.ip,
        tls: params.tls.as_ref(),
    };
    let target = ServiceTarget::read(address, shared, &mut problems);
    let (expect, degraded) = (params.expect.as_deref(), params.degraded.as_deref());
    let conditions = Conditions::read(expect, degraded, VARIABLES, &mut problems);
    let password = params.password.as_deref().and_then(|text| problems.secret(&["password"], text));
    if params.user.is_some() && params.password.is_none() {
        problems.add(&["user"], "a user needs `password` too", None);
    }
    let Params { user, database, write: writes, .. } = params;
    let dialog = RedisDialog { user, password, database, writes };
    let shared = Arc::clone(shared);
    let check = target.map(|target| ServiceCheck { shared, target, conditions, dialog });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}
