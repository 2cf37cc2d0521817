//! Compares the whole output of each scenario with its golden folder, byte for byte.
//!
//! Accept a new output with `ALLCLEAR_ACCEPT=1 cargo test -p allclear-status-site --test golden`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod scenarios;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use allclear_status_site::snapshot::{Freshness, HiddenSection};
use allclear_status_site::{Snapshot, render, render_next};
use jiff::SignedDuration;
use scenarios::Scenario;

type Tree = BTreeMap<String, Vec<u8>>;

#[test]
fn every_scenario_renders_its_golden_folder() {
    #[expect(clippy::disallowed_methods, reason = "a test is an edge")]
    let accept = std::env::var_os("ALLCLEAR_ACCEPT").is_some();
    if accept && golden().exists() {
        fs::remove_dir_all(golden()).unwrap();
    }
    let mut differences = gone();
    for scenario in scenarios::all() {
        let folder = golden().join(scenario.name);
        let actual = tree(&scenario);
        if accept {
            write(&folder, &actual);
        }
        differences.extend(compare(scenario.name, &read(&folder), &actual));
    }
    assert!(
        differences.is_empty(),
        "{}\nif this is meant, run it again with `ALLCLEAR_ACCEPT=1` and read the diff",
        differences.join("\n")
    );
}

#[test]
fn passing_time_changes_only_the_files_that_contain_the_time() {
    let mut n_scenarios = 0;
    for scenario in scenarios::all() {
        let now = scenario.snapshot;
        let is_stale = matches!(now.freshness(), Freshness::Stale { .. });
        if is_stale || now.next_change_at.is_some() {
            continue;
        }
        let minute = SignedDuration::from_mins(1);
        let later = Snapshot {
            generated_at: now.generated_at + minute,
            last_checked_at: now.last_checked_at.map(|at| at + minute),
            ..now.clone()
        };
        let before = render(&now).into_iter();
        let changed: Vec<_> = before
            .zip(render(&later))
            .filter(|(before, after)| before.bytes != after.bytes)
            .map(|(_, after)| after.path)
            .collect();
        let mut with_times =
            ["api/v1/summary.json", "metrics", "status.txt"].map(str::to_owned).to_vec();
        let others = now.page.languages.others.iter().rev();
        with_times.extend(others.map(|language| format!("{}/index.html", language.tag())));
        with_times.push("index.html".to_owned());
        assert_eq!(changed, with_times, "{}", scenario.name);
        n_scenarios += 1;
    }
    assert!(n_scenarios > 5);
}

#[test]
fn the_same_snapshot_gives_the_same_bytes() {
    for scenario in scenarios::all() {
        let again = scenarios::all().into_iter().find(|s| s.name == scenario.name).unwrap();
        assert!(render(&scenario.snapshot) == render(&again.snapshot), "{}", scenario.name);
    }
}

#[test]
fn the_page_comes_after_the_files_that_it_links() {
    for scenario in scenarios::all() {
        let files = render(&scenario.snapshot);
        assert_eq!(files.last().unwrap().path, "index.html");
        let html = String::from_utf8(files.last().unwrap().bytes.clone()).unwrap();
        let hidden = &scenario.snapshot.page.brand.hidden;
        for (link, section) in [
            ("status.txt", None),
            ("api/v2/summary.json", None),
            ("maintenance.ics", Some(HiddenSection::Subscribe)),
            ("history.atom", None),
            ("history/index.html", None),
        ] {
            if section.is_some_and(|section| hidden.contains(&section)) {
                continue;
            }
            assert!(html.contains(&format!("href=\"{link}\"")));
            assert!(files.iter().any(|file| file.path == link), "{link} is linked and missing");
        }
    }
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// Returns the folders of scenarios that no longer exist.
fn gone() -> Vec<String> {
    let entries = fs::read_dir(golden()).into_iter().flatten();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| scenarios::all().iter().all(|scenario| scenario.name != name))
        .map(|name| format!("{name}: is no scenario"))
        .collect()
}

fn tree(scenario: &Scenario) -> Tree {
    let ahead = scenarios::ahead(&scenario.snapshot).map(|snapshot| render_next(&snapshot));
    let files = ahead.into_iter().flatten().chain(render(&scenario.snapshot));
    // The images of links are the same for each snapshot.
    let files = files.filter(|file| !file.path.starts_with("share/"));
    let kept = files.filter(|file| scenario.kept.keeps(&file.path));
    kept.map(|file| (file.path, file.bytes)).collect()
}

fn read(folder: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
                tree.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    tree
}

fn write(folder: &Path, tree: &Tree) {
    for (name, bytes) in tree {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

fn compare(scenario: &str, golden: &Tree, actual: &Tree) -> Vec<String> {
    let mut names: Vec<&String> = golden.keys().chain(actual.keys()).collect();
    names.sort();
    names.dedup();
    names.into_iter().filter_map(|name| difference(scenario, name, golden, actual)).collect()
}

fn difference(scenario: &str, name: &str, golden: &Tree, actual: &Tree) -> Option<String> {
    match (golden.get(name), actual.get(name)) {
        (None, Some(_)) => Some(format!("{scenario}/{name}: is new")),
        (Some(_), None) => Some(format!("{scenario}/{name}: is no longer rendered")),
        (Some(old), Some(new)) if old != new => {
            let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(new));
            let line = old.lines().zip(new.lines()).position(|(a, b)| a != b).unwrap_or(0);
            let new_line = new.lines().nth(line).unwrap_or_default();
            let shown: String = new_line.chars().take(200).collect();
            Some(format!("{scenario}/{name}:{}: differs: {shown}", line + 1))
        }
        _ => None,
    }
}
