//! The script: optional, under 2 kB, inline. Without it, the page still shows all information.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Source texts and their shorter forms in the page. No string literal of the script contains any
/// of them.
const SHORTER: [(&str, &str); 24] = [
    (" => ", "=>"),
    (" == ", "=="),
    (" != ", "!="),
    (" >= ", ">="),
    (" = ", "="),
    (" + ", "+"),
    (" - ", "-"),
    (" * ", "*"),
    (" / ", "/"),
    (" < ", "<"),
    (" > ", ">"),
    (" | ", "|"),
    (" || ", "||"),
    (" && ", "&&"),
    (" ? ", "?"),
    (" : ", ":"),
    (" {", "{"),
    (" [", "["),
    ("} of", "}of"),
    (", ", ","),
    ("; ", ";"),
    (") ", ")"),
    ("if (", "if("),
    ("for (", "for("),
];

/// Returns the script of the page.
pub(crate) fn script() -> &'static str {
    static SCRIPT: LazyLock<String> = LazyLock::new(|| shortened(include_str!("script.js")));
    &SCRIPT
}

/// Returns a script without comments and line breaks, and with short names and few spaces.
pub(crate) fn shortened(source: &str) -> String {
    let lines = source.lines().map(str::trim);
    let script: String = lines.filter(|line| !line.starts_with("//")).collect();
    let script = SHORTER.iter().fold(script, |script, (long, short)| script.replace(long, short));
    short_names(&script)
}

/// Replaces each name that begins with a dollar sign by one capital letter, in the order of
/// appearance. The source has fewer than 26 such names, and no other names of one capital letter.
fn short_names(script: &str) -> String {
    let mut letters = 'A'..='Z';
    let mut names: BTreeMap<&str, char> = BTreeMap::new();
    let mut parts = script.split('$');
    let mut short = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|char: char| !char.is_ascii_alphanumeric()).unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        let letter = match names.get(name) {
            // The dollar sign of a placeholder in a template.
            _ if name.is_empty() => Some('$'),
            Some(letter) => Some(*letter),
            None => letters.next().inspect(|letter| {
                names.insert(name, *letter);
            }),
        };
        short.extend(letter);
        short.push_str(rest);
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_a_dollar_sign_become_letters_and_placeholders_stay() {
        assert_eq!(short_names("let $one=1,$two=`${$one}`;$two"), "let A=1,B=`${A}`;B");
        assert_eq!(short_names("no names"), "no names");
    }

    #[test]
    fn the_script_has_no_long_name_and_no_line_break_left() {
        for rest in ["$", "\n", "//"] {
            assert!(!script().contains(rest), "{rest:?}: {}", script());
        }
    }
}
