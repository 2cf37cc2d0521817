//! Secrets from environment variables and from a file that only its owner can read.

mod file;

use std::collections::BTreeMap;
use std::path::PathBuf;

use allclear_core::id::SecretName;
use allclear_core::ports::{ReadSecrets, SecretError, SecretFreshness};
use allclear_core::secret::Secrets;
use secrecy::{ExposeSecret, SecretString};

pub use self::file::{SecretsFile, SecretsFileError};

/// Looks up secrets first in environment variables, as they were at construction, and then in a
/// file.
///
/// The value of the secret `openai` is the first of `ALLCLEAR_SECRET_OPENAI`, `OPENAI_API_KEY` and
/// `OPENAI` that is not blank. In a variable name, `-` and `.` become `_`. If none is set, the
/// value is read from the file.
#[derive(Debug, Clone)]
pub struct EnvironmentSecrets {
    variables: BTreeMap<String, SecretString>,
    file: Option<SecretsFile>,
}

/// The place that holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretPlace {
    /// The environment variable of this name.
    Variable(String),
    /// The file at this path.
    File(PathBuf),
}

impl EnvironmentSecrets {
    /// Creates secrets from `variables`, pairs of name and value.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name, value.into()));
        Self { variables: variables.collect(), file: None }
    }

    /// Creates secrets from the variables of this process. A variable that is not valid Unicode is
    /// left out.
    #[must_use]
    pub fn from_environment() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the edge where the environment is read")]
        let variables = std::env::vars_os();
        Self::new(variables.filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }))
    }

    /// Adds `file`, which is read for each secret that no variable holds.
    #[must_use]
    pub fn or_from(self, file: SecretsFile) -> Self {
        Self { file: Some(file), ..self }
    }

    /// Returns the place of the secret; `None` if it is not set.
    ///
    /// # Errors
    ///
    /// Fails if no variable holds the secret and the file cannot be read or is refused.
    pub fn place(&self, name: &SecretName) -> Result<Option<SecretPlace>, SecretsFileError> {
        if let Some((variable, _)) = self.set_variable(name) {
            return Ok(Some(SecretPlace::Variable(variable)));
        }
        let Some(file) = &self.file else { return Ok(None) };
        let is_there = file.read(SecretFreshness::Cached)?.contains_key(name.as_str());
        Ok(is_there.then(|| SecretPlace::File(file.path().to_owned())))
    }

    fn secret(
        &self,
        name: &SecretName,
        freshness: SecretFreshness,
    ) -> Result<SecretString, SecretError> {
        if let Some((_, value)) = self.set_variable(name) {
            return Ok(value.clone());
        }
        if let Some(file) = &self.file {
            let values = file.read(freshness).map_err(|error| SecretError::Unavailable {
                name: name.clone(),
                message: error.to_string(),
            })?;
            if let Some(value) = values.get(name.as_str()) {
                return Ok(value.clone());
            }
        }
        Err(self.missing(name))
    }

    /// Returns the variable that holds the secret, and its value.
    fn set_variable(&self, name: &SecretName) -> Option<(String, &SecretString)> {
        places_of(name).into_iter().find_map(|place| {
            let value = self.variables.get(&place)?;
            let is_set = !value.expose_secret().trim().is_empty();
            is_set.then_some((place, value))
        })
    }

    fn missing(&self, name: &SecretName) -> SecretError {
        let places = places_of(name);
        let [first, rest @ ..] = &places;
        let rest = rest.join("`, `");
        let hint = match &self.file {
            Some(_) => format!(
                "run `allclear keys set {name}`, or set the environment variable `{first}`, or one \
                 of `{rest}`"
            ),
            None => format!("set the environment variable `{first}`, or one of `{rest}`"),
        };
        SecretError::Missing { name: name.clone(), hint }
    }
}

impl ReadSecrets for EnvironmentSecrets {
    /// The variables of a process do not change, so a fresh value of a variable is its initial
    /// value. The file is read again for a fresh value, and if it lacked a name at the last read.
    async fn secrets(
        &self,
        names: &[SecretName],
        freshness: SecretFreshness,
    ) -> Result<Secrets, SecretError> {
        let all = |freshness| {
            let values = names.iter().map(|name| Ok((name.clone(), self.secret(name, freshness)?)));
            values.collect::<Result<Secrets, SecretError>>()
        };
        match (all(freshness), freshness) {
            (Err(_), SecretFreshness::Cached) => all(SecretFreshness::Fresh),
            (found, _) => found,
        }
    }
}

/// Returns the names of the variables that may hold a secret, the most specific first.
fn places_of(name: &SecretName) -> [String; 3] {
    let name = name.as_str().to_ascii_uppercase().replace(['-', '.'], "_");
    [format!("ALLCLEAR_SECRET_{name}"), format!("{name}_API_KEY"), name]
}
