//! Parses refusals: XML of S3 and SNS, JSON of the other services.

use http::HeaderMap;
use serde_json::Value;

const MAX_MESSAGE_CHARS: usize = 500;

/// Codes of temporary refusals, regardless of their status: those that the SDKs of AWS retry, and
/// two of S3.
const PASSING: [&str; 18] = [
    "BandwidthLimitExceeded",
    "InternalError",
    "LimitExceededException",
    "OperationAborted",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "SlowDown",
    "Throttled",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// Returns whether the same call may succeed soon.
pub(super) fn is_transient(status: u16, code: &str) -> bool {
    status >= 500 || status == 429 || PASSING.contains(&code)
}

/// Returns the code and the explanation of a refusal. Of a response that is neither XML nor JSON,
/// which a proxy may send, it returns the beginning.
pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> (String, String) {
    let text = String::from_utf8_lossy(body);
    let header = headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok());
    let (code, message) =
        from_xml(&text).or_else(|| from_json(&text)).unwrap_or((None, text.into_owned()));
    let code = header.map(str::to_owned).or(code).unwrap_or_default();
    // Lambda writes `ResourceNotFoundException:http://…`; other services put a namespace before
    // `#`.
    let code = code.split(':').next().unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default();
    let code = if code.is_empty() { "unknown" } else { code };
    (shown(code), shown(&message))
}

fn from_xml(text: &str) -> Option<(Option<String>, String)> {
    let document = roxmltree::Document::parse(text).ok()?;
    let error = document.descendants().find(|node| node.has_tag_name("Error"))?;
    let part = |name| {
        let found = error.children().find(|node| node.has_tag_name(name));
        found.and_then(|node| node.text()).map(str::to_owned)
    };
    Some((part("Code"), part("Message").unwrap_or_default()))
}

fn from_json(text: &str) -> Option<(Option<String>, String)> {
    let document: Value = serde_json::from_str(text).ok()?;
    let part = |names: [&str; 3]| {
        let found = names.iter().find_map(|name| document.get(name)?.as_str());
        found.map(str::to_owned)
    };
    let message = part(["message", "Message", "errorMessage"])?;
    Some((part(["__type", "code", "Code"]), message))
}

/// Returns the text on one line, without terminal control characters.
fn shown(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().filter(|c| !c.is_control()).take(MAX_MESSAGE_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_and_message(body: &str, header: Option<&str>) -> (String, String) {
        let mut headers = HeaderMap::new();
        if let Some(header) = header {
            headers.insert("x-amzn-errortype", header.parse().unwrap());
        }
        read(&headers, body.as_bytes())
    }

    #[test]
    fn each_error_format_is_parsed() {
        for (body, header, code, message) in [
            (
                "<?xml version=\"1.0\"?>\n<Error><Code>NoSuchBucket</Code>\
                 <Message>The bucket\n does not exist</Message></Error>",
                None,
                "NoSuchBucket",
                "The bucket does not exist",
            ),
            (
                "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>",
                None,
                "Throttling",
                "",
            ),
            (
                r#"{"Message":"Function not found","Type":"User"}"#,
                Some("ResourceNotFoundException:http://internal.amazon.com/x/"),
                "ResourceNotFoundException",
                "Function not found",
            ),
            (
                r#"{"__type":"com.amazonaws#AccessDeniedException","message":"no"}"#,
                None,
                "AccessDeniedException",
                "no",
            ),
            ("<html><h1>502 from a proxy", None, "unknown", "<html><h1>502 from a proxy"),
            ("<Error><Code>Cut", None, "unknown", "<Error><Code>Cut"),
            ("", None, "unknown", ""),
        ] {
            let read = code_and_message(body, header);
            assert_eq!(read, (code.to_owned(), message.to_owned()), "{body}");
        }
    }

    #[test]
    fn a_long_error_body_is_truncated_and_stripped_of_control_characters() {
        let (_, message) = code_and_message(&"\u{1b}[2J<x> ".repeat(10_000), None);
        assert!(message.chars().count() <= MAX_MESSAGE_CHARS);
        assert!(!message.contains('\u{1b}'));
    }

    #[test]
    fn a_busy_service_is_temporary_and_a_missing_permission_is_not() {
        assert!(is_transient(503, "SlowDown") && is_transient(500, "unknown"));
        assert!(
            is_transient(429, "TooManyRequestsException") && is_transient(400, "RequestTimeout")
        );
        assert!(is_transient(400, "ProvisionedThroughputExceededException"));
        assert!(!is_transient(403, "AccessDenied") && !is_transient(404, "NoSuchBucket"));
        assert!(!is_transient(301, "PermanentRedirect"));
    }
}
