//! Vectors: found wherever a provider puts them, as numbers or as base64.

use serde_json::Value;

use super::MissingPart;
use crate::lenient::within;
use crate::task::base64_text;

/// The places of a vector, or of a list of vectors.
const PLACES: &[&str] = &[
    "/data/0/embedding",
    "/data/0/embedding_float",
    "/embeddings/float",
    "/embeddings/int8",
    "/embeddings/uint8",
    "/embeddings/binary",
    "/embeddings/ubinary",
    "/embeddings/base64",
    "/embeddings/0/values",
    "/embeddings/0/embedding",
    "/embeddings",
    "/embedding/values",
    "/embedding",
    "/predictions/0/embeddings/values",
    "/0/embedding",
    "",
];

/// Reads the vector of an answer. Returns the count of its numbers; `None` if it is base64, which
/// does not show the size of a number.
pub(super) fn read(value: &Value) -> Result<Option<u64>, MissingPart> {
    let found = PLACES
        .iter()
        .map(|place| within(value, place))
        .find(|found| matches!(found, Value::Array(_) | Value::String(_)));
    // An object holds a vector only at one of the places.
    let Some(found) = found else { return Err(("no-vector", "the answer contains no vector")) };
    match innermost(found) {
        Value::String(text) if base64_text::decode(text).is_some() => Ok(None),
        Value::String(_) => Err(("empty-vector", "the vector is empty or not base64")),
        Value::Array(numbers) if numbers.is_empty() => Err(("empty-vector", "the vector is empty")),
        Value::Array(numbers) if !numbers.iter().all(Value::is_number) => {
            Err(("not-numeric", "the vector contains a value that is not a number"))
        }
        Value::Array(numbers) if numbers.iter().all(|n| n.as_f64() == Some(0.0)) => {
            Err(("zero-vector", "the vector contains only zeros"))
        }
        Value::Array(numbers) => Ok(Some(numbers.len() as u64)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
            Err(("no-vector", "the answer contains no vector"))
        }
    }
}

/// Returns the first vector of a list of vectors.
fn innermost(mut value: &Value) -> &Value {
    while let Value::Array(items) = value
        && let Some(first @ (Value::Array(_) | Value::String(_))) = items.first()
    {
        value = first;
    }
    value
}
