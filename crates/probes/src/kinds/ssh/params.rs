//! The parameters of an `ssh` check.

use std::sync::Arc;

use allclear_core::checker::{Checker, ParamProblem};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{SshDialog, VARIABLES};
use crate::SharedState;
use crate::net::AddressFamily;
use crate::params::{ParamProblems, read};
use crate::service::{AddressParams, Conditions, ServiceCheck, ServiceTarget};

/// The port of an address without one.
const DEFAULT_PORT: u16 = 22;

/// Parameters of the `ssh` check: a server, its version and the algorithms that it offers. Does not log in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The host, with a port unless it is 22: `bastion.example.com`.
    address: String,
    /// The condition for healthy, over the variables of this check.
    #[schemars(extend("format" = "cel-check"))]
    expect: Option<String>,
    /// The condition for degraded, over the variables of this check.
    #[schemars(extend("format" = "cel-check"))]
    degraded: Option<String>,
    /// The address family of the host. Default: `any`.
    #[serde(default)]
    ip: AddressFamily,
}

pub(super) fn build(
    params: &Value,
    shared: &Arc<SharedState>,
) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
    let Params { address, expect, degraded, ip } = read(params)?;
    let mut problems = ParamProblems::default();
    let address = AddressParams { address: &address, default_port: DEFAULT_PORT, ip, tls: None };
    let target = ServiceTarget::read(address, shared, &mut problems);
    let conditions =
        Conditions::read(expect.as_deref(), degraded.as_deref(), VARIABLES, &mut problems);
    let shared = Arc::clone(shared);
    let check = target.map(|target| ServiceCheck { shared, target, conditions, dialog: SshDialog });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}
