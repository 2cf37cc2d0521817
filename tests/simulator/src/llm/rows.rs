//! Rows: the recorded answers of every provider, each with the conclusion that a client should
//! draw.
//!
//! They are data, one file for each provider below `providers/`, and `any.toml` for answers of the
//! edge of any provider. A script refers to a row only by its name.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::frames::{self, Frame};

/// A recorded answer of a provider, with the conclusion that a client should draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its name, unique within the provider: `invalid_key`.
    pub name: String,
    /// The operation that gets this answer.
    pub operation: Operation,
    /// The API of the operation, if it is not the provider's first one, such as `responses`. Of a
    /// status page: the format, if it is not the page's usual one, such as `incident-io`.
    pub api: Option<String>,
    /// The HTTP status.
    pub status: u16,
    /// All headers except the length, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body as it is sent: text, frames of AWS, or UTF-16.
    pub body: Vec<u8>,
    /// The severity.
    pub impact: RowImpact,
    /// The owner of the fault: `credentials`, `quota`, `throttled`, `target` or `request`. `None`
    /// for a healthy answer and for a status page.
    pub fault: Option<String>,
    /// The stable code of the reason. `None` for a healthy answer and for a status page.
    pub reason: Option<String>,
    /// The wait that the answer demands, in seconds; less than one second is rounded up.
    pub retry_after_s: Option<u64>,
    /// The announced level of a status page: `operational`, `maintenance`, `degraded` or `down`;
    /// `None` if it cannot be read.
    pub level: Option<String>,
}

/// The purpose of a request to a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Checks without a key whether the edge responds.
    Reach,
    /// Checks whether the key is valid. If that is checked by a list of models, it is
    /// [`Operation::List`].
    Key,
    /// Lists the models.
    List,
    /// A completion.
    Completion,
    /// Returns the remaining credit or the costs.
    Usage,
    /// The public status page.
    StatusPage,
}

impl Operation {
    /// Returns its name in the name of an endpoint, such as `completion`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reach => "reach",
            Self::Key => "key",
            Self::List => "list",
            Self::Completion => "completion",
            Self::Usage => "usage",
            Self::StatusPage => "status_page",
        }
    }
}

/// The severity of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowImpact {
    /// The provider works. Of a status page: it can be read.
    Healthy,
    /// The provider works with restrictions.
    Degraded,
    /// The provider does not work.
    Fails,
    /// The answer does not show whether the provider works. Of a status page: it cannot be read.
    Inconclusive,
}

/// A row as it is written in a provider's file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRow {
    name: String,
    #[serde(default)]
    operation: Option<Operation>,
    api: Option<String>,
    /// The name of an earlier row whose answer is the default; fields of this row take precedence.
    like: Option<String>,
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    /// An alternative to a body: its bytes as hexadecimal digits.
    hex: Option<String>,
    /// True if the body is a stream of events.
    #[serde(default)]
    sse: bool,
    /// An alternative to a body: frames of AWS's event stream.
    #[serde(default)]
    frames: Vec<Frame>,
    /// True if the body is sent as UTF-16 with a byte order mark.
    #[serde(default)]
    utf16: bool,
    impact: Option<RowImpact>,
    reason: Option<String>,
    retry_after_s: Option<u64>,
    level: Option<String>,
}

impl RawRow {
    /// Changes the row to an answer to a task.
    pub(super) fn of_task(&mut self, api: &str) {
        self.api = Some(api.to_owned());
    }
}

/// Decodes hexadecimal digits.
pub(super) fn from_hex(digits: &str) -> Result<Vec<u8>, String> {
    if !digits.is_ascii() || !digits.len().is_multiple_of(2) {
        return Err("hexadecimal digits come in pairs".to_owned());
    }
    let pairs = (0..digits.len()).step_by(2).filter_map(|at| digits.get(at..at + 2));
    pairs.map(|pair| u8::from_str_radix(pair, 16).map_err(|error| error.to_string())).collect()
}

/// Completes the rows in their order, followed by those of any provider whose names are not used
/// yet.
pub(super) fn complete(
    own: Vec<RawRow>,
    any: Vec<RawRow>,
    common: &BTreeMap<String, String>,
) -> Result<Vec<Row>, String> {
    let mut rows: Vec<Row> = Vec::new();
    let mut names = BTreeSet::new();
    let n_own = own.len();
    for (at, raw) in own.into_iter().chain(any).enumerate() {
        if !names.insert(raw.name.clone()) {
            if at >= n_own {
                continue;
            }
            return Err(format!("duplicate row `{}`: rename one", raw.name));
        }
        let name = raw.name.clone();
        let row =
            one(raw, &rows, common).map_err(|what| format!("invalid row `{name}`: {what}"))?;
        rows.push(row);
    }
    Ok(rows)
}

fn one(raw: RawRow, before: &[Row], common: &BTreeMap<String, String>) -> Result<Row, String> {
    let like = match &raw.like {
        None => None,
        Some(name) => Some(
            before
                .iter()
                .find(|row| row.name == *name)
                .ok_or_else(|| format!("unknown row `{name}` in `like`: name an earlier row"))?,
        ),
    };
    let mut headers = like.map_or_else(|| common.clone(), |like| like.headers.clone());
    headers.extend(raw.headers);
    if raw.sse {
        headers.insert("content-type".to_owned(), "text/event-stream".to_owned());
    }
    if !raw.frames.is_empty() {
        headers.insert("content-type".to_owned(), frames::CONTENT_TYPE.to_owned());
    }
    headers.entry("content-type".to_owned()).or_insert_with(|| "application/json".to_owned());
    let body = match raw.body {
        None if raw.hex.is_some() => from_hex(raw.hex.as_deref().unwrap_or_default())?,
        Some(text) if raw.utf16 => utf16(&text),
        Some(text) => text.into_bytes(),
        None if !raw.frames.is_empty() => raw.frames.iter().flat_map(Frame::encode).collect(),
        None => like.map(|like| like.body.clone()).unwrap_or_default(),
    };
    let impact = raw.impact.or(raw.level.as_ref().map(|_| RowImpact::Healthy));
    let (fault, impact) = match (&raw.reason, impact) {
        (Some(reason), None) => {
            let (fault, impact) = meaning(reason)
                .ok_or_else(|| format!("unknown reason `{reason}`: use one of the table"))?;
            (Some(fault.to_owned()), impact)
        }
        (None, Some(impact)) => (None, impact),
        _ => {
            return Err(
                "write one of `reason` and, without a fault, `impact` or `level`".to_owned()
            );
        }
    };
    Ok(Row {
        name: raw.name,
        operation: raw
            .operation
            .or(like.map(|like| like.operation))
            .unwrap_or(Operation::Completion),
        api: raw.api.or_else(|| like?.api.clone()),
        status: raw.status.or(like.map(|like| like.status)).ok_or("it has no `status`")?,
        headers,
        body,
        impact,
        fault,
        reason: raw.reason,
        retry_after_s: raw.retry_after_s.or_else(|| like?.retry_after_s),
        level: raw.level,
    })
}

/// Returns the owner and the severity of a reason.
fn meaning(reason: &str) -> Option<(&'static str, RowImpact)> {
    Some(match reason {
        "auth_invalid" | "permission" => ("credentials", RowImpact::Fails),
        "billing" | "quota_daily" | "quota_exceeded" => ("quota", RowImpact::Fails),
        "throttled" => ("throttled", RowImpact::Degraded),
        "overloaded" | "server_error" | "stream_truncated" | "response_truncated" | "timeout" => {
            ("target", RowImpact::Fails)
        }
        "wrong_answer" => ("target", RowImpact::Degraded),
        "model_not_found" | "region_blocked" | "endpoint_not_found" => {
            ("request", RowImpact::Fails)
        }
        "probe_invalid" | "asleep" => ("request", RowImpact::Inconclusive),
        _ => return None,
    })
}

fn utf16(text: &str) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect()
}
