//! Reading the parameters of a kind of check or channel.

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
