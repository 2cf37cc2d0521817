//! The requests of an attempt: the handshake, the list of tools, the call of one.

use std::collections::BTreeSet;
use std::time::Instant;

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use serde_json::{Value, json};

use super::session::{McpFailure, McpSession, STATELESS_VERSION, client};
use super::{INITIALIZE_MS, McpDialog, TOOL_CALL_MS, TOOL_COUNT, TOOLS_LIST_MS, ToolCall};
use crate::api::{ApiCaller, field};
use crate::excerpt::excerpt;
use crate::service::{ReadValue, ServiceReading};

/// The newest version with a handshake, and the older ones that differ only in what this check does not use.
const OFFERED_VERSION: &str = "2025-11-25";
const SPOKEN_VERSIONS: [&str; 4] = [OFFERED_VERSION, "2025-06-18", "2025-03-26", "2024-11-05"];

const INITIALIZE: &str = "initialize";
const DISCOVER: &str = "server/discover";
const LIST: &str = "tools/list";
const CALL: &str = "tools/call";

/// The most pages of a list, and the most tools on them.
const MAX_PAGES: usize = 50;
const MAX_TOOLS: usize = 2_000;

/// Makes the requests.
pub(super) async fn ask(
    dialog: &McpDialog,
    caller: &mut ApiCaller<'_>,
) -> Result<ServiceReading, Cause> {
    let begun = Instant::now();
    let mut session = McpSession::open(caller, dialog.transport).await?;
    let asked = converse(dialog, &mut session, begun).await;
    if asked.is_ok() {
        session.caller.answered();
    }
    session.end().await;
    asked
}

async fn converse(
    dialog: &McpDialog,
    session: &mut McpSession<'_, '_>,
    begun: Instant,
) -> Result<ServiceReading, Cause> {
    let server = initialize(session).await?;
    session.caller.measure_since(INITIALIZE_MS, begun);
    let mut reading = ServiceReading::default();
    for (name, pointer) in [("server_name", "/name"), ("server_version", "/version")] {
        if let Some(text) = server.info.pointer(pointer).and_then(Value::as_str) {
            reading.set(name, ReadValue::Text(text.to_owned()));
        }
    }
    reading.set("protocol_version", ReadValue::Text(server.version));
    if !server.offers_tools && dialog.expected_tools.is_empty() {
        reading.measure(TOOL_COUNT, 0.0);
        reading.set("tools", ReadValue::Texts(Vec::new()));
        return Ok(reading);
    }
    let begun = Instant::now();
    let tools = list_tools(session).await?;
    session.caller.measure_since(TOOLS_LIST_MS, begun);
    #[expect(clippy::cast_precision_loss, reason = "there are at most a few thousand tools")]
    reading.measure(TOOL_COUNT, tools.len() as f64);
    check_tools(&dialog.expected_tools, &tools)?;
    reading.set("tools", ReadValue::Texts(tools.into_iter().collect()));
    if let Some(call) = &dialog.call {
        let begun = Instant::now();
        let params = json!({ "name": call.tool, "arguments": call.arguments });
        let answered = session.request(CALL, params).await;
        let result = answered.map_err(|failure| failure.cause(CALL))?;
        session.caller.measure_since(TOOL_CALL_MS, begun);
        read_result(call, &result, &mut reading)?;
    }
    Ok(reading)
}

/// A server that has introduced itself.
struct ServerIntroduction {
    version: String,
    info: Value,
    offers_tools: bool,
}

/// Makes the handshake, or asks a server that has none for its description.
async fn initialize(session: &mut McpSession<'_, '_>) -> Result<ServerIntroduction, Cause> {
    let params =
        json!({ "protocolVersion": OFFERED_VERSION, "capabilities": {}, "clientInfo": client() });
    let result = match session.request(INITIALIZE, params).await {
        Ok(result) => result,
        Err(McpFailure::Refused(error))
            if error.refuses_handshake() && session.may_become_stateless() =>
        {
            return discover(session).await;
        }
        Err(failure) => return Err(failure.cause(INITIALIZE)),
    };
    let version = field(&result, "protocolVersion").as_str().ok_or_else(|| {
        let what = format!("{INITIALIZE}: the answer has no `protocolVersion`");
        Cause::of(Reason::ResponseInvalid, what)
    })?;
    if !SPOKEN_VERSIONS.contains(&version) {
        return Err(unspoken_version(INITIALIZE, &[version]));
    }
    session.negotiated(version);
    session.notify("notifications/initialized").await?;
    Ok(ServerIntroduction {
        version: version.to_owned(),
        offers_tools: field(field(&result, "capabilities"), "tools").is_object(),
        info: field(&result, "serverInfo").clone(),
    })
}

async fn discover(session: &mut McpSession<'_, '_>) -> Result<ServerIntroduction, Cause> {
    session.become_stateless();
    let answered = session.request(DISCOVER, json!({})).await;
    let result = answered.map_err(|failure| failure.cause(DISCOVER))?;
    let versions: Vec<&str> = field(&result, "supportedVersions")
        .as_array()
        .map(|all| all.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    if !versions.contains(&STATELESS_VERSION) {
        return Err(unspoken_version(DISCOVER, &versions));
    }
    let info = field(field(&result, "_meta"), "io.modelcontextprotocol/serverInfo").clone();
    Ok(ServerIntroduction {
        version: STATELESS_VERSION.to_owned(),
        offers_tools: field(field(&result, "capabilities"), "tools").is_object(),
        info: if info.is_null() { field(&result, "serverInfo").clone() } else { info },
    })
}

fn unspoken_version(method: &str, versions: &[&str]) -> Cause {
    let what = format!(
        "{method}: the server speaks version {} of the protocol; this check speaks {} and \
         {STATELESS_VERSION}",
        excerpt(&versions.join(", ")),
        SPOKEN_VERSIONS.join(", ")
    );
    Cause::of(Reason::ProbeInvalid, what)
}

/// Returns the names of the tools on all pages.
async fn list_tools(session: &mut McpSession<'_, '_>) -> Result<BTreeSet<String>, Cause> {
    let mut tools = BTreeSet::new();
    let mut cursor = Value::Null;
    for _ in 0..MAX_PAGES {
        let params = if cursor.is_null() { json!({}) } else { json!({ "cursor": cursor }) };
        let answered = session.request(LIST, params).await;
        let page = answered.map_err(|failure| failure.cause(LIST))?;
        let Some(on_page) = field(&page, "tools").as_array() else {
            let what = format!("{LIST}: the answer has no list `tools`");
            return Err(Cause::of(Reason::ResponseInvalid, what));
        };
        tools.extend(
            on_page.iter().filter_map(|tool| Some(field(tool, "name").as_str()?.to_owned())),
        );
        if tools.len() > MAX_TOOLS {
            let what = format!("{LIST}: the server lists more than {MAX_TOOLS} tools");
            return Err(Cause::of(Reason::ResponseTooLarge, what));
        }
        cursor = field(&page, "nextCursor").clone();
        if cursor.as_str().is_none_or(str::is_empty) {
            return Ok(tools);
        }
    }
    let what = format!("{LIST}: the list has more than {MAX_PAGES} pages");
    Err(Cause::of(Reason::ResponseTooLarge, what))
}

fn check_tools(expected: &BTreeSet<String>, offered: &BTreeSet<String>) -> Result<(), Cause> {
    let missing: Vec<String> =
        expected.difference(offered).map(|name| format!("`{name}`")).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let offered: Vec<&str> = offered.iter().map(String::as_str).collect();
    let what = format!(
        "{LIST}: the server does not offer {}; it offers {}",
        missing.join(", "),
        if offered.is_empty() { "no tools".to_owned() } else { excerpt(&offered.join(", ")) }
    );
    Err(Cause::of(Reason::CapabilityMissing, what))
}

fn read_result(call: &ToolCall, result: &Value, reading: &mut ServiceReading) -> Result<(), Cause> {
    let texts: Vec<&str> = field(result, "content")
        .as_array()
        .map(|content| content.iter().filter_map(|part| field(part, "text").as_str()).collect())
        .unwrap_or_default();
    let text = texts.join("\n");
    let tool = &call.tool;
    if *field(result, "isError") == Value::Bool(true) {
        let what = format!("{CALL}: the tool `{tool}` reports an error: {}", excerpt(&text));
        return Err(Cause::of(Reason::UnexpectedAnswer, what));
    }
    if let Some(wanted) = &call.contains
        && !text.contains(wanted.as_str())
    {
        let what = format!(
            "{CALL}: the result of `{tool}` does not contain `{}`; it is `{}`",
            excerpt(wanted),
            excerpt(&text)
        );
        return Err(Cause::of(Reason::UnexpectedAnswer, what));
    }
    reading.set("call_text", ReadValue::Text(text));
    if !field(result, "structuredContent").is_null() {
        reading.set("call_json", ReadValue::Json(field(result, "structuredContent").clone()));
    }
    Ok(())
}
