//! No files of a crate import each other in a loop.
//!
//! The nodes of the graph are the files of one crate that are compiled without its tests. A file imports
//! another if a `use` or a path in its code (`crate::a::b`, `super::b`, `b::c` after `mod b;`) names
//! something that the other defines. The definition counts, not the way to it: a name that a module
//! re-exports leads to the file behind it, so a parent that only re-exports has no part in any loop.
//!
//! No import is:
//! - `mod b;`, and `pub use b::B;` in the parent of `b`: both say where a file is;
//! - a child's import from one of its ancestors: a file and the folder of the same name are one unit, whose
//!   private items the files of the folder may use. The parent's use of a child is an import, so a loop
//!   that leaves the folder is found.
//!
//! Paths within macros are seen if the macro's input is a list of expressions, as for `format!`.

mod graph;
mod imports;

use graph::Graph;
use imports::Source;

use crate::repository::{crates, extension, files, folder, report, text};

/// Reads the files of the crate in `folder`, a path from the root, without those of other roots.
fn sources(folder: &str, files: &[String]) -> Vec<Source> {
    let src = format!("{folder}/src/");
    let has_library = files.contains(&format!("{src}lib.rs"));
    let of_crate = files.iter().filter_map(|path| Some((path, path.strip_prefix(&src)?)));
    of_crate
        .filter(|(path, within)| extension(path) == "rs" && !(has_library && *within == "main.rs"))
        .map(|(path, within)| Source::parse(path, within, &text(path).unwrap()))
        .collect()
}

#[test]
fn no_files_of_a_crate_import_each_other_in_a_loop() {
    let files = files();
    let mut problems = Vec::new();
    let mut n_edges = 0;
    for package in &crates() {
        let graph = Graph::of(&sources(&folder(package), &files));
        n_edges += graph.n_edges();
        problems.extend(graph.loops());
    }
    assert!(n_edges > 500, "only {n_edges} imports were seen");
    report(&problems);
}

/// Returns the loops of a crate that consists of `files`, each a path within `src` and a text.
fn loops_of(files: &[(&str, &str)]) -> Vec<String> {
    let sources: Vec<_> =
        files.iter().map(|(path, text)| Source::parse(path, path, text)).collect();
    Graph::of(&sources).loops()
}

#[test]
fn a_loop_is_reported_with_its_files_and_the_imports_that_close_it() {
    let found = loops_of(&[
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "use crate::b::B;\npub struct A(B);"),
        ("b.rs", "pub struct B;\npub fn f() -> u8 { super::c::g() }"),
        ("c.rs", "pub fn g() -> u8 { println!(\"{}\", crate::a::A::N); 1 }"),
        ("d.rs", "use crate::a::A;"),
    ]);
    assert_eq!(found.len(), 1, "{found:#?}");
    for part in ["a.rs → b.rs (b::B)", "b.rs → c.rs (c::g)", "c.rs → a.rs (a::A::N)"] {
        assert!(found[0].contains(part), "{part}: {}", found[0]);
    }
    assert!(!found[0].contains("d.rs"), "{}", found[0]);
}

#[test]
fn a_name_leads_to_the_file_that_defines_it() {
    // `shape` takes `Size` through its parent, which only re-exports it.
    let through_parent = [
        ("lib.rs", "mod parent; pub use parent::Size;"),
        ("parent.rs", "mod shape; mod size; pub use shape::Shape; pub use size::Size;"),
        ("parent/shape.rs", "use super::Size; pub struct Shape(Size);"),
        ("parent/size.rs", "pub struct Size;"),
    ];
    assert_eq!(loops_of(&through_parent), Vec::<String>::new());
    // The same way back closes a loop between the two children.
    let mut back = through_parent;
    back[3].1 = "use crate::parent::{self, Shape as Other}; pub struct Size(Other);";
    let found = loops_of(&back);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("parent/size.rs → parent/shape.rs (parent::Shape)"), "{}", found[0]);
}

#[test]
fn a_folder_is_one_unit_with_its_parent_and_a_loop_that_leaves_it_is_found() {
    let within = [
        ("lib.rs", "mod parent; mod other;"),
        ("parent.rs", "mod child; pub struct P; pub fn f() { child::g(&P); }"),
        ("parent/child.rs", "use super::P; pub fn g(_: &P) {}"),
        ("other.rs", "use crate::parent::f;"),
    ];
    assert_eq!(loops_of(&within), Vec::<String>::new());
    let mut out = within;
    out[2].1 = "use super::P; pub fn g(_: &P) { crate::other::h() }";
    let found = loops_of(&out);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("parent/child.rs → other.rs (other::h)"), "{}", found[0]);
}

#[test]
fn what_only_tests_import_closes_no_loop() {
    let files = [
        ("lib.rs", "mod a; mod b; #[cfg(test)] mod samples;"),
        ("a.rs", "use crate::b::B; #[cfg(test)] mod tests { use crate::samples; }"),
        ("b.rs", "pub struct B; #[cfg(test)] mod tests { use crate::a::A; }"),
        ("samples.rs", "use crate::a::A;"),
    ];
    assert_eq!(loops_of(&files), Vec::<String>::new());
}
