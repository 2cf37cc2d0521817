//! A DynamoDB with scripted answers, for faults that no local one produces.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use allclear_aws::cloud::{CallPolicy, Cloud};
use allclear_aws::dynamo::DynamoStore;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::table::FOR_EVER;

/// The answer to a request.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// This status and body.
    With(u16, Value),
    /// The condition does not hold, because the sent item already exists.
    AlreadyThere,
    /// No answer; the connection is closed.
    Nothing,
}

/// Short, so that no test waits long.
pub(crate) const CALL_POLICY: CallPolicy = CallPolicy {
    connect: Duration::from_secs(1),
    attempt: Duration::from_secs(2),
    total: Duration::from_secs(4),
    tries: 4,
    first_pause: Duration::from_millis(1),
};

pub(crate) type Requests = Arc<Mutex<Vec<(String, Value)>>>;

/// Returns an error in the format of DynamoDB.
pub(crate) fn error(status: u16, code: &str) -> Answer {
    let kind = format!("com.amazonaws.dynamodb.v20120810#{code}");
    Answer::With(status, json!({ "__type": kind, "message": "as it was told to" }))
}

/// Returns a store on a server that gives `answers` in order, and the recorded requests: each
/// operation with its input.
pub(crate) async fn store(answers: Vec<Answer>) -> (DynamoStore, Requests) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let answers = Arc::new(Mutex::new(VecDeque::from(answers)));
    let requests = Requests::default();
    let seen = Arc::clone(&requests);
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let (answers, seen) = (Arc::clone(&answers), Arc::clone(&seen));
            tokio::spawn(async move {
                let service = service_fn(move |request| {
                    answer(request, Arc::clone(&answers), Arc::clone(&seen))
                });
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(connection), service)
                    .await;
            });
        }
    });
    let cloud = Cloud::from_variables(|name| match name {
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("test".to_owned()),
        "AWS_REGION" => Some("us-east-1".to_owned()),
        "AWS_ENDPOINT_URL" => Some(address.clone()),
        _ => None,
    });
    let cloud = cloud.unwrap();
    let cloud = cloud.with_call_policy(CALL_POLICY);
    (DynamoStore::new(&cloud, "table", FOR_EVER), requests)
}

async fn answer(
    request: Request<Incoming>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    seen: Requests,
) -> Reply {
    let target = request.headers()["x-amz-target"].to_str()?.to_owned();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let body = request.into_body().collect().await?.to_bytes();
    let input: Value = serde_json::from_slice(&body)?;
    // Every shard counts as listed, because these tests are not about that query.
    if operation == "GetItem" {
        return reply(200, &json!({ "Item": { "pk": { "S": "shard" } } }));
    }
    seen.lock().unwrap().push((operation, input.clone()));
    let answer = answers.lock().unwrap().pop_front();
    match answer.unwrap_or_else(|| error(400, "ValidationException")) {
        Answer::With(status, body) => reply(status, &body),
        Answer::AlreadyThere => {
            let kind = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";
            reply(400, &json!({ "__type": kind, "message": "no", "Item": input["Item"] }))
        }
        Answer::Nothing => Err("the connection is lost".into()),
    }
}

type Reply = Result<Response<Full<Bytes>>, Box<dyn std::error::Error + Send + Sync>>;

fn reply(status: u16, body: &Value) -> Reply {
    Ok(Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.0")
        .body(Full::from(body.to_string()))?)
}
