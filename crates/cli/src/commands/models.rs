//! `allclear models`: the models of the configured providers, as recorded, or listed anew if the
//! record is old.

mod changes;
mod discover;
mod list;
mod table;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::ports::{ReadCatalogs, ReadSecrets, RecordCatalog};
use serde::Serialize;

use self::discover::{Discovery, Refresh};
use self::list::{Filter, ListedModel, ModelTable};
use crate::arguments::{Models, Paths};
use crate::clock::now;
use crate::commands::accounts;
use crate::exit_code::CANNOT_TELL;
use crate::local::{Access, AllKinds, Machine};
use crate::output;
use crate::stack::{self, Stack};

/// Prints the models, or their changes.
pub(crate) async fn run(place: &Paths, options: &Models) -> anyhow::Result<ExitCode> {
    match options.stack.stack.as_deref() {
        None => {
            let machine = Machine::open(place, Access::Remember)?;
            let Machine { config, catalog, store, secrets, .. } = &machine;
            show(options, config, catalog, &**store, &**secrets).await
        }
        Some(name) => {
            let stack = Stack::find(name).await?;
            let store = stack.store()?;
            let (_, applied) = stack::active_config(&store).await?;
            let config = Arc::new(applied.config);
            let secrets = stack.secret()?.reader();
            show(options, &config, &AllKinds::new()?, &store, &secrets).await
        }
    }
}

async fn show(
    options: &Models,
    config: &Config,
    catalog: &AllKinds,
    store: &(impl ReadCatalogs + RecordCatalog),
    secrets: &impl ReadSecrets,
) -> anyhow::Result<ExitCode> {
    let watched = accounts::watched(config, &catalog.probes);
    if watched.is_empty() {
        output::note("no monitor of the config has a check of kind `llm`, so no provider is asked");
    }
    let progress = output::spinner("asking the providers for their models");
    let discovery = Discovery { store, secrets, now: now() };
    let refresh = if options.refresh { Refresh::Always } else { Refresh::WhenOld };
    let found = discovery.up_to_date(&watched, refresh).await?;
    progress.finish_and_clear();
    for failure in &found.failures {
        output::note(&format!("warning: {failure}"));
    }
    let table = ModelTable::of(&watched, &found.known);
    let filter = Filter::new(options, &table)?;
    if options.changes {
        let changes = changes::of(&found.known, &filter);
        if options.json {
            output::json(&changes);
        } else {
            changes::print(&changes);
        }
    } else {
        let entries: Vec<&ListedModel> =
            table.entries.iter().filter(|one| filter.takes(one)).collect();
        if options.json {
            output::json(&ModelsDocument::of(&table, entries));
        } else {
            table::print(&table, &entries);
        }
    }
    let knows_nothing = found.known.is_empty() && !watched.is_empty();
    Ok(if knows_nothing { ExitCode::from(CANNOT_TELL) } else { ExitCode::SUCCESS })
}

/// The models as a program reads them.
#[derive(Serialize)]
struct ModelsDocument<'a> {
    models: Vec<&'a ListedModel>,
    /// Time of the last listing by provider name.
    listed_at: &'a BTreeMap<String, Timestamp>,
    /// The day of the data that fields come from which `derived` names.
    derived_data_of: String,
    derived_data_from: &'static str,
}

impl<'a> ModelsDocument<'a> {
    fn of(table: &'a ModelTable, models: Vec<&'a ListedModel>) -> Self {
        Self {
            models,
            listed_at: &table.listed_at,
            derived_data_of: allclear_llm::data::as_of().to_string(),
            derived_data_from: allclear_llm::data::source(),
        }
    }
}
