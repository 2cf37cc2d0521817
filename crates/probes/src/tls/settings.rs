//! The TLS settings of a check, from its parameters.

use std::fs;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::params::ParamProblems;

/// The `tls` table of a check.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TlsParams {
    /// If `true`, the certificate must be valid, for the host, and from a trusted
    /// authority. With `false` the metric `certificate_verified` is 0.
    pub(crate) verify: bool,
    /// The certificate authorities to trust in place of the system's: PEM text, or the path of a
    /// file with it.
    pub(crate) ca: Option<String>,
    /// The name that the certificate must be for, if it is not the host; it may be international.
    pub(crate) server_name: Option<String>,
    /// If `true`, a server may use the certificate of a trusted certificate authority as its own, as
    /// self-made certificates often are.
    pub(crate) accept_ca_certificate: bool,
    /// The client certificate that is presented to a server that asks for one, as `secret:name`: PEM
    /// text, with the intermediate certificates if there are any. It is presented to the host of the
    /// check only.
    #[schemars(extend("format" = "secret"))]
    pub(crate) client_certificate: Option<String>,
    /// The private key of `client_certificate`, as `secret:name`: PEM text in PKCS#8, PKCS#1 or
    /// SEC1, not encrypted. Both may name one secret that holds both.
    #[schemars(extend("format" = "secret"))]
    pub(crate) client_key: Option<String>,
}

impl Default for TlsParams {
    fn default() -> Self {
        Self {
            verify: true,
            ca: None,
            server_name: None,
            accept_ca_certificate: false,
            client_certificate: None,
            client_key: None,
        }
    }
}

/// Settings of which each combination has one client configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct TlsSettings {
    pub(crate) trust: Trust,
    pub(crate) accept_ca_certificate: bool,
}

/// The authorities that a check trusts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) enum Trust {
    /// The authorities that all checks share.
    #[default]
    Shared,
    /// These authorities only.
    Authorities(Vec<CertificateDer<'static>>),
    /// Any server.
    Anybody,
}

impl TlsSettings {
    /// Reads the settings from `params`, found at `path`.
    pub(crate) fn read(
        params: &TlsParams,
        path: &[&str],
        problems: &mut ParamProblems,
    ) -> Option<Self> {
        let at = |key| [path, &[key]].concat();
        let authorities = match &params.ca {
            Some(text) => Some(authorities(text, &at("ca"), problems)?),
            None => None,
        };
        if !params.verify && (authorities.is_some() || params.accept_ca_certificate) {
            let what =
                "with `verify = false` nothing is verified, so the other settings have no effect";
            problems.add(&at("verify"), what, Some("remove `verify = false`"));
            return None;
        }
        let trust = match (params.verify, authorities) {
            (false, _) => Trust::Anybody,
            (true, None) => Trust::Shared,
            (true, Some(authorities)) => Trust::Authorities(authorities),
        };
        Some(Self { trust, accept_ca_certificate: params.accept_ca_certificate })
    }
}

fn authorities(
    text: &str,
    path: &[&str],
    problems: &mut ParamProblems,
) -> Option<Vec<CertificateDer<'static>>> {
    let pem = if text.contains("-----BEGIN") {
        text.as_bytes().to_vec()
    } else {
        match fs::read(text) {
            Ok(pem) => pem,
            Err(error) => {
                let hint = "write PEM text, or the path of a file with it";
                problems.add(path, format!("cannot read `{text}`: {error}"), Some(hint));
                return None;
            }
        }
    };
    match CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>() {
        Ok(found) if !found.is_empty() => Some(found),
        Ok(_) => {
            let hint = "it begins with `-----BEGIN CERTIFICATE-----`";
            problems.add(path, "the PEM text has no certificate", Some(hint));
            None
        }
        Err(error) => {
            problems.add(path, format!("cannot read the PEM text: {error}"), None);
            None
        }
    }
}
