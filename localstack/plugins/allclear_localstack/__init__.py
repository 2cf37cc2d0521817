"""Plug-ins for LocalStack 4.4: an executor of Lambda functions and an engine of DynamoDB."""
