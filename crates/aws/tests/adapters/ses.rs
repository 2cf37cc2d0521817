//! The channel `ses`: accepted by the local AWS, and its requests and errors against a scripted server.

use allclear_aws::cloud::{AwsService, Cloud};
use allclear_aws::ses::SesKinds;
use allclear_aws::signed::{ServiceRequest, Signed};
use allclear_core::alert_group::{AlertGroupId, MessageRef};
use allclear_core::channel::{ChannelKinds as _, ChannelSchemas as _, Envelope, SendSpec};
use allclear_core::delivery::{DeliveryId, Notification};
use allclear_core::id::ChannelId;
use allclear_core::secret::Secrets;
use allclear_core::send_error::SendError;
use allclear_core::status::Severity;
use serde_json::{Value, json};

use crate::ministack;
use crate::sns::notification;
use crate::stub::{Reply, Stub};

const SENT: &str = r#"{"MessageId":"0102019-abc-000000"}"#;

fn params() -> Value {
    json!({ "from": "Allclear <alerts@example.com>", "to": ["ann@example.com", "bo@example.com"] })
}

async fn send(
    cloud: &Cloud,
    params: Value,
    notification: &Notification,
    earlier: Option<&MessageRef>,
) -> Result<Option<MessageRef>, SendError> {
    let kinds = SesKinds::new(Some(cloud));
    let sender = kinds.build(&SendSpec { kind: "ses".to_owned(), params }).ok().unwrap();
    assert!(sender.refers_to_earlier_messages());
    let channel = ChannelId::new("on-call").unwrap();
    let delivery = DeliveryId::new(notification.kind, &notification.alerts, &channel);
    let (secrets, now) = (Secrets::new(), notification.at);
    let envelope = Envelope { notification, delivery: &delivery, secrets: &secrets, now, earlier };
    sender.send(envelope).await
}

fn down() -> Notification {
    notification("openai-api", Severity::Critical)
}

fn down_in_group() -> Notification {
    let mut notification = down();
    let channel = ChannelId::new("on-call").unwrap();
    let group = AlertGroupId::new(&channel, &notification.alerts[0].id);
    notification.details.alert_group = Some(group);
    notification
}

async fn number_of_sent_mails(cloud: &Cloud) -> f64 {
    let client = Signed::new(cloud.clone(), AwsService::Ses);
    let url = format!("{}/v2/email/account", cloud.address(AwsService::Ses));
    let call = ServiceRequest { method: "GET", url: &url, headers: &[], body: b"" };
    let account: Value = serde_json::from_slice(&client.send(call).await.unwrap().body).unwrap();
    account["SendQuota"]["SentLast24Hours"].as_f64().unwrap()
}

#[tokio::test]
async fn the_local_aws_accepts_a_mail_and_names_it() {
    let cloud = ministack::cloud();
    let client = Signed::new(cloud.clone(), AwsService::Ses);
    let url = format!("{}/v2/email/identities", cloud.address(AwsService::Ses));
    let body = br#"{"EmailIdentity":"example.com"}"#;
    let headers = [("content-type", "application/json")];
    let call = ServiceRequest { method: "POST", url: &url, headers: &headers, body };
    let _exists_after_an_earlier_run = client.send(call).await;
    let n_before = number_of_sent_mails(&cloud).await;
    let sent = send(&cloud, params(), &down(), None).await;
    let MessageRef(id) = sent.unwrap_or_else(|e| panic!("{}: {e}", ministack::place())).unwrap();
    assert!(id.starts_with('<') && id.ends_with(".amazonses.com>"), "{id}");
    let n_sent = number_of_sent_mails(&cloud).await - n_before;
    assert!(n_sent > 0.5, "{n_sent} mails were sent");
}

#[tokio::test]
async fn the_request_has_both_parts_and_the_headers_of_the_thread() {
    let stub = Stub::new(|_, _| Reply::Status(200, SENT.to_owned())).await;
    let first = send(&stub.cloud(), params(), &down(), None).await.unwrap().unwrap();
    assert_eq!(first.0, "<0102019-abc-000000@eu-central-1.amazonses.com>");
    let mut more = params();
    more["subject_prefix"] = json!("[prod]");
    more["configuration_set"] = json!("alerts");
    send(&stub.cloud(), more, &down_in_group(), Some(&first)).await.unwrap();
    send(&stub.cloud(), params(), &down_in_group(), None).await.unwrap();
    let asked = stub.asked();
    assert_eq!(asked[0].path, "/v2/email/outbound-emails");
    assert!(asked[0].header("authorization").contains("/eu-central-1/ses/aws4_request"));
    let requests: Vec<Value> =
        asked.iter().map(|one| serde_json::from_str(&one.body).unwrap()).collect();
    assert_eq!(requests[0]["FromEmailAddress"], "Allclear <alerts@example.com>");
    let to = json!({ "ToAddresses": ["ann@example.com", "bo@example.com"] });
    assert_eq!(requests[0]["Destination"], to);
    let simple = &requests[0]["Content"]["Simple"];
    assert_eq!(simple["Subject"]["Data"], "[critical] OpenAI API is unhealthy");
    let text = simple["Body"]["Text"]["Data"].as_str().unwrap();
    assert_eq!(text, allclear_core::message::plain_text(&down()));
    let html = simple["Body"]["Html"]["Data"].as_str().unwrap();
    assert!(html.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"), "{html}");
    let automatic = json!({ "Name": "Auto-Submitted", "Value": "auto-generated" });
    assert_eq!(simple["Headers"], json!([automatic]));
    let thread = |id: &str| {
        json!([
            automatic,
            { "Name": "In-Reply-To", "Value": id },
            { "Name": "References", "Value": id },
        ])
    };
    let later = &requests[1];
    assert_eq!(later["Content"]["Simple"]["Headers"], thread(&first.0));
    let subject = &later["Content"]["Simple"]["Subject"]["Data"];
    assert_eq!(subject, "[prod] [critical] OpenAI API is unhealthy");
    assert_eq!(later["ConfigurationSetName"], "alerts");
    // Without the id of the first mail, the later ones still form one thread.
    let group = down_in_group().details.alert_group.unwrap();
    let first = DeliveryId::of_group(&group, allclear_core::delivery::NoticeKind::Firing, 0);
    let wanted = thread(&format!("<{first}@example.com>"));
    assert_eq!(requests[2]["Content"]["Simple"]["Headers"], wanted);
}

#[tokio::test]
async fn only_an_invalid_or_rejected_mail_is_a_permanent_failure() {
    for (status, code, message, permanent) in [
        (400, "MessageRejected", "Email address is not verified: ann@example.com", false),
        (400, "MessageRejected", "the message contains a virus", true),
        (400, "BadRequestException", "Missing final '@domain'", true),
        (400, "MailFromDomainNotVerifiedException", "", false),
        (400, "AccountSuspendedException", "", false),
        (400, "SendingPausedException", "", false),
        (404, "NotFoundException", "no configuration set", false),
        (403, "AccessDeniedException", "not authorized to perform ses:SendEmail", false),
        (429, "TooManyRequestsException", "Maximum sending rate exceeded.", false),
        (400, "LimitExceededException", "", false),
        (500, "InternalFailure", "", false),
    ] {
        let code_body = json!({ "__type": code, "message": message }).to_string();
        let stub = Stub::new(move |_, _| Reply::Status(status, code_body.clone())).await;
        let error = send(&stub.cloud(), params(), &down(), None).await.unwrap_err();
        assert_eq!(error.is_permanent(), permanent, "{code}: {error}");
        assert!(error.message.starts_with(&format!("SES returned `{code}`")), "{error}");
        assert!(!error.message.contains("planted"), "{error}");
    }
    let stub = Stub::new(|_, _| Reply::Silence).await;
    let error = send(&stub.cloud(), params(), &down(), None).await.unwrap_err();
    assert!(error.may_have_arrived && !error.is_permanent(), "{error}");
}

#[tokio::test]
async fn a_channel_without_a_connection_says_so() {
    let sender = SesKinds::default()
        .build(&SendSpec { kind: "ses".to_owned(), params: params() })
        .ok()
        .unwrap();
    let delivery = DeliveryId::from_stored("d".to_owned());
    let (notification, secrets) = (down(), Secrets::new());
    let now = notification.at;
    let envelope = Envelope {
        notification: &notification,
        delivery: &delivery,
        secrets: &secrets,
        now,
        earlier: None,
    };
    let error = sender.send(envelope).await.unwrap_err();
    assert!(error.message.contains("needs credentials of AWS"), "{error}");
}

#[test]
fn wrong_parameters_are_reported_together() {
    let kinds = SesKinds::default();
    let params = json!({ "from": "alerts", "to": ["a@example.com", "b"], "region": "frankfurt" });
    let Err(problems) = kinds.build(&SendSpec { kind: "ses".to_owned(), params }) else {
        panic!("no problem")
    };
    let texts: Vec<String> = problems.iter().map(|one| one.what.clone()).collect();
    assert_eq!(
        texts,
        [
            "`alerts` is not a mail address",
            "`b` is not a mail address",
            "`frankfurt` is not a region of AWS"
        ]
    );
    for to in [json!([]), json!(vec!["a@example.com"; 51])] {
        let params = json!({ "from": "a@example.com", "to": to });
        assert!(kinds.build(&SendSpec { kind: "ses".to_owned(), params }).is_err());
    }
    let schema = kinds.schema("ses").unwrap();
    assert_eq!(schema["required"], json!(["from", "to"]));
    assert_eq!(kinds.schema("sns"), None);
}
