//! The parameters of an `smtp` check.

use std::sync::Arc;

use allclear_core::checker::{Checker, ParamProblem};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{SmtpDialog, VARIABLES};
use crate::SharedState;
use crate::kinds::mail::{MailLogin, MailPorts};
use crate::net::AddressFamily;
use crate::params::{ParamProblems, read};
use crate::service::{AddressParams, Conditions, ServiceCheck, ServiceTarget};
use crate::tls::TlsParams;

/// The port of servers that receive mail.
const PORT: u16 = 25;

/// The port of connections that are encrypted from the first byte.
const TLS_PORT: u16 = 465;

/// The most bytes of a name in `EHLO`.
const MAX_HELLO_BYTES: usize = 255;

/// Parameters of the `smtp` check: a mail server, its greeting, its extensions, optionally TLS and a login.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The host, with a port unless it is 25: `mail.example.com:587`.
    address: String,
    /// The user of a login. Without it, the check does not log in.
    user: Option<String>,
    /// The password of the user, as `secret:name`.
    #[schemars(extend("format" = "secret"))]
    password: Option<String>,
    /// The name by which the check introduces itself in `EHLO`. Default: the address of this machine on the
    /// connection.
    hello: Option<String>,
    /// The condition for healthy, over the variables of this check.
    #[schemars(extend("format" = "cel-check"))]
    expect: Option<String>,
    /// The condition for degraded, over the variables of this check.
    #[schemars(extend("format" = "cel-check"))]
    degraded: Option<String>,
    /// The settings of TLS. With this table, even an empty one, the connection is encrypted.
    tls: Option<TlsParams>,
    /// If `true`, TLS begins with the command `STARTTLS`; if `false`, with the first byte. Default: `false` at
    /// port 465, `true` at any other.
    starttls: Option<bool>,
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
    let ports = MailPorts {
        address: &params.address,
        has_tls: params.tls.is_some(),
        starttls: params.starttls,
        plain: PORT,
        implicit: TLS_PORT,
    };
    let (default_port, encryption) = ports.choose(&mut problems);
    let address = AddressParams {
        address: &params.address,
        default_port,
        ip: params.ip,
        tls: params.tls.as_ref(),
    };
    let target = ServiceTarget::read(address, shared, &mut problems);
    let (expect, degraded) = (params.expect.as_deref(), params.degraded.as_deref());
    let conditions = Conditions::read(expect, degraded, VARIABLES, &mut problems);
    let login = MailLogin::read(params.user, params.password.as_deref(), &mut problems);
    if let Some(name) = &params.hello
        && !is_hello(name)
    {
        let hint = Some("write a host name, or an address in brackets: `[192.0.2.1]`");
        problems.add(&["hello"], format!("`{name}` is not a name for `EHLO`"), hint);
    }
    let dialog = SmtpDialog { encryption, hello: params.hello, login };
    let shared = Arc::clone(shared);
    let check = target.map(|target| ServiceCheck { shared, target, conditions, dialog });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}

fn is_hello(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= MAX_HELLO_BYTES
        && name.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '(' | ')'))
}
