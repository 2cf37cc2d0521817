//! The history as feeds: `history.atom`, `history.rss` and `feed.json`.
//!
//! The entries are the newest 50 updates of incidents and the newest 20 phases of maintenance windows. A feed contains no
//! time but those of its entries, so it changes only with them.

mod entry;

use askama::Template;
use jiff::Timestamp;
use serde::Serialize;

use self::entry::HistoryEntry;
use crate::{
    SiteFile,
    delivery::JSON_FEED,
    edition::Edition,
    formats::{machine_time, one_line},
    snapshot::PageIdentity,
    words::Words,
};

/// The path of the Atom feed.
const ATOM: &str = "history.atom";
/// The path of the RSS feed.
const RSS: &str = "history.rss";

#[derive(Template)]
#[template(path = "history.atom.xml")]
struct AtomFeed<'a> {
    page: &'a PageIdentity,
    title: &'a str,
    /// The address of the page in the language of the feed.
    home: String,
    words: &'static Words,
    address: String,
    updated: String,
    entries: &'a [HistoryEntry],
}

#[derive(Template)]
#[template(path = "history.rss.xml")]
struct RssFeed<'a> {
    title: &'a str,
    description: String,
    /// The address of the page in the language of the feed.
    home: String,
    words: &'static Words,
    address: String,
    entries: &'a [HistoryEntry],
}

#[derive(Serialize)]
struct JsonFeed<'a> {
    version: &'static str,
    title: &'a str,
    home_page_url: String,
    feed_url: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    language: &'static str,
    items: Vec<JsonFeedItem<'a>>,
}

#[derive(Serialize)]
struct JsonFeedItem<'a> {
    id: &'a str,
    url: &'a str,
    title: &'a str,
    content_html: &'a str,
    content_text: &'a str,
    date_published: String,
    date_modified: String,
    tags: Vec<&'static str>,
}

/// Renders the three feeds.
#[expect(
    clippy::expect_used,
    reason = "a template fails only if a value's `Display` does, and those here do not"
)]
pub(crate) fn files(edition: &Edition<'_>) -> Vec<SiteFile> {
    let (snapshot, words) = (edition.snapshot, edition.words);
    let entries = entry::newest(edition);
    let (page, title) = (&snapshot.page, &one_line(&snapshot.page.title));
    // A feed without entries has not changed since the beginning of time.
    let changes = entries.iter().map(|entry| entry.changed_at);
    let changed_at = changes.max().unwrap_or(Timestamp::UNIX_EPOCH);
    let atom = AtomFeed {
        page,
        title,
        home: edition.home(),
        words,
        address: edition.url_of(ATOM),
        updated: machine_time(changed_at),
        entries: &entries,
    };
    let description = one_line(&page.description);
    let rss = RssFeed {
        title,
        // The format requires a description.
        description: if description.is_empty() { title.clone() } else { description },
        home: edition.home(),
        words,
        address: edition.url_of(RSS),
        entries: &entries,
    };
    vec![
        SiteFile::xml(edition.path(ATOM), &atom.render().expect("writing to a string cannot fail")),
        SiteFile::xml(edition.path(RSS), &rss.render().expect("writing to a string cannot fail")),
        SiteFile::json(edition.path(JSON_FEED), &json(edition, title, &entries)),
    ]
}

fn json<'a>(edition: &Edition<'a>, title: &'a str, entries: &'a [HistoryEntry]) -> JsonFeed<'a> {
    let item = |entry: &'a HistoryEntry| JsonFeedItem {
        id: &entry.id,
        url: &entry.url,
        title: &entry.title,
        content_html: &entry.html,
        content_text: &entry.text,
        date_published: machine_time(entry.at),
        date_modified: machine_time(entry.changed_at),
        tags: vec![entry.tag],
    };
    JsonFeed {
        version: "https://jsonfeed.org/version/1.1",
        title,
        home_page_url: edition.home(),
        feed_url: edition.url_of(JSON_FEED),
        description: &edition.snapshot.page.description,
        language: edition.words.tag(),
        items: entries.iter().map(item).collect(),
    }
}
