//! The options of `allclear render`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{StackOption, duration};

#[derive(Debug, Args)]
pub(crate) struct RenderOptions {
    /// Path of the config file, as with `--config`
    pub(crate) file: Option<PathBuf>,
    /// Write into this folder, which is new, empty, or contains a page that was written before
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Interval at which the page is written; an older page declares itself outdated
    #[arg(long, default_value = "5m", value_parser = duration, allow_hyphen_values = true)]
    pub(crate) every: Duration,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}
