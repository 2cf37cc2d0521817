//! Secrets from environment variables.

use std::collections::BTreeMap;

use allclear_core::checker::Secrets;
use allclear_core::id::SecretName;
use allclear_core::ports::{Freshness, ReadSecrets, SecretError};
use secrecy::{ExposeSecret, SecretString};

/// Finds secrets in environment variables, as they were when it was made.
///
/// The secret `openai` is the first of `ALLCLEAR_SECRET_OPENAI`, `OPENAI_API_KEY` and `OPENAI` that
/// is set to more than blanks. In a name, `-` and `.` become `_`.
#[derive(Debug, Clone)]
pub struct EnvironmentSecrets {
    variables: BTreeMap<String, SecretString>,
}

impl EnvironmentSecrets {
    /// Secrets from `variables`, names and values.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name, value.into()));
        Self { variables: variables.collect() }
    }

    /// Secrets from the variables of this process. One that is not valid Unicode is left out.
    #[must_use]
    pub fn from_environment() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the edge where the environment is read")]
        let variables = std::env::vars_os();
        Self::new(variables.filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }))
    }

    fn secret(&self, name: &SecretName) -> Result<SecretString, SecretError> {
        let places = places_of(name);
        let values = places.iter().filter_map(|place| self.variables.get(place));
        let mut set = values.filter(|value| !value.expose_secret().trim().is_empty());
        set.next().cloned().ok_or_else(|| {
            let [first, rest @ ..] = &places;
            let hint = format!(
                "set the environment variable `{first}`, or one of `{}`",
                rest.join("`, `")
            );
            SecretError::Missing { name: name.clone(), hint }
        })
    }
}

impl ReadSecrets for EnvironmentSecrets {
    /// The variables of a process do not change: a fresh value is the one it began with.
    async fn secrets(&self, names: &[SecretName], _: Freshness) -> Result<Secrets, SecretError> {
        names.iter().map(|name| Ok((name.clone(), self.secret(name)?))).collect()
    }
}

/// The variables that may hold a secret, the most telling first.
fn places_of(name: &SecretName) -> [String; 3] {
    let name = name.as_str().to_ascii_uppercase().replace(['-', '.'], "_");
    [format!("ALLCLEAR_SECRET_{name}"), format!("{name}_API_KEY"), name]
}
