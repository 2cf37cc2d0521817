//! The JSON Schema of the parameters of a kind.

pub(crate) use allclear_core::params::read;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

/// Returns the JSON Schema of `P`, without references, so that it can stand inside another one.
pub(crate) fn schema<P: JsonSchema>() -> serde_json::Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.into_generator().into_root_schema_for::<P>().to_value()
}
