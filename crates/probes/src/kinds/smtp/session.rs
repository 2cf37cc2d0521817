//! The commands of an attempt.

use std::net::IpAddr;

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;

use super::SmtpDialog;
use super::reply::{SmtpCommand, SmtpLine, SmtpReply};
use crate::excerpt::excerpt;
use crate::kinds::mail::{Encryption, MailLogin, begin_tls, encode};
use crate::service::{ReadValue, ServiceAttempt, ServiceReading, TextWire};

/// The most lines of a reply.
const MAX_LINES: usize = 200;

/// Speaks with the server.
pub(super) async fn talk(
    dialog: &SmtpDialog,
    line: &mut ServiceAttempt<'_>,
) -> Result<ServiceReading, Cause> {
    let mut text = dialog.encryption.open(line).await?;
    let greeting = reply(&mut text, "waiting for the greeting").await?;
    let greeting = greeting.accepted(SmtpCommand::Greeting)?;
    let mut reading = ServiceReading::default();
    reading.set("banner", ReadValue::Text(greeting.text()));
    let mut hello = introduce(&mut text, dialog).await?;
    if dialog.encryption == Encryption::StartTls {
        if !hello.has_extension("STARTTLS") {
            let what = "the server does not offer `STARTTLS`";
            return Err(Cause::of(Reason::TlsNotOffered, what));
        }
        let answer = ask(&mut text, "STARTTLS", "waiting for the answer to STARTTLS").await?;
        answer.accepted(SmtpCommand::StartTls)?;
        text = begin_tls(text, line).await?;
        // What was said before TLS may come from another party.
        hello = introduce(&mut text, dialog).await?;
    }
    line.answered();
    if let Some(account) = &dialog.login {
        let password = account.password(line)?;
        log_in(&mut text, (account, password), &hello, dialog.encryption).await?;
    }
    hello.add_extensions_to(&mut reading);
    text.leave(b"QUIT\r\n").await;
    Ok(reading)
}

async fn introduce(text: &mut TextWire, dialog: &SmtpDialog) -> Result<SmtpReply, Cause> {
    let name = match (&dialog.hello, text.local_address().map(|address| address.ip())) {
        (Some(name), _) => name.clone(),
        (None, Some(IpAddr::V6(ip))) => format!("[IPv6:{ip}]"),
        (None, Some(IpAddr::V4(ip))) => format!("[{ip}]"),
        (None, None) => "[127.0.0.1]".to_owned(),
    };
    let answer = ask(text, &format!("EHLO {name}"), "waiting for the answer to EHLO").await?;
    answer.accepted(SmtpCommand::Hello)
}

async fn log_in(
    text: &mut TextWire,
    (account, password): (&MailLogin, &str),
    hello: &SmtpReply,
    encryption: Encryption,
) -> Result<(), Cause> {
    let offered = hello.auth_mechanisms();
    let offers = |name: &str| offered.iter().any(|known| known == name);
    let doing = "logging in";
    let answer = if offers("PLAIN") {
        ask(text, &format!("AUTH PLAIN {}", account.plain(password)), doing).await?
    } else if offers("LOGIN") {
        let mut answer = ask(text, "AUTH LOGIN", doing).await?;
        for word in [account.user.as_str(), password] {
            if answer.code != 334 {
                break;
            }
            answer = ask(text, &encode(word), doing).await?;
        }
        answer
    } else if encryption == Encryption::None && hello.has_extension("STARTTLS") {
        let what = "the server offers no login before TLS";
        return Err(Cause::of(Reason::TlsRequired, what));
    } else {
        let what = match offered.as_slice() {
            [] => "the server offers no login".to_owned(),
            others => format!(
                "the server offers none of the mechanisms of the check, `PLAIN` and `LOGIN`, but \
                 {}",
                excerpt(&others.join(", "))
            ),
        };
        return Err(Cause::of(Reason::CapabilityMissing, what));
    };
    answer.accepted(SmtpCommand::Login)?;
    Ok(())
}

async fn ask(text: &mut TextWire, command: &str, doing: &str) -> Result<SmtpReply, Cause> {
    text.send(format!("{command}\r\n").as_bytes(), doing).await?;
    reply(text, doing).await
}

async fn reply(text: &mut TextWire, doing: &str) -> Result<SmtpReply, Cause> {
    let mut lines = Vec::new();
    loop {
        let line = text.line(doing).await?;
        let Some(read) = SmtpLine::read(&line) else {
            let what = format!("no reply of SMTP came while {doing}: `{}`", excerpt(&line));
            return Err(Cause::of(Reason::ResponseInvalid, what));
        };
        lines.push(read.text.to_owned());
        if read.is_last {
            return Ok(SmtpReply { code: read.code, lines });
        }
        if lines.len() > MAX_LINES {
            let what = format!("a reply of more than {MAX_LINES} lines came while {doing}");
            return Err(Cause::of(Reason::ResponseTooLarge, what));
        }
    }
}
