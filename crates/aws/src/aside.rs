//! Setting aside what can never be handled, in an SQS queue.
