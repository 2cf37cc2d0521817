//! The messages of JSON-RPC, and the reasons of its errors. Pure.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use serde_json::{Value, json};

use crate::excerpt::excerpt;

/// The codes of JSON-RPC.
const PARSE_ERROR: i64 = -32_700;
const INVALID_REQUEST: i64 = -32_600;
const METHOD_NOT_FOUND: i64 = -32_601;
const INVALID_PARAMS: i64 = -32_602;

/// The codes of MCP: headers that contradict the message, a missing capability of the client, and a version
/// that the server does not speak.
const HEADER_MISMATCH: i64 = -32_020;
const MISSING_CLIENT_CAPABILITY: i64 = -32_021;
const UNSUPPORTED_VERSION: i64 = -32_022;

/// Returns a request.
pub(super) fn request(id: u64, method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

/// Returns a message without an answer.
pub(super) fn notification(method: &str) -> Value {
    json!({ "jsonrpc": "2.0", "method": method })
}

/// The error that answers a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RpcError {
    code: i64,
    message: String,
}

/// Returns the answer to the request `id` in a document, which may be a list of messages; `None` if it
/// has no such answer.
pub(super) fn answer(document: &Value, id: u64) -> Option<Result<Value, RpcError>> {
    let messages = document.as_array().map_or(std::slice::from_ref(document), Vec::as_slice);
    messages.iter().find_map(|message| {
        let error = message.get("error").filter(|error| error.is_object());
        let is_mine = message.get("id").and_then(Value::as_u64) == Some(id);
        // The server could not read the id.
        let is_of_none = message.get("id").is_none_or(Value::is_null) && error.is_some();
        if !is_mine && !is_of_none {
            return None;
        }
        match (message.get("result"), error) {
            (_, Some(error)) => Some(Err(RpcError::read(error))),
            (Some(result), None) => Some(Ok(result.clone())),
            (None, None) => None,
        }
    })
}

impl RpcError {
    fn read(error: &Value) -> Self {
        let code = error.get("code").and_then(Value::as_i64).unwrap_or_default();
        let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
        Self { code, message: excerpt(message) }
    }

    /// Returns true if the server refuses the handshake because of its version, as one does that only speaks
    /// a version without handshake.
    pub(super) fn refuses_handshake(&self) -> bool {
        [METHOD_NOT_FOUND, UNSUPPORTED_VERSION].contains(&self.code)
    }

    /// Returns the cause, as an answer to `method`.
    pub(super) fn cause(&self, method: &str) -> Cause {
        let Self { code, message } = self;
        let what = format!("{method}: the server answers with the error {code}: {message}");
        Cause::of(self.reason(), what)
    }

    fn reason(&self) -> Reason {
        match self.code {
            METHOD_NOT_FOUND => Reason::CapabilityMissing,
            PARSE_ERROR
            | INVALID_REQUEST
            | INVALID_PARAMS
            | HEADER_MISMATCH
            | MISSING_CLIENT_CAPABILITY
            | UNSUPPORTED_VERSION => Reason::ProbeInvalid,
            _ => Reason::ServerError,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_a_request_is_found_by_its_id() {
        let other = json!({ "jsonrpc": "2.0", "method": "notifications/message" });
        let mine = json!({ "jsonrpc": "2.0", "id": 2, "result": { "ok": true } });
        assert_eq!(answer(&mine, 2), Some(Ok(json!({ "ok": true }))));
        assert_eq!(answer(&mine, 3), None);
        assert_eq!(answer(&json!([other, mine]), 2), Some(Ok(json!({ "ok": true }))));
        assert_eq!(answer(&other, 2), None);
        let unread = json!({ "id": null, "error": { "code": -32700, "message": "Parse error" } });
        let error = answer(&unread, 2).unwrap().unwrap_err();
        assert_eq!(error, RpcError { code: PARSE_ERROR, message: "Parse error".to_owned() });
    }

    #[test]
    fn each_error_has_its_reason() {
        for (code, wanted) in [
            (PARSE_ERROR, Reason::ProbeInvalid),
            (INVALID_PARAMS, Reason::ProbeInvalid),
            (UNSUPPORTED_VERSION, Reason::ProbeInvalid),
            (METHOD_NOT_FOUND, Reason::CapabilityMissing),
            (-32_603, Reason::ServerError),
            (-32_000, Reason::ServerError),
            (1, Reason::ServerError),
        ] {
            let error = RpcError { code, message: "no".to_owned() };
            let cause = error.cause("tools/list");
            assert_eq!(cause.reason, wanted, "{code}");
            assert_eq!(
                cause.message,
                format!("tools/list: the server answers with the error {code}: no")
            );
        }
    }
}
