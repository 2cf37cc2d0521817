//! The parameters of an `ntp` check.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::checker::{Checker, ParamProblem};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{NtpDialog, VARIABLES};
use crate::SharedState;
use crate::net::AddressFamily;
use crate::params::{ParamProblems, read};
use crate::service::{AddressParams, Conditions, ServiceCheck, ServiceTarget};

/// The port of an address without one.
const DEFAULT_PORT: u16 = 123;

const DEFAULT_MAX_OFFSET: Duration = Duration::from_secs(1);

/// Parameters of the `ntp` check: a time server, the offset of its clock from that of this machine, and its stratum.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The host, with a port unless it is 123: `time.example.com`.
    address: String,
    /// The offset between the clock of the server and that of this machine, in either direction, beyond which the check
    /// is degraded. Default: `"1s"`.
    #[schemars(extend("format" = "duration"))]
    max_offset: Option<String>,
    /// The condition for healthy, over the variables of this check. Default: a synchronized server.
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
    let Params { address, max_offset, expect, degraded, ip } = read(params)?;
    let mut problems = ParamProblems::default();
    let address = AddressParams { address: &address, default_port: DEFAULT_PORT, ip, tls: None };
    let target = ServiceTarget::read(address, shared, &mut problems);
    let max_offset = match &max_offset {
        Some(text) => problems.duration(&["max_offset"], text).unwrap_or_default(),
        None => DEFAULT_MAX_OFFSET,
    };
    let conditions =
        Conditions::read(expect.as_deref(), degraded.as_deref(), VARIABLES, &mut problems);
    let (shared, dialog) = (Arc::clone(shared), NtpDialog { max_offset });
    let check = target.map(|target| ServiceCheck { shared, target, conditions, dialog });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}
