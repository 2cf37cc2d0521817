//! HTTP/2, which shows the protocol that a client chooses.
//!
//! Only endpoints are served, no inboxes and no administration. Of the behaviors, only complete
//! responses and hanging are supported. All other faults concern the bytes of HTTP/1.1, and reset
//! the stream.

use std::future::pending;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::reply::{Answer, Reply};
use super::request::endpoint;
use crate::world::World;

/// Serves one connection until either side closes it.
pub(crate) async fn serve_http2(stream: TlsStream<TcpStream>, world: Arc<World>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let world = Arc::clone(&world);
        async move { answer(&request, &world).await }
    });
    // Clients of a fault server are expected to disconnect early.
    let _ = http2::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(request: &Request<Incoming>, world: &World) -> io::Result<Response<Full<Bytes>>> {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let turn = world.endpoints.get(&world.clock, endpoint(target)).hit(world.clock.elapsed(), None);
    let answer = match Reply::to(turn, target).await {
        Reply::Ok => Answer { code: 200, headers: Vec::new(), body: "ok".into() },
        Reply::Whole(answer) => answer,
        Reply::Hang => pending().await,
        Reply::Reset
        | Reply::Close
        | Reply::HalfBody
        | Reply::Drip { .. }
        | Reply::EndlessBody
        | Reply::HugeHeader { .. }
        | Reply::Stream { .. }
        | Reply::Llm(_)
        | Reply::Garbage => return Err(io::ErrorKind::ConnectionReset.into()),
    };
    let mut response = Response::builder().status(answer.code);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(Full::new(answer.body)).map_err(io::Error::other)
}
