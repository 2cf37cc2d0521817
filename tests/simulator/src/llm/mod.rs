//! Providers of language models: their endpoints below `/llm/PROVIDER/`, their recorded answers,
//! their streams.
//!
//! The answers are data below `providers/`; this module converts them to responses.

mod behavior;
mod costs;
mod data;
mod dialect;
mod frames;
mod generated_text;
mod query;
mod route;
mod rows;
mod stream;
mod template;

use std::collections::BTreeMap;

use serde_json::json;

pub use behavior::{Chunking, LlmBehavior};
pub use data::{base, hosts, options, place, providers, rows, task_answer};
pub use rows::{Operation, Row, RowImpact};
pub(crate) use stream::{Ending, Piece};

use crate::Received;
use crate::http::{Answer, Reply};
use crate::lock::lock;
use crate::world::World;
use generated_text::GeneratedText;
use query::LlmQuery;
use stream::Event;
use template::Facts;

/// The remaining credit if a script sets none, in US dollars.
const BALANCE_USD: f64 = 74.5;

/// Records a request below `/llm/`, and responds as its provider would, or as the script demands.
pub(crate) async fn reply(received: Received, world: &World) -> Reply {
    let asked = match LlmQuery::read(&received) {
        Ok(asked) => asked,
        Err(why) => return Reply::Whole(Answer::json(404, &json!({ "error": why }))),
    };
    let now = world.clock.elapsed();
    let name = |operation: &str| format!("{}.{operation}", asked.provider.name);
    let endpoint = world.endpoints.get(&world.clock, &name(asked.operation().name()));
    let mut turn = endpoint.hit(now, Some(received));
    if turn.behavior.is_none()
        && let Some(all) = world.endpoints.find(&name("all"))
    {
        turn = all.hit(now, None);
    }
    let reply = Reply::to(turn, &asked.query).await;
    if let Reply::Ok = reply {
        answer(&asked, &LlmBehavior::default(), world)
    } else if let Reply::Llm(behavior) = reply {
        answer(&asked, &behavior, world)
    } else {
        reply
    }
}

fn answer(asked: &LlmQuery, behavior: &LlmBehavior, world: &World) -> Reply {
    let Some(name) = &behavior.answer else {
        let refusal = asked.refusal(&lock(&world.revoked_keys));
        return refusal.map_or_else(
            || success(asked, behavior),
            |row| recorded(row, &LlmBehavior::default()),
        );
    };
    let Some(row) = asked.provider.row(name) else {
        let why = format!("`{}` has no row `{name}`: see its file", asked.provider.name);
        return Reply::Whole(Answer::json(500, &json!({ "error": why })));
    };
    recorded(row, behavior)
}

fn recorded(row: &Row, behavior: &LlmBehavior) -> Reply {
    let events = match row.headers.get("content-type").map(String::as_str) {
        Some("text/event-stream") => split(&row.body, b"\n\n"),
        Some("application/x-ndjson") => split(&row.body, b"\n"),
        _ => vec![Event::new(row.body.clone())],
    };
    send(row.status, row.headers.clone(), events, behavior)
}

fn success(asked: &LlmQuery, behavior: &LlmBehavior) -> Reply {
    let facts = Facts { now: asked.now, balance_usd: behavior.balance_usd.unwrap_or(BALANCE_USD) };
    if let Some(row) = asked.route.row.as_deref().and_then(|name| asked.provider.row(name)) {
        return recorded(row, behavior);
    }
    let mut headers = asked.provider.headers.clone();
    let mut fill = |own: &BTreeMap<String, String>| {
        headers.extend(own.iter().map(|(name, value)| (name.clone(), facts.fill(value))));
    };
    fill(&asked.route.headers);
    let mut content_type = asked.route.content_type.as_deref().unwrap_or("application/json");
    let events = if asked.route.task.is_some() {
        fill(&asked.provider.completion.headers);
        vec![Event::token(asked.route.bytes.clone())]
    } else if asked.route.api.is_some() {
        fill(&asked.provider.completion.headers);
        let saying = GeneratedText::to(&asked.json, &asked.body, behavior);
        if asked.streams {
            content_type = dialect::content_type(asked);
            streamed(asked, &saying, behavior)
        } else {
            let pauses = (0..behavior.keep_alives).map(|_| Event::new("\n"));
            pauses.chain([Event::token(dialect::whole(asked, &saying).to_string())]).collect()
        }
    } else if let Some(form) = asked.route.costs {
        vec![Event::new(costs::report(asked, form, &behavior.daily_usd).to_string())]
    } else {
        let has = |cursor: &String| {
            asked.query.split('&').any(|it| it.starts_with(&format!("{cursor}=")))
        };
        let body = match &asked.route.cursor {
            Some(cursor) if has(cursor) => &asked.route.next_body,
            _ => &asked.route.body,
        };
        vec![Event::new(facts.fill(body))]
    };
    headers.insert("content-type".to_owned(), content_type.to_owned());
    send(200, headers, events, behavior)
}

/// Returns the events of a stream, with the changes of the script.
fn streamed(asked: &LlmQuery, saying: &GeneratedText, behavior: &LlmBehavior) -> Vec<Event> {
    let mut events = dialect::stream(asked, saying);
    if let Some(n) = behavior.error_after {
        let mut tokens = 0;
        let at = events.iter().position(|event| {
            tokens += usize::from(event.is_token);
            tokens > n || (tokens == n && n > 0 && event.is_token)
        });
        let at = at.map_or(events.len(), |at| if n == 0 { at } else { at + 1 });
        events.truncate(at);
        events.push(dialect::error(asked));
    }
    let before = events.iter().position(|event| event.is_token).unwrap_or(events.len());
    let pauses = (0..behavior.keep_alives).filter_map(|_| dialect::keep_alive(asked));
    events.splice(before..before, pauses);
    if behavior.crlf && dialect::has_lines(asked) {
        for event in &mut events {
            let lines: Vec<&[u8]> = event.bytes.split(|&byte| byte == b'\n').collect();
            event.bytes = lines.join(b"\r\n".as_slice());
        }
    }
    events
}

fn send(
    code: u16,
    mut headers: BTreeMap<String, String>,
    events: Vec<Event>,
    behavior: &LlmBehavior,
) -> Reply {
    let changed = behavior.headers.iter();
    headers.extend(changed.map(|(name, value)| (name.to_ascii_lowercase(), value.clone())));
    let headers = headers.into_iter().collect();
    let (pieces, ending) = stream::pieces(events, behavior);
    match (pieces.as_slice(), ending) {
        ([], Ending::Complete) => Reply::Whole(Answer { code, headers, body: bytes::Bytes::new() }),
        ([Piece::Send(body)], Ending::Complete) => {
            Reply::Whole(Answer { code, headers, body: body.clone() })
        }
        _ => Reply::Stream {
            head: Answer { code, headers, body: bytes::Bytes::new() },
            pieces,
            ending,
        },
    }
}

/// Splits a body into parts, each with its final separator.
fn split(body: &[u8], separator: &[u8]) -> Vec<Event> {
    let mut events = Vec::new();
    let mut rest = body;
    while let Some(at) = rest.windows(separator.len()).position(|window| window == separator) {
        let (event, after) = rest.split_at(at + separator.len());
        events.push(Event::new(event));
        rest = after;
    }
    if !rest.is_empty() {
        events.push(Event::new(rest));
    }
    events
}
