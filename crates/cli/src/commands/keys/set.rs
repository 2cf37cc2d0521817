//! `allclear keys set`: takes a value, keeps it, and asks whether it is good.

use std::process::ExitCode;

use super::secret_uses::{self, SecretUse};
use super::validation::ValidationResults;
use super::validator::{KeyValidator, RevalidationPolicy};
use super::{KeyContext, entry, validate};
use crate::arguments::{Paths, SetKey};
use crate::{clock, output};

/// Keeps the value. It is kept even if the provider refuses it: a key may be good tomorrow.
pub(super) async fn run(place: &Paths, options: &SetKey) -> anyhow::Result<ExitCode> {
    let name = &options.name;
    // Nothing of it is repeated: it is in the shell's history already, and need not be in a log.
    anyhow::ensure!(
        options.value.is_empty(),
        "nothing was stored: a value on the command line appears in the shell's history and in \
         the list of processes; remove it, and type the value when prompted or pipe it in"
    );
    let KeyContext { keyring, config } = KeyContext::open(place, &options.stack).await?;
    let loaded = match config {
        Ok(loaded) => Some(loaded),
        Err(error) => {
            output::error(&error.context("cannot list the uses of the secret"));
            None
        }
    };
    let named = loaded.as_ref().map(super::ConfigAndKinds::secret_uses).transpose()?;
    let uses: &[SecretUse] =
        named.as_ref().and_then(|named| named.get(name)).map(Vec::as_slice).unwrap_or_default();
    if loaded.is_some() && uses.is_empty() {
        output::note(&format!("warning: nothing in the config names `secret:{name}`"));
    }

    let value = entry::read(name).await?;
    for doubt in secret_uses::warnings(uses, &value) {
        output::note(&format!("warning: {doubt}"));
    }
    let is_replaced = keyring.set(name, &value).await?;
    let done = if is_replaced { "replaced" } else { "stored" };
    let shown = secret_uses::shown(uses, &value);
    output::line(&format!("`{name}` ({shown}) is {done} in {}", keyring.written_to()));
    if let Some(variable) = keyring.hidden_by(name) {
        output::note(&format!(
            "warning: the environment variable `{variable}` is set and takes precedence"
        ));
        return Ok(ExitCode::SUCCESS);
    }
    if options.no_validate {
        return Ok(ExitCode::SUCCESS);
    }
    let mut results = ValidationResults::load(place);
    let mut validator = KeyValidator {
        keyring: &keyring,
        results: &mut results,
        now: clock::now(),
        policy: RevalidationPolicy::Always,
    };
    let progress = output::spinner("validating the key with its provider");
    let mut asked = validator.validate_all(name, uses).await;
    // The warnings were printed before the value was stored.
    for one in &mut asked {
        one.doubts.clear();
    }
    validator.save_results();
    progress.finish_and_clear();
    if !asked.is_empty() {
        validate::print(&asked, clock::now());
    }
    Ok(validate::exit_code(&asked))
}
