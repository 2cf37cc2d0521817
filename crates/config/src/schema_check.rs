//! The check of the file against the JSON Schema: reports every wrong key, type, word and form.
//!
//! Wrong values are removed from the document, so that the later stages get only values they can
//! read and report the remaining problems. Constraints that the schema cannot express, such as
//! those between two values, are left to them.

mod value;
mod wording;

use std::collections::HashSet;

use serde_json::Value;
use toml::de::DeTable;

use crate::formats::{FORMAT_KEY, KindOf, OfAction, OfChannel, OfCheck};
use crate::spanned_error::{SourceText, Span, SpannedError};
use crate::suggest;

/// The check of one file.
pub(crate) struct SchemaCheck<'a> {
    source: &'a SourceText<'a>,
    /// The schema of the whole file, for references within it.
    schema: &'a Value,
    findings: Vec<SpannedError>,
    /// The number of known values that were removed or are missing.
    n_lost: usize,
    /// True inside the parameters of a kind, which validates their forms itself.
    in_params: bool,
    lost: Removed,
}

/// The values that the check removed from the document and reported.
#[derive(Debug, Default)]
pub(crate) struct Removed {
    /// Keys, each with the start of its table.
    keys: HashSet<(usize, String)>,
    /// The starts of `check` and `send` tables in which a parameter is missing or was removed.
    incomplete: HashSet<usize>,
}

impl Removed {
    /// Checks whether the table that begins at `start` had the key with an error in it.
    pub(crate) fn had(&self, start: usize, key: &str) -> bool {
        self.keys.contains(&(start, key.to_owned()))
    }

    /// Checks whether a parameter is missing or was removed in the `check` or `send` table that
    /// begins at `start`. Its kind would report consequences of that.
    pub(crate) fn in_params(&self, start: usize) -> bool {
        self.incomplete.contains(&start)
    }
}

/// The name and the place of a value.
#[derive(Clone, Copy)]
struct ValuePlace<'a> {
    name: &'a str,
    span: &'a Span,
}

impl<'a> SchemaCheck<'a> {
    pub(crate) fn new(source: &'a SourceText<'a>, schema: &'a Value) -> Self {
        Self {
            source,
            schema,
            findings: Vec::new(),
            n_lost: 0,
            in_params: false,
            lost: Removed::default(),
        }
    }

    /// Checks the whole file.
    pub(crate) fn file(&mut self, root: &mut DeTable<'_>) {
        self.table("the file", 0..0, root, self.schema);
    }

    /// Returns the target of a schema that refers to another part of the file's schema, and other schemas as they are.
    fn target<'s>(&self, schema: &'s Value) -> &'s Value
    where
        'a: 's,
    {
        let reference = schema.get("$ref").and_then(Value::as_str);
        let pointer = reference.and_then(|reference| reference.strip_prefix('#'));
        pointer.and_then(|pointer| self.schema.pointer(pointer)).unwrap_or(schema)
    }

    /// Returns the findings and the removed values.
    pub(crate) fn into_parts(self) -> (Vec<SpannedError>, Removed) {
        (self.findings, self.lost)
    }

    fn found(&mut self, finding: SpannedError) {
        self.findings.push(finding);
    }

    /// Checks the keys of a table and the values under them.
    fn table(&mut self, name: &str, span: Span, table: &mut DeTable<'_>, schema: &Value) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let known = || properties.into_iter().flat_map(|map| map.keys().map(String::as_str));
        let others = schema.get("additionalProperties");
        let mut meant = HashSet::new();
        let mut wrong = Vec::new();
        for (key, node) in table.iter_mut() {
            let (key, key_span) = (key.get_ref(), key.span());
            let property = properties.and_then(|map| map.get(key.as_ref()));
            if let Some(schema) = property.or_else(|| others.filter(|schema| schema.is_object())) {
                if self.value(key, node, schema) {
                    continue;
                }
                self.n_lost += 1;
                self.lost.keys.insert((span.start, key.to_string()));
                wrong.push(key.to_string());
            } else if others == Some(&Value::Bool(false)) {
                if let Some(meant_key) = suggest::meant(key, known()) {
                    meant.insert(meant_key);
                    self.lost.keys.insert((span.start, meant_key.to_owned()));
                }
                let what = match kind_of(schema) {
                    Some(kind) => format!("unknown kind of {kind} `{key}`"),
                    None => format!("unknown key `{key}`"),
                };
                let hint = suggest::key_hint(key, known());
                self.found(SpannedError::new(key_span, what).maybe_hint(hint));
                wrong.push(key.to_string());
            }
        }
        self.exactly_one_kind(&span, table, schema);
        self.missing(ValuePlace { name, span: &span }, table, schema, &meant);
        for key in wrong {
            table.remove(key.as_str());
        }
    }

    /// Reports each required key that is absent. A key with a wrong value counts as present.
    fn missing(
        &mut self,
        place: ValuePlace<'_>,
        table: &DeTable<'_>,
        schema: &Value,
        meant: &HashSet<&str>,
    ) {
        let ValuePlace { name, span } = place;
        let required = schema.get("required").and_then(Value::as_array);
        let required = required.into_iter().flatten().filter_map(Value::as_str);
        for key in required.filter(|key| !table.contains_key(*key)) {
            self.n_lost += 1;
            // The required key was misspelled, and the misspelling is reported already.
            if meant.contains(key) {
                continue;
            }
            let property = schema.get("properties").and_then(|map| map.get(key));
            let meaning = property.and_then(wording::first_sentence);
            let hint = meaning.map(|meaning| format!("add `{key}` ({meaning})"));
            let what = format!("`{name}` lacks the key `{key}`");
            self.found(SpannedError::new(span.clone(), what).maybe_hint(hint).about_absence());
        }
    }

    fn exactly_one_kind(&mut self, span: &Span, table: &DeTable<'_>, schema: &Value) {
        let Some(kind) = kind_of(schema) else { return };
        let names: Vec<&str> = table.keys().map(|key| key.get_ref().as_ref()).collect();
        if names.len() > 1 {
            let what = format!("more than one kind of {kind}: {}", suggest::listed(&names));
            let hint = "keep one, and move each of the others to its own entry";
            self.found(SpannedError::new(span.clone(), what).hint(hint));
        } else if names.is_empty() {
            let known = schema.get("properties").and_then(Value::as_object);
            let known: Vec<&str> =
                known.into_iter().flatten().map(|(key, _)| key.as_str()).collect();
            let hint = format!("choose from {}", suggest::listed(&known));
            self.found(SpannedError::new(span.clone(), format!("no kind of {kind}")).hint(hint));
        }
    }
}

/// Returns the noun for the kinds of a table that contains exactly one; `None` for other tables.
fn kind_of(schema: &Value) -> Option<&'static str> {
    match schema.get(FORMAT_KEY).and_then(Value::as_str) {
        Some(form) if form == OfCheck::FORMAT => Some("check"),
        Some(form) if form == OfChannel::FORMAT => Some("channel"),
        Some(form) if form == OfAction::FORMAT => Some("action"),
        _ => None,
    }
}
