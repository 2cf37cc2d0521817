//! The parameters of a `pusher` check.

use std::sync::Arc;

use allclear_core::checker::{Checker, ParamProblem};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{PusherDialog, VARIABLES, WatchedChannel};
use crate::SharedState;
use crate::api::{ApiCheck, ApiParams, ApiTarget, RequestHeaders, read_url};
use crate::net::AddressFamily;
use crate::params::{ParamProblems, read};
use crate::service::Conditions;
use crate::tls::TlsParams;

/// The beginning of the names of channels whose users are counted.
const PRESENCE: &str = "presence-";

/// The longest name of a channel.
const MAX_CHANNEL: usize = 164;

/// Parameters of the `pusher` check: Pusher Channels, or a compatible server, by its HTTP API.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The id of the app.
    app_id: String,
    /// The key of the app, as text or as `secret:name`.
    key: String,
    /// The secret of the app, as `secret:name`.
    #[schemars(extend("format" = "secret"))]
    secret: String,
    /// The cluster of the app at Pusher, such as `eu`.
    cluster: Option<String>,
    /// The URL of a compatible server, instead of `cluster`.
    #[schemars(extend("format" = "url"))]
    url: Option<String>,
    /// A channel to look at. The users of a channel whose name begins with `presence-` are counted.
    channel: Option<String>,
    /// `true` to count the subscriptions of `channel`, which the app must permit. Default: `false`.
    #[serde(default)]
    count_subscriptions: bool,
    /// A channel of the check's own, to which each check sends the event `allclear-check`. Default: no event.
    trigger: Option<String>,
    /// The condition for healthy, over the variables of this check.
    #[schemars(extend("format" = "cel-check"))]
    expect: Option<String>,
    /// The condition for degraded, over the variables of this check.
    #[schemars(extend("format" = "cel-check"))]
    degraded: Option<String>,
    /// The TLS settings.
    tls: Option<TlsParams>,
    /// The HTTP proxy of the requests: its URL, `secret:name` for a secret with its URL, or `none`.
    /// Default: that of the `http` check.
    proxy: Option<String>,
    /// The address family of the host. Default: `any`.
    #[serde(default)]
    ip: AddressFamily,
}

pub(super) fn build(
    params: &Value,
    shared: &Arc<SharedState>,
) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
    let params: Params = read(params)?;
    let mut problems = ParamProblems::default();
    let url = server(&params, &mut problems);
    let headers = RequestHeaders::new(&shared.user_agent);
    let connection =
        ApiParams { proxy: params.proxy.as_deref(), tls: params.tls.as_ref(), ip: params.ip };
    let target = ApiTarget::read((url, Some(headers)), connection, shared, &mut problems);
    let (expect, degraded) = (params.expect.as_deref(), params.degraded.as_deref());
    let conditions = Conditions::read(expect, degraded, VARIABLES, &mut problems);
    let key = problems.text(&["key"], &params.key);
    let secret = problems.secret(&["secret"], &params.secret);
    check_word(&["app_id"], &params.app_id, &mut problems);
    for (path, name) in [("channel", &params.channel), ("trigger", &params.trigger)] {
        if let Some(name) = name {
            check_channel(path, name, &mut problems);
        }
    }
    if params.count_subscriptions && params.channel.is_none() {
        let hint = Some("set `channel` to the name of one");
        problems.add(&["count_subscriptions"], "no channel is looked at", hint);
    }
    let Params { app_id, channel, count_subscriptions, trigger, .. } = params;
    let channel = channel.map(|name| {
        let mut info = Vec::new();
        info.extend(name.starts_with(PRESENCE).then_some("user_count"));
        info.extend(count_subscriptions.then_some("subscription_count"));
        WatchedChannel { name, info }
    });
    let dialog =
        key.zip(secret).map(|(key, secret)| PusherDialog { app_id, key, secret, channel, trigger });
    let shared = Arc::clone(shared);
    let check =
        target.zip(dialog).map(|(target, dialog)| ApiCheck { shared, target, conditions, dialog });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}

/// Returns the address of the server: that of the cluster, or the one of the config.
fn server(params: &Params, problems: &mut ParamProblems) -> Option<Url> {
    match (&params.cluster, &params.url) {
        (Some(cluster), None) => {
            let is_known_form = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if cluster.is_empty() || !cluster.chars().all(is_known_form) {
                let what = format!("`{cluster}` is not the name of a cluster");
                problems.add(&["cluster"], what, Some("write for example `eu` or `mt1`"));
                return None;
            }
            read_url(&["cluster"], &format!("https://api-{cluster}.pusher.com"), problems)
        }
        (None, Some(url)) => read_url(&["url"], url, problems),
        (Some(_), Some(_)) | (None, None) => {
            let hint = "write `cluster = \"eu\"` for Pusher, or `url` for a compatible server";
            problems.add(&["cluster"], "exactly one of `cluster` and `url` is needed", Some(hint));
            None
        }
    }
}

fn check_channel(path: &str, name: &str, problems: &mut ParamProblems) {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-_=@,.;".contains(c);
    if name.is_empty() || name.len() > MAX_CHANNEL || !name.chars().all(is_allowed) {
        let hint = format!("up to {MAX_CHANNEL} letters, digits and any of `-_=@,.;`");
        problems.add(&[path], format!("`{name}` is not the name of a channel"), Some(&hint));
    }
}

fn check_word(path: &[&str], text: &str, problems: &mut ParamProblems) {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if text.is_empty() || !text.chars().all(is_allowed) {
        problems.add(path, format!("`{text}` is not the id of an app"), None);
    }
}
