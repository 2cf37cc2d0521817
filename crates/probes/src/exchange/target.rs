//! The target of a request: the parts of a URL in the forms that the connection, TLS and each HTTP
//! version want.

use std::sync::Arc;

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use http::{HeaderValue, Uri};
use schemars::JsonSchema;
use serde::Deserialize;
use url::{Host, Url};

use crate::SharedState;
use crate::params::ParamProblems;
use crate::tls::{
    ClientIdentity, ClientTls, PeerName, Protocols, TlsClient, TlsParams, TlsSettings, server_name,
};

/// The TLS of a check.
#[derive(Debug, Clone)]
pub(crate) struct TlsSetup {
    pub(crate) config: Arc<ClientTls>,
    pub(crate) verifies: bool,
    /// The name that the certificate of the check's own host must be for.
    pub(crate) server_name: Option<PeerName>,
    /// The client certificate, if these servers may ask for one.
    pub(crate) identity: Option<ClientIdentity>,
}

impl TlsSetup {
    /// Reads the setup from a check's parameters under `tls`.
    pub(crate) fn read(
        params: Option<&TlsParams>,
        shared: &SharedState,
        problems: &mut ParamProblems,
    ) -> Option<Self> {
        let params = params.cloned().unwrap_or_default();
        let settings = TlsSettings::read(&params, &["tls"], problems)?;
        let identity = ClientIdentity::read(&params, &["tls"], problems);
        let server_name = match &params.server_name {
            None => None,
            Some(name) => Some(problems.server_name(&["tls", "server_name"], name)?),
        };
        match shared.tls.client(&settings, Protocols::Http) {
            Ok(config) => Some(Self { config, verifies: params.verify, server_name, identity }),
            Err(what) => {
                problems.add(&["tls"], what, None);
                None
            }
        }
    }

    /// Returns the setup for hosts other than that of the check: its name and its client certificate
    /// are not for them.
    pub(crate) fn for_other_hosts(&self) -> Self {
        Self { server_name: None, identity: None, ..self.clone() }
    }
}

/// The version of HTTP that a request is sent with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum HttpVersion {
    /// HTTP/2 if the server offers it with TLS, else HTTP/1.1.
    #[default]
    #[serde(rename = "negotiated")]
    Negotiated,
    /// HTTP/1.1 only.
    #[serde(rename = "1.1")]
    Http1,
    /// HTTP/2 only, also without TLS.
    #[serde(rename = "2")]
    Http2,
}

impl HttpVersion {
    /// Returns `tls` with the protocols that this version offers; `None` if it stays unchanged.
    pub(super) fn protocols(self, tls: &TlsClient) -> Option<TlsClient> {
        let protocol: &[u8] = match self {
            Self::Negotiated => return None,
            Self::Http1 => b"http/1.1",
            Self::Http2 => b"h2",
        };
        let config = Arc::new(tls.config.with_protocol(protocol));
        Some(TlsClient { config, ..tls.clone() })
    }

    /// Returns the cause if HTTP/2 is set and the server does not speak it.
    pub(super) fn no_http2() -> Cause {
        let what = "the server does not offer HTTP/2, which the check demands";
        Cause::of(Reason::ResponseInvalid, what)
    }
}

/// The server that a URL names: scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    host: Host,
    port: u16,
    is_tls: bool,
}

impl Origin {
    /// Returns true if data that is confidential to `earlier` may be sent here: it is the same
    /// server, or the same host by `https` after `http`, each at its usual port.
    pub(crate) fn may_know_secrets_of(&self, earlier: &Self) -> bool {
        let is_safer = self.host == earlier.host
            && (earlier.is_tls, earlier.port) == (false, 80)
            && (self.is_tls, self.port) == (true, 443);
        is_safer || self == earlier
    }
}

/// The target of a request.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) url: Url,
    pub(crate) host: Host,
    pub(crate) port: u16,
    /// `None` for plain HTTP.
    pub(crate) tls: Option<TlsClient>,
    /// Path and query, as HTTP/1 wants them.
    pub(crate) path: Uri,
    /// The whole URL, as HTTP/2 wants it.
    pub(crate) absolute: Uri,
    /// The value of the `host` header.
    pub(crate) authority: HeaderValue,
}

impl Target {
    /// Creates the target of `url`. The error describes the problem of the URL.
    pub(crate) fn new(mut url: Url, tls: &TlsSetup) -> Result<Self, String> {
        let is_tls = match url.scheme() {
            "http" => false,
            "https" => true,
            other => return Err(format!("`{other}` is neither `http` nor `https`")),
        };
        url.set_fragment(None);
        let host = match url.host() {
            Some(host) => host.to_owned(),
            None => return Err("the URL has no host".to_owned()),
        };
        let port = url.port_or_known_default().unwrap_or(if is_tls { 443 } else { 80 });
        let tls = if is_tls {
            let own_name = tls.server_name.clone();
            let server_name = own_name
                .or_else(|| server_name(&host))
                .ok_or_else(|| format!("`{host}` is not a name that a certificate can be for"))?;
            let config = Arc::clone(&tls.config);
            let presents_certificate = tls.identity.is_some();
            Some(TlsClient { config, server_name, verifies: tls.verifies, presents_certificate })
        } else {
            None
        };
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        };
        let wrong = |what: &dyn std::fmt::Display| format!("cannot send the URL: {what}");
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let absolute = format!("{}://{authority}{path}", url.scheme());
        Ok(Self {
            path: path.parse().map_err(|error| wrong(&error))?,
            absolute: absolute.parse().map_err(|error| wrong(&error))?,
            authority: HeaderValue::try_from(authority).map_err(|error| wrong(&error))?,
            url,
            host,
            port,
            tls,
        })
    }

    /// Returns the origin of its server.
    pub(crate) fn origin(&self) -> Origin {
        Origin { host: self.host.clone(), port: self.port, is_tls: self.tls.is_some() }
    }

    /// Returns true if both are the same server by scheme, host and port, so that credentials for one may
    /// go to the other.
    pub(crate) fn has_origin_of(&self, other: &Self) -> bool {
        self.host == other.host
            && self.port == other.port
            && self.tls.is_some() == other.tls.is_some()
    }
}
