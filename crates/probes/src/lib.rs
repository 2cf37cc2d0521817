#![doc = include_str!("../README.md")]

mod api;
mod attempt;
mod aws;
mod body;
mod excerpt;
mod exchange;
mod explanation;
mod headers;
mod kinds;
mod metrics;
mod net;
mod offload;
mod params;
mod properties;
mod service;
mod tls;

/// Asking providers of language models beside the checks.
pub mod llm {
    pub use crate::kinds::llm::{ProviderKey, ProviderUse};
}

use std::net::SocketAddr;
use std::sync::Arc;

use allclear_core::action::ExecutionPlace;
use allclear_core::checker::{CheckKinds, CheckSchemas, Checker, ParamProblem};
use allclear_core::kind::KindSet;
use allclear_core::monitor::CheckSpec;
use allclear_core::ports::SignRequest;
use allclear_expression::Variable;
use rustls::RootCertStore;

pub use allclear_core::proxy::ProxySettings;

use kinds::domain::RegistryCache;
use kinds::{IMPLEMENTATIONS, Implementation, KINDS, MACHINE_KINDS, SCHEMAS, VARIABLES};
use net::Resolver;
use params::nearest;
use tls::ClientConfigs;

/// Settings that all checks share.
#[derive(Debug, Clone)]
pub struct ProbeSettings {
    /// The certificate authorities that are trusted if a check names none of its own.
    pub tls_roots: Arc<RootCertStore>,
    /// The name servers that resolve the targets' names; with none, the system's.
    pub name_servers: Vec<SocketAddr>,
    /// The `user-agent` of HTTP checks that set none of their own.
    pub user_agent: String,
    /// Signer of requests to AWS with the identity of this process, for checks without a key of
    /// their own; `None` if the process has no identity.
    pub signer: Option<Arc<dyn SignRequest>>,
    /// The region of AWS of this process, for checks that name none; `None` if it has none.
    pub aws_region: Option<String>,
    /// The proxies of HTTP requests, for checks that set none of their own.
    pub proxies: ProxySettings,
}

impl ProbeSettings {
    /// Settings with the system's name servers, the usual `user-agent`, no signer, no region and no proxies.
    #[must_use]
    pub fn new(tls_roots: Arc<RootCertStore>) -> Self {
        let user_agent = concat!("allclear/", env!("CARGO_PKG_VERSION")).to_owned();
        let proxies = ProxySettings::default();
        Self {
            tls_roots,
            name_servers: Vec::new(),
            user_agent,
            signer: None,
            aws_region: None,
            proxies,
        }
    }

    /// Returns the same settings of a process in this region of AWS.
    #[must_use]
    pub fn in_region(self, aws_region: &str) -> Self {
        Self { aws_region: Some(aws_region.to_owned()), ..self }
    }
}

/// Returns the declarations of the kinds of check of this crate.
#[must_use]
pub const fn kinds() -> KindSet {
    KindSet::new(KINDS)
}

/// Returns the variables of the conditions of a kind of check; empty if it has no conditions.
#[must_use]
pub fn variables(kind: &str) -> &'static [Variable] {
    VARIABLES.iter().find(|(name, _)| *name == kind).map_or(&[], |(_, variables)| variables)
}

/// Returns the places where checks of a kind can be made.
#[must_use]
pub fn place(kind: &str) -> ExecutionPlace {
    if MACHINE_KINDS.contains(&kind) { ExecutionPlace::Machine } else { ExecutionPlace::Anywhere }
}

/// The kinds of check of this crate, ready to be built.
#[derive(Debug)]
pub struct Probes {
    shared: Arc<SharedState>,
}

/// State that all checkers share.
#[derive(Debug)]
pub(crate) struct SharedState {
    pub(crate) resolver: Resolver,
    pub(crate) tls: ClientConfigs,
    pub(crate) user_agent: String,
    pub(crate) signer: Option<Arc<dyn SignRequest>>,
    pub(crate) aws_region: Option<String>,
    pub(crate) proxies: ProxySettings,
    pub(crate) registries: RegistryCache,
}

impl Probes {
    /// Creates the kinds with these settings. Opens nothing yet.
    #[must_use]
    pub fn new(settings: ProbeSettings) -> Self {
        let ProbeSettings { tls_roots, name_servers, user_agent, signer, aws_region, proxies } =
            settings;
        let resolver = Resolver::new(name_servers);
        let (tls, proxies) = (ClientConfigs::new(tls_roots), proxies.without_tls());
        let registries = RegistryCache::default();
        let shared =
            SharedState { resolver, tls, user_agent, signer, aws_region, proxies, registries };
        Self { shared: Arc::new(shared) }
    }
}

impl CheckKinds for Probes {
    fn declared(&self) -> KindSet {
        kinds()
    }

    fn build(&self, spec: &CheckSpec) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
        let Some(kind) = find(&spec.kind) else {
            let hint = nearest(&spec.kind, KINDS.iter().map(|kind| kind.name));
            let what = format!("unknown kind of check `{}`", spec.kind);
            return Err(vec![ParamProblem::at([], what, Some(&hint))]);
        };
        (kind.build)(&spec.params, &self.shared)
    }
}

impl CheckSchemas for Probes {
    fn schema(&self, kind: &str) -> Option<serde_json::Value> {
        SCHEMAS.iter().find(|(name, _)| *name == kind).map(|(_, schema)| schema())
    }
}

fn find(name: &str) -> Option<&'static Implementation> {
    IMPLEMENTATIONS.iter().find(|one| one.name == name)
}
