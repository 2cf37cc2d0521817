//! Reading of documents whose form a server decides.

use serde_json::Value;

/// Returns a field of a document; `null` if there is none.
pub(crate) fn field<'a>(document: &'a Value, name: &str) -> &'a Value {
    document.get(name).unwrap_or(&Value::Null)
}

/// Sets a field of a document, if it can have fields.
pub(crate) fn set_field(document: &mut Value, name: &str, value: Value) {
    if let Some(fields) = document.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}
