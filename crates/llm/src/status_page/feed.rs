//! Feeds: RSS and Atom.
//!
//! A feed is a history. The words of an entry show whether its incident is open, and the latest
//! entry of each incident counts.

use std::collections::BTreeMap;

use allclear_core::Timestamp;
use allclear_core::provider_status::Level;
use jiff::{SignedDuration, fmt::rfc2822};
use roxmltree::{Document, Node, ParsingOptions};

use super::{PageReport, is_in_progress, is_named, is_over, phase_of, worst_status};
use crate::lenient::written;

/// The most elements and entries of a feed that are looked at.
const MAX_NODES: u32 = 50_000;
const MAX_ENTRIES: usize = 500;
/// The most characters of an entry's text that are looked at.
const MAX_TEXT: usize = 20_000;

/// Age up to which an entry counts as open: an older one that was never closed was forgotten. An
/// entry without a recognizable state counts for a day.
const LONGEST_OPEN: SignedDuration = SignedDuration::from_hours(14 * 24);
const LONGEST_UNSAID: SignedDuration = SignedDuration::from_hours(24);

/// The most attributes of an element, and the most declarations of name spaces in a feed: the parser
/// compares each with each.
const MAX_ATTRIBUTES: usize = 200;
const MAX_NAME_SPACES: usize = 300;

pub(super) fn read(
    text: &str,
    component: Option<&str>,
    now: Timestamp,
) -> Result<PageReport, String> {
    check_attributes(text)?;
    // Without definitions of types nothing can be expanded.
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..Default::default() };
    let document = Document::parse_with_options(text, options)
        .map_err(|error| format!("the feed is not XML: {error}"))?;
    let root = document.root_element();
    if !["rss", "feed", "RDF"].contains(&root.tag_name().name()) {
        return Err(format!("`<{}>` instead of a feed", root.tag_name().name()));
    }
    let mut latest: BTreeMap<String, FeedEntry> = BTreeMap::new();
    let entries = root.descendants().filter(|node| is_one_of(node, &["item", "entry"]));
    for entry in entries.take(MAX_ENTRIES).map(|node| FeedEntry::read(node)) {
        match latest.get(&entry.id) {
            // The newest entry is the first, unless dates contradict that.
            Some(known) if entry.at <= known.at => {}
            Some(_) | None => {
                latest.insert(entry.id.clone(), entry);
            }
        }
    }
    let mut open: Vec<&FeedEntry> = latest
        .values()
        .filter(|entry| entry.is_open(now))
        .filter(|entry| {
            component.is_none_or(|part| is_named(&entry.title, part) || is_named(&entry.text, part))
        })
        .collect();
    open.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    Ok(worst_status(open.into_iter().map(FeedEntry::report)))
}

/// Checks that no element has more attributes, and the feed no more name spaces, than feeds have.
/// What looks like either within texts counts as well.
fn check_attributes(text: &str) -> Result<(), String> {
    if text.split('<').any(|part| n_attributes(part) > MAX_ATTRIBUTES) {
        return Err(format!("the feed has an element with more than {MAX_ATTRIBUTES} attributes"));
    }
    if text.matches("xmlns").nth(MAX_NAME_SPACES).is_some() {
        return Err(format!("the feed declares more than {MAX_NAME_SPACES} name spaces"));
    }
    Ok(())
}

/// Returns how many attributes there are at most from the beginning of an element to its end.
/// Within CDATA there may be any number of signs, and none is an attribute.
fn n_attributes(element: &str) -> usize {
    if element.starts_with('!') {
        return 0;
    }
    let mut quote = None;
    let mut n_signs = 0;
    for byte in element.bytes() {
        match (quote, byte) {
            (None, b'>') => break,
            (None, b'=') => n_signs += 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    n_signs
}

/// One entry of a feed.
struct FeedEntry {
    id: String,
    title: String,
    /// Its text without markup, in one line.
    text: String,
    at: Option<Timestamp>,
}

impl FeedEntry {
    fn read(node: Node) -> Self {
        let child = |names: &[&str]| {
            let found = node.children().find(|child| is_one_of(child, names));
            found.map(|child| all_text(child)).filter(|text| !text.is_empty())
        };
        let title = plain(&child(&["title"]).unwrap_or_default());
        let date = child(&["pubDate", "updated", "published", "date"]);
        Self {
            id: child(&["guid", "id"])
                .or_else(|| child(&["link"]))
                .unwrap_or_else(|| title.clone()),
            text: plain(
                &child(&["description", "content", "encoded", "summary"]).unwrap_or_default(),
            ),
            at: date.and_then(|date| parse_date(date.trim())),
            title,
        }
    }

    fn is_open(&self, now: Timestamp) -> bool {
        let age = self.at.map(|at| now.duration_since(at));
        let is_within = |most: SignedDuration| age.is_none_or(|age| age <= most);
        match self.state() {
            Some(state) if is_over(state) => false,
            // An announced maintenance is not under way.
            Some(state) if state.starts_with("scheduled") || state.starts_with("not started") => {
                false
            }
            Some(_) => is_within(LONGEST_OPEN),
            None => is_within(LONGEST_UNSAID),
        }
    }

    /// Returns the word for its state: after `Status:`, else the first of the known words in title or text.
    fn state(&self) -> Option<&str> {
        let text = self.text.as_str();
        if let Some(start) = find(text, "status:") {
            let rest = text.get(start + "status:".len()..)?.trim_start();
            return Some(known_keyword(rest).unwrap_or(rest));
        }
        let bracketed = self.title.trim_start().trim_start_matches('[');
        first_keyword(bracketed).or_else(|| anywhere(text))
    }

    fn report(&self) -> PageReport {
        let phase = self.state().and_then(phase_of);
        PageReport { level: self.level(), headline: self.title.clone(), phase }
    }

    fn level(&self) -> Level {
        let mentions = |words: &[&str]| {
            words
                .iter()
                .any(|word| find(&self.title, word).is_some() || find(&self.text, word).is_some())
        };
        let is_maintenance =
            find(&self.title, "maintenance").is_some() || self.state().is_some_and(is_in_progress);
        if is_maintenance {
            Level::Maintenance
        } else if mentions(&["major outage", "full outage", "complete outage", "major_outage"]) {
            Level::Down
        } else {
            Level::Degraded
        }
    }
}

/// The words for the state of an incident or a maintenance.
const STATES: [&str; 13] = [
    "resolved",
    "completed",
    "closed",
    "postmortem",
    "recovered",
    "operational",
    "investigating",
    "identified",
    "monitoring",
    "in progress",
    "verifying",
    "scheduled",
    "update",
];

/// Returns the known word that `text` begins with.
fn known_keyword(text: &str) -> Option<&'static str> {
    STATES.into_iter().find(|state| {
        text.get(..state.len()).is_some_and(|start| start.eq_ignore_ascii_case(state))
    })
}

/// Returns the known word that `text` begins with, if that ends with a mark: `[Resolved] …`.
fn first_keyword(text: &str) -> Option<&'static str> {
    let state = known_keyword(text)?;
    let rest = text.get(state.len()..)?.trim_start();
    rest.starts_with([']', ':', '-', '–']).then_some(state)
}

/// Returns the first known word in `text` that stands like a heading: `Resolved - …`.
fn anywhere(text: &str) -> Option<&'static str> {
    let mut starts = text.char_indices().map(|(start, _)| start).filter(|start| {
        let before = text.get(..*start).and_then(|before| before.chars().next_back());
        before.is_none_or(|before| !before.is_alphanumeric())
    });
    starts.find_map(|start| first_keyword(text.get(start..)?))
}

/// Returns the position of `part`, which is in lower case and ASCII, in `text`.
fn find(text: &str, part: &str) -> Option<usize> {
    text.to_ascii_lowercase().find(part)
}

fn is_one_of(node: &Node, names: &[&str]) -> bool {
    node.is_element() && names.contains(&node.tag_name().name())
}

/// Returns all text within `node`.
fn all_text(node: Node) -> String {
    let mut text = String::new();
    for part in node.descendants().filter(Node::is_text).filter_map(|part| part.text()) {
        if text.len() > MAX_TEXT {
            break;
        }
        text.push_str(part);
        text.push(' ');
    }
    text.trim().chars().take(MAX_TEXT).collect()
}

/// Converts `html` to one line of text: removes tags and decodes the few entities that matter.
fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut is_tag = false;
    for letter in html.chars() {
        match letter {
            '<' => is_tag = true,
            '>' if is_tag => {
                is_tag = false;
                text.push(' ');
            }
            letter if !is_tag => text.push(letter),
            _ => {}
        }
    }
    let text =
        text.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Parses a date of a feed: as mail writes it in RSS, RFC 3339 in Atom.
fn parse_date(date: &str) -> Option<Timestamp> {
    // Azure writes `Z` for the zone, which mail does not know.
    let mail = date.strip_suffix('Z').map_or_else(|| date.to_owned(), |date| format!("{date}GMT"));
    let parser = rfc2822::DateTimeParser::new().relaxed_weekday(true);
    written(date).or_else(|| parser.parse_timestamp(mail).ok())
}
