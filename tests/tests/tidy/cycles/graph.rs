//! The graph of a crate's files, and its loops.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::{ModulePath, Source};

/// Re-exports in a row that are followed.
const MAX_REEXPORTS: usize = 8;

/// Files by their place in the list, and what each imports from which others.
pub(super) struct Graph {
    files: Vec<String>,
    imports: Vec<BTreeMap<usize, BTreeSet<String>>>,
}

impl Graph {
    /// Builds the graph of one crate.
    pub(super) fn of(sources: &[Source]) -> Self {
        let for_tests: Vec<_> = sources.iter().flat_map(|one| &one.test_modules).collect();
        let sources: Vec<_> = sources
            .iter()
            .filter(|one| !for_tests.iter().any(|module| one.module.starts_with(module)))
            .collect();
        let places: BTreeMap<_, _> =
            sources.iter().enumerate().map(|(index, one)| (&one.module[..], index)).collect();
        let imports = sources.iter().enumerate().map(|(from, source)| {
            let mut imports: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
            for import in &source.imports {
                let to = definer(&import.path, &sources, &places);
                let target = &sources[to].module;
                let is_of_child = import.is_reexport && target.starts_with(&source.module);
                let is_of_ancestor = source.module.starts_with(target);
                if to != from && !is_of_child && !is_of_ancestor {
                    imports.entry(to).or_default().insert(import.path.join("::"));
                }
            }
            imports
        });
        let imports = imports.collect();
        let files = sources.iter().map(|one| one.file.clone()).collect();
        Self { files, imports }
    }

    /// Returns the number of pairs of files of which one imports the other.
    pub(super) fn n_edges(&self) -> usize {
        self.imports.iter().map(BTreeMap::len).sum()
    }

    /// Describes each strongly connected component of at least two files.
    pub(super) fn loops(&self) -> Vec<String> {
        let reached: Vec<_> = (0..self.files.len()).map(|from| self.reached_from(from)).collect();
        let mut seen = BTreeSet::new();
        let mut loops = Vec::new();
        for (one, from_one) in reached.iter().enumerate() {
            let is_in_loop = |other: &usize| reached[*other].contains(&one);
            let component: BTreeSet<_> = from_one.iter().copied().filter(is_in_loop).collect();
            if !component.is_empty() && seen.insert(component.clone()) {
                loops.push(self.described(&component));
            }
        }
        loops
    }

    /// Returns the files that `from` imports, directly or through others.
    fn reached_from(&self, from: usize) -> BTreeSet<usize> {
        let mut reached = BTreeSet::new();
        let mut open = vec![from];
        while let Some(one) = open.pop() {
            open.extend(self.imports[one].keys().filter(|&&other| reached.insert(other)));
        }
        reached
    }

    fn described(&self, component: &BTreeSet<usize>) -> String {
        let mut lines = vec![format!(
            "{} files import each other in a loop; move what they share into a file that imports none of them:",
            component.len()
        )];
        for &from in component {
            for (to, paths) in self.imports[from].iter().filter(|(to, _)| component.contains(to)) {
                let paths: Vec<_> = paths.iter().map(String::as_str).collect();
                let (from, to) = (&self.files[from], &self.files[*to]);
                lines.push(format!("    {from} → {to} ({})", paths.join(", ")));
            }
        }
        lines.join("\n")
    }
}

/// Returns the place of the file that defines what `path` names; a path to elsewhere leads to the root.
fn definer(path: &[String], sources: &[&Source], places: &BTreeMap<&[String], usize>) -> usize {
    let mut path: ModulePath = path.to_vec();
    let mut place = 0;
    for _ in 0..MAX_REEXPORTS {
        let longest = (0..=path.len()).rev().find_map(|n| Some((n, *places.get(&path[..n])?)));
        let Some((n, found)) = longest else { break };
        place = found;
        let behind = path.get(n).and_then(|name| sources[place].names.get(name));
        match behind {
            Some(behind) if *behind != path => path = [behind, &path[n + 1..]].concat(),
            _ => break,
        }
    }
    place
}
