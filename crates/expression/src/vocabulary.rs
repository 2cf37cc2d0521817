//! The variables that conditions can ask for.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Binding;

/// A variable that a condition can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// The kind of its value.
    pub kind: Kind,
    /// Its meaning, with its unit.
    pub meaning: &'static str,
}

/// The kind of a variable's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Bool,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A list of texts.
    Texts,
    /// Values by name, of which nothing is known beforehand.
    Object,
    /// Texts by name, in which upper and lower case are the same.
    Headers,
}

/// No entries, as an example.
static NO_NUMBERS: BTreeMap<String, f64> = BTreeMap::new();
static NO_HEADERS: BTreeMap<String, String> = BTreeMap::new();

impl Variable {
    /// Returns a value of its kind, to try a condition on.
    pub(super) fn example(self) -> Binding<'static> {
        match self.kind {
            Kind::Bool => Binding::Bool(false),
            Kind::Number => Binding::Number(1.0),
            Kind::Text => Binding::Text(Cow::Borrowed("")),
            Kind::Texts => Binding::Texts(&[]),
            Kind::Object => Binding::Numbers(&NO_NUMBERS),
            Kind::Headers => Binding::Headers(&NO_HEADERS),
        }
    }
}

const fn variable(name: &'static str, kind: Kind, meaning: &'static str) -> Variable {
    Variable { name, kind, meaning }
}

/// The variables of an assertion or a degradation condition of a check.
pub const CHECK_VARIABLES: &[Variable] = &[
    variable("status", Kind::Number, "the HTTP status"),
    variable("headers", Kind::Headers, "the answer's headers, by name in any case"),
    variable("body", Kind::Text, "the answer's body as text"),
    variable("json", Kind::Object, "the answer's body as JSON"),
    variable("response_time_ms", Kind::Number, "how long the target took, in milliseconds"),
    variable("certificate_days", Kind::Number, "days until the certificate expires"),
];

/// The variables of the degradation condition of an `llm` check. All but the first are those of the
/// completion, and absent where it did not measure them.
pub const LLM_VARIABLES: &[Variable] = &[
    variable("response_time_ms", Kind::Number, "how long the whole answer took, in milliseconds"),
    variable("headers_ms", Kind::Number, "until the answer began, in milliseconds"),
    variable("first_token_ms", Kind::Number, "until the first visible text, in milliseconds"),
    variable("first_reasoning_ms", Kind::Number, "until the first reasoning, in milliseconds"),
    variable(
        "longest_gap_ms",
        Kind::Number,
        "the longest pause within the answer, in milliseconds",
    ),
    variable("tokens_per_second", Kind::Number, "how fast tokens came, where there were enough"),
    variable("input_tokens", Kind::Number, "tokens of the question"),
    variable("output_tokens", Kind::Number, "tokens of the answer, reasoning included"),
    variable("reasoning_tokens", Kind::Number, "tokens of reasoning"),
    variable("server_ms", Kind::Number, "how long the server says that it took, in milliseconds"),
    variable("headroom_percent", Kind::Number, "what is left of the tightest rate limit, 0 to 100"),
    variable("dimensions", Kind::Number, "how many numbers an embedding has"),
    variable("answer_bytes", Kind::Number, "the size of the answer to a task, in bytes"),
];

/// What the conditions of a `dns` check can ask for.
pub const DNS_VARIABLES: &[Variable] = &[
    variable("records", Kind::Texts, "the records of the type asked for, as texts"),
    variable("count", Kind::Number, "how many records there are"),
    variable("rcode", Kind::Text, "the response code, such as NOERROR or NXDOMAIN"),
    variable("ttl", Kind::Number, "the shortest time to live among the records, in seconds"),
    variable("authenticated", Kind::Bool, "whether the name server verified them with DNSSEC"),
    variable("response_time_ms", Kind::Number, "how long the answer took, in milliseconds"),
];
