//! Checks that the lists of cases name every case.

use std::fs;
use std::path::Path;

#[test]
fn every_case_is_in_a_list() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let lists = fs::read_to_string(sources.join("macros.rs")).unwrap();
    let mut n_cases = 0;
    for entry in fs::read_dir(sources).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let module = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        for declared in text.split("\npub async fn ").skip(1) {
            let case = declared.split('(').next().unwrap();
            assert!(lists.contains(&format!(" {module}::{case},\n")), "{module}::{case}");
            n_cases += 1;
        }
    }
    assert!(n_cases > 40, "only {n_cases} cases were found");
}
