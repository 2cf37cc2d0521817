//! The writes of a publication of the page: files made of the day's real state, five minutes apart.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::config::Config;
use allclear_core::id::RegionId;
use allclear_core::kind::KindSet;
use allclear_core::state::ShardState;
use allclear_engine::probe::WINDOW;
use allclear_engine::publish::{Href, PageFacts, PublishOptions, reduce};
use allclear_evaluate::ConfigIndex;
use allclear_evaluate::fold::fold;
use allclear_status_site::{SiteFile, render};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::day::DayUsage;
use crate::error::Result;
use crate::sample::{SampleConfig, SampleHealth};

/// The changes of one publication.
pub(crate) struct Publication {
    /// Number of files that are written.
    pub(crate) n_changed: usize,
    /// Number of files of the page.
    pub(crate) n_files: usize,
    /// The page as a browser loads it, compressed, in bytes.
    pub(crate) page_bytes: u64,
}

/// An address of usual length.
const SAMPLE_ADDRESS: &str = "https://d111111abcdef8.cloudfront.net/";

/// Returns the changes of the next publication, `every` after the end of the day.
pub(crate) fn next(
    config: &Arc<Config>,
    kinds: KindSet,
    regions: &[RegionId],
    day: &DayUsage,
    every: Duration,
) -> Result<Publication> {
    let index = ConfigIndex::new(Arc::clone(config))?;
    let options = PublishOptions { every, address: Href::parse(SAMPLE_ADDRESS)? };
    let sample = SampleConfig::new(config, kinds);
    let mut state = day.state.clone();
    let history = Arc::new(day.history());
    let files = |state: &ShardState, now| {
        let history = Arc::clone(&history);
        let facts = PageFacts { states: vec![state.clone()], history, ..PageFacts::default() };
        render(&reduce(config, &facts, &options, now))
    };
    let before = files(&state, day.end);
    let end = day.end + every;
    let mut at = day.end;
    while at < end {
        for region in regions {
            fold(&mut state, &sample.run(region, at, SampleHealth::AllWell), &index);
        }
        at += WINDOW;
    }
    let after = files(&state, end);
    let is_new = |file: &&SiteFile| {
        !before.iter().any(|old| old.path == file.path && old.bytes == file.bytes)
    };
    let page = after.last().map(|page| page.bytes.as_slice()).unwrap_or_default();
    let mut compressed = GzEncoder::new(Vec::new(), Compression::default());
    compressed.write_all(page)?;
    Ok(Publication {
        n_changed: after.iter().filter(is_new).count(),
        n_files: after.len(),
        page_bytes: compressed.finish()?.len() as u64,
    })
}
