//! Restarts of containers, against a stub of the API of Docker.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use allclear_core::secret::Secrets;
use allclear_core::send_error::SendError;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tempfile::TempDir;
use tokio::net::UnixListener;
use tokio::task::JoinHandle;

use crate::world::{LONG, execute, problems};

/// The answer of the stub.
#[derive(Clone, Copy)]
enum Reply {
    Status(u16, &'static str),
    Silence,
    Close,
}

/// A container engine that answers every request in the same way.
struct Engine {
    socket: PathBuf,
    asked: Arc<Mutex<Vec<String>>>,
    _folder: TempDir,
    task: JoinHandle<()>,
}

impl Engine {
    fn start(reply: Reply) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("engine.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let all = Arc::clone(&asked);
        let task = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let asked = Arc::clone(&all);
                tokio::spawn(async move {
                    let service = service_fn(|request| answer(request, &asked, reply));
                    let server = hyper::server::conn::http1::Builder::new();
                    // A connection that is closed is an error here.
                    let _ = server.serve_connection(TokioIo::new(connection), service).await;
                });
            }
        });
        Self { socket, asked, _folder: folder, task }
    }

    async fn restart(&self, limit: Duration) -> Result<(), SendError> {
        let params = json!({ "name": "shop-api", "socket": self.socket });
        execute("container", params, &Secrets::new(), limit).await
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(
    request: Request<Incoming>,
    asked: &Mutex<Vec<String>>,
    reply: Reply,
) -> Result<Response<Full<Bytes>>, &'static str> {
    asked.lock().unwrap().push(format!("{} {}", request.method(), request.uri()));
    match reply {
        Reply::Status(status, body) => {
            Ok(Response::builder().status(status).body(Full::from(body)).unwrap())
        }
        Reply::Silence => std::future::pending().await,
        Reply::Close => Err("closed"),
    }
}

#[tokio::test]
async fn a_container_is_restarted() {
    let engine = Engine::start(Reply::Status(204, ""));
    engine.restart(LONG).await.unwrap();
    assert_eq!(*engine.asked.lock().unwrap(), ["POST /containers/shop-api/restart?t=10"]);
    engine.restart(Duration::from_secs(8)).await.unwrap();
    assert_eq!(engine.asked.lock().unwrap()[1], "POST /containers/shop-api/restart?t=4");
}

#[tokio::test]
async fn a_refusal_of_the_engine_is_quoted() {
    let engine = Engine::start(Reply::Status(404, r#"{"message":"No such container:\nshop-api"}"#));
    let error = engine.restart(LONG).await.unwrap_err();
    let wanted = "the container engine answered 404 for `shop-api`: No such container: shop-api";
    assert_eq!((error.message.as_str(), error.may_have_arrived), (wanted, false));
    let engine = Engine::start(Reply::Status(500, "plain text"));
    let error = engine.restart(LONG).await.unwrap_err();
    assert!(error.message.ends_with("answered 500 for `shop-api`: plain text"), "{error}");
}

#[tokio::test]
async fn a_restart_without_an_answer_has_an_unknown_result() {
    let engine = Engine::start(Reply::Silence);
    let error = engine.restart(Duration::from_millis(300)).await.unwrap_err();
    assert_eq!(error.message, "the container engine did not answer within 300ms");
    assert!(error.may_have_arrived);
    let engine = Engine::start(Reply::Close);
    let error = engine.restart(LONG).await.unwrap_err();
    assert!(error.may_have_arrived, "{error}");
    assert_eq!(engine.asked.lock().unwrap().len(), 1, "it is not repeated");
}

#[tokio::test]
async fn an_engine_that_does_not_run_is_named() {
    let params = json!({ "name": "shop-api", "socket": "/no/such/engine.sock" });
    let error = execute("container", params, &Secrets::new(), LONG).await.unwrap_err();
    let wanted = "no connection to the container engine at `/no/such/engine.sock`: ";
    assert!(error.message.starts_with(wanted), "{error}");
    assert!(!error.may_have_arrived);
}

#[test]
fn a_name_that_is_a_path_is_refused() {
    assert_eq!(
        problems("container", json!({ "name": "../images", "socket": "docker.sock" })),
        ["`../images` is not the name of a container", "`docker.sock` is not an absolute path"]
    );
}
