//! `allclear keys set`: takes a value, keeps it, and asks whether it is good.

use std::process::ExitCode;

use super::ask::{Asker, Asking};
use super::secret_uses::{self, SecretUse};
use super::validation::ValidationResults;
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
    let watching = match config {
        Ok(watching) => Some(watching),
        Err(error) => {
            output::error(&error.context("cannot list the uses of the secret"));
            None
        }
    };
    let named = watching.as_ref().map(super::ConfigAndKinds::named).transpose()?;
    let uses: &[SecretUse] =
        named.as_ref().and_then(|named| named.get(name)).map(Vec::as_slice).unwrap_or_default();
    if watching.is_some() && uses.is_empty() {
        output::note(&format!("warning: nothing in the config names `secret:{name}`"));
    }

    let value = entry::read(name).await?;
    for doubt in secret_uses::doubts(uses, &value) {
        output::note(&format!("warning: {doubt}"));
    }
    let was_there = keyring.set(name, &value).await?;
    let done = if was_there { "replaced" } else { "kept" };
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
    let mut said = ValidationResults::load(place);
    let mut inquirer =
        Asker { keyring: &keyring, said: &mut said, now: clock::now(), asking: Asking::Always };
    let progress = output::spinner("asking the provider");
    let mut asked = inquirer.ask_all(name, uses).await;
    // The warnings were printed before the value was stored.
    for one in &mut asked {
        one.doubts.clear();
    }
    inquirer.remember();
    progress.finish_and_clear();
    if !asked.is_empty() {
        validate::print(&asked, clock::now());
    }
    Ok(validate::exit_code(&asked))
}
