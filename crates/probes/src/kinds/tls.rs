//! The `tls` check: a handshake, the certificate's chain and host name, and the days it has left.

use std::sync::Arc;

use allclear_core::checker::{CheckContext, Checker, Checking, ParamProblem};
use allclear_core::outcome::{Cause, Verdict};
use allclear_core::reason::Reason;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;
use url::Host;

use super::Kind;
use crate::Shared;
use crate::attempt::{Attempt, patience};
use crate::net::{Family, connect};
use crate::params::{Problems, read};
use crate::tls::{
    CERTIFICATE_DAYS, Protocols, TlsClient, TlsParams, TlsSettings, handshake, server_name,
};

pub(super) const KIND: Kind = Kind { name: "tls", schema: super::schema::<Params>, build };

/// Parameters of the `tls` check: whether the certificate is valid, and for how long.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// The host and port: `mail.example.com:993`.
    address: String,
    /// The name that the certificate must be for, where it is not the host.
    server_name: Option<String>,
    /// With fewer days left, the certificate is degraded.
    #[serde(default = "default_warning_days")]
    warning_days: u16,
    /// With fewer days left, the certificate is unhealthy.
    #[serde(default = "default_critical_days")]
    critical_days: u16,
    /// The certificate authorities to trust in place of the system's: PEM text, or the path of a
    /// file with it.
    ca: Option<String>,
    /// Whether the server may use the certificate of a trusted certificate authority as its own,
    /// as self-made certificates often are.
    #[serde(default)]
    accept_ca_certificate: bool,
    /// Which addresses of the host are used: `any`, `v4` or `v6`.
    #[serde(default)]
    ip: Family,
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
    shared: Arc<Shared>,
    host: Host,
    host_text: String,
    port: u16,
    client: TlsClient,
    warning_days: u16,
    critical_days: u16,
    family: Family,
}

fn build(params: &Value, shared: &Arc<Shared>) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
    let params: Params = read(params)?;
    let mut problems = Problems::default();
    if params.critical_days > params.warning_days {
        let what = "`critical_days` is more than `warning_days`, so the warning never comes";
        problems.add(&["critical_days"], what, Some("make it the smaller of the two"));
    }
    let address = problems.address(&["address"], &params.address);
    let client = client(&params, address.as_ref().map(|(host, _)| host), shared, &mut problems);
    let check = address.zip(client).map(|((host, port), client)| TlsCheck {
        shared: Arc::clone(shared),
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
    params: &Params,
    host: Option<&Host>,
    shared: &Shared,
    problems: &mut Problems,
) -> Option<TlsClient> {
    let own_name = match &params.server_name {
        Some(name) => Some(problems.host(&["server_name"], name)?),
        None => None,
    };
    let tls = TlsParams {
        ca: params.ca.clone(),
        accept_ca_certificate: params.accept_ca_certificate,
        ..TlsParams::default()
    };
    let settings = TlsSettings::read(&tls, &[], problems)?;
    let config = shared
        .tls
        .client(&settings, Protocols::None)
        .map_err(|what| problems.add(&["ca"], what, None))
        .ok()?;
    let name = own_name.as_ref().or(host)?;
    let Some(server_name) = server_name(name) else {
        let what = format!("`{name}` is not a name that a certificate can be for");
        problems.add(&["address"], what, Some("set `server_name`"));
        return None;
    };
    Some(TlsClient { config, server_name, verifies: true })
}

impl Checker for TlsCheck {
    fn check<'a>(&'a self, context: CheckContext<'a>) -> Checking<'a> {
        Box::pin(async move {
            let mut attempt = Attempt::start();
            let ended =
                timeout(patience(context.timeout), self.attempt(context, &mut attempt)).await;
            attempt.finish(ended, context.timeout)
        })
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
        let resolver = &self.shared.resolver;
        let stream = connect(resolver, &self.host, self.port, self.family, attempt).await?;
        handshake(stream, &self.client, context.now, attempt).await?;
        attempt.answered();
        let name = self.client.server_name.to_str();
        let Some(days) = attempt.measured(CERTIFICATE_DAYS) else {
            let what = format!("the certificate of `{name}` does not say when it expires");
            return Err(Cause::target(Reason::CertificateInvalid, what));
        };
        let expiring = |limit| {
            let what = format!(
                "the certificate of `{name}` expires in {days} days, fewer than {limit}; renew it"
            );
            Cause::target(Reason::CertificateExpiring, what)
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
