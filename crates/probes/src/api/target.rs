//! The server of a check that asks an API, and what the check sends with each request.

use allclear_core::id::SecretName;
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use url::Url;

use super::RequestHeaders;
use crate::SharedState;
use crate::exchange::{ProxyParam, Target, TlsSetup};
use crate::net::AddressFamily;
use crate::params::ParamProblems;
use crate::tls::{ClientIdentity, TlsParams};

/// The parameters of the connection that a check shares with all checks of APIs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ApiParams<'a> {
    pub(crate) proxy: Option<&'a str>,
    pub(crate) tls: Option<&'a TlsParams>,
    pub(crate) ip: AddressFamily,
}

/// The server of a check.
#[derive(Debug)]
pub(crate) struct ApiTarget {
    /// The address of the check. TLS names and client certificates of the config are for its host.
    pub(crate) url: Url,
    pub(super) headers: RequestHeaders,
    pub(super) proxy: ProxyParam,
    pub(super) family: AddressFamily,
    tls: TlsSetup,
}

impl ApiTarget {
    /// Reads the target from the parameters of a check, `url` and `headers` being read already.
    pub(crate) fn read(
        (url, headers): (Option<Url>, Option<RequestHeaders>),
        params: ApiParams<'_>,
        shared: &SharedState,
        problems: &mut ParamProblems,
    ) -> Option<Self> {
        let ApiParams { proxy, tls, ip: family } = params;
        let tls = TlsSetup::read(tls, shared, problems);
        let proxy = ProxyParam::read(proxy, problems);
        let (url, headers, tls, proxy) = (url?, headers?, tls?, proxy?);
        Target::new(url.clone(), &tls).map_err(|what| problems.add(&["url"], what, None)).ok()?;
        Some(Self { url, headers, proxy, family, tls })
    }

    /// Returns the names of the secrets of the requests and the connection, each once.
    pub(crate) fn secrets(&self) -> Vec<SecretName> {
        let mut names = self.headers.secrets();
        names.extend(self.proxy.secret().cloned());
        names.extend(self.identity().into_iter().flat_map(ClientIdentity::secrets));
        names
    }

    /// Returns the client certificate of the check.
    pub(super) fn identity(&self) -> Option<&ClientIdentity> {
        self.tls.identity.as_ref()
    }

    /// Returns the target of a request to `url`.
    pub(super) fn at(&self, url: &Url) -> Result<Target, Cause> {
        let is_own = url.host_str() == self.url.host_str();
        let tls = if is_own { self.tls.clone() } else { self.tls.for_other_hosts() };
        Target::new(url.clone(), &tls).map_err(|what| {
            Cause::of(Reason::RedirectRefused, format!("cannot ask `{url}`: {what}"))
        })
    }
}

/// Parses the URL of an HTTP server.
pub(crate) fn read_url(path: &[&str], text: &str, problems: &mut ParamProblems) -> Option<Url> {
    let hint = Some("write for example `https://api.example.com/health`");
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) => {
            problems.add(path, format!("`{text}` is not a URL: {error}"), hint);
            return None;
        }
    };
    if !matches!(url.scheme(), "http" | "https") {
        problems.add(path, format!("`{}` is neither `http` nor `https`", url.scheme()), hint);
        return None;
    }
    if !url.username().is_empty() || url.password().is_some() {
        let hint = "write `auth = { basic = { user = \"…\", password = \"secret:…\" } }`";
        problems.add(path, "the URL holds credentials", Some(hint));
        return None;
    }
    Some(url)
}
