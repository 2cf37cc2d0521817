//! The administration over HTTP, with which another process can control a simulator.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::reply::{Answer, Reply};
use super::request::Request;
use crate::endpoint::Endpoint;
use crate::lock::lock;
use crate::world::World;
use crate::{DnsAnswer, Received, Scenario, Script};

/// The names that have another meaning in a path below `/_simulator/`.
const RESERVED: [&str; 4] = ["dns", "hits", "inbox", "llm"];

struct Refusal(u16, String);

/// Answers a request below `/_simulator`.
pub(super) fn handle(request: &Request, world: &World) -> Reply {
    let answer = match route(request, world) {
        Ok(body) => Answer::json(200, &body),
        Err(Refusal(code, why)) => Answer::json(code, &json!({ "error": why })),
    };
    Reply::Whole(answer)
}

fn route(request: &Request, world: &World) -> Result<Value, Refusal> {
    let path: Vec<&str> =
        request.path().split('/').skip(2).filter(|segment| !segment.is_empty()).collect();
    match (request.method.as_str(), path.as_slice()) {
        ("PUT", []) => {
            let scenario: Scenario = body(request)?;
            world.play(scenario).map_err(|error| Refusal(400, error.to_string()))?;
            Ok(done())
        }
        ("GET", ["hits"]) => {
            let endpoints = world.endpoints.all();
            Ok(endpoints
                .iter()
                .map(|(name, endpoint)| (name.clone(), hits(world, endpoint)))
                .collect())
        }
        ("DELETE", ["hits"]) => {
            world.clear();
            Ok(done())
        }
        ("GET", ["inbox", name]) => {
            let received =
                world.inboxes.find(name).map(|inbox| inbox.received()).unwrap_or_default();
            Ok(received.iter().map(received_json).collect())
        }
        ("PUT", ["inbox", name]) => {
            world.play_inbox(name, body::<Script>(request)?);
            Ok(done())
        }
        ("PUT", ["dns", name]) => {
            let answer: DnsAnswer = body(request)?;
            lock(&world.zone).set(name, answer).map_err(|error| Refusal(400, error.to_string()))?;
            Ok(done())
        }
        ("PUT", ["llm", "revoked"]) => {
            *lock(&world.revoked_keys) = body(request)?;
            Ok(done())
        }
        ("GET", [name, "received"]) => {
            let received = world.endpoints.find(name).map(|it| it.received()).unwrap_or_default();
            Ok(received.iter().map(received_json).collect())
        }
        ("GET", [name, "hits"]) => Ok(world.endpoints.find(name).map_or_else(
            || json!({ "count": 0, "times_ms": [] }),
            |endpoint| hits(world, &endpoint),
        )),
        ("PUT", [name]) if RESERVED.contains(name) => {
            Err(Refusal(400, format!("invalid endpoint name `{name}`: choose another")))
        }
        ("PUT", [name]) => {
            world.play_endpoint(name, body::<Script>(request)?);
            Ok(done())
        }
        (method, _) => {
            Err(Refusal(404, format!("unknown request `{method} {}`; {USAGE}", request.path())))
        }
    }
}

const USAGE: &str = "known: PUT /_simulator (a scenario), PUT /_simulator/ENDPOINT, PUT and GET \
    /_simulator/inbox/NAME, PUT /_simulator/dns/NAME, PUT /_simulator/llm/revoked, \
    GET /_simulator/ENDPOINT/hits, GET /_simulator/ENDPOINT/received, GET and DELETE /_simulator/hits";

fn body<T: DeserializeOwned>(request: &Request) -> Result<T, Refusal> {
    serde_json::from_slice(&request.body)
        .map_err(|error| Refusal(400, format!("the body cannot be read: {error}")))
}

fn done() -> Value {
    json!({ "done": true })
}

fn hits(world: &World, endpoint: &Endpoint) -> Value {
    let times: Vec<i64> = endpoint
        .hits()
        .into_iter()
        .map(|hit| world.clock.timestamp(hit).as_millisecond())
        .collect();
    json!({ "count": times.len(), "times_ms": times })
}

fn received_json(received: &Received) -> Value {
    json!({
        "at_ms": received.at.as_millisecond(),
        "method": received.method,
        "path": received.path,
        "headers": received.headers,
        "body": received.text(),
    })
}
