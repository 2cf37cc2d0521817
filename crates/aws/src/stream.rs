//! The records of a DynamoDB stream, as the handlers take them.
