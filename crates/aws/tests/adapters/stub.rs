//! A server with scripted responses that records the requests.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use allclear_aws::cloud::{CallPolicy, Cloud};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A response.
pub(crate) enum Reply {
    /// This status and body.
    Status(u16, String),
    /// This status, these headers and this body.
    With(u16, &'static [(&'static str, &'static str)], String),
    /// No response; the connection stays open.
    Silence,
    /// No response; the connection is closed.
    Close,
}

/// A received request.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// The path with the query.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) struct Stub {
    address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

type Answers = dyn Fn(usize, &Asked) -> Reply + Send + Sync;

impl Stub {
    /// Starts a server. The argument of the handler is the number of the request, from 0.
    pub(crate) async fn new(
        answers: impl Fn(usize, &Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::default();
        let task = tokio::spawn(serve(listener, Arc::clone(&asked), Arc::new(answers)));
        Self { address, asked, task }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// Returns a connection to this server, with test credentials and short timeouts.
    pub(crate) fn cloud(&self) -> Cloud {
        let cloud = Cloud::from_variables(|name| match name {
            "AWS_ACCESS_KEY_ID" => Some("AKIDPLANTED".to_owned()),
            "AWS_SECRET_ACCESS_KEY" => Some("planted-secret".to_owned()),
            "AWS_SESSION_TOKEN" => Some("planted-token".to_owned()),
            "AWS_REGION" => Some("eu-central-1".to_owned()),
            "AWS_ENDPOINT_URL" => Some(self.address.clone()),
            _ => None,
        });
        cloud.unwrap().with_call_policy(CallPolicy {
            attempt: Duration::from_millis(400),
            total: Duration::from_secs(1),
            tries: 3,
            first_pause: Duration::from_millis(1),
            ..CallPolicy::FUNCTION
        })
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, asked: Arc<Mutex<Vec<Asked>>>, answers: Arc<Answers>) {
    while let Ok((connection, _)) = listener.accept().await {
        let (asked, answers) = (Arc::clone(&asked), Arc::clone(&answers));
        tokio::spawn(async move {
            let service = service_fn(|request| answer(request, &asked, &*answers));
            let server = hyper::server::conn::http1::Builder::new();
            // A connection that the client closed is an error here.
            let _ = server.serve_connection(TokioIo::new(connection), service).await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    asked: &Mutex<Vec<Asked>>,
    answers: &Answers,
) -> Result<Response<Full<Bytes>>, &'static str> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| "the request was cut")?.to_bytes();
    let this = Asked {
        method: parts.method.to_string(),
        path: parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        headers: parts.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let reply = {
        let mut asked = asked.lock().unwrap();
        let reply = answers(asked.len(), &this);
        asked.push(this);
        reply
    };
    let (status, headers, body) = match reply {
        Reply::Status(status, body) => (status, &[][..], body),
        Reply::With(status, headers, body) => (status, headers, body),
        Reply::Silence => std::future::pending().await,
        Reply::Close => return Err("closed"),
    };
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Ok(response.body(Full::from(body)).unwrap())
}
