//! The parameters of a `supabase` check.

use std::collections::BTreeSet;
use std::sync::Arc;

use allclear_core::checker::{Checker, ParamProblem};
use http::HeaderName;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::services::ProjectService;
use super::{SupabaseDialog, VARIABLES};
use crate::SharedState;
use crate::api::{ApiCheck, ApiParams, ApiTarget, RequestHeaders, read_url};
use crate::net::AddressFamily;
use crate::params::{ParamProblems, read};
use crate::service::Conditions;
use crate::tls::TlsParams;

const API_KEY: HeaderName = HeaderName::from_static("apikey");

/// Parameters of the `supabase` check: the services of a project.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The URL of the project: `https://abcdefgh.supabase.co`.
    #[schemars(extend("format" = "url"))]
    url: String,
    /// The publishable (anonymous) key of the project, as `secret:name`.
    #[schemars(extend("format" = "secret"))]
    key: String,
    /// The services: any of `auth`, `rest`, `storage` and `realtime`. Default: all.
    services: Option<BTreeSet<ProjectService>>,
    /// A table that the key can read. `rest` then requests it, without rows, and not its own description.
    table: Option<String>,
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
    let url = read_url(&["url"], &params.url, &mut problems);
    let key = problems.secret(&["key"], &params.key);
    let headers =
        key.map(|key| RequestHeaders::new(&shared.user_agent).with_secret(API_KEY, "", key));
    let connection =
        ApiParams { proxy: params.proxy.as_deref(), tls: params.tls.as_ref(), ip: params.ip };
    let target = ApiTarget::read((url, headers), connection, shared, &mut problems);
    let (expect, degraded) = (params.expect.as_deref(), params.degraded.as_deref());
    let conditions = Conditions::read(expect, degraded, VARIABLES, &mut problems);
    let services = params.services.unwrap_or_else(|| ProjectService::ALL.into());
    if services.is_empty() {
        problems.add(&["services"], "no service is checked", Some("name at least one"));
    }
    if params.table.is_some() && !services.contains(&ProjectService::Rest) {
        let hint = Some("add `rest` to `services`");
        problems.add(&["table"], "the service of the table is not checked", hint);
    }
    let is_name = |name: &String| {
        !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_-$".contains(c))
    };
    if let Some(name) = params.table.as_ref().filter(|name| !is_name(name)) {
        problems.add(&["table"], format!("`{name}` is not the name of a table"), None);
    }
    let services = services.into_iter().collect();
    let dialog = SupabaseDialog { services, table: params.table };
    let shared = Arc::clone(shared);
    let check = target.map(|target| ApiCheck { shared, target, conditions, dialog });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}
