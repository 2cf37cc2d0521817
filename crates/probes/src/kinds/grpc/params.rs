//! The parameters of a `grpc` check.

use std::collections::BTreeMap;
use std::sync::Arc;

use allclear_core::checker::{Checker, ParamProblem};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{GrpcCheck, VARIABLES, message};
use crate::SharedState;
use crate::exchange::{HttpEndpoint, HttpEndpointParams};
use crate::net::AddressFamily;
use crate::params::{ParamProblems, read};
use crate::service::Conditions;
use crate::tls::TlsParams;

/// The path of the method of the health service.
const METHOD: &str = "grpc.health.v1.Health/Check";

/// The most bytes of the name of a service.
const MAX_SERVICE_BYTES: usize = 1_024;

/// Parameters of the `grpc` check: a server's own statement about its health, by the service `grpc.health.v1.Health`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The host and port: `orders.internal:50051`.
    address: String,
    /// The name of the service that is asked for, such as `shop.Orders`. Default: the server as a whole.
    #[serde(default)]
    service: String,
    /// Metadata of the request. A value is a text, or `secret:name` as a whole.
    #[serde(default)]
    metadata: BTreeMap<String, String>,
    /// The condition for healthy, in addition to the state `SERVING`.
    #[schemars(extend("format" = "cel-check"))]
    expect: Option<String>,
    /// The condition for degraded, over the variables of this check.
    #[schemars(extend("format" = "cel-check"))]
    degraded: Option<String>,
    /// The settings of TLS. With this table, even an empty one, the connection is encrypted.
    tls: Option<TlsParams>,
    /// The HTTP proxy: its URL, `secret:name` for a secret with its URL, or `none`. Default: `proxy` of
    /// `[defaults]`, and without that the variables `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` of the
    /// environment.
    proxy: Option<String>,
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
    let scheme = if params.tls.is_some() { "https" } else { "http" };
    let address = problems.address(&["address"], &params.address);
    let url = address.and_then(|(host, port)| {
        let url = Url::parse(&format!("{scheme}://{host}:{port}/{METHOD}"));
        url.map_err(|error| problems.add(&["address"], error.to_string(), None)).ok()
    });
    let endpoint = HttpEndpointParams {
        url: ("address", url.as_ref()),
        headers: ("metadata", &params.metadata),
        tls: params.tls.as_ref(),
        proxy: params.proxy.as_deref(),
        ip: params.ip,
    };
    let endpoint = HttpEndpoint::read(endpoint, shared, &mut problems);
    for name in params.metadata.keys() {
        let lower = name.to_ascii_lowercase();
        if lower.starts_with("grpc-") || lower == "content-type" {
            let what = format!("`{name}` is set by the check itself");
            problems.add(&["metadata", name], what, Some("remove it"));
        }
    }
    if params.service.len() > MAX_SERVICE_BYTES {
        problems.add(&["service"], "the name is too long", None);
    }
    let (expect, degraded) = (params.expect.as_deref(), params.degraded.as_deref());
    let conditions = Conditions::read(expect, degraded, VARIABLES, &mut problems);
    let request = message::request(&params.service).into();
    let (shared, service) = (Arc::clone(shared), params.service);
    let check =
        endpoint.map(|endpoint| GrpcCheck { shared, endpoint, service, request, conditions });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}
