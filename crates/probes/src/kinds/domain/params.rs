//! The parameters of a `domain` check.

use std::sync::Arc;

use allclear_core::checker::{Checker, ParamProblem};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use url::Host;

use super::registration::Thresholds;
use super::{DomainDialog, VARIABLES};
use crate::SharedState;
use crate::api::{ApiCheck, ApiParams, ApiTarget, RequestHeaders, read_url};
use crate::net::AddressFamily;
use crate::params::{ParamProblems, read};
use crate::service::Conditions;
use crate::tls::TlsParams;

/// The list of registries that IANA publishes.
const IANA: &str = "https://data.iana.org/rdap/dns.json";

const DEFAULT_WARNING_DAYS: u32 = 30;
const DEFAULT_CRITICAL_DAYS: u32 = 7;

/// Parameters of the `domain` check: the registration of a domain, by RDAP.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The registered domain, without a subdomain: `example.com`.
    domain: String,
    /// The RDAP server of the registry, without `domain/`. Default: the one in the list of registries.
    #[schemars(extend("format" = "url"))]
    rdap: Option<String>,
    /// The list of registries, in the form of RFC 9224. Default: that of IANA.
    #[schemars(extend("format" = "url"))]
    registries: Option<String>,
    /// The check is degraded if the registration expires in fewer days. Default: 30.
    warning_days: Option<u32>,
    /// The check is unhealthy if the registration expires in fewer days. Default: 7.
    critical_days: Option<u32>,
    /// The condition for healthy, over the variables of this check.
    #[schemars(extend("format" = "cel-check"))]
    expect: Option<String>,
    /// The condition for degraded, over the variables of this check.
    #[schemars(extend("format" = "cel-check"))]
    degraded: Option<String>,
    /// The TLS settings.
    tls: Option<TlsParams>,
    /// The HTTP proxy of the requests: its URL, `secret:name` for a secret with its URL, or `none`.
    /// Default: that of the `http` check.
    proxy: Option<String>,
    /// The address family of the RDAP server. Default: `any`.
    #[serde(default)]
    ip: AddressFamily,
}

pub(super) fn build(
    params: &Value,
    shared: &Arc<SharedState>,
) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
    let params: Params = read(params)?;
    let mut problems = ParamProblems::default();
    let domain = domain(&params.domain, &mut problems);
    let rdap = params.rdap.as_deref().map(|text| read_url(&["rdap"], text, &mut problems));
    let list = params.registries.as_deref().unwrap_or(IANA);
    let list = read_url(&["registries"], list, &mut problems);
    if params.rdap.is_some() && params.registries.is_some() {
        let what = "the list of registries is not used if `rdap` names the server";
        problems.add(&["registries"], what, Some("keep one of the two"));
    }
    let thresholds = thresholds(&params, &mut problems);
    let url = rdap.clone().unwrap_or(list);
    let headers = RequestHeaders::new(&shared.user_agent);
    let connection =
        ApiParams { proxy: params.proxy.as_deref(), tls: params.tls.as_ref(), ip: params.ip };
    let target = ApiTarget::read((url, Some(headers)), connection, shared, &mut problems);
    let (expect, degraded) = (params.expect.as_deref(), params.degraded.as_deref());
    let conditions = Conditions::read(expect, degraded, VARIABLES, &mut problems);
    let dialog = domain.map(|domain| DomainDialog { domain, rdap: rdap.flatten(), thresholds });
    let shared = Arc::clone(shared);
    let check =
        target.zip(dialog).map(|(target, dialog)| ApiCheck { shared, target, conditions, dialog });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}

/// Parses a domain into its form of ASCII letters.
fn domain(text: &str, problems: &mut ParamProblems) -> Option<String> {
    let hint = Some("write the registered domain: `example.com`");
    let text = text.trim_end_matches('.');
    match problems.host(&["domain"], text)? {
        Host::Domain(name) if name.contains('.') => Some(name),
        Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_) => {
            problems.add(&["domain"], format!("`{text}` is not a registered domain"), hint);
            None
        }
    }
}

fn thresholds(params: &Params, problems: &mut ParamProblems) -> Thresholds {
    let warning_days = params.warning_days.unwrap_or(DEFAULT_WARNING_DAYS);
    let critical_days = params.critical_days.unwrap_or(DEFAULT_CRITICAL_DAYS.min(warning_days));
    if critical_days > warning_days {
        let what =
            format!("`critical_days` is {critical_days}, before the warning at {warning_days}");
        problems.add(&["critical_days"], what, Some("write fewer days than `warning_days`"));
    }
    Thresholds { warning_days, critical_days }
}
