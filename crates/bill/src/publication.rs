//! The writes of a publication of the page: files made of the day's real state, five minutes apart.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::id::RegionId;
use allclear_core::kind::KindSet;
use allclear_engine::probe::WINDOW;
use allclear_engine::publish::{Href, PageFacts, ProviderFacts, PublishOptions, reduce};
use allclear_evaluate::ConfigIndex;
use allclear_evaluate::fold::fold;
use allclear_status_site::{SiteFile, render};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::day::DayUsage;
use crate::error::Result;
use crate::sample::{SampleConfig, SampleHealth};

/// The changes of publications.
pub(crate) struct Publication {
    /// Number of files that each publication writes.
    pub(crate) n_changed: usize,
    /// Number of files that are written in addition when the histories of services advance.
    pub(crate) n_changed_in_steps: usize,
    /// Number of files that are written in addition with each day.
    pub(crate) n_changed_daily: usize,
    /// Number of files of the page.
    pub(crate) n_files: usize,
    /// The page as a browser loads it, compressed, in bytes.
    pub(crate) page_bytes: u64,
}

/// The interval in which the histories of services advance.
const HISTORY_STEP: Duration = Duration::from_hours(4);

/// An address of usual length.
const SAMPLE_ADDRESS: &str = "https://d111111abcdef8.cloudfront.net/";

/// The time before a publication within which runs make the page a fresh one.
const FRESH: Duration = Duration::from_mins(10);

/// Returns the changes of publications `every` so often: of one within a step of the histories, over a step, and over a
/// day.
pub(crate) fn next(
    config: &Arc<Config>,
    kinds: KindSet,
    regions: &[RegionId],
    day: &DayUsage,
    every: Duration,
) -> Result<Publication> {
    let index = ConfigIndex::new(Arc::clone(config))?.with_kinds(kinds);
    let options = PublishOptions { every, address: Href::parse(SAMPLE_ADDRESS)? };
    let sample = SampleConfig::new(config, kinds);
    let mut state = day.state.clone();
    let history = Arc::new(day.history());
    let mut at = day.end;
    let mut files_at = |from: Timestamp, end| {
        at = at.max(from);
        while at < end {
            for region in regions {
                fold(&mut state, &sample.run(region, at, SampleHealth::AllWell), &index);
            }
            at += WINDOW;
        }
        let history = Arc::clone(&history);
        let providers = ProviderFacts::of(&index);
        let states = vec![state.clone()];
        let facts = PageFacts { states, history, providers, ..PageFacts::default() };
        render(&reduce(config, &facts, &options, end))
    };
    // The day ends with a step, so the first two are in the same one.
    let start = day.end;
    let (first, second, third) = (
        files_at(start, start + every),
        files_at(start, start + every * 2),
        files_at(start, start + every + HISTORY_STEP),
    );
    // The runs in between would change no further file.
    let tomorrow = start + every + Duration::from_hours(24);
    let fourth = files_at(tomorrow - FRESH, tomorrow);
    let each_time = n_changed(&first, &second);
    let page = third.last().map(|page| page.bytes.as_slice()).unwrap_or_default();
    let mut compressed = GzEncoder::new(Vec::new(), Compression::default());
    compressed.write_all(page)?;
    let in_steps = n_changed(&first, &third);
    Ok(Publication {
        n_changed: each_time,
        n_changed_in_steps: in_steps.saturating_sub(each_time),
        n_changed_daily: n_changed(&first, &fourth).saturating_sub(in_steps),
        n_files: third.len(),
        page_bytes: compressed.finish()?.len() as u64,
    })
}

/// Returns the number of files that differ between two publications.
fn n_changed(before: &[SiteFile], after: &[SiteFile]) -> usize {
    let before: HashMap<&str, &[u8]> =
        before.iter().map(|file| (file.path.as_str(), file.bytes.as_slice())).collect();
    let is_new = |file: &&SiteFile| before.get(file.path.as_str()) != Some(&file.bytes.as_slice());
    after.iter().filter(is_new).count()
}
