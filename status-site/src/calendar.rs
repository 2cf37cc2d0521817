//! `maintenance.ics`: the maintenance windows as a calendar to subscribe to (RFC 5545, with the name and the interval
//! of RFC 7986).
//!
//! The format is written here, because the crates for it bring a second library of times. It is a list of lines: each
//! is escaped and folded in [`CalendarLines::add`].

use jiff::Timestamp;

use crate::{
    SiteFile,
    edition::Edition,
    formats::{anchor, encoded, one_line},
    snapshot::{
        MaintenancePhase, PublicMaintenance, PublicService, ServiceIndex, WithdrawnMaintenance,
    },
};

/// The path of the file.
const PATH: &str = "maintenance.ics";

/// The longest line in bytes, without its line break.
const MAX_LINE_BYTES: usize = 75;

/// Renders the windows that are announced, active, or ended recently.
pub(crate) fn file(edition: &Edition<'_>) -> SiteFile {
    let snapshot = edition.snapshot;
    let services = &ServiceIndex::of(snapshot);
    let title = one_line(&edition.words.calendar_title(&snapshot.page.title));
    let mut lines = CalendarLines::default();
    lines.add("BEGIN", "VCALENDAR");
    lines.add("VERSION", "2.0");
    lines.add(
        "PRODID",
        &format!("-//Allclear//Status page//{}", edition.words.tag().to_uppercase()),
    );
    lines.add("CALSCALE", "GREGORIAN");
    lines.add("METHOD", "PUBLISH");
    lines.add_text("NAME", &title);
    // The same name for calendars that do not know RFC 7986.
    lines.add_text("X-WR-CALNAME", &title);
    lines.add("URL", &edition.home());
    lines.add("REFRESH-INTERVAL;VALUE=DURATION", "PT1H");
    lines.add("X-PUBLISHED-TTL", "PT1H");
    for phase in
        [MaintenancePhase::Completed, MaintenancePhase::Active, MaintenancePhase::Announced]
    {
        for window in snapshot.maintenances_in(phase) {
            event(&mut lines, edition, services, window);
        }
    }
    for window in &snapshot.withdrawn {
        cancellation(&mut lines, window);
    }
    lines.add("END", "VCALENDAR");
    SiteFile::text(edition.path(PATH), lines.0)
}

fn event(
    lines: &mut CalendarLines,
    edition: &Edition<'_>,
    services: &ServiceIndex<'_>,
    window: &PublicMaintenance,
) {
    let steps = window.steps(edition.snapshot.generated_at);
    let phase_at = steps.last().map_or(window.announced_at, |step| step.at);
    let affected = services.affected(&window.affected);
    let names: Vec<String> =
        affected.iter().copied().map(PublicService::label).map(one_line).collect();
    let affected = edition.words.affected(&edition.words.list(&names));
    let mut paragraphs = vec![window.description.trim()];
    if !names.is_empty() {
        paragraphs.push(&affected);
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());

    lines.add("BEGIN", "VEVENT");
    lines.add("UID", &uid(&window.calendar_id));
    lines.add("SEQUENCE", &sequence(window.revised_at).to_string());
    lines.add("LAST-MODIFIED", &calendar_time(window.revised_at.unwrap_or(window.announced_at)));
    lines.add("DTSTAMP", &calendar_time(window.revised_at.map_or(phase_at, |at| at.max(phase_at))));
    lines.add("DTSTART", &calendar_time(window.starts_at));
    lines.add("DTEND", &calendar_time(window.ends_at));
    lines.add_text("SUMMARY", &one_line(&window.title));
    if !paragraphs.is_empty() {
        lines.add_text("DESCRIPTION", &paragraphs.join("\n\n"));
    }
    let place = anchor("maintenance", &window.id);
    lines.add("URL", &edition.url_with_anchor(&place));
    lines.add("STATUS", "CONFIRMED");
    // The window blocks no time in the calendar of a reader.
    lines.add("TRANSP", "TRANSPARENT");
    lines.add("END", "VEVENT");
}

/// Adds the event of a window that was withdrawn, which cancels the one that calendars have.
fn cancellation(lines: &mut CalendarLines, window: &WithdrawnMaintenance) {
    let withdrawn_at = calendar_time(window.withdrawn_at);
    lines.add("BEGIN", "VEVENT");
    lines.add("UID", &uid(&window.calendar_id));
    lines.add("SEQUENCE", &sequence(Some(window.withdrawn_at)).to_string());
    lines.add("LAST-MODIFIED", &withdrawn_at);
    lines.add("DTSTAMP", &withdrawn_at);
    lines.add("DTSTART", &calendar_time(window.starts_at));
    lines.add("DTEND", &calendar_time(window.ends_at));
    lines.add_text("SUMMARY", &one_line(&window.title));
    lines.add("STATUS", "CANCELLED");
    lines.add("TRANSP", "TRANSPARENT");
    lines.add("END", "VEVENT");
}

fn uid(calendar_id: &str) -> String {
    format!("{}@maintenance.allclear", encoded(calendar_id))
}

/// Returns the number of the revision of `revised_at`, which increases with each change (RFC 5545, 3.8.7.4): its seconds
/// since 2025, so that a lost record of earlier changes does not decrease it. An integer of a calendar has 31 bits.
fn sequence(revised_at: Option<Timestamp>) -> i64 {
    const START_OF_2025: i64 = 1_735_689_600;
    let seconds = revised_at.map_or(0, |at| at.as_second() - START_OF_2025);
    seconds.clamp(0, i64::from(i32::MAX))
}

/// Formats a time as `20260310T120500Z`.
fn calendar_time(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// The content lines of a calendar.
#[derive(Default)]
struct CalendarLines(String);

impl CalendarLines {
    /// Adds a property with a text, whose special characters are escaped.
    fn add_text(&mut self, name: &str, text: &str) {
        let mut escaped = String::new();
        for c in text.chars() {
            match c {
                '\\' | ';' | ',' => escaped.extend(['\\', c]),
                '\n' => escaped.push_str("\\n"),
                c => escaped.push(c),
            }
        }
        self.add(name, &escaped);
    }

    /// Adds a property. A line break in `value` cannot begin another one, because control characters are left out. A
    /// long line continues on the next one, behind a space.
    fn add(&mut self, name: &str, value: &str) {
        let mut n_bytes = 0;
        let line = name.chars().chain([':']).chain(value.chars());
        for c in line.filter(|c| !c.is_control()) {
            if n_bytes + c.len_utf8() > MAX_LINE_BYTES {
                self.0.push_str("\r\n ");
                n_bytes = 1;
            }
            self.0.push(c);
            n_bytes += c.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_folded_between_characters() {
        let mut lines = CalendarLines::default();
        lines.add_text("SUMMARY", &"ü".repeat(100));
        assert!(lines.0.split("\r\n").all(|line| line.len() <= MAX_LINE_BYTES), "{}", lines.0);
        assert_eq!(lines.0.replace("\r\n ", ""), format!("SUMMARY:{}\r\n", "ü".repeat(100)));
    }

    #[test]
    fn a_text_cannot_add_a_property() {
        let mut lines = CalendarLines::default();
        lines.add_text("SUMMARY", "a\r\nATTACH:x\u{7}, b; c\\d");
        assert_eq!(lines.0, "SUMMARY:a\\nATTACH:x\\, b\\; c\\\\d\r\n");
        let mut lines = CalendarLines::default();
        lines.add("URL", "https://acme.example/\r\nATTACH:x");
        assert_eq!(lines.0, "URL:https://acme.example/ATTACH:x\r\n");
    }
}
