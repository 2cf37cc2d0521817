//! Accounts: the part of a provider that one monitor uses, and its requests.
//!
//! A request is complete except for the key, which is never held here.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use serde_json::{Map, Value};
use url::Url;

use crate::call::{Authentication, ProviderCall, RequestBody, WhichKey};
use crate::provider::{Api, Endpoint, PageShape, Provider, StatusPage, Usage};
use crate::task::{self, Task, TaskEndpoint};
use crate::template;

/// One monitor's account with a provider, without its keys.
#[derive(Debug, Clone)]
pub struct Account {
    /// The provider.
    pub provider: &'static Provider,
    /// Base URLs by the name of the host in the provider's table.
    pub hosts: BTreeMap<&'static str, Url>,
    /// The task of the model and its endpoint.
    pub route: CallRoute,
    /// The model, or on Azure the deployment; `None` if nothing is completed.
    pub model: Option<String>,
    /// The voice of speech; the endpoint's default if it is `None`.
    pub voice: Option<String>,
    /// Options that only some providers have.
    pub options: Options,
    /// The most tokens of an answer.
    pub max_tokens: u32,
    /// Fields that are added unchanged to the body of a completion.
    pub extra: Map<String, Value>,
    /// True if there is a key for inference.
    pub has_key: bool,
    /// True if there is an admin key, which reads the account's spending.
    pub has_admin_key: bool,
    /// Address of the status page, in place of the provider's own.
    pub status_page: Option<Url>,
}

/// The endpoint at which a model is asked: for a chat or for another task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallRoute {
    /// A streamed completion of a chat.
    Chat(&'static Endpoint),
    /// Anything else, answered at once.
    Task(&'static TaskEndpoint),
}

impl CallRoute {
    /// Returns the name of the host in the provider's table.
    #[must_use]
    pub fn host(self) -> &'static str {
        match self {
            Self::Chat(endpoint) => endpoint.host,
            Self::Task(endpoint) => endpoint.host,
        }
    }

    /// Returns the path with its query, as a template.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Chat(endpoint) => endpoint.path,
            Self::Task(endpoint) => endpoint.path,
        }
    }

    /// Returns the task; `None` for a chat.
    #[must_use]
    pub fn task(self) -> Option<Task> {
        match self {
            Self::Chat(_) => None,
            Self::Task(endpoint) => Some(endpoint.task()),
        }
    }
}

/// Options that only some providers have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The region, such as `us-east-1`.
    pub region: Option<String>,
    /// The API version.
    pub api_version: Option<String>,
    /// The organization; for xAI, the team.
    pub organization: Option<String>,
    /// The project.
    pub project: Option<String>,
    /// Effort of the model's reasoning: `none`, `minimal`, `low`, …
    pub reasoning_effort: Option<String>,
}

/// The place of a call.
#[derive(Clone, Copy)]
pub(crate) struct CallSite<'a> {
    /// Name of one of the account's hosts.
    pub(crate) host: &'a str,
    /// Path with placeholders.
    pub(crate) path: &'a str,
}

impl Account {
    /// Checks whether the API is asked at the provider's public address, and not at a gateway or at
    /// an address of the account's own.
    #[must_use]
    pub fn is_at_public_address(&self) -> bool {
        let Some(host) = self.provider.hosts.first() else { return false };
        let region = self.options.region.as_deref().unwrap_or_default();
        let public = Url::parse(&host.url.replace("{region}", region));
        let own = self.hosts.get(host.name);
        public.is_ok_and(|public| own.is_some_and(|own| own.origin() == public.origin()))
    }

    /// Returns the request that shows whether the provider is there; without a key.
    #[must_use]
    pub fn reach(&self) -> Option<ProviderCall> {
        let reach = &self.provider.reach;
        self.call(
            Method::GET,
            CallSite { host: reach.host, path: reach.path },
            Authentication::None,
            None,
        )
    }

    /// Returns the request that validates the key at no cost; `None` without a key, and if only a
    /// completion validates it.
    #[must_use]
    pub fn key_check(&self) -> Option<ProviderCall> {
        let check = self.provider.key.as_ref()?;
        let authentication = self.authentication();
        if authentication == Authentication::None {
            return None;
        }
        let at = CallSite { host: check.host, path: check.path };
        self.call(check.method.parse().ok()?, at, authentication, None)
    }

    /// Returns the request that lists the models, or the page of them after `cursor`; `None` if the
    /// list needs a key and there is none, and for a cursor if all models come at once.
    #[must_use]
    pub fn list(&self, cursor: Option<&str>) -> Option<ProviderCall> {
        let list = self.provider.list.as_ref()?;
        let authentication = self.authentication();
        if authentication == Authentication::None
            && !list.is_public
            && !self.provider.is_key_optional
        {
            return None;
        }
        let mut call = self.call(
            Method::GET,
            CallSite { host: list.host, path: list.path },
            authentication,
            None,
        )?;
        if let Some(cursor) = cursor {
            call.url.query_pairs_mut().append_pair(list.cursor?, cursor);
        }
        Some(call)
    }

    /// Returns the voice of speech at an endpoint; `None` if it has none.
    pub(crate) fn voice_at(&self, endpoint: &TaskEndpoint) -> Option<&str> {
        self.voice.as_deref().or(Some(endpoint.voice)).filter(|voice| !voice.is_empty())
    }

    /// Returns the request for the remaining credit or the spending; `None` if the key for it is
    /// missing. Also `None` for xAI if the team is neither in the option `organization` nor known
    /// from the key check.
    #[must_use]
    pub fn usage(&self, usage: Usage, now: Timestamp, team: Option<&str>) -> Option<ProviderCall> {
        let inquiry =
            crate::usage_request::of(usage, now, self.options.organization.as_deref().or(team))?;
        let authentication =
            if inquiry.is_admins { self.admin_authentication() } else { self.authentication() };
        if authentication == Authentication::None {
            return None;
        }
        self.call(
            Method::GET,
            CallSite { host: inquiry.host, path: &inquiry.path },
            authentication,
            None,
        )
    }

    /// Returns the request for the public status page, and its format; `None` if there is no
    /// machine-readable one.
    #[must_use]
    pub fn status_page(&self) -> Option<(ProviderCall, StatusPage)> {
        let own = self.provider.status_page;
        let (url, page) = match &self.status_page {
            Some(url) => (url.clone(), StatusPage { shape: shape_of(url, own), ..own_or_any(own) }),
            None => (Url::parse(own?.url).ok()?, own?),
        };
        let call = ProviderCall {
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            authentication: Authentication::None,
            body: Vec::new(),
        };
        Some((call, page))
    }

    /// Returns the authentication of a call: the provider's, or the keyless one without a key.
    #[must_use]
    pub fn authentication(&self) -> Authentication {
        if self.has_key {
            self.provider.authentication
        } else {
            self.provider.authentication_without_key
        }
    }

    fn admin_authentication(&self) -> Authentication {
        match self.provider.authentication {
            Authentication::Key { header, prefix, .. } if self.has_admin_key => {
                Authentication::Key { key: WhichKey::Admin, header, prefix }
            }
            Authentication::Key { .. } | Authentication::None | Authentication::AwsSignature => {
                Authentication::None
            }
        }
    }

    pub(crate) fn call(
        &self,
        method: Method,
        at: CallSite<'_>,
        authentication: Authentication,
        body: Option<RequestBody>,
    ) -> Option<ProviderCall> {
        let CallSite { host, path } = at;
        let base = self.hosts.get(host)?.as_str().trim_end_matches('/');
        let path = template::fill(path, &|name| match name {
            "model" => self.model.as_deref().map(|model| self.model_in_path(model)),
            "voice" => self.voice(),
            option => self.options.get(option),
        })?;
        let mut headers = HeaderMap::new();
        for (name, value) in self.provider.headers {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        for (option, name) in self.provider.option_headers {
            if let Some(value) = self.options.get(option) {
                let value = HeaderValue::from_str(value).ok()?;
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        if let Some(body) = &body {
            let kind = HeaderValue::from_static(body.content_type);
            headers.insert(http::header::CONTENT_TYPE, kind);
        }
        Some(ProviderCall {
            method,
            url: Url::parse(&format!("{base}{path}")).ok()?,
            headers,
            authentication,
            body: body.map(|body| body.bytes).unwrap_or_default(),
        })
    }

    /// Returns the voice of the account's endpoint.
    fn voice(&self) -> Option<&str> {
        match self.route {
            CallRoute::Chat(_) => None,
            CallRoute::Task(endpoint) => self.voice_at(endpoint),
        }
    }

    /// Returns a model as it stands in paths: Gemini lists its models under the path that they have.
    fn model_in_path<'a>(&self, model: &'a str) -> &'a str {
        let is_path = match self.route {
            CallRoute::Chat(endpoint) => endpoint.api == Api::GenerateContent,
            CallRoute::Task(endpoint) => endpoint.wire == task::TaskFormat::GeminiEmbed,
        };
        if is_path { model.strip_prefix("models/").unwrap_or(model) } else { model }
    }
}

impl Options {
    /// Returns the option of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all().into_iter().find(|(it, _)| *it == name)?.1
    }

    /// Returns all options by their names.
    #[must_use]
    pub fn all(&self) -> [(&'static str, Option<&str>); 5] {
        [
            ("region", self.region.as_deref()),
            ("api_version", self.api_version.as_deref()),
            ("organization", self.organization.as_deref()),
            ("project", self.project.as_deref()),
            ("reasoning_effort", self.reasoning_effort.as_deref()),
        ]
    }
}

/// Returns the format of a status page at a configured address.
fn shape_of(url: &Url, own: Option<StatusPage>) -> PageShape {
    let path = url.path();
    let ends = |with: &[&str]| with.iter().any(|end| path.trim_end_matches('/').ends_with(end));
    if ends(&["summary.json"]) {
        PageShape::Statuspage
    } else if ends(&["index.json"]) {
        PageShape::BetterStack
    } else if ends(&[".rss", ".xml", ".atom", "feed"]) {
        PageShape::Feed
    } else if ends(&["currentevents"]) {
        PageShape::AwsEvents
    } else if path.contains("/proxy/") {
        PageShape::IncidentIo
    } else {
        own_or_any(own).shape
    }
}

fn own_or_any(own: Option<StatusPage>) -> StatusPage {
    own.unwrap_or(StatusPage { url: "", shape: PageShape::Statuspage, component: None })
}
