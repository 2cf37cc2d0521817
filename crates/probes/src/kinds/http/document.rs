//! The JSON of a body, read within limits of depth and size.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use http::HeaderMap;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::body::why_not_json;

/// The most values in one document. Each takes up to some 100 bytes of memory.
const MAX_VALUES: usize = 2_000_000;

/// The deepest nesting that the parser follows.
const MAX_NESTING: usize = 127;

/// Values between two looks at the stop flag.
const VALUES_PER_LOOK: usize = 1_024;

/// The result of reading a body as JSON.
#[derive(Debug)]
pub(super) enum JsonBody {
    /// It was not asked for.
    Unread,
    Json(Value),
    /// The body is not JSON; the text goes on from "the body is not JSON".
    NotJson(String),
    /// The body exceeds the limit of a JSON document; the text continues "the body".
    BeyondLimits(String),
    /// Reading was stopped from outside.
    Stopped,
}

impl JsonBody {
    /// Reads the body of an answer; ends soon after another thread has set `stop`.
    pub(super) fn read(headers: &HeaderMap, body: &[u8], stop: &AtomicBool) -> Self {
        let mut reading = JsonReading { n_values: 0, stop, end: None };
        let mut deserializer = serde_json::Deserializer::from_slice(body);
        let result = JsonNode(&mut reading)
            .deserialize(&mut deserializer)
            .and_then(|value| deserializer.end().map(|()| value));
        match (result, reading.end) {
            (Ok(value), _) => Self::Json(value),
            (Err(_), Some(EarlyEnd::Stopped)) => Self::Stopped,
            (Err(_), Some(EarlyEnd::TooMany)) => {
                Self::BeyondLimits(format!("has more than {MAX_VALUES} values of JSON"))
            }
            (Err(error), None) => match limit(&error) {
                Some(limit) => {
                    let (line, column) = (error.line(), error.column());
                    Self::BeyondLimits(format!("{limit} at line {line} column {column}"))
                }
                None => Self::NotJson(why_not_json(headers, body)),
            },
        }
    }

    /// Returns the document, if there is one.
    pub(super) fn json(&self) -> Option<&Value> {
        match self {
            Self::Json(value) => Some(value),
            Self::Unread | Self::NotJson(_) | Self::BeyondLimits(_) | Self::Stopped => None,
        }
    }
}

/// Returns the limit of the parser that the text exceeds, if that is why it was refused.
fn limit(error: &serde_json::Error) -> Option<String> {
    let error = error.to_string();
    if error.starts_with("recursion limit") {
        Some(format!("has JSON that is nested deeper than {MAX_NESTING} levels"))
    } else if error.starts_with("number out of range") {
        Some("has a number that is too large to be represented".to_owned())
    } else {
        None
    }
}

/// A reason to end reading before the text ends.
enum EarlyEnd {
    TooMany,
    Stopped,
}

struct JsonReading<'s> {
    n_values: usize,
    stop: &'s AtomicBool,
    end: Option<EarlyEnd>,
}

impl JsonReading<'_> {
    fn count<E: serde::de::Error>(&mut self) -> Result<(), E> {
        self.n_values += 1;
        if self.n_values > MAX_VALUES {
            self.end = Some(EarlyEnd::TooMany);
        } else if self.n_values.is_multiple_of(VALUES_PER_LOOK) && self.stop.load(Ordering::Relaxed)
        {
            self.end = Some(EarlyEnd::Stopped);
        }
        match self.end {
            Some(_) => Err(E::custom("ended")),
            None => Ok(()),
        }
    }
}

/// One value of the document.
struct JsonNode<'r, 's>(&'r mut JsonReading<'s>);

impl<'de> DeserializeSeed<'de> for JsonNode<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.0.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for JsonNode<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = elements.next_element_seed(JsonNode(self.0))? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            values.insert(key, entries.next_value_seed(JsonNode(self.0))?);
        }
        Ok(Value::Object(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &[u8]) -> JsonBody {
        JsonBody::read(&HeaderMap::new(), body, &AtomicBool::new(false))
    }

    #[test]
    fn documents_are_parsed_as_serde_json_parses_them() {
        for text in [
            r#"{"a": [1, -2, 1.5, "x\n\u00e9", true, null], "a b": {}, "id": 9007199254740993}"#,
            "18446744073709551615",
            "[]",
            r#"{"twice": 1, "twice": 2}"#,
        ] {
            let wanted: Value = serde_json::from_str(text).unwrap();
            assert_eq!(read(text.as_bytes()).json(), Some(&wanted), "{text}");
        }
        for text in ["", "<html>", "{} {}", "[1,", "{\"a\":}", "\u{feff}"] {
            assert!(matches!(read(text.as_bytes()), JsonBody::NotJson(_)), "{text}");
        }
    }

    #[test]
    fn deep_and_large_documents_are_refused_with_a_reason() {
        let deep = "[".repeat(1_000_000);
        let JsonBody::BeyondLimits(what) = read(deep.as_bytes()) else { panic!("read") };
        assert_eq!(what, "has JSON that is nested deeper than 127 levels at line 1 column 128");
        let deep = r#"{"a":"#.repeat(100_000);
        assert!(matches!(read(deep.as_bytes()), JsonBody::BeyondLimits(_)));
        let many = format!("[0{}]", ",0".repeat(MAX_VALUES));
        let JsonBody::BeyondLimits(what) = read(many.as_bytes()) else { panic!("read") };
        assert_eq!(what, "has more than 2000000 values of JSON");
    }

    #[test]
    fn numbers_that_cannot_be_represented_are_beyond_the_limits() {
        for text in [r#"{"f":1e400}"#, r#"{"f":-1e400}"#, "[1.5, 9e999999999999999999999]"] {
            let JsonBody::BeyondLimits(what) = read(text.as_bytes()) else { panic!("{text}") };
            let wanted = "has a number that is too large to be represented at line 1 column ";
            assert!(what.starts_with(wanted), "{text}: {what}");
        }
        for text in [r#"{"f":1e308}"#, r#"{"f":1e-400}"#, "99999999999999999999999", "-0"] {
            assert!(read(text.as_bytes()).json().is_some(), "{text}");
        }
    }

    #[test]
    fn reading_stops_when_it_is_asked_to() {
        let many = format!("[0{}]", ",0".repeat(10_000));
        let document = JsonBody::read(&HeaderMap::new(), many.as_bytes(), &AtomicBool::new(true));
        assert!(matches!(document, JsonBody::Stopped), "{document:?}");
    }
}
