//! `quorum`: a word, or a number of regions.

use std::borrow::Cow;

use allclear_core::quorum::Quorum;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

/// A quorum as it is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WrittenQuorum(pub(crate) Quorum);

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Any,
    Majority,
    All,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Word(Word),
    Count(u8),
}

impl<'de> Deserialize<'de> for WrittenQuorum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Written::deserialize(deserializer)? {
            Written::Word(Word::Any) => Quorum::Any,
            Written::Word(Word::Majority) => Quorum::Majority,
            Written::Word(Word::All) => Quorum::All,
            Written::Count(count) => Quorum::Count(count),
        }))
    }
}

impl JsonSchema for WrittenQuorum {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("quorum")
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "string", "enum": ["any", "majority", "all"] },
            { "type": "integer", "minimum": 1, "maximum": 60 },
        ] })
    }
}
