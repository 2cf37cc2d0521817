//! The store, in one DynamoDB table.
