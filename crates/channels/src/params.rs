//! Reading the parameters of a kind, and their JSON Schema.

use allclear_core::checker::ParamProblem;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;

/// The JSON Schema of `P`, without references, so that it can stand inside another one.
#[must_use]
pub fn schema<P: JsonSchema>() -> serde_json::Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.into_generator().into_root_schema_for::<P>().to_value()
}

/// Reads parameters, or says which of them is wrong.
pub fn read<P: DeserializeOwned>(params: &serde_json::Value) -> Result<P, Vec<ParamProblem>> {
    serde_path_to_error::deserialize(params).map_err(|error| {
        let path: Vec<String> = error
            .path()
            .iter()
            .map(ToString::to_string)
            .take_while(|segment| segment != "?")
            .collect();
        let path = path.iter().map(String::as_str);
        vec![ParamProblem::at(path, error.inner().to_string(), None)]
    })
}
