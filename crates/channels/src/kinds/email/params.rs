//! The parameters of the channel `email`.

use std::net::IpAddr;

use allclear_core::checker::ParamProblem;
use allclear_core::id::SecretName;
use lettre::message::Mailbox;
use rustls::pki_types::ServerName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::params;
use crate::value::ConfiguredText;

/// The most recipients of one channel. Mail servers accept about a hundred for each mail.
const MAX_RECIPIENTS: usize = 100;

/// Sends a mail over SMTP.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// The host name or the address of the mail server: `smtp.example.com`.
    server: String,
    /// The port. Default: 587 with `starttls`, 465 with `implicit`, 25 with `none`.
    #[serde(default)]
    port: Option<u16>,
    /// The encryption of the connection.
    #[serde(default)]
    tls: MailTls,
    /// Permits `tls = "none"` with a server on another machine. The mail, the user and the password are then readable
    /// on the network.
    #[serde(default)]
    allow_plaintext: bool,
    /// The user to log in with, or the secret that holds it: `secret:smtp_user`. Default: no login.
    #[serde(default)]
    user: Option<String>,
    /// The secret that holds the password of the user: `secret:smtp`.
    #[serde(default)]
    #[schemars(extend("format" = "secret"))]
    password: Option<String>,
    /// The address of the sender: `alerts@example.com` or `Allclear <alerts@example.com>`.
    from: String,
    /// The addresses of the recipients.
    to: Vec<String>,
    /// The text in front of each subject: `[prod]`.
    #[serde(default)]
    subject_prefix: Option<String>,
}

/// The encryption of the connection to a mail server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum MailTls {
    /// Begins without encryption and then requires it with the command STARTTLS.
    #[default]
    Starttls,
    /// Encrypts from the first byte.
    Implicit,
    /// Does not encrypt. Only for a server on this machine, or with `allow_plaintext`.
    None,
}

impl MailTls {
    fn default_port(self) -> u16 {
        match self {
            Self::Starttls => 587,
            Self::Implicit => 465,
            Self::None => 25,
        }
    }
}

/// The valid parameters.
#[derive(Debug)]
pub(super) struct MailSettings {
    pub(super) server: String,
    pub(super) port: u16,
    pub(super) tls: MailTls,
    pub(super) login: Option<Login>,
    pub(super) from: Mailbox,
    /// At least one.
    pub(super) to: Vec<Mailbox>,
    pub(super) subject_prefix: Option<String>,
}

/// The account at the mail server.
#[derive(Debug)]
pub(super) struct Login {
    pub(super) user: ConfiguredText,
    pub(super) password: SecretName,
}

/// Reads the parameters. The error lists all problems.
pub(super) fn read(params: &serde_json::Value) -> Result<MailSettings, Vec<ParamProblem>> {
    let Params { server, port, tls, allow_plaintext, user, password, from, to, subject_prefix } =
        params::read(params)?;
    let mut problems = Vec::new();
    problems.extend(problem_with_server(&server));
    problems.extend(problem_with_plaintext(&server, tls).filter(|_| !allow_plaintext));
    let login = read_login(user.as_deref(), password.as_deref());
    let login = login.map_err(|found| problems.extend(found));
    let from = read_address("from", &from).map_err(|problem| problems.push(problem));
    let to = read_recipients(&to).map_err(|found| problems.extend(found));
    match (login, from, to) {
        (Ok(login), Ok(from), Ok(to)) if problems.is_empty() => {
            let port = port.unwrap_or_else(|| tls.default_port());
            Ok(MailSettings { server, port, tls, login, from, to, subject_prefix })
        }
        _ => Err(problems),
    }
}

fn problem_with_server(server: &str) -> Option<ParamProblem> {
    let hint = "write a host name or an address without a port: `smtp.example.com`";
    ServerName::try_from(server).is_err().then(|| {
        let what = format!("`{server}` is not the name of a server");
        ParamProblem::at(["server"], what, Some(hint))
    })
}

fn problem_with_plaintext(server: &str, tls: MailTls) -> Option<ParamProblem> {
    (tls == MailTls::None && !is_loopback(server)).then(|| {
        let what =
            format!("`tls = \"none\"` sends the mail readable over the network to `{server}`");
        let hint = "use `starttls` or `implicit`, or set `allow_plaintext = true` if the network is \
                    trusted";
        ParamProblem::at(["tls"], what, Some(hint))
    })
}

fn is_loopback(server: &str) -> bool {
    server.eq_ignore_ascii_case("localhost")
        || server.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn read_login(
    user: Option<&str>,
    password: Option<&str>,
) -> Result<Option<Login>, Vec<ParamProblem>> {
    let missing = |path: &'static str, other: &str| {
        let what = format!("`{other}` is set and `{path}` is not");
        vec![ParamProblem::at([path], what, Some("set both, or neither for no login"))]
    };
    match (user, password) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(missing("password", "user")),
        (None, Some(_)) => Err(missing("user", "password")),
        (Some(user), Some(password)) => {
            let mut problems = Vec::new();
            let user = ConfiguredText::read(&["user"], user);
            let user = user.map_err(|problem| problems.push(problem));
            let password = ConfiguredText::read_secret(&["password"], password);
            let password = password.map_err(|problem| problems.push(problem));
            match (user, password) {
                (Ok(user), Ok(password)) => Ok(Some(Login { user, password })),
                _ => Err(problems),
            }
        }
    }
}

fn read_recipients(addresses: &[String]) -> Result<Vec<Mailbox>, Vec<ParamProblem>> {
    let count = |what: String, hint| Err(vec![ParamProblem::at(["to"], what, Some(hint))]);
    if addresses.is_empty() {
        return count("`to` names no recipient".to_owned(), "add an address");
    }
    if addresses.len() > MAX_RECIPIENTS {
        let what = format!("`to` names {} recipients, more than {MAX_RECIPIENTS}", addresses.len());
        return count(what, "use a mailing list, or another channel for a part of them");
    }
    let (mut read, mut problems) = (Vec::new(), Vec::new());
    for address in addresses {
        match read_address("to", address) {
            Ok(address) => read.push(address),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(read) } else { Err(problems) }
}

/// Reads an address. Only ASCII addresses are accepted, because many servers refuse others.
fn read_address(key: &'static str, text: &str) -> Result<Mailbox, ParamProblem> {
    let problem = || {
        let what = format!("`{text}` is not a mail address");
        let hint = "write `ann@example.com` or `Ann <ann@example.com>`; an address with letters \
                    beyond ASCII is not supported";
        ParamProblem::at([key], what, Some(hint))
    };
    let mailbox: Mailbox = text.parse().map_err(|_| problem())?;
    let is_ascii = mailbox.email.user().is_ascii() && mailbox.email.domain().is_ascii();
    if is_ascii { Ok(mailbox) } else { Err(problem()) }
}
