//! Values of secrets in memory.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::id::SecretName;

/// The values of the secrets that a checker or sender needs.
pub type Secrets = BTreeMap<SecretName, SecretString>;
