//! Calling a Lambda function.
