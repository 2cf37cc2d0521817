//! The way to a target: straight to it, or through a proxy, which opens a tunnel for TLS.

use std::net::IpAddr;
use std::sync::Arc;

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use allclear_core::scope::AddressScope;
use allclear_core::secret::Secrets;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Target;
use super::proxy::{ProxyEndpoint, ProxyParam};
use crate::SharedState;
use crate::attempt::Attempt;
use crate::excerpt::{excerpt, excerpt_of_bytes};
use crate::net::{AddressFamily, connect_to};

/// The largest head that a proxy may answer `CONNECT` with, in bytes.
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// The way to a target.
#[derive(Debug)]
pub(crate) struct TunnelRoute {
    /// The addresses of the target, or of the proxy.
    addresses: Vec<IpAddr>,
    proxy: Option<Arc<ProxyEndpoint>>,
    plain: PlainRoute,
    /// The scope of the target, as far as it can be seen from here.
    pub(crate) scope: AddressScope,
}

/// The way of a connection without TLS through a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PlainRoute {
    /// The proxy receives requests and forwards them.
    Forwarded,
    /// The proxy opens a tunnel.
    Tunnel,
}

impl TunnelRoute {
    /// Finds the way to `target`, and resolves the name of the next hop.
    pub(crate) async fn find(
        target: &Target,
        (choice, family): (&ProxyParam, AddressFamily),
        shared: &SharedState,
        secrets: &Secrets,
        attempt: &mut Attempt,
    ) -> Result<Self, Cause> {
        let resolver = &shared.resolver;
        let Some(proxy) = choice.for_target(target, &shared.proxies, secrets)? else {
            let addresses = resolver.addresses(&target.host, family, attempt).await?;
            let scope = AddressScope::of_all(&addresses);
            return Ok(Self { addresses, proxy: None, plain: PlainRoute::Forwarded, scope });
        };
        attempt.depend_on_proxy(proxy.to_string());
        let addresses = resolver.addresses(&proxy.host, family, attempt).await;
        let addresses = addresses.map_err(|cause| proxy.failed(cause.message))?;
        let scope = AddressScope::of_host(&target.host);
        Ok(Self { addresses, proxy: Some(proxy), plain: PlainRoute::Forwarded, scope })
    }

    /// Returns the same way, with a tunnel also for connections without TLS: the protocol on them is not one that a
    /// proxy forwards.
    pub(super) fn tunneled(self) -> Self {
        Self { plain: PlainRoute::Tunnel, ..self }
    }

    /// Returns the proxy that must receive the target of each request to `target`.
    pub(super) fn forwarding_proxy(&self, target: &Target) -> Option<&Arc<ProxyEndpoint>> {
        let forwards = target.tls.is_none() && self.plain == PlainRoute::Forwarded;
        self.proxy.as_ref().filter(|_| forwards)
    }

    /// Opens a connection to `target`.
    pub(super) async fn connect(
        &self,
        target: &Target,
        attempt: &mut Attempt,
    ) -> Result<TcpStream, Cause> {
        let Some(proxy) = &self.proxy else {
            return connect_to(&self.addresses, target.port, attempt).await;
        };
        let stream = connect_to(&self.addresses, proxy.port, attempt).await;
        let mut stream = stream.map_err(|cause| proxy.failed(cause.message))?;
        if self.forwarding_proxy(target).is_none() {
            open_tunnel(&mut stream, proxy, target).await?;
        }
        attempt.depend_on_target();
        Ok(stream)
    }
}

/// Requests a connection to the target from the proxy.
async fn open_tunnel(
    stream: &mut TcpStream,
    proxy: &ProxyEndpoint,
    target: &Target,
) -> Result<(), Cause> {
    let to = format!("{}:{}", target.host, target.port);
    let mut request = format!("CONNECT {to} HTTP/1.1\r\nhost: {to}\r\n").into_bytes();
    if let Some(authorization) = &proxy.authorization {
        request.extend_from_slice(b"proxy-authorization: ");
        request.extend_from_slice(authorization.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    let broken = |error: std::io::Error| proxy.failed(format_args!("at `CONNECT {to}`: {error}"));
    stream.write_all(&request).await.map_err(broken)?;
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if head.len() > MAX_HEAD_BYTES {
            return Err(proxy.failed("its answer to `CONNECT` is incomplete"));
        }
        let mut piece = [0; 1024];
        match stream.read(&mut piece).await.map_err(broken)? {
            0 => {
                return Err(
                    proxy.failed(format_args!("it closed the connection at `CONNECT {to}`"))
                );
            }
            n_bytes => head.extend_from_slice(piece.get(..n_bytes).unwrap_or_default()),
        }
    }
    let head = String::from_utf8_lossy(&head);
    let status = status(&head).ok_or_else(|| {
        let shown = excerpt_of_bytes(head.as_bytes());
        proxy.failed(format_args!("its answer is not HTTP: {shown}"))
    })?;
    if (200..300).contains(&status) { Ok(()) } else { Err(refused(proxy, &to, status, &head)) }
}

fn status(head: &str) -> Option<u16> {
    head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.trim_end().get(..3)?.parse().ok()
}

/// Returns the cause if a proxy opens no tunnel: the target's fault if the proxy reports that it
/// cannot reach it, and else the monitor's.
fn refused(proxy: &ProxyEndpoint, to: &str, status: u16, head: &str) -> Cause {
    let status_line = excerpt(head.lines().next().unwrap_or_default());
    let unreachable = |reason| {
        let what = format!("the proxy {proxy} cannot reach {to}: `{status_line}`");
        Cause::of(reason, what)
    };
    // Squid answers 503 for its own trouble and for the target's; a header distinguishes them.
    let squid = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("x-squid-error").then(|| value.trim())
    });
    let is_targets = squid.is_some_and(|error| {
        ["ERR_CONNECT_FAIL", "ERR_DNS_FAIL"].iter().any(|it| error.starts_with(it))
    });
    match status {
        407 => proxy_credentials(proxy),
        504 => unreachable(Reason::ConnectTimeout),
        502 => unreachable(Reason::ConnectUnreachable),
        503 if is_targets => unreachable(Reason::ConnectUnreachable),
        _ => {
            let what = format!("the proxy {proxy} refused to connect to {to}: `{status_line}`");
            Cause::of(Reason::ProxyFailed, what)
        }
    }
}

/// Returns the cause of a 407: the monitor's fault.
pub(super) fn proxy_credentials(proxy: &ProxyEndpoint) -> Cause {
    let what = match proxy.authorization {
        None => "requires a user and a password; add them to the URL of the proxy, in a secret",
        Some(_) => "refuses the user or the password in its URL",
    };
    Cause::of(Reason::ProxyFailed, format!("the proxy {proxy} {what} (407)"))
}

#[cfg(test)]
mod tests {
    use rustls::RootCertStore;

    use super::super::TlsSetup;
    use super::*;
    use crate::params::ParamProblems;
    use crate::{ProbeSettings, Probes};

    #[tokio::test]
    async fn the_scope_of_a_direct_route_is_that_of_the_address() {
        let shared = Probes::new(ProbeSettings::new(Arc::new(RootCertStore::empty()))).shared;
        let mut problems = ParamProblems::default();
        let tls = TlsSetup::read(None, &shared, &mut problems).unwrap();
        let direct = ProxyParam::read(None, &mut problems).unwrap();
        for (url, scope) in [
            ("http://93.184.216.34/", AddressScope::Global),
            ("http://10.0.0.1/", AddressScope::Private),
            ("http://169.254.169.254/", AddressScope::Machine),
            ("http://[fd00:ec2::254]/", AddressScope::Private),
            ("http://[64:ff9b::a9fe:a9fe]/", AddressScope::Machine),
            ("http://[64:ff9b::a00:1]/", AddressScope::Private),
        ] {
            let target = Target::new(url.parse().unwrap(), &tls).unwrap();
            let way = (&direct, AddressFamily::Any);
            let mut attempt = Attempt::start();
            let route = TunnelRoute::find(&target, way, &shared, &Secrets::new(), &mut attempt)
                .await
                .unwrap();
            assert_eq!(route.scope, scope, "{url}");
        }
    }
}
