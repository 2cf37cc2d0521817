//! The server of a check that speaks the protocol of a service.

use std::net::IpAddr;

use allclear_core::checker::CheckContext;
use allclear_core::id::SecretName;
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use allclear_core::scope::AddressScope;
use tokio::net::TcpStream;
use url::Host;

use super::{Wire, WireWatch};
use crate::SharedState;
use crate::attempt::Attempt;
use crate::net::{AddressFamily, connect, connect_to};
use crate::params::{ParamProblems, host_part};
use crate::tls::{
    ClientIdentity, PeerName, Protocols, TlsClient, TlsParams, TlsSettings, handshake,
};

/// The parameters by which a check names its server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AddressParams<'a> {
    /// The host, with or without a port.
    pub(crate) address: &'a str,
    /// The port of an address that has none.
    pub(crate) default_port: u16,
    /// The address family of the host.
    pub(crate) ip: AddressFamily,
    /// The table `tls`; without it, the connection is not encrypted.
    pub(crate) tls: Option<&'a TlsParams>,
}

/// The server of a check.
#[derive(Debug)]
pub(crate) struct ServiceTarget {
    host: Host,
    host_text: String,
    /// The host as the config has it.
    shown: String,
    port: u16,
    family: AddressFamily,
    tls: Option<TlsClient>,
    identity: Option<ClientIdentity>,
    name_source: NameSource,
}

/// The source of the name that a certificate must be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NameSource {
    /// The host.
    Host,
    /// `tls.server_name`, for all servers of the service.
    Config,
}

impl ServiceTarget {
    /// Reads the server from the parameters `address`, `ip` and `tls`.
    pub(crate) fn read(
        params: AddressParams<'_>,
        shared: &SharedState,
        problems: &mut ParamProblems,
    ) -> Option<Self> {
        let AddressParams { address, default_port, ip, tls } = params;
        let (host, port) = problems.address_or_port(&["address"], address, default_port)?;
        let shown = host_part(address).to_owned();
        let has_name = tls.is_some_and(|tls| tls.server_name.is_some());
        let name_source = if has_name { NameSource::Config } else { NameSource::Host };
        let identity = tls.and_then(|tls| ClientIdentity::read(tls, &["tls"], problems));
        let tls = match tls {
            Some(tls) => Some(client(tls, (&host, &shown), identity.as_ref(), shared, problems)?),
            None => None,
        };
        let host_text = host.to_string();
        Some(Self { host_text, host, shown, port, family: ip, tls, identity, name_source })
    }

    /// Returns the host as the resolver gets it.
    pub(crate) fn host_text(&self) -> &str {
        &self.host_text
    }

    /// Returns the host as the config has it.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// Returns the port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Returns true if the connection is to be encrypted.
    pub(crate) fn has_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// Returns the names of the secrets of the client certificate.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = SecretName> {
        self.identity.iter().flat_map(ClientIdentity::secrets)
    }

    /// Opens the connection, encrypted from its first byte if the check has TLS.
    pub(crate) async fn open(
        &self,
        shared: &SharedState,
        context: CheckContext<'_>,
        attempt: &mut Attempt,
    ) -> Result<Wire, Cause> {
        let stream = self.connect(shared, attempt).await?;
        if self.has_tls() {
            self.secure(stream, context, attempt).await
        } else {
            Ok(Wire::plain(stream, WireWatch::default()))
        }
    }

    /// Opens a connection to another server of the service that this one has named. Its address must not be closer to
    /// this machine than that of this one: otherwise a server could make the monitor connect to the services around it.
    pub(crate) async fn open_other(
        &self,
        (host, port): (Host, u16),
        shared: &SharedState,
        context: CheckContext<'_>,
        attempt: &mut Attempt,
    ) -> Result<Wire, Cause> {
        let farthest = AddressScope::of_all(&self.addresses(shared, attempt).await?);
        let shown = host.to_string();
        let other = self.beside(host, port).ok_or_else(|| {
            let what = format!("`{shown}` is not a name that a certificate can be for");
            Cause::of(Reason::ResponseInvalid, what)
        })?;
        let addresses = other.addresses(shared, attempt).await?;
        refuse_closer(&other.host, AddressScope::of_all(&addresses), farthest)?;
        let stream = connect_to(&addresses, port, attempt).await?;
        other.secure(stream, context, attempt).await
    }

    fn beside(&self, host: Host, port: u16) -> Option<Self> {
        let host_text = host.to_string();
        let tls = match (&self.tls, self.name_source) {
            (Some(tls), NameSource::Host) => {
                let server_name = PeerName::of(&host, &host_text)?;
                Some(TlsClient { server_name, ..tls.clone() })
            }
            (tls, NameSource::Config) | (tls @ None, NameSource::Host) => tls.clone(),
        };
        let (family, identity, name_source) =
            (self.family, self.identity.clone(), self.name_source);
        let shown = host_text.clone();
        Some(Self { host, host_text, shown, port, family, tls, identity, name_source })
    }

    /// Resolves the host, for a protocol without connections.
    pub(crate) async fn addresses(
        &self,
        shared: &SharedState,
        attempt: &mut Attempt,
    ) -> Result<Vec<IpAddr>, Cause> {
        let addresses = shared.resolver.addresses(&self.host, self.family, attempt).await?;
        attempt.note_addresses(&addresses);
        Ok(addresses)
    }

    /// Opens the connection without TLS, for a protocol that begins TLS by a message of its own.
    pub(crate) async fn connect(
        &self,
        shared: &SharedState,
        attempt: &mut Attempt,
    ) -> Result<TcpStream, Cause> {
        connect(&shared.resolver, &self.host, self.port, self.family, attempt).await
    }

    /// Makes the TLS handshake of the check on a connection.
    ///
    /// The connection stays as it is if the check has no TLS.
    pub(crate) async fn secure(
        &self,
        stream: TcpStream,
        context: CheckContext<'_>,
        attempt: &mut Attempt,
    ) -> Result<Wire, Cause> {
        let Some(client) = &self.tls else {
            return Ok(Wire::plain(stream, WireWatch::default()));
        };
        if let Some(identity) = &self.identity {
            attempt.present(identity.load(context.secrets)?);
        }
        let stream = handshake(stream, client, context.now, attempt).await?;
        Ok(Wire::encrypted(stream, WireWatch::default()))
    }
}

/// Refuses a server whose address is closer to this machine than that of the server that named it.
fn refuse_closer(host: &Host, scope: AddressScope, farthest: AddressScope) -> Result<(), Cause> {
    if scope <= farthest {
        return Ok(());
    }
    let what = format!(
        "the server names another one at `{host}`, in a network closer to the monitor than its own: set `address` to a \
         server of that network"
    );
    Err(Cause::of(Reason::RedirectRefused, what))
}

fn client(
    params: &TlsParams,
    (host, shown): (&Host, &str),
    identity: Option<&ClientIdentity>,
    shared: &SharedState,
    problems: &mut ParamProblems,
) -> Option<TlsClient> {
    let settings = TlsSettings::read(params, &["tls"], problems)?;
    let server_name = match &params.server_name {
        Some(name) => problems.server_name(&["tls", "server_name"], name)?,
        None => PeerName::of(host, shown).or_else(|| {
            let what = format!("`{shown}` is not a name that a certificate can be for");
            problems.add(&["address"], what, Some("set `tls.server_name`"));
            None
        })?,
    };
    let config = shared
        .tls
        .client(&settings, Protocols::None)
        .map_err(|what| problems.add(&["tls"], what, None))
        .ok()?;
    let presents_certificate = identity.is_some();
    Some(TlsClient { config, server_name, verifies: params.verify, presents_certificate })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_cannot_lead_the_monitor_into_a_closer_network() {
        use AddressScope::{Global, Machine, Private};
        let host = Host::Domain("broker.test".to_owned());
        for (scope, farthest) in [(Machine, Global), (Machine, Private), (Private, Global)] {
            let cause = refuse_closer(&host, scope, farthest).unwrap_err();
            assert_eq!(cause.reason, Reason::RedirectRefused);
        }
        for (scope, farthest) in [(Global, Global), (Global, Machine), (Private, Private)] {
            assert_eq!(refuse_closer(&host, scope, farthest), Ok(()));
        }
    }
}
