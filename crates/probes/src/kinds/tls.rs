//! The `tls` check: a handshake, the certificates from the server's to a trusted authority, the host
//! name, and the days until the first of them expires.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::checker::{CheckContext, Checker, Checking, ParamProblem};
use allclear_core::id::SecretName;
use allclear_core::kind::{ADDRESS, CERTIFICATE, Example, Kind, Texts};
use allclear_core::outcome::{Cause, DurationParts, Verdict};
use allclear_core::reason::Reason;
use allclear_core::threshold::Category;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;
use url::Host;

use super::Implementation;
use crate::SharedState;
use crate::attempt::{Attempt, patience};
use crate::metrics::{CERTIFICATE_DAYS, TLS_VERSION};
use crate::net::{AddressFamily, connect};
use crate::params::{ParamProblems, host_part, read};
use crate::tls::{
    ClientIdentity, PeerName, Protocols, TlsClient, TlsParams, TlsSettings, refused_client, secure,
};

pub(super) const KIND: Kind = Kind {
    name: "tls",
    category: Category::External,
    metrics: &[TLS_VERSION, CERTIFICATE_DAYS],
    labels: &[ADDRESS, CERTIFICATE],
    rules: &[],
    texts: Texts::NONE,
    properties: crate::properties::host_of_address,
    budget: None,
    providers: None,
    example: Example {
        parts: DurationParts {
            dns: Some(Duration::from_micros(1_500)),
            connect: Some(Duration::from_millis(12)),
            tls: Some(Duration::from_millis(21)),
            ..DurationParts::NONE
        },
        metrics: &[(CERTIFICATE_DAYS.name, 61.0), (TLS_VERSION.name, 1.3)],
    },
};

pub(super) const IMPLEMENTATION: Implementation = Implementation { name: KIND.name, build };

/// The JSON Schema of the parameters.
pub(super) const SCHEMA: super::Schema = super::schema::<Params>;

/// The time in which a server that has asked for a client certificate may refuse the one it got.
const PATIENCE_FOR_REFUSAL: Duration = Duration::from_secs(1);

/// Parameters of the `tls` check: the validity of the certificates, and the days that are left.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// The host and port: `mail.example.com:993`.
    address: String,
    /// The name that the certificate must be for, if it is not the host; it may be international.
    server_name: Option<String>,
    /// With fewer days left on any certificate of the verified path, the target is degraded.
    #[serde(default = "default_warning_days")]
    warning_days: u16,
    /// With fewer days left on any certificate of the verified path, the target is unhealthy.
    #[serde(default = "default_critical_days")]
    critical_days: u16,
    /// The certificate authorities to trust in place of the system's: PEM text, or the path of a
    /// file with it.
    ca: Option<String>,
    /// The client certificate that is presented if the server asks for one, as `secret:name`: PEM
    /// text, with the intermediate certificates if there are any.
    #[schemars(extend("format" = "secret"))]
    client_certificate: Option<String>,
    /// The private key of `client_certificate`, as `secret:name`: PEM text in PKCS#8, PKCS#1 or
    /// SEC1, not encrypted. Both may name one secret that holds both.
    #[schemars(extend("format" = "secret"))]
    client_key: Option<String>,
    /// If `true`, the server may use the certificate of a trusted certificate authority as its own,
    /// as self-made certificates often are.
    #[serde(default)]
    accept_ca_certificate: bool,
    /// The address family of the host. Default: `any`.
    #[serde(default)]
    ip: AddressFamily,
}

fn default_warning_days() -> u16 {
    21
}

fn default_critical_days() -> u16 {
    7
}

/// A `tls` check with its parameters.
#[derive(Debug)]
struct TlsCheck {
    shared: Arc<SharedState>,
    host: Host,
    host_text: String,
    port: u16,
    client: TlsClient,
    identity: Option<ClientIdentity>,
    /// The host as the config has it.
    shown: String,
    warning_days: u16,
    critical_days: u16,
    family: AddressFamily,
}

fn build(params: &Value, shared: &Arc<SharedState>) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
    let params: Params = read(params)?;
    let mut problems = ParamProblems::default();
    if params.critical_days > params.warning_days {
        let what = "`critical_days` is more than `warning_days`, so the warning never comes";
        problems.add(&["critical_days"], what, Some("make it the smaller of the two"));
    }
    let address = problems.address(&["address"], &params.address);
    let tls = TlsParams {
        ca: params.ca.clone(),
        accept_ca_certificate: params.accept_ca_certificate,
        client_certificate: params.client_certificate.clone(),
        client_key: params.client_key.clone(),
        ..TlsParams::default()
    };
    let identity = ClientIdentity::read(&tls, &[], &mut problems);
    let shown = host_part(&params.address).to_owned();
    let host = address.as_ref().map(|(host, _)| host);
    let name = peer_name(params.server_name.as_deref(), host, &shown, &mut problems);
    let client = client(&tls, name, identity.as_ref(), shared, &mut problems);
    let check = address.zip(client).map(|((host, port), client)| TlsCheck {
        shared: Arc::clone(shared),
        identity,
        shown,
        host_text: host.to_string(),
        host,
        port,
        client,
        warning_days: params.warning_days,
        critical_days: params.critical_days,
        family: params.ip,
    });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}

fn client(
    tls: &TlsParams,
    name: Option<PeerName>,
    identity: Option<&ClientIdentity>,
    shared: &SharedState,
    problems: &mut ParamProblems,
) -> Option<TlsClient> {
    let settings = TlsSettings::read(tls, &[], problems)?;
    let config = shared
        .tls
        .client(&settings, Protocols::None)
        .map_err(|what| problems.add(&["ca"], what, None))
        .ok()?;
    let presents_certificate = identity.is_some();
    Some(TlsClient { config, server_name: name?, verifies: true, presents_certificate })
}

/// Returns the name that the certificate must be for: the one that is set, or the host.
fn peer_name(
    own: Option<&str>,
    host: Option<&Host>,
    shown: &str,
    problems: &mut ParamProblems,
) -> Option<PeerName> {
    if let Some(name) = own {
        return problems.server_name(&["server_name"], name);
    }
    let name = PeerName::of(host?, shown);
    if name.is_none() {
        let what = format!("`{shown}` is not a name that a certificate can be for");
        problems.add(&["address"], what, Some("set `server_name`"));
    }
    name
}

impl Checker for TlsCheck {
    fn check<'a>(&'a self, context: CheckContext<'a>) -> Checking<'a> {
        Box::pin(async move {
            let mut attempt = Attempt::start().showing(&self.host_text, &self.shown);
            let ended =
                timeout(patience(context.timeout), self.attempt(context, &mut attempt)).await;
            attempt.finish(ended, context.timeout)
        })
    }

    fn secrets(&self) -> Vec<SecretName> {
        let mut names: Vec<SecretName> =
            self.identity.iter().flat_map(ClientIdentity::secrets).collect();
        names.sort();
        names.dedup();
        names
    }

    fn host(&self) -> Option<&str> {
        Some(&self.host_text)
    }
}

impl TlsCheck {
    async fn attempt(
        &self,
        context: CheckContext<'_>,
        attempt: &mut Attempt,
    ) -> Result<Verdict, Cause> {
        if let Some(identity) = &self.identity {
            attempt.present(identity.load(context.secrets)?);
        }
        let resolver = &self.shared.resolver;
        let stream = connect(resolver, &self.host, self.port, self.family, attempt).await?;
        let secured = secure(stream, &self.client, context.now, attempt).await?;
        attempt.answered();
        if secured.may_still_refuse_the_client {
            await_refusal(secured.stream).await?;
        }
        let name = &self.client.server_name.shown;
        let Some((days, expiry)) = attempt.measured(CERTIFICATE_DAYS).zip(secured.expiry) else {
            let what = format!("the certificate of `{name}` has no expiry date");
            return Err(Cause::of(Reason::CertificateInvalid, what));
        };
        let expiring = |limit| {
            let (certificate, remedy) = match &expiry.intermediate {
                None => (format!("certificate of `{name}`"), "renew it"),
                Some(intermediate) => (
                    format!("intermediate certificate `{intermediate}` of `{name}`"),
                    "let the server send the newer one of its authority",
                ),
            };
            let what =
                format!("the {certificate} expires in {days} days, fewer than {limit}; {remedy}");
            Cause::of(Reason::CertificateExpiring, what)
        };
        Ok(if days < f64::from(self.critical_days) {
            Verdict::Unhealthy(expiring(self.critical_days))
        } else if days < f64::from(self.warning_days) {
            Verdict::Degraded(expiring(self.warning_days))
        } else {
            Verdict::Healthy
        })
    }
}

/// Waits briefly for the alert of a server that refuses the client. In TLS 1.3 a client has
/// finished its handshake before the server has seen the client's certificate; a server that
/// accepts it answers the end of the connection with its own.
async fn await_refusal(mut stream: TlsStream<TcpStream>) -> Result<(), Cause> {
    let answered = async {
        // A connection that is closed already has its alert still to read.
        let _ = stream.shutdown().await;
        stream.read(&mut [0; 256]).await
    };
    match timeout(PATIENCE_FOR_REFUSAL, answered).await {
        Ok(Err(error)) => refused_client(&error).map_or(Ok(()), Err),
        Ok(Ok(_)) | Err(_) => Ok(()),
    }
}
