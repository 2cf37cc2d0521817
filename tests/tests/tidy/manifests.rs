//! Names of crates and folders, and the lists of dependencies.

use toml::de::{DeTable, DeValue};

use crate::repository::{PREFIX, crates, folder, report, text};

const MEMBER_LISTS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// Returns the problem if a crate of this name must not be in this folder.
fn misnamed(name: &str, folder: &str) -> Option<String> {
    let last = folder.rsplit('/').next().unwrap_or(folder);
    let wanted = format!("{PREFIX}{last}");
    (name != wanted)
        .then(|| format!("the crate in {folder}/ is called `{name}`: call it `{wanted}`"))
}

/// Returns the keys of a table in the order of the file.
fn keys<'a>(table: &'a DeTable<'_>) -> Vec<&'a str> {
    let mut keys: Vec<_> = table.keys().collect();
    keys.sort_by_key(|key| key.span().start);
    keys.into_iter().map(|key| key.get_ref().as_ref()).collect()
}

/// Returns the first name of `[workspace.dependencies]` that violates the alphabetical order.
fn out_of_order(manifest: &str) -> Option<String> {
    let manifest = DeTable::parse(manifest).unwrap();
    let workspace = manifest.get_ref()["workspace"].get_ref().as_table().unwrap();
    let names = keys(workspace["dependencies"].get_ref().as_table().unwrap());
    assert!(!names.is_empty(), "no dependency was read");
    let late = names.windows(2).find(|pair| pair[0] > pair[1])?;
    Some(format!("Cargo.toml: `{}` is listed after `{}`: sort the names", late[1], late[0]))
}

/// Returns the dependencies of a member that do not have `workspace = true`.
fn not_of_the_workspace(path: &str, manifest: &str) -> Vec<String> {
    let manifest = DeTable::parse(manifest).unwrap();
    let manifest = manifest.get_ref();
    let mut tables = vec![manifest];
    if let Some(targets) = manifest.get("target").and_then(|targets| targets.get_ref().as_table()) {
        tables.extend(targets.values().filter_map(|target| target.get_ref().as_table()));
    }
    let lists = tables
        .into_iter()
        .flat_map(|table| MEMBER_LISTS.into_iter().filter_map(|list| table.get(list)))
        .filter_map(|list| list.get_ref().as_table());
    lists
        .flatten()
        .filter(|(_, value)| !inherits(value.get_ref()))
        .map(|(name, _)| {
            let name = name.get_ref();
            format!("{path}: `{name}` has a version of its own: say `{name}.workspace = true`")
        })
        .collect()
}

fn inherits(dependency: &DeValue<'_>) -> bool {
    dependency.get("workspace").is_some_and(|value| value.get_ref().as_bool() == Some(true))
}

#[test]
fn a_crate_is_called_like_its_folder() {
    let problems: Vec<_> =
        crates().iter().filter_map(|package| misnamed(&package.name, &folder(package))).collect();
    report(&problems);
}

#[test]
fn the_dependencies_of_the_workspace_are_sorted() {
    report(&out_of_order(&text("Cargo.toml").unwrap()).into_iter().collect::<Vec<_>>());
}

#[test]
fn a_crate_takes_every_dependency_from_the_workspace() {
    let problems: Vec<_> = crates()
        .iter()
        .map(|package| format!("{}/Cargo.toml", folder(package)))
        .flat_map(|path| not_of_the_workspace(&path, &text(&path).unwrap()))
        .collect();
    report(&problems);
}

#[test]
fn a_crate_with_another_name_than_its_folder_is_refused() {
    assert_eq!(misnamed("allclear-core", "crates/core"), None);
    assert_eq!(misnamed("allclear-tests", "tests"), None);
    let said = misnamed("allclear-domain", "crates/core").unwrap();
    assert_eq!(
        said,
        "the crate in crates/core/ is called `allclear-domain`: call it `allclear-core`"
    );
}

#[test]
fn a_dependency_out_of_order_is_refused_by_name() {
    let sorted = "[workspace.dependencies]\na = '1'\n# b is here for c.\nb = { version = '1' }\n";
    assert_eq!(out_of_order(sorted), None);
    let said = out_of_order("[workspace.dependencies]\na = '1'\nc = '1'\nb = '1'\n").unwrap();
    assert_eq!(said, "Cargo.toml: `b` is listed after `c`: sort the names");
}

#[test]
fn a_dependency_with_a_version_of_its_own_is_refused() {
    let manifest = "[dependencies]\na.workspace = true\nb = '1'\n\
        [dev-dependencies]\nc = { workspace = true, features = ['x'] }\nd = { path = '../d' }\n\
        [target.'cfg(unix)'.dependencies]\ne = { version = '1' }\n";
    let said = not_of_the_workspace("crates/x/Cargo.toml", manifest);
    let named: Vec<_> = said.iter().filter_map(|line| line.split('`').nth(1)).collect();
    assert_eq!(named, ["b", "d", "e"]);
}
