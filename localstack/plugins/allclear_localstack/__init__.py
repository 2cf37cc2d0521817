"""Plug-ins for LocalStack 4.4: an executor of functions, an engine of DynamoDB, a gateway."""
