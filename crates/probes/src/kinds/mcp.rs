//! The `mcp` check: an MCP server, its handshake, its tools, and optionally the call of one of them.

mod dialog;
mod params;
mod rpc;
mod session;

use std::collections::BTreeSet;
use std::time::Duration;

use allclear_core::kind::{ADDRESS, CERTIFICATE, Example, Kind, Metric, Texts, Unit};
use allclear_core::outcome::DurationParts;
use allclear_core::threshold::Category;
use allclear_expression::{ValueKind, Variable};
use serde_json::{Map, Value};

use super::Implementation;
use crate::api::{ApiCaller, ApiDialog, Asking};
use crate::metrics::{CERTIFICATE_DAYS, CERTIFICATE_VERIFIED, TLS_VERSION};

/// The time until the end of the handshake, including the connection.
const INITIALIZE_MS: Metric = Metric::new("initialize_ms", Unit::Milliseconds);

/// The time of the list of tools, on all its pages.
const TOOLS_LIST_MS: Metric = Metric::new("tools_list_ms", Unit::Milliseconds);

/// The time of the call of the tool.
const TOOL_CALL_MS: Metric = Metric::new("tool_call_ms", Unit::Milliseconds);

/// The number of tools that the server offers.
const TOOL_COUNT: Metric = Metric::new("tool_count", Unit::Number);

pub(super) const KIND: Kind = Kind {
    name: "mcp",
    category: Category::External,
    metrics: &[
        INITIALIZE_MS,
        TOOLS_LIST_MS,
        TOOL_CALL_MS,
        TOOL_COUNT,
        TLS_VERSION,
        CERTIFICATE_DAYS,
        CERTIFICATE_VERIFIED,
    ],
    labels: &[ADDRESS, CERTIFICATE],
    rules: &[],
    texts: Texts::NONE,
    properties: crate::properties::host_of_url,
    budget: None,
    providers: None,
    example: Example {
        parts: DurationParts {
            dns: Some(Duration::from_micros(1_500)),
            connect: Some(Duration::from_millis(12)),
            tls: Some(Duration::from_millis(21)),
            first_byte: Some(Duration::from_millis(95)),
            transfer: Some(Duration::from_millis(2)),
        },
        metrics: &[(INITIALIZE_MS.name, 82.0), (TOOL_COUNT.name, 12.0), (TOOLS_LIST_MS.name, 31.0)],
    },
};

pub(super) const IMPLEMENTATION: Implementation =
    Implementation { name: KIND.name, build: params::build };

/// The JSON Schema of the parameters.
pub(super) const SCHEMA: super::Schema = super::schema::<params::Params>;

/// The variables of `expect` and `degraded`.
pub(super) const VARIABLES: &[Variable] = &[
    Variable::new(
        "response_time_ms",
        ValueKind::Number,
        "the time from the start of the attempt to the last answer, in milliseconds",
    ),
    Variable::new(
        "initialize_ms",
        ValueKind::Number,
        "the time of the handshake, with the connection",
    ),
    Variable::new("tools_list_ms", ValueKind::Number, "the time of the list of tools"),
    Variable::new("tool_call_ms", ValueKind::Number, "the time of the call of the tool"),
    Variable::new("tool_count", ValueKind::Number, "the number of tools"),
    Variable::new("tools", ValueKind::Texts, "the names of the tools"),
    Variable::new("protocol_version", ValueKind::Text, "the version of the protocol: `2025-11-25`"),
    Variable::new("server_name", ValueKind::Text, "the name that the server gives itself"),
    Variable::new("server_version", ValueKind::Text, "the version that the server gives itself"),
    Variable::new("call_text", ValueKind::Text, "the text of the result of the call"),
    Variable::new(
        "call_json",
        ValueKind::Object,
        "the structured content of the result of the call; absent if it has none",
    ),
];

/// The requests of an `mcp` check.
#[derive(Debug)]
struct McpDialog {
    transport: params::McpTransport,
    /// The tools that must be offered, that of `call` included.
    expected_tools: BTreeSet<String>,
    call: Option<ToolCall>,
}

/// A tool to call, and what it must return.
#[derive(Debug)]
struct ToolCall {
    tool: String,
    arguments: Map<String, Value>,
    contains: Option<String>,
}

impl ApiDialog for McpDialog {
    fn ask<'a>(&'a self, caller: &'a mut ApiCaller<'_>) -> Asking<'a> {
        Box::pin(dialog::ask(self, caller))
    }
}
