//! The page as files: what `render` writes from the recorded outcomes, and into which folders.

use std::fs;
use std::path::Path;

use allclear_simulator::Behavior;

use crate::stage::{Stage, monitor};

async fn stage() -> Stage {
    let stage = Stage::new().await;
    let api = monitor(&stage.simulator, "api", "name = \"API\"");
    stage.config(&format!("[defaults]\nconfirm = {{ failures = 1 }}\n{api}"));
    stage
}

fn read(folder: &Path, path: &str) -> String {
    fs::read_to_string(folder.join(path)).unwrap()
}

/// Returns the files of the page in `folder`, without the record.
fn files(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    files.retain(|file| file != ".published.json");
    files.sort();
    files
}

#[tokio::test]
async fn render_writes_the_page_of_the_recorded_outcomes_without_checking() {
    let stage = stage().await;
    stage.simulator.set("api", Behavior::status(503));
    let early = stage.run(&["render", "--out", "page"]).await;
    assert_eq!(early.code, Some(2), "{early:?}");
    assert!(early.stderr.contains("nothing was recorded yet"), "{early:?}");
    assert!(!stage.path("page").exists());

    assert_eq!(stage.run(&["up", "--once"]).await.code, Some(1));
    stage.simulator.set("api", Behavior::Ok);
    let rendered = stage.run(&["render", "--out", "page"]).await;
    assert_eq!(rendered.code, Some(0), "{rendered:?}");
    let page = stage.path("page");
    assert!(read(&page, "index.html").contains("API is down"));
    assert!(read(&page, "api/v2/summary.json").contains("http://localhost:8080/"));
    assert_eq!(files(&page), files(&stage.path("allclear-data/site")));
}

#[tokio::test]
async fn a_second_rendering_repairs_the_folder_and_removes_the_files_of_the_first() {
    let stage = stage().await;
    stage.run(&["up", "--once"]).await;
    let page = stage.path("page");
    let render = async || {
        let finished = stage.run(&["render", "--out", "page", "--every", "1h"]).await;
        assert_eq!(finished.code, Some(0), "{finished:?}");
    };
    render().await;
    let before = files(&page);
    let record = read(&page, ".published.json");
    let old = record.replace("\"index.html\":", "\"old/page.html\":{},\"index.html\":");
    assert_ne!(old, record);
    fs::write(page.join(".published.json"), old).unwrap();
    fs::create_dir(page.join("old")).unwrap();
    fs::write(page.join("old/page.html"), "of an earlier page").unwrap();
    fs::write(page.join("notes.txt"), "by hand").unwrap();
    fs::write(page.join("api/v2/summary.json"), "damaged").unwrap();
    fs::remove_file(page.join("404.html")).unwrap();
    render().await;
    assert!(read(&page, "api/v2/summary.json").starts_with('{'));
    fs::remove_file(page.join("notes.txt")).unwrap();
    assert_eq!(files(&page), before);
    assert!(!page.join("old").exists());
}

#[tokio::test]
async fn a_folder_with_files_of_others_is_refused_and_unchanged() {
    let stage = stage().await;
    stage.run(&["up", "--once"]).await;
    fs::create_dir(stage.path("home")).unwrap();
    fs::write(stage.path("home/index.html"), "by hand").unwrap();
    let refused = stage.run(&["render", "--out", "home"]).await;
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("`home` has files"), "{refused:?}");
    assert!(refused.stderr.contains("new or an empty folder with `--out`"), "{refused:?}");
    assert_eq!(files(&stage.path("home")), ["index.html"]);
    assert_eq!(read(&stage.path("home"), "index.html"), "by hand");
    let file = stage.run(&["render", "--out", "allclear.toml"]).await;
    assert_eq!(file.code, Some(2), "{file:?}");
    assert!(file.stderr.contains("allclear.toml"), "{file:?}");
    assert_eq!(stage.run(&["render"]).await.code, Some(2), "a folder must be named");
}
