//! The parameters of a `statuspage` check.

use std::collections::BTreeMap;
use std::sync::Arc;

use allclear_core::checker::{Checker, ParamProblem};
use allclear_llm::provider::PageShape;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::page::PageReader;
use super::{StatuspageDialog, VARIABLES};
use crate::SharedState;
use crate::api::{ApiCheck, ApiParams, ApiTarget, GivenHeaders, RequestHeaders, below, read_url};
use crate::net::AddressFamily;
use crate::params::{ParamProblems, read};
use crate::service::Conditions;
use crate::tls::TlsParams;

/// Parameters of the `statuspage` check: what a vendor says on its status page.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The URL of the status page, such as `https://www.githubstatus.com`, or of its machine-readable form.
    #[schemars(extend("format" = "url"))]
    url: String,
    /// The format of the page. Default: `statuspage`.
    #[serde(default)]
    format: PageFormat,
    /// The component that counts: its name or id on a page of Statuspage or Instatus, a part of its name on
    /// other pages. Default: the whole page.
    component: Option<String>,
    /// The status of the check during a maintenance that is under way. Default: `healthy`.
    #[serde(default)]
    maintenance: MaintenanceMeaning,
    /// Headers to send. A value is a text, or `secret:name` as a whole.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// The condition for healthy, over the variables of this check, unless the page reports an outage.
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

/// The format of a status page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum PageFormat {
    /// The `summary.json` of Atlassian Statuspage, which other vendors imitate, incident.io among them.
    #[default]
    Statuspage,
    /// The format of incident.io itself.
    IncidentIo,
    /// The format of Instatus.
    Instatus,
    /// The `index.json` of Better Stack.
    BetterStack,
    /// An RSS or Atom feed.
    Feed,
}

/// The meaning of a maintenance under way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum MaintenanceMeaning {
    /// The vendor works as announced.
    #[default]
    Healthy,
    /// The service may be disturbed.
    Degraded,
    /// The service is absent.
    Unhealthy,
}

impl PageFormat {
    fn shape(self) -> PageShape {
        match self {
            Self::Statuspage => PageShape::Statuspage,
            Self::IncidentIo => PageShape::IncidentIo,
            Self::Instatus => PageShape::Instatus,
            Self::BetterStack => PageShape::BetterStack,
            Self::Feed => PageShape::Feed,
        }
    }

    /// Returns the addresses of the parts of a page, the one with the level first.
    fn parts(self, page: &Url, component: Option<&str>) -> Vec<Url> {
        let is_exact = !page.path().trim_matches('/').is_empty();
        match self {
            // The summary has the names of incidents, and the other one the components.
            Self::Instatus if component.is_some() && !is_exact => {
                vec![below(page, "v2/components.json"), below(page, "summary.json")]
            }
            _ if is_exact => vec![page.clone()],
            Self::Statuspage => vec![below(page, "api/v2/summary.json")],
            Self::IncidentIo => {
                vec![below(page, &format!("proxy/{}", page.host_str().unwrap_or_default()))]
            }
            Self::Instatus => vec![below(page, "summary.json")],
            Self::BetterStack => vec![below(page, "index.json")],
            Self::Feed => vec![page.clone()],
        }
    }
}

pub(super) fn build(
    params: &Value,
    shared: &Arc<SharedState>,
) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
    let params: Params = read(params)?;
    let mut problems = ParamProblems::default();
    let url = read_url(&["url"], &params.url, &mut problems);
    let component = params.component.filter(|name| !name.trim().is_empty());
    let urls = url.as_ref().map(|url| params.format.parts(url, component.as_deref()));
    let given = GivenHeaders { headers: &params.headers, auth: None };
    let headers = RequestHeaders::read(given, &shared.user_agent, &mut problems);
    let connection =
        ApiParams { proxy: params.proxy.as_deref(), tls: params.tls.as_ref(), ip: params.ip };
    let target = ApiTarget::read((url, headers), connection, shared, &mut problems);
    let (expect, degraded) = (params.expect.as_deref(), params.degraded.as_deref());
    let conditions = Conditions::read(expect, degraded, VARIABLES, &mut problems);
    let reader = PageReader { shape: params.format.shape(), component };
    let maintenance = params.maintenance;
    let dialog = urls.map(|urls| StatuspageDialog { urls, reader, maintenance });
    let shared = Arc::clone(shared);
    let check =
        target.zip(dialog).map(|(target, dialog)| ApiCheck { shared, target, conditions, dialog });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}
