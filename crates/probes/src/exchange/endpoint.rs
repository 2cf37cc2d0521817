//! The server of a check that speaks a protocol on top of HTTP: the parameters that such checks have in common, and the
//! way to the server.

use std::collections::BTreeMap;

use allclear_core::checker::CheckContext;
use allclear_core::id::SecretName;
use allclear_core::outcome::Cause;
use url::Url;

use super::proxy::ProxyParam;
use super::target::{HttpVersion, Target, TlsSetup};
use super::tunnel::TunnelRoute;
use crate::SharedState;
use crate::attempt::{Attempt, AttemptPhase};
use crate::headers::CheckHeaders;
use crate::net::AddressFamily;
use crate::params::ParamProblems;
use crate::service::{Wire, WireWatch};
use crate::tls::{ClientIdentity, TlsParams, handshake};

/// The parameters by which a check names its server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HttpEndpointParams<'a> {
    /// The parameter with the address, and its `http` or `https` URL; `None` if it cannot be read.
    pub(crate) url: (&'a str, Option<&'a Url>),
    /// The parameter with the headers, and the headers.
    pub(crate) headers: (&'a str, &'a BTreeMap<String, String>),
    /// The table `tls`.
    pub(crate) tls: Option<&'a TlsParams>,
    /// The parameter `proxy`.
    pub(crate) proxy: Option<&'a str>,
    /// The address family of the host.
    pub(crate) ip: AddressFamily,
}

/// The server of a check.
#[derive(Debug)]
pub(crate) struct HttpEndpoint {
    pub(crate) target: Target,
    pub(crate) headers: CheckHeaders,
    tls: TlsSetup,
    proxy: ProxyParam,
    family: AddressFamily,
}

impl HttpEndpoint {
    /// Reads the server from the parameters.
    pub(crate) fn read(
        params: HttpEndpointParams<'_>,
        shared: &SharedState,
        problems: &mut ParamProblems,
    ) -> Option<Self> {
        let HttpEndpointParams { url: (key, url), headers: (headers_key, headers), tls, proxy, ip } =
            params;
        let tls = TlsSetup::read(tls, shared, problems);
        let target = url.zip(tls.as_ref()).and_then(|(url, tls)| {
            Target::new(url.clone(), tls).map_err(|what| problems.add(&[key], what, None)).ok()
        });
        let headers = CheckHeaders::read(headers, headers_key, problems);
        let proxy = ProxyParam::read(proxy, problems);
        Some(Self { target: target?, headers, tls: tls?, proxy: proxy?, family: ip })
    }

    /// Returns the secrets that it needs, each once.
    pub(crate) fn secrets(&self) -> Vec<SecretName> {
        let mut names: Vec<SecretName> = self.headers.secrets().collect();
        names.extend(self.proxy.secret().cloned());
        names.extend(self.tls.identity.iter().flat_map(ClientIdentity::secrets));
        names.sort();
        names.dedup();
        names
    }

    /// Finds the way to the server, through a tunnel if there is a proxy, and prepares the client certificate of the check.
    pub(crate) async fn find(
        &self,
        shared: &SharedState,
        context: CheckContext<'_>,
        attempt: &mut Attempt,
    ) -> Result<TunnelRoute, Cause> {
        if let Some(identity) = &self.tls.identity {
            attempt.present(identity.load(context.secrets)?);
        }
        let way = (&self.proxy, self.family);
        let route = TunnelRoute::find(&self.target, way, shared, context.secrets, attempt).await?;
        Ok(route.tunneled())
    }

    /// Opens a connection for a protocol that begins as HTTP/1.1 and takes the connection over, and waits for the first
    /// byte from then on.
    pub(crate) async fn open_wire(
        &self,
        shared: &SharedState,
        context: CheckContext<'_>,
        attempt: &mut Attempt,
    ) -> Result<Wire, Cause> {
        let route = self.find(shared, context, attempt).await?;
        let stream = route.connect(&self.target, attempt).await?;
        let wire = match &self.target.tls {
            None => Wire::plain(stream, WireWatch::default()),
            Some(tls) => {
                let http1 = HttpVersion::Http1.protocols(tls);
                let tls = http1.as_ref().unwrap_or(tls);
                let stream = handshake(stream, tls, context.now, attempt).await?;
                Wire::encrypted(stream, WireWatch::default())
            }
        };
        attempt.enter(AttemptPhase::FirstByte);
        Ok(wire)
    }
}
