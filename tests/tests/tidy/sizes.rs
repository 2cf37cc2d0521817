//! The maximum length of source files, and of the entry points of the functions.

use crate::repository::{extension, files, report, text};

const MOST_LINES: usize = 500;

/// The maximum number of lines of an entry point. Its decisions belong into the engine and the runtime.
const MOST_LINES_OF_ENTRY_POINT: usize = 39;
const SOURCES: [&str; 5] = ["rs", "css", "js", "sql", "html"];

/// Checks whether people write and read this file. Golden files are written by a test.
fn is_source(path: &str) -> bool {
    let is_lock = path.ends_with("package-lock.json");
    let is_script = path.starts_with("scripts/") && extension(path) != "txt" && !is_lock;
    (is_script || SOURCES.contains(&extension(path))) && !path.contains("/golden/")
}

fn too_long(path: &str, n_lines: usize) -> Option<String> {
    let is_entry_point = path.starts_with("functions/") && path.ends_with("/src/main.rs");
    let most = if is_entry_point { MOST_LINES_OF_ENTRY_POINT } else { MOST_LINES };
    (n_lines > most).then(|| format!("{path} has {n_lines} lines: split it; {most} is the most"))
}

/// Returns the smallest value of `sorted` that at least `percent` of them do not exceed.
fn percentile(sorted: &[usize], percent: usize) -> usize {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted[rank.max(1) - 1]
}

#[test]
fn no_source_file_is_too_long() {
    let sized: Vec<(String, usize)> = files()
        .into_iter()
        .filter(|path| is_source(path))
        .map(|path| {
            let n_lines =
                text(&path).unwrap_or_else(|| panic!("{path} is not UTF-8")).lines().count();
            (path, n_lines)
        })
        .collect();
    let mut rust: Vec<usize> = sized
        .iter()
        .filter(|(path, _)| extension(path) == "rs")
        .map(|(_, n_lines)| *n_lines)
        .collect();
    rust.sort_unstable();
    println!(
        "{} Rust files, lines: median {}, 90th percentile {}, most {}",
        rust.len(),
        percentile(&rust, 50),
        percentile(&rust, 90),
        percentile(&rust, 100),
    );
    let problems: Vec<_> =
        sized.iter().filter_map(|(path, n_lines)| too_long(path, *n_lines)).collect();
    report(&problems);
}

#[test]
fn a_long_source_is_refused_and_a_golden_file_is_no_source() {
    assert_eq!(too_long("a.rs", MOST_LINES), None);
    assert!(too_long("a.rs", MOST_LINES + 1).unwrap().starts_with("a.rs has 501 lines"));
    let entry_point = "functions/prober/src/main.rs";
    assert_eq!(too_long(entry_point, 39), None);
    assert!(too_long(entry_point, 40).unwrap().contains("39 is the most"));
    assert!(is_source("crates/core/src/lib.rs") && is_source("scripts/test"));
    assert!(!is_source("status-site/tests/golden/stale/index.html"));
    assert!(!is_source("Cargo.lock"));
}

#[test]
fn percentiles_are_those_of_the_nearest_rank() {
    let sorted = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    assert_eq!([50, 90, 100].map(|percent| percentile(&sorted, percent)), [5, 9, 10]);
    assert_eq!(percentile(&[7], 50), 7);
}
