//! One name for one thing: a type's name stands once in the sources of the workspace.

use std::collections::BTreeMap;

use syn::visit::{self, Visit};

use crate::repository::{extension, files, report, text};

/// Names that several types have, each with the reason.
const SHARED: [(&str, &str); 11] = [
    ("Action", RAW_FORM),
    ("Channel", RAW_FORM),
    ("Maintenance", RAW_FORM),
    ("Monitor", RAW_FORM),
    ("Page", RAW_FORM),
    ("Params", "each kind of check, channel and action has parameters, private to its module"),
    ("Route", RAW_FORM),
    ("Rule", RAW_FORM),
    ("Silence", RAW_FORM),
    ("Summary", RAW_FORM),
    ("Watchdog", RAW_FORM),
];

const RAW_FORM: &str = "the form that the config is read in, which the JSON Schema names";

/// Collects the names of the types of a file.
#[derive(Default)]
struct Types {
    names: Vec<String>,
}

impl<'ast> Visit<'ast> for Types {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.names.push(item.ident.to_string());
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.names.push(item.ident.to_string());
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.names.push(item.ident.to_string());
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.names.push(item.ident.to_string());
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let is_test = item.attrs.iter().any(|attribute| {
            attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test")
        });
        if !is_test {
            visit::visit_item_mod(self, item);
        }
    }

    /// Types within a function are seen only there.
    fn visit_item_fn(&mut self, _: &'ast syn::ItemFn) {}
}

fn types(text: &str) -> Vec<String> {
    let mut types = Types::default();
    types.visit_file(&syn::parse_file(text).unwrap());
    types.names
}

/// Returns true for a source that a user's program contains.
fn is_production(path: &str) -> bool {
    let is_source = path.starts_with("crates/")
        || path.starts_with("functions/")
        || path.starts_with("status-site/");
    let is_test = path
        .split('/')
        .any(|part| matches!(part, "tests" | "tests.rs" | "benches" | "fuzz" | "fuzz.rs"));
    is_source && !is_test && extension(path) == "rs"
}

/// Returns the places of each name.
fn places() -> BTreeMap<String, Vec<String>> {
    let mut places = BTreeMap::<String, Vec<String>>::new();
    for path in files().into_iter().filter(|path| is_production(path)) {
        for name in types(&text(&path).unwrap()) {
            places.entry(name).or_default().push(path.clone());
        }
    }
    places
}

#[test]
fn a_name_stands_for_one_type() {
    let places = places();
    assert!(places.len() > 500, "the types were not found");
    let allowed: BTreeMap<_, _> = SHARED.into_iter().collect();
    let shared = places
        .iter()
        .filter(|(name, places)| places.len() > 1 && !allowed.contains_key(name.as_str()));
    let mut problems: Vec<_> = shared
        .map(|(name, places)| {
            format!("`{name}` is the name of {} types: {}", places.len(), places.join(", "))
        })
        .collect();
    let unused =
        allowed.keys().filter(|name| places.get(**name).is_none_or(|places| places.len() < 2));
    problems.extend(unused.map(|name| format!("`{name}` stands once: take it off `SHARED`")));
    report(&problems);
}

#[test]
fn the_types_of_a_file_are_found() {
    let text = "struct A; pub enum B {} trait C {} type D = A; mod e { struct F; }
        #[cfg(test)] mod tests { struct G; } fn h() { struct I; } impl A { fn j() {} }";
    assert_eq!(types(text), ["A", "B", "C", "D", "F"]);
    assert!(is_production("crates/core/src/id.rs") && !is_production("crates/core/tests/id.rs"));
}
