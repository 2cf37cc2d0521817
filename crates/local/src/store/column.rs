//! Conversions between domain types and table columns.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::cost::Cost;
use allclear_core::outcome::{Cause, Labels, Metrics};
use allclear_core::reason::Reason;
use rusqlite::Row;
use rusqlite::types::{FromSqlError, Type};
use serde::Serialize;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde_json::{Map, Number, Value};

/// Converts a time to nanoseconds since 1970. A time outside the years 1677 to 2262 is an error.
pub(super) fn from_time(time: Timestamp) -> rusqlite::Result<i64> {
    i64::try_from(time.as_nanosecond()).map_err(not_storable)
}

/// Converts the bound of a comparison. A time that cannot be stored is before or after all stored
/// times.
pub(super) fn from_bound(time: Timestamp) -> i64 {
    let nanoseconds = time.as_nanosecond();
    i64::try_from(nanoseconds).unwrap_or(if nanoseconds < 0 { i64::MIN } else { i64::MAX })
}

pub(super) fn from_optional_time(time: Option<Timestamp>) -> rusqlite::Result<Option<i64>> {
    time.map(from_time).transpose()
}

pub(super) fn time(row: &Row<'_>, index: usize) -> rusqlite::Result<Timestamp> {
    optional_time(row, index)?.ok_or_else(|| missing(index))
}

pub(super) fn optional_time(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<Timestamp>> {
    let nanoseconds: Option<i64> = row.get(index)?;
    let time = nanoseconds.map(|nanoseconds| Timestamp::from_nanosecond(nanoseconds.into()));
    time.transpose().map_err(|error| unreadable(index, error))
}

/// Converts a duration to nanoseconds. More than 292 years are stored as 292 years.
pub(super) fn from_duration(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

pub(super) fn duration(row: &Row<'_>, index: usize) -> rusqlite::Result<Duration> {
    optional_duration(row, index)?.ok_or_else(|| missing(index))
}

pub(super) fn optional_duration(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<Duration>> {
    let nanoseconds: Option<u64> = row.get(index)?;
    Ok(nanoseconds.map(Duration::from_nanos))
}

/// Reads a value that is stored as one word: an id or an enum variant.
pub(super) fn keyword<T: DeserializeOwned>(row: &Row<'_>, index: usize) -> rusqlite::Result<T> {
    optional_keyword(row, index)?.ok_or_else(|| missing(index))
}

pub(super) fn optional_keyword<T: DeserializeOwned>(
    row: &Row<'_>,
    index: usize,
) -> rusqlite::Result<Option<T>> {
    let text = row.get_ref(index)?.as_str_or_null().map_err(|error| unreadable(index, error))?;
    let value = text.map(|text| {
        let text: StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
        T::deserialize(text)
    });
    value.transpose().map_err(|error| unreadable(index, error))
}

/// Reads a cause from the three columns that begin at `index`.
pub(super) fn cause(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<Cause>> {
    let Some(fault) = optional_keyword(row, index)? else { return Ok(None) };
    let code: String = row.get(index + 1)?;
    let reason = Reason::from_code(&code)
        .ok_or_else(|| unreadable(index + 1, format!("unknown reason `{code}`")))?;
    Ok(Some(Cause { fault, reason, message: row.get(index + 2)? }))
}

/// Converts a cause to its three columns.
pub(super) fn from_cause(
    cause: Option<&Cause>,
) -> (Option<&'static str>, Option<&'static str>, Option<&str>) {
    match cause {
        Some(cause) => {
            (Some(cause.fault.as_str()), Some(cause.reason.code()), Some(cause.message.as_str()))
        }
        None => (None, None, None),
    }
}

/// Converts metrics to a JSON object; `None` if there are none. A value that JSON numbers cannot
/// represent, such as infinity, is stored as a text.
pub(super) fn from_metrics(metrics: &Metrics) -> Option<String> {
    if metrics.is_empty() {
        return None;
    }
    let object: Map<String, Value> = metrics
        .iter()
        .map(|(name, value)| {
            let number = Number::from_f64(*value);
            (name.clone(), number.map_or_else(|| Value::from(value.to_string()), Value::Number))
        })
        .collect();
    Some(Value::Object(object).to_string())
}

pub(super) fn metrics(row: &Row<'_>, index: usize) -> rusqlite::Result<Metrics> {
    let text = row.get_ref(index)?.as_str_or_null().map_err(|error| unreadable(index, error))?;
    let Some(text) = text else { return Ok(Metrics::new()) };
    let object: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| unreadable(index, error))?;
    let metric = |(name, value): (String, Value)| {
        let number = value.as_f64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
        let number =
            number.ok_or_else(|| unreadable(index, format!("`{name}` is not a number")))?;
        Ok((name, number))
    };
    object.into_iter().map(metric).collect()
}

/// Converts labels to a JSON object; `None` if there are none.
pub(super) fn from_labels(labels: &Labels) -> rusqlite::Result<Option<String>> {
    if labels.is_empty() { Ok(None) } else { from_value(labels).map(Some) }
}

pub(super) fn labels(row: &Row<'_>, index: usize) -> rusqlite::Result<Labels> {
    let text = row.get_ref(index)?.as_str_or_null().map_err(|error| unreadable(index, error))?;
    let labels = text.map(serde_json::from_str).transpose();
    Ok(labels.map_err(|error| unreadable(index, error))?.unwrap_or_default())
}

/// Converts a cost to billionths of a dollar. More than nine billion dollars are stored as nine
/// billion.
pub(super) fn from_cost(cost: Cost) -> i64 {
    i64::try_from(cost.nanodollars()).unwrap_or(i64::MAX)
}

/// Converts a value to JSON.
pub(super) fn from_value(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(not_storable)
}

pub(super) fn value<T: DeserializeOwned>(row: &Row<'_>, index: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(index)?.as_str().map_err(|error| unreadable(index, error))?;
    serde_json::from_str(text).map_err(|error| unreadable(index, error))
}

pub(super) fn optional_value<T: DeserializeOwned>(
    row: &Row<'_>,
    index: usize,
) -> rusqlite::Result<Option<T>> {
    let text = row.get_ref(index)?.as_str_or_null().map_err(|error| unreadable(index, error))?;
    text.map(serde_json::from_str).transpose().map_err(|error| unreadable(index, error))
}

/// Returns an error for a value in the column `index` that does not have the expected form.
pub(super) fn unreadable(
    index: usize,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(index, Type::Text, error.into())
}

/// Returns an error for a value that cannot be stored.
pub(super) fn not_storable(
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(error.into())
}

fn missing(index: usize) -> rusqlite::Error {
    unreadable(index, FromSqlError::InvalidType)
}
