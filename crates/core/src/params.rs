//! The parameters of a kind of check, channel or action: reading them, and their schema.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::checker::ParamProblem;

/// Reads the struct of a kind's parameters.
///
/// # Errors
///
/// Fails at the path of the value that does not fit.
pub fn read<P: DeserializeOwned>(params: &Value) -> Result<P, Vec<ParamProblem>> {
    serde_path_to_error::deserialize(params).map_err(|error| {
        let path = error.path().iter().filter_map(|segment| match segment {
            serde_path_to_error::Segment::Map { key } => Some(key.clone()),
            serde_path_to_error::Segment::Seq { index } => Some(index.to_string()),
            serde_path_to_error::Segment::Enum { .. } | serde_path_to_error::Segment::Unknown => {
                None
            }
        });
        let path = path.collect();
        vec![ParamProblem { path, range: None, what: error.inner().to_string(), hint: None }]
    })
}

/// Returns the JSON Schema of `P`, without references, so that it can stand inside another one.
#[must_use]
pub fn schema<P: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.into_generator().into_root_schema_for::<P>().to_value()
}
