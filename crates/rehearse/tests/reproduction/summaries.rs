//! Summaries in a comparison: their channels and times, and the changes of the config behind a difference.

use allclear_core::config::Config;
use allclear_core::id::{ChannelId, SummaryId};
use allclear_core::summary::{Summary, SummaryPeriod};
use allclear_rehearse::{ComparedPeriod, Comparison, Difference, DifferenceKind};

use crate::records::{config, minute, start};
use crate::{between, comparison};

fn channel(name: &str) -> ChannelId {
    ChannelId::new(name).unwrap()
}

/// Returns the config with a summary each day at nine.
fn daily() -> Config {
    let mut config = config();
    config.summaries.push(Summary {
        id: SummaryId::new("daily").unwrap(),
        every: SummaryPeriod::Day,
        at: "09:00".parse().unwrap(),
        time_zone: "UTC".to_owned(),
        channels: vec![channel("team")],
    });
    config
}

async fn between_configs(before: Config, after: Config) -> Comparison {
    let period = ComparedPeriod { from: start(), to: minute(1_700) };
    between(before, after, period).await
}

fn only(comparison: &Comparison) -> &Difference {
    assert_eq!(comparison.differences.len(), 1, "{comparison:#?}");
    comparison.differences.first().unwrap()
}

#[tokio::test]
async fn a_summary_that_is_due_at_the_same_time_is_no_difference_also_under_another_name() {
    let same = between_configs(daily(), daily()).await;
    assert_eq!(same.differences, []);
    assert_eq!((same.n_recorded_summaries, same.n_simulated_summaries), (1, 1));
    let mut renamed = daily();
    renamed.summaries[0].id = SummaryId::new("morning").unwrap();
    assert_eq!(between_configs(daily(), renamed).await.differences, []);
}

#[tokio::test]
async fn a_removed_or_added_summary_is_a_difference_with_its_cause() {
    let removed = between_configs(daily(), config()).await;
    let one = only(&removed);
    assert_eq!(one.kind, DifferenceKind::NotSent);
    assert_eq!(one.decision, "summary \"Daily summary, 2026-11-02\" to `team`");
    assert_eq!(one.at, minute(9 * 60));
    assert_eq!(one.causes[0].text, "the config has no summary `daily`");
    let added = between_configs(config(), daily()).await;
    assert_eq!(only(&added).kind, DifferenceKind::Sent);
    assert_eq!(only(&added).causes[0].text, "the summary `daily` is new");
}

#[tokio::test]
async fn a_summary_at_another_time_or_to_another_channel_is_a_difference_with_its_cause() {
    let mut later = daily();
    later.summaries[0].at = "10:30".parse().unwrap();
    let moved = between_configs(daily(), later).await;
    let one = only(&moved);
    assert_eq!(one.kind, DifferenceKind::Changed);
    assert_eq!(one.changes, ["at 2026-11-02T10:30:00Z instead of 2026-11-02T09:00:00Z"]);
    assert_eq!(one.causes[0].text, "summary `daily`: at `09:00:00` → `10:30:00`");

    let mut elsewhere = daily();
    elsewhere.summaries[0].channels = vec![channel("backup")];
    let differences = between_configs(daily(), elsewhere).await.differences;
    let kinds: Vec<DifferenceKind> = differences.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [DifferenceKind::NotSent, DifferenceKind::Sent]);
    for one in &differences {
        assert_eq!(one.causes[0].text, "summary `daily`: channels `team` → `backup`");
    }
}

#[tokio::test]
async fn summaries_that_the_records_lack_are_named_with_the_config_as_the_cause() {
    let period = ComparedPeriod { from: start(), to: minute(1_700) };
    let compared = comparison(daily(), period).await;
    assert_eq!(only(&compared).causes[0].text, "the summary `daily` is new");
}
