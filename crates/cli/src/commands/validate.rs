//! `allclear validate` and `allclear schema`.

use std::process::ExitCode;

use crate::arguments::Place;
use crate::commands::NOT_HEALTHY;
use crate::machine::{self, Catalog};
use crate::output;

/// Says everything that is wrong with the config.
pub(crate) fn run(place: &Place) -> ExitCode {
    match machine::load(place) {
        Ok(loaded) => {
            let config = &loaded.config;
            output::line(&format!(
                "{}: valid: {} monitors, {} rules, {} channels, {} maintenances, {} silences",
                place.config.display(),
                config.monitors.len(),
                config.rules.len(),
                config.channels.len(),
                config.maintenances.len(),
                config.silences.len()
            ));
            ExitCode::SUCCESS
        }
        Err(error) => {
            output::error(&error);
            ExitCode::from(NOT_HEALTHY)
        }
    }
}

/// Prints the JSON Schema of the config.
pub(crate) fn schema() -> anyhow::Result<ExitCode> {
    output::json(&allclear_config::schema(&Catalog::new()?.kinds()));
    Ok(ExitCode::SUCCESS)
}
