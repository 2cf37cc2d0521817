//! Changes that applying a config would make.

use allclear_config::{ConfigChange, changes};
use allclear_core::config::Config;
use allclear_core::ports::{ReadConfig, StoreError, Version};
use serde::Serialize;

use crate::output;

/// The pending changes and warnings of an apply.
#[derive(Debug, Serialize)]
pub(super) struct Plan {
    /// The stack.
    pub(super) stack: String,
    /// The version that the plan starts from; 0 if none was ever applied.
    pub(super) active_version: Version,
    /// Differences between the active config and the new one.
    pub(super) changes: Vec<ConfigChange>,
    /// Warnings to show to the operator before the apply.
    pub(super) warnings: Vec<String>,
    /// The version that was written.
    pub(super) applied_version: Option<Version>,
    #[serde(skip)]
    is_nothing: bool,
}

impl Plan {
    /// Returns the plan from the config in force in `stack` to `new`.
    pub(super) async fn make(
        store: &impl ReadConfig,
        stack: &str,
        new: &Config,
    ) -> anyhow::Result<Self> {
        let version = store.config_version().await?;
        let in_force = match store.applied_config(version).await {
            Ok(applied) => applied.map(|applied| applied.config),
            // An apply replaces a corrupt config, so a read error of that kind is no obstacle.
            Err(error @ StoreError::Corrupt { .. }) => {
                output::note(&format!(
                    "warning: cannot read version {version}, so everything is shown as new: {error}"
                ));
                None
            }
            Err(error) => return Err(error.into()),
        };
        let is_nothing = in_force.as_ref() == Some(new);
        let old = in_force.unwrap_or_else(|| Config {
            monitors: Vec::new(),
            rules: Vec::new(),
            channels: Vec::new(),
            maintenances: Vec::new(),
            silences: Vec::new(),
            summaries: Vec::new(),
            actions: Vec::new(),
            ..new.clone()
        });
        Ok(Self {
            stack: stack.to_owned(),
            active_version: version,
            changes: changes(&old, new),
            warnings: Vec::new(),
            applied_version: None,
            is_nothing,
        })
    }

    /// Returns whether the config changes nothing.
    pub(super) fn is_nothing(&self) -> bool {
        self.is_nothing
    }

    /// Prints the changes, then the warnings.
    pub(super) fn print(&self) {
        let Self { stack, active_version, changes, .. } = self;
        match active_version {
            0 => output::line(&format!("`{stack}` has no config yet")),
            version => output::line(&format!("`{stack}` uses version {version}")),
        }
        for change in changes {
            output::line(&format!("  {change}"));
        }
        if changes.is_empty() && !self.is_nothing {
            output::line("  ~ only the order of rules, channels or windows");
        }
        self.warnings.iter().for_each(|warning| output::note(&format!("warning: {warning}")));
    }
}
