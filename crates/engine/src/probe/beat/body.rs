//! The body of a beat: a form or JSON with the values of an Uptime Kuma push, or any text.

use serde_json::{Map, Value};

/// The values in the body of a beat, as texts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct BodyValues {
    pub(super) status: String,
    pub(super) msg: Option<String>,
    pub(super) ping: Option<String>,
    /// The values by name, in a body of JSON. A value of another type becomes one under a name that is not accepted.
    pub(super) metrics: Option<Map<String, Value>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BeatFormat {
    UrlEncoded,
    Json,
    Text,
}

/// Returns true if a body of this type may hold the status of a job.
#[must_use]
pub fn is_report(content_type: &str) -> bool {
    form_of(content_type) != BeatFormat::Text
}

fn form_of(content_type: &str) -> BeatFormat {
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if media_type == "application/x-www-form-urlencoded" {
        BeatFormat::UrlEncoded
    } else if media_type == "application/json" || media_type.ends_with("+json") {
        BeatFormat::Json
    } else {
        BeatFormat::Text
    }
}

/// Reads the values of a body; `None` if it has no `status`. Other keys are ignored. A value that occurs
/// twice or has a wrong type becomes a text that is not accepted.
pub(super) fn values(content_type: &str, body: &[u8]) -> Option<BodyValues> {
    match form_of(content_type) {
        BeatFormat::UrlEncoded => url_encoded(body),
        BeatFormat::Json => json(body),
        BeatFormat::Text => None,
    }
}

fn url_encoded(body: &[u8]) -> Option<BodyValues> {
    let of = |wanted: &str| {
        let pairs = url::form_urlencoded::parse(body).filter(|(key, _)| key == wanted);
        let values: Vec<String> = pairs.map(|(_, value)| value.into_owned()).collect();
        (!values.is_empty()).then(|| values.join("&"))
    };
    Some(BodyValues { status: of("status")?, msg: of("msg"), ping: of("ping"), metrics: None })
}

fn json(body: &[u8]) -> Option<BodyValues> {
    let document: Value = serde_json::from_slice(body).ok()?;
    let of = |key: &str| {
        let value = document.get(key).filter(|value| !value.is_null())?;
        Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    let metrics = document.get("metrics").filter(|value| !value.is_null());
    let metrics = metrics.map(|value| {
        let of_other_type = || Map::from_iter([(String::new(), value.clone())]);
        value.as_object().cloned().unwrap_or_else(of_other_type)
    });
    Some(BodyValues { status: of("status")?, msg: of("msg"), ping: of("ping"), metrics })
}
