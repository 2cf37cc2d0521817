//! The table as `template.yaml` declares it, for tests and tools that create a table themselves.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::create_table::builders::CreateTableInputBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, LocalSecondaryIndex, Projection,
    ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType,
};

use super::keys;

/// Returns the request that creates an empty table of this name. The expiry by [`keys::EXPIRES`]
/// needs a separate request.
///
/// # Errors
///
/// Fails if a part of the request lacks a required field. All of them are set here.
pub fn create_table(name: &str) -> Result<CreateTableInputBuilder, BuildError> {
    let mut input = CreateTableInputBuilder::default()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .stream_specification(
            StreamSpecification::builder()
                .stream_enabled(true)
                .stream_view_type(StreamViewType::NewImage)
                .build()?,
        )
        .local_secondary_indexes(
            LocalSecondaryIndex::builder()
                .index_name(keys::BY_TIME)
                .key_schema(key(keys::PK, KeyType::Hash)?)
                .key_schema(key(keys::AT, KeyType::Range)?)
                .projection(Projection::builder().projection_type(ProjectionType::All).build())
                .build()?,
        )
        .key_schema(key(keys::PK, KeyType::Hash)?)
        .key_schema(key(keys::SK, KeyType::Range)?);
    for name in [keys::PK, keys::SK, keys::AT] {
        let attribute = AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::S)
            .build()?;
        input = input.attribute_definitions(attribute);
    }
    Ok(input)
}

fn key(name: &str, key_type: KeyType) -> Result<KeySchemaElement, BuildError> {
    KeySchemaElement::builder().attribute_name(name).key_type(key_type).build()
}
