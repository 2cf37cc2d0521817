//! Tests of mails: the dialog with the server, and the mail that a client shows.

use std::time::Duration;

use allclear_core::channel::{ChannelKinds as _, Envelope, SendSpec, Sender};
use allclear_core::delivery::{DeliveryId, NoticeKind, Notification};
use allclear_core::secret::Secrets;
use allclear_core::send_error::SendError;
use insta::assert_snapshot;
use mail_parser::{HeaderValue, MessageParser, MimeHeaders as _};
use serde_json::{Value, json};

use crate::notices;
use crate::sending::{DELIVERY, NOW, channels, channels_with_limit, secrets};
use crate::smtp_server::{Offer, SILENCE, SmtpServer};

const PASSWORD: &str = "correct-horse-battery";

/// Returns the parameters of a channel to this server, with `more`.
fn params(server: &SmtpServer, tls: &str, more: &Value) -> Value {
    let mut params = json!({
        "server": "127.0.0.1",
        "port": server.address.port(),
        "tls": tls,
        "from": "Allclear <alerts@example.com>",
        "to": ["ann@example.com"],
    });
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    params
}

fn with_login() -> Value {
    json!({ "user": "alerts", "password": "secret:smtp" })
}

fn password() -> Secrets {
    secrets([("smtp", PASSWORD)])
}

fn sender(server: &SmtpServer, params: Value) -> Box<dyn Sender> {
    // An encrypted dialog takes several round trips, in a debug build on a busy machine.
    let channels = channels_with_limit(server.roots.clone(), Duration::from_secs(20));
    channels
        .build(&SendSpec { kind: "email".to_owned(), params })
        .unwrap_or_else(|e| panic!("{e:?}"))
}

async fn send(
    sender: &dyn Sender,
    notification: &Notification,
    delivery: &DeliveryId,
) -> Result<(), SendError> {
    let secrets = password();
    let envelope = Envelope { notification, delivery, secrets: &secrets, now: NOW, earlier: None };
    sender.send(envelope).await.map(|_| ())
}

fn delivery() -> DeliveryId {
    DeliveryId::from_stored(DELIVERY.to_owned())
}

/// Returns the only mail that the server receives for a notification.
async fn mail(notification: &Notification, delivery: &DeliveryId, more: Value) -> Vec<u8> {
    let server = SmtpServer::start(Offer::Nothing, &[]).await;
    let sender = sender(&server, params(&server, "none", &more));
    send(&*sender, notification, delivery).await.unwrap();
    let mut mails = server.mails();
    assert_eq!(mails.len(), 1);
    mails.remove(0)
}

/// Returns a header as it stands in the mail.
fn header(mail: &[u8], name: &str) -> Option<String> {
    let mail = MessageParser::default().parse(mail).unwrap();
    mail.header_raw(name.to_owned()).map(|value| value.trim().to_owned())
}

#[tokio::test]
async fn a_mail_is_sent_with_each_encryption_and_a_login() {
    for (offer, tls) in
        [(Offer::Starttls, "starttls"), (Offer::Implicit, "implicit"), (Offer::Nothing, "none")]
    {
        let server = SmtpServer::start(offer, &[]).await;
        let sender = sender(&server, params(&server, tls, &with_login()));
        assert_eq!(send(&*sender, &notices::down(), &delivery()).await, Ok(()), "{tls}");
        assert_eq!(server.mails().len(), 1, "{tls}");
        let commands = server.commands();
        // `\0alerts\0correct-horse-battery` in base64.
        let login = "AUTH PLAIN AGFsZXJ0cwBjb3JyZWN0LWhvcnNlLWJhdHRlcnk=";
        assert!(commands.iter().any(|command| command == login), "{commands:?}");
        assert_eq!(commands.last().unwrap(), "QUIT");
        let begin = if tls == "starttls" { "EHLO,STARTTLS,EHLO,AUTH" } else { "EHLO,AUTH" };
        let verbs: Vec<&str> =
            commands.iter().map(|command| command.split(' ').next().unwrap()).collect();
        assert_eq!(verbs.join(","), format!("{begin},MAIL,RCPT,DATA,QUIT"));
    }
}

#[tokio::test]
async fn both_parts_have_the_whole_message() {
    let bytes = mail(&notices::group_down(), &delivery(), json!({})).await;
    let mail = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(mail.parts[0].content_type().unwrap().subtype(), Some("alternative"));
    assert_eq!(
        mail.body_text(0).unwrap().replace("\r\n", "\n"),
        allclear_core::message::plain_text(&notices::group_down())
    );
    let html = mail.body_html(0).unwrap().replace("\r\n", "\n");
    assert_snapshot!(html, @r#"
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>[critical] Shop 1 and 11 more are failing (host db1.example.com)</title>
    </head>
    <body style="margin: 1em; max-width: 45em; font-family: sans-serif; font-size: 16px; line-height: 1.4; color: #1a1a1a; background: #ffffff">
    <h1 style="margin: 0 0 0.8em; padding: 0.2em 0 0.2em 0.6em; border-left: 0.3em solid #b71c1c; font-size: 20px">[critical] Shop 1 and 11 more are failing (host db1.example.com)</h1>
    <table style="border-collapse: collapse">
    <tr><th scope="row" style="padding: 0.2em 1em 0.2em 0; text-align: left; vertical-align: top; white-space: nowrap">Message</th><td style="padding: 0.2em 0; white-space: pre-line">connection refused</td></tr>
    <tr><th scope="row" style="padding: 0.2em 1em 0.2em 0; text-align: left; vertical-align: top; white-space: nowrap">Since</th><td style="padding: 0.2em 0; white-space: pre-line">2025-10-09 08:53:20 UTC, for 2m</td></tr>
    <tr><th scope="row" style="padding: 0.2em 1em 0.2em 0; text-align: left; vertical-align: top; white-space: nowrap">Status</th><td style="padding: 0.2em 0; white-space: pre-line">unhealthy</td></tr>
    <tr><th scope="row" style="padding: 0.2em 1em 0.2em 0; text-align: left; vertical-align: top; white-space: nowrap">Cause</th><td style="padding: 0.2em 0; white-space: pre-line">the service itself failed</td></tr>
    <tr><th scope="row" style="padding: 0.2em 1em 0.2em 0; text-align: left; vertical-align: top; white-space: nowrap">In common</th><td style="padding: 0.2em 0; white-space: pre-line">host db1.example.com</td></tr>
    <tr><th scope="row" style="padding: 0.2em 1em 0.2em 0; text-align: left; vertical-align: top; white-space: nowrap">Remedy</th><td style="padding: 0.2em 0; white-space: pre-line">Start the service, or correct the port in the check. See `allclear explain connect_refused`.</td></tr>
    <tr><th scope="row" style="padding: 0.2em 1em 0.2em 0; text-align: left; vertical-align: top; white-space: nowrap">Group</th><td style="padding: 0.2em 0; white-space: pre-line">Shops</td></tr>
    </table>
    <h2 style="margin: 1em 0 0.3em; font-size: 16px">Also failing</h2>
    <ul style="margin: 0; padding-left: 1.2em">
    <li>Shop 2 is unhealthy: connection refused</li>
    <li>Shop 3 is degraded: answered in 4210 ms, expected within 800 ms</li>
    <li>Shop 4 is unhealthy: connection refused</li>
    <li>Shop 5 is unhealthy: connection refused</li>
    <li>Shop 6 is degraded: answered in 4210 ms, expected within 800 ms</li>
    <li>Shop 7 is unhealthy: connection refused</li>
    <li>Shop 8 is unhealthy: connection refused</li>
    <li>Shop 9 is degraded: answered in 4210 ms, expected within 800 ms</li>
    <li>Shop 10 is unhealthy: connection refused</li>
    <li>Shop 11 is unhealthy: connection refused</li>
    <li>Shop 12 is degraded: answered in 4210 ms, expected within 800 ms</li>
    </ul>
    <h2 style="margin: 1em 0 0.3em; font-size: 16px">Rules</h2>
    <ul style="margin: 0; padding-left: 1.2em">
    <li>service_down (critical): status == &#34;unhealthy&#34;</li>
    </ul>
    <p style="margin: 0.6em 0 0">Runbook: <a href="https://wiki.example.com/runbooks/shops" style="color: #0b57d0">https://wiki.example.com/runbooks/shops</a></p>
    <p style="margin: 0.6em 0 0">Page: <a href="https://status.example.com" style="color: #0b57d0">https://status.example.com</a></p>
    </body>
    </html>
    "#);
}

#[tokio::test]
async fn a_summary_keeps_its_lines_in_html() {
    let bytes = mail(&notices::summary(), &delivery(), json!({})).await;
    let mail = MessageParser::default().parse(&bytes).unwrap();
    let html = mail.body_html(0).unwrap().replace("\r\n", "\n");
    let begin = "<p style=\"white-space: pre-line\">OpenAI API: uptime 99.31 %";
    assert!(html.contains(begin), "{html}");
    assert!(html.contains("\n3 other monitors had no outage.\nAlerts: none fired.</p>"), "{html}");
}

#[tokio::test]
async fn hostile_text_becomes_no_markup_and_no_header() {
    let hostile = Notification {
        monitor_name: "x\r\nBcc: eve@example.com\r\n\r\n<b>".to_owned(),
        page_url: Some("javascript:alert(1)".to_owned()),
        ..notices::hostile()
    };
    let bytes = mail(&hostile, &delivery(), json!({})).await;
    assert_eq!(header(&bytes, "Bcc"), None);
    let mail = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(mail.subject(), Some("[critical] x Bcc: eve@example.com <b> is unhealthy"));
    let html = mail.body_html(0).unwrap();
    for markup in ["<script", "<b>", "<https", "<!here>", "<@U", "href"] {
        assert!(!html.contains(markup), "{markup}: {html}");
    }
}

#[tokio::test]
async fn the_headers_name_the_sender_the_recipients_and_the_origin() {
    let more =
        json!({ "to": ["ann@example.com", "Bo Éa <bo@example.com>"], "subject_prefix": "[prod]" });
    let name = Notification { monitor_name: "Suche in Köln".to_owned(), ..notices::down() };
    let bytes = mail(&name, &delivery(), more).await;
    assert!(bytes.is_ascii());
    let parsed = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(parsed.subject(), Some("[prod] [critical] Suche in Köln is unhealthy"));
    let HeaderValue::Address(to) = parsed.header("To").unwrap() else { panic!("no address") };
    let to: Vec<_> = to.iter().map(|one| (one.name(), one.address().unwrap())).collect();
    assert_eq!(to, [(None, "ann@example.com"), (Some("Bo Éa"), "bo@example.com")]);
    assert_eq!(header(&bytes, "From").unwrap(), "Allclear <alerts@example.com>");
    assert_eq!(header(&bytes, "Auto-Submitted").unwrap(), "auto-generated");
    assert_eq!(header(&bytes, "Message-ID").unwrap(), format!("<{DELIVERY}@example.com>"));
    assert_eq!(parsed.date().unwrap().to_rfc3339(), "2025-10-09T08:55:30Z");
}

#[tokio::test]
async fn later_mails_of_a_group_reply_to_its_first_one() {
    let first = DeliveryId::of_group(&notices::alert_group(), NoticeKind::Firing, 0);
    let first_mail = mail(&notices::group_down(), &first, json!({})).await;
    let first_id = header(&first_mail, "Message-ID").unwrap();
    assert_eq!(header(&first_mail, "In-Reply-To"), None);
    assert_eq!(header(&first_mail, "References"), None);
    for (n, later) in
        [notices::group_updated(), notices::group_reminder(), notices::group_all_clear()]
            .iter()
            .enumerate()
    {
        let n_before = u32::try_from(n).unwrap() + 1;
        let id = DeliveryId::of_group(&notices::alert_group(), later.kind, n_before);
        let later = mail(later, &id, json!({})).await;
        assert_ne!(header(&later, "Message-ID").unwrap(), first_id);
        assert_eq!(header(&later, "In-Reply-To").unwrap(), first_id);
        assert_eq!(header(&later, "References").unwrap(), first_id);
    }
    let alone = mail(&notices::down(), &delivery(), json!({})).await;
    assert_eq!(header(&alone, "References"), None, "a notice without a group begins no thread");
}

#[tokio::test]
async fn a_refusal_is_permanent_only_if_it_concerns_the_message() {
    for (command, reply, is_permanent) in [
        ("greeting", "421 4.3.2 closing", false),
        ("greeting", "554 no service", false),
        ("AUTH", "535 5.7.8 wrong password", false),
        ("AUTH", "454 4.7.0 try later", false),
        ("MAIL", "451 4.7.1 greylisted", false),
        ("MAIL", "550 5.7.1 not your address", false),
        ("RCPT", "450 4.2.1 busy", false),
        ("RCPT", "550 5.1.1 no such user", true),
        ("RCPT", "554 5.7.1 relay access denied", false),
        ("DATA", "451 4.3.0 later", false),
        (".", "452 4.3.1 disk full", false),
        (".", "554 5.7.1 looks like spam", true),
    ] {
        let server = SmtpServer::start(Offer::Nothing, &[(command, reply)]).await;
        let sender = sender(&server, params(&server, "none", &with_login()));
        let error = send(&*sender, &notices::down(), &delivery()).await.unwrap_err();
        assert_eq!(error.is_permanent(), is_permanent, "{command} {reply}: {error}");
        assert!(!error.may_have_arrived, "{command} {reply}");
        assert!(error.message.contains(reply), "{error}");
        assert!(server.mails().is_empty());
    }
}

#[tokio::test]
async fn a_refused_recipient_does_not_keep_the_mail_from_the_others() {
    let refusal = [("RCPT TO:<gone@", "550 5.1.1 no such user")];
    let server = SmtpServer::start(Offer::Nothing, &refusal).await;
    let to = json!({ "to": ["gone@example.com", "ann@example.com"] });
    let both = sender(&server, params(&server, "none", &to));
    assert_eq!(send(&*both, &notices::down(), &delivery()).await, Ok(()));
    assert_eq!(server.mails().len(), 1);
    let replies = [("RCPT TO:<gone@", "550 5.1.1 no such user"), ("RCPT", "450 4.2.1 busy")];
    let server = SmtpServer::start(Offer::Nothing, &replies).await;
    let both = sender(&server, params(&server, "none", &to));
    let error = send(&*both, &notices::down(), &delivery()).await.unwrap_err();
    assert!(!error.is_permanent(), "one of them may accept it later: {error}");
}

#[tokio::test]
async fn a_silent_server_fails_within_the_limit() {
    for (command, may_have_arrived) in
        [("greeting", false), ("EHLO", false), ("DATA", false), (".", true)]
    {
        let server = SmtpServer::start(Offer::Nothing, &[(command, SILENCE)]).await;
        let channels = channels_with_limit(server.roots.clone(), Duration::from_millis(300));
        let params = params(&server, "none", &json!({}));
        let sender = channels.build(&SendSpec { kind: "email".to_owned(), params }).unwrap();
        let error = send(&*sender, &notices::down(), &delivery()).await.unwrap_err();
        assert_eq!(error.message, "the mail server did not answer within 300ms");
        assert_eq!(error.may_have_arrived, may_have_arrived, "{command}");
        assert!(!error.is_permanent());
    }
    let server = SmtpServer::start(Offer::Nothing, &[("QUIT", SILENCE)]).await;
    let sender = sender(&server, params(&server, "none", &json!({})));
    let result = send(&*sender, &notices::down(), &delivery()).await;
    assert_eq!(result, Ok(()), "the mail is confirmed before the farewell");
}

#[tokio::test]
async fn encryption_is_never_given_up() {
    let plain = SmtpServer::start(Offer::Nothing, &[]).await;
    let sender_of = |server: &SmtpServer| sender(server, params(server, "starttls", &with_login()));
    let error = send(&*sender_of(&plain), &notices::down(), &delivery()).await.unwrap_err();
    assert!(
        error.message.ends_with("does not offer STARTTLS: set `tls = \"implicit\"` and its port"),
        "{error}"
    );
    assert_eq!(plain.commands().len(), 1, "no login without encryption");
    // An attacker adds a reply of its own to the one before the encryption.
    let injected = [("STARTTLS", "220 go ahead\r\n250-evil\r\n250 AUTH PLAIN")];
    let server = SmtpServer::start(Offer::Starttls, &injected).await;
    let error = send(&*sender_of(&server), &notices::down(), &delivery()).await.unwrap_err();
    assert!(error.message.starts_with("no encrypted connection"), "{error}");
    let refused = [("STARTTLS", "454 4.7.0 TLS not available")];
    let server = SmtpServer::start(Offer::Starttls, &refused).await;
    let error = send(&*sender_of(&server), &notices::down(), &delivery()).await.unwrap_err();
    assert!(error.message.contains("454 4.7.0 TLS not available"), "{error}");
    assert!(server.commands().iter().all(|command| !command.starts_with("AUTH")));
}

#[tokio::test]
async fn the_certificate_must_be_trusted() {
    for (offer, tls) in [(Offer::Starttls, "starttls"), (Offer::Implicit, "implicit")] {
        let server = SmtpServer::start(offer, &[]).await;
        let params = params(&server, tls, &json!({}));
        let spec = SendSpec { kind: "email".to_owned(), params };
        let distrusting =
            channels_with_limit(rustls::RootCertStore::empty(), Duration::from_secs(20));
        let sender = distrusting.build(&spec).unwrap();
        let error = send(&*sender, &notices::down(), &delivery()).await.unwrap_err();
        assert_eq!(
            error,
            SendError::transient(
                "no encrypted connection to the mail server 127.0.0.1: invalid peer certificate: \
                 UnknownIssuer"
            )
        );
    }
}

#[tokio::test]
async fn a_server_that_repeats_the_password_is_not_quoted() {
    let echo = "535 5.7.8 wrong: correct-horse-battery, AGFsZXJ0cwBjb3JyZWN0LWhvcnNlLWJhdHRlcnk=";
    let server = SmtpServer::start(Offer::Nothing, &[("AUTH", echo)]).await;
    let sender = sender(&server, params(&server, "none", &with_login()));
    let error = send(&*sender, &notices::down(), &delivery()).await.unwrap_err();
    let message = error.message;
    for secret in [PASSWORD, "horse", "b3JyZWN0LWhvcnNl"] {
        assert!(!message.contains(secret), "{message}");
    }
    assert!(message.ends_with("check `user` and the secret of `password`"), "{message}");
}

#[tokio::test]
async fn something_other_than_a_mail_server_is_named_as_that() {
    let web = [("greeting", "HTTP/1.1 400 Bad Request")];
    let server = SmtpServer::start(Offer::Starttls, &web).await;
    let sender = sender(&server, params(&server, "starttls", &json!({})));
    let error = send(&*sender, &notices::down(), &delivery()).await.unwrap_err();
    assert_snapshot!(error, @"the server does not speak SMTP: check `server`, `port` and `tls`");
}

#[test]
fn wrong_parameters_are_reported_with_their_remedy() {
    let problems = |more: Value| -> Vec<String> {
        let mut params = json!({ "server": "smtp.example.com", "from": "a@example.com", "to": ["b@example.com"] });
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let spec = SendSpec { kind: "email".to_owned(), params };
        let Err(problems) = channels().build(&spec) else { return Vec::new() };
        problems.into_iter().map(|one| format!("{}: {}", one.path.join("."), one.what)).collect()
    };
    assert_eq!(problems(json!({})), Vec::<String>::new());
    for (more, wanted) in [
        (
            json!({ "server": "smtp.example.com:587" }),
            "server: `smtp.example.com:587` is not the name of a server",
        ),
        (
            json!({ "tls": "none" }),
            "tls: `tls = \"none\"` sends the mail readable over the network to `smtp.example.com`",
        ),
        (json!({ "user": "ann" }), "password: `user` is set and `password` is not"),
        (json!({ "password": "secret:a" }), "user: `password` is set and `user` is not"),
        (
            json!({ "user": "ann", "password": "hunter2" }),
            "password: `password` is a secret and must not be in the config",
        ),
        (json!({ "from": "nobody" }), "from: `nobody` is not a mail address"),
        (json!({ "to": [] }), "to: `to` names no recipient"),
        (
            json!({ "to": ["b@example.com", "b@exämple.com"] }),
            "to: `b@exämple.com` is not a mail address",
        ),
        (
            json!({ "to": vec!["b@example.com"; 101] }),
            "to: `to` names 101 recipients, more than 100",
        ),
    ] {
        assert_eq!(problems(more), [wanted]);
    }
    for more in [
        json!({ "tls": "none", "allow_plaintext": true }),
        json!({ "tls": "none", "server": "localhost" }),
        json!({ "tls": "none", "server": "127.0.0.1" }),
        json!({ "tls": "none", "server": "::1" }),
        json!({ "user": "secret:user", "password": "secret:password" }),
    ] {
        assert_eq!(problems(more), Vec::<String>::new());
    }
}
