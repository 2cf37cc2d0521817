//! The connection to AWS: region, credentials, one HTTP client for all services.
