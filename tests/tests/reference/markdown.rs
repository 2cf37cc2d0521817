//! Markdown: tables, anchors and the table of contents.

/// Returns the text as a code span in a table cell.
pub(crate) fn code(text: &str) -> String {
    // A text with a backtick needs a longer fence.
    if text.contains('`') { format!("`` {} ``", cell(text)) } else { format!("`{}`", cell(text)) }
}

/// Returns the text in one line, with the separators of a table escaped.
pub(crate) fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// Returns a table. The cells are ready for a table.
pub(crate) fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> String {
    let line = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(headings.to_vec());
    text.push('|');
    text.push_str(&"---|".repeat(N));
    text.push('\n');
    for row in rows {
        text.push_str(&line(row.iter().map(String::as_str).collect()));
    }
    text
}

/// Returns the text as a sentence: with a capital letter and a full stop.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let rest = chars.as_str();
    let end = if rest.ends_with(['.', ':']) { "" } else { "." };
    format!("{first}{rest}{end}")
}

/// Returns the anchor that GitHub gives to a heading.
pub(crate) fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// Returns the headings of a document after its title, each with its depth, 2 or 3.
fn headings(document: &str) -> Vec<(usize, &str)> {
    let mut is_code = false;
    let mut headings = Vec::new();
    for line in document.lines() {
        is_code ^= line.starts_with("```");
        let heading = line.strip_prefix("## ").map(|text| (2, text));
        let heading = heading.or_else(|| line.strip_prefix("### ").map(|text| (3, text)));
        headings.extend(heading.filter(|_| !is_code));
    }
    headings
}

/// Returns the anchors of a document.
pub(crate) fn anchors(document: &str) -> Vec<String> {
    let explicit = document.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let headings = headings(document).into_iter().map(|(_, heading)| anchor(heading));
    headings.chain(explicit.map(str::to_owned)).collect()
}

/// Returns the links of a document to an anchor: the file, empty for the document itself, and the anchor.
pub(crate) fn anchor_links(document: &str) -> Vec<(&str, &str)> {
    let links = document.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let local = links.filter(|link| !link.contains("://"));
    local.filter_map(|link| link.split_once('#')).collect()
}

/// Returns the table of contents of a document.
pub(crate) fn contents(document: &str) -> String {
    let mut contents = String::new();
    for (depth, heading) in headings(document) {
        if heading != "Contents" {
            contents.push_str(&"  ".repeat(depth - 2));
            contents = format!("{contents}- [{heading}](#{})\n", anchor(heading));
        }
    }
    contents
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contents_link_each_heading_and_no_comment_of_an_example() {
        let document = "# T\n## The `http` check\n```toml\n## no\n```\n### A, b\n";
        let wanted = "- [The `http` check](#the-http-check)\n  - [A, b](#a-b)\n";
        assert_eq!(contents(document), wanted);
    }

    #[test]
    fn a_cell_stays_in_its_row() {
        assert_eq!(code("a ||\nb"), "`a \\|\\| b`");
        assert_eq!(table(["a"], &[[cell("x | y")]]), "| a |\n|---|\n| x \\| y |\n");
    }
}
