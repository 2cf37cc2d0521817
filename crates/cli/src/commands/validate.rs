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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_config_of_the_repository_has_neither_mistakes_nor_doubts() {
        let text = include_str!("../../../../allclear.toml");
        let catalog = Catalog::new().unwrap();
        let loaded = allclear_config::load("allclear.toml", text, &catalog.kinds()).unwrap();
        assert_eq!(loaded.warnings, []);
        for monitor in &loaded.config.monitors {
            let keyless = !monitor.check.params.to_string().contains("secret:");
            assert!(keyless, "`{}` needs a key", monitor.id);
        }
    }
}
