//! The script: optional, under 1 kB, inline. The page says everything without it.

use std::sync::LazyLock;

/// What is shorter in the page than in the source. No string of the script contains any of them.
const SHORTER: [(&str, &str); 13] = [
    (" => ", "=>"),
    (" = ", "="),
    (" + ", "+"),
    (" - ", "-"),
    (" / ", "/"),
    (" > ", ">"),
    (" | ", "|"),
    (" || ", "||"),
    (" ? ", "?"),
    (" : ", ":"),
    (" {", "{"),
    (", ", ","),
    ("if (", "if("),
];

/// The script without comments, line breaks and spaces that only people need.
pub(crate) fn script() -> &'static str {
    static SCRIPT: LazyLock<String> = LazyLock::new(|| {
        let lines = include_str!("script.js").lines().map(str::trim);
        let script: String = lines.filter(|line| !line.starts_with("//")).collect();
        SHORTER.iter().fold(script, |script, (long, short)| script.replace(long, short))
    });
    &SCRIPT
}
