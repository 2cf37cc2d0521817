//! The actions of AWS: a function on the local AWS, and ECS and Systems Manager against a scripted server.

use std::time::Duration;

use allclear_aws::actions::AwsActions;
use allclear_aws::cloud::{AwsService, Cloud};
use allclear_aws::signed::{ServiceRequest, Signed};
use allclear_core::action::{
    ActionAttempt, ActionKinds as _, ActionSchemas as _, ActionSpec, AttemptOrder, ExecutionInput,
};
use allclear_core::delivery::{DeliveryId, Notification};
use allclear_core::id::ActionId;
use allclear_core::secret::Secrets;
use allclear_core::send_error::SendError;
use allclear_core::status::Severity;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::sns::notification;
use crate::stub::{Reply, Stub};
use crate::{ministack, unique};

const LIMIT: Duration = Duration::from_secs(30);

fn alert() -> Notification {
    let mut notification = notification("shop-api", Severity::Critical);
    notification.details.attempt = Some(ActionAttempt {
        action: ActionId::new("mend").unwrap(),
        number: 1,
        max_attempts: 3,
        order: AttemptOrder::Execute,
        effect: "mend".to_owned(),
        timeout: LIMIT,
        expires_at: notification.at + LIMIT,
    });
    notification
}

async fn execute_on(cloud: Option<&Cloud>, kind: &str, params: Value) -> Result<(), SendError> {
    execute_within(cloud, kind, params, LIMIT).await
}

async fn execute_within(
    cloud: Option<&Cloud>,
    kind: &str,
    params: Value,
    timeout: Duration,
) -> Result<(), SendError> {
    let spec = ActionSpec { kind: kind.to_owned(), params };
    let executor = AwsActions::new(cloud).build(&spec).ok().unwrap();
    let (notification, secrets) = (alert(), Secrets::new());
    let delivery = DeliveryId::from_stored("5c1f0e9a7d3b2c4e6f8a9b0d".to_owned());
    let now = notification.at;
    let (notification, delivery, secrets) = (&notification, &delivery, &secrets);
    executor.execute(ExecutionInput { notification, delivery, secrets, now, timeout }).await
}

fn ecs() -> Value {
    json!({ "cluster": "prod", "service": "shop-api" })
}

fn ssm() -> Value {
    let commands = json!({ "commands": ["systemctl restart shop"] });
    json!({
        "document": "AWS-RunShellScript",
        "instances": ["i-0123456789abcdef0"],
        "parameters": commands,
    })
}

#[tokio::test]
async fn a_service_is_redeployed() {
    let stub = Stub::new(|_, _| Reply::Status(200, r#"{"service":{}}"#.to_owned())).await;
    execute_on(Some(&stub.cloud()), "ecs", ecs()).await.unwrap();
    let asked = stub.asked().remove(0);
    assert_eq!(asked.header("x-amz-target"), "AmazonEC2ContainerServiceV20141113.UpdateService");
    assert_eq!(asked.header("content-type"), "application/x-amz-json-1.1");
    assert!(asked.header("authorization").contains("/eu-central-1/ecs/aws4_request"));
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    let wanted = json!({ "cluster": "prod", "service": "shop-api", "forceNewDeployment": true });
    assert_eq!(body, wanted);
}

#[tokio::test]
async fn the_arn_of_a_cluster_names_its_region() {
    let stub = Stub::new(|_, _| Reply::Status(200, "{}".to_owned())).await;
    let cluster = "arn:aws:ecs:ap-south-1:123456789012:cluster/prod";
    let params = json!({ "cluster": cluster, "service": "shop-api" });
    execute_on(Some(&stub.cloud()), "ecs", params).await.unwrap();
    assert!(stub.asked()[0].header("authorization").contains("/ap-south-1/ecs/aws4_request"));
}

#[tokio::test]
async fn a_command_is_sent_to_the_instances() {
    let answer = r#"{"Command":{"CommandId":"c-1"}}"#;
    let stub = Stub::new(move |_, _| Reply::Status(200, answer.to_owned())).await;
    execute_on(Some(&stub.cloud()), "ssm", ssm()).await.unwrap();
    let asked = stub.asked().remove(0);
    assert_eq!(asked.header("x-amz-target"), "AmazonSSM.SendCommand");
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    let wanted = json!({
        "DocumentName": "AWS-RunShellScript",
        "InstanceIds": ["i-0123456789abcdef0"],
        "Parameters": { "commands": ["systemctl restart shop"] },
        "TimeoutSeconds": 30,
        "Comment": "Allclear 5c1f0e9a7d3b2c4e6f8a9b0d",
    });
    assert_eq!(body, wanted);
}

#[tokio::test]
async fn a_function_gets_the_document_of_the_alert() {
    let stub = Stub::new(|_, _| Reply::Status(200, "null".to_owned())).await;
    execute_on(Some(&stub.cloud()), "lambda", json!({ "function": "mend" })).await.unwrap();
    let asked = stub.asked().remove(0);
    assert_eq!(asked.path, "/2015-03-31/functions/mend/invocations");
    assert_eq!(asked.header("x-amz-invocation-type"), "RequestResponse");
    let event: Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(event["attempt"]["action"], "mend");
    assert_eq!(event["monitor"]["id"], "shop-api");
}

#[tokio::test]
async fn an_error_of_a_function_is_a_failure_and_not_repeated() {
    let failed = r#"{"errorType":"Boom","errorMessage":"no such service"}"#;
    let header: &[_] = &[("x-amz-function-error", "Unhandled")];
    let stub = Stub::new(move |_, _| Reply::With(200, header, failed.to_owned())).await;
    let error = execute_on(Some(&stub.cloud()), "lambda", json!({ "function": "mend" })).await;
    let error = error.unwrap_err();
    assert_eq!(error.message, "function `mend` failed with `Boom`: no such service");
    assert!(!error.may_have_arrived);
    assert_eq!(stub.asked().len(), 1);
}

#[tokio::test]
async fn no_request_is_repeated_and_one_without_an_answer_has_an_unknown_result() {
    for (kind, params) in
        [("ecs", ecs()), ("ssm", ssm()), ("lambda", json!({ "function": "mend" }))]
    {
        for reply in ["500", "429", "silence", "close"] {
            let stub = Stub::new(move |_, _| match reply {
                "silence" => Reply::Silence,
                "close" => Reply::Close,
                status => Reply::Status(status.parse().unwrap(), "{}".to_owned()),
            })
            .await;
            let limit = Duration::from_millis(400);
            let error = execute_within(Some(&stub.cloud()), kind, params.clone(), limit).await;
            let error = error.unwrap_err();
            assert_eq!(stub.asked().len(), 1, "{kind} {reply}: {error}");
            // A throttled request was refused before it had an effect.
            assert_eq!(error.may_have_arrived, reply != "429", "{kind} {reply}: {error}");
        }
    }
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    for (kind, params, permission) in [
        ("ecs", ecs(), "ecs:UpdateService"),
        ("ssm", ssm(), "ssm:SendCommand"),
        ("lambda", json!({ "function": "mend" }), "lambda:InvokeFunction"),
    ] {
        let body = r#"{"__type":"AccessDeniedException","message":"not authorized"}"#;
        let stub = Stub::new(move |_, _| Reply::Status(400, body.to_owned())).await;
        let error = execute_on(Some(&stub.cloud()), kind, params).await.unwrap_err();
        assert!(error.message.contains(&format!("allow `{permission}`")), "{error}");
        assert!(!error.may_have_arrived);
    }
}

#[tokio::test]
async fn without_credentials_nothing_is_executed() {
    let error = execute_on(None, "ecs", ecs()).await.unwrap_err();
    assert!(error.message.contains("needs credentials"), "{error}");
}

#[test]
fn wrong_parameters_are_refused() {
    for (kind, params, wanted) in [
        ("lambda", json!({ "function": "a b" }), "`a b` is not a name or an ARN"),
        ("ecs", json!({ "service": "" }), "`` is not a name or an ARN"),
        (
            "ssm",
            json!({ "document": "d", "instances": ["web-1"] }),
            "`web-1` is not the id of an instance",
        ),
        ("sqs", json!({}), "unknown kind of action `sqs`"),
    ] {
        let spec = ActionSpec { kind: kind.to_owned(), params };
        let problems = AwsActions::default().build(&spec).err().unwrap();
        assert_eq!(problems[0].what, wanted);
    }
    for kind in AwsActions::default().names() {
        assert!(AwsActions::default().schema(kind).is_some());
    }
}

/// A function that returns its event, or fails if the event has no attempt, as a zip file without compression.
fn zip(name: &str, content: &[u8]) -> Vec<u8> {
    let crc = crc32(content);
    let (size, length) =
        (u32::try_from(content.len()).unwrap(), u16::try_from(name.len()).unwrap());
    let common = |out: &mut Vec<u8>| {
        out.extend([20, 0, 0, 0, 0, 0, 0, 0, 33, 0]);
        out.extend(crc.to_le_bytes());
        out.extend(size.to_le_bytes());
        out.extend(size.to_le_bytes());
        out.extend(length.to_le_bytes());
        out.extend([0, 0]);
    };
    let mut out = b"PK\x03\x04".to_vec();
    common(&mut out);
    out.extend(name.as_bytes());
    out.extend(content);
    let directory = u32::try_from(out.len()).unwrap();
    out.extend(b"PK\x01\x02\x14\x03");
    common(&mut out);
    out.extend([0; 6]);
    out.extend((0o100_644_u32 << 16).to_le_bytes());
    out.extend([0; 4]);
    out.extend(name.as_bytes());
    let end = u32::try_from(out.len()).unwrap();
    out.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    out.extend((end - directory).to_le_bytes());
    out.extend(directory.to_le_bytes());
    out.extend([0, 0]);
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 }
        })
    };
    !bytes.iter().fold(u32::MAX, step)
}

const CODE: &str = "def handler(event, context):\n    if event['monitor']['id'] != 'shop-api':\n        \
                    raise ValueError('wrong event')\n    return event['attempt']['number']\n";

#[tokio::test]
async fn a_function_on_the_local_aws_is_invoked() {
    let cloud = ministack::cloud();
    let name = unique("mend");
    for (handler, is_sound) in [("index.handler", true), ("index.missing", false)] {
        let name = format!("{name}-{is_sound}");
        let body = json!({
            "FunctionName": name,
            "Runtime": "python3.12",
            "Role": "arn:aws:iam::000000000000:role/mend",
            "Handler": handler,
            "Code": { "ZipFile": STANDARD.encode(zip("index.py", CODE.as_bytes())) },
        });
        let body = body.to_string();
        let url = format!("{}/2015-03-31/functions", cloud.address(AwsService::Lambda));
        let headers = [("content-type", "application/json")];
        let call =
            ServiceRequest { method: "POST", url: &url, headers: &headers, body: body.as_bytes() };
        let created = Signed::new(cloud.clone(), AwsService::Lambda).send(call).await;
        assert!(created.is_ok(), "{}: {created:?}", ministack::place());
        let executed = execute_on(Some(&cloud), "lambda", json!({ "function": name })).await;
        assert_eq!(executed.is_ok(), is_sound, "{}: {executed:?}", ministack::place());
    }
}
