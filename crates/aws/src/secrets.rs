//! Secrets from Secrets Manager.
