//! One source file: its place among the modules, the names it brings in, the paths it uses.

use std::collections::BTreeMap;

use syn::visit::{self, Visit};
use syn::{
    Attribute, Expr, File, ItemMod, ItemUse, Macro, Meta, Token, UseTree, Visibility,
    punctuated::Punctuated,
};

/// A module by the names from the crate's root, which has none; or the path of an item.
pub(super) type ModulePath = Vec<String>;

/// One file of a crate.
pub(super) struct Source {
    /// From the repository's root.
    pub(super) file: String,
    pub(super) module: ModulePath,
    /// The names that a `use` of the file brings in, with their paths.
    pub(super) names: BTreeMap<String, ModulePath>,
    pub(super) imports: Vec<Import>,
    /// Modules in files of their own that only tests compile.
    pub(super) test_modules: Vec<ModulePath>,
}

/// A path in a file's code, from the crate's root.
pub(super) struct Import {
    pub(super) path: ModulePath,
    pub(super) is_reexport: bool,
}

impl Source {
    /// Reads `text`, the file at `within` in its crate's `src`.
    pub(super) fn parse(file: &str, within: &str, text: &str) -> Self {
        let parsed: File = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        let module = module_of(within);
        let mut reader = Reader { module: module.clone(), source: Self::empty(file, module) };
        reader.visit_file(&parsed);
        reader.source
    }

    fn empty(file: &str, module: ModulePath) -> Self {
        Self {
            file: file.to_owned(),
            module,
            names: BTreeMap::new(),
            imports: Vec::new(),
            test_modules: Vec::new(),
        }
    }
}

/// Returns the module that the file at `within` in `src` is.
fn module_of(within: &str) -> ModulePath {
    let stem = within.trim_end_matches(".rs").trim_end_matches("/mod");
    if matches!(stem, "lib" | "main") {
        return Vec::new();
    }
    stem.split('/').map(ToOwned::to_owned).collect()
}

/// Walks through a file, and knows in which module it is.
struct Reader {
    module: ModulePath,
    source: Source,
}

impl Reader {
    /// Returns `path` from the crate's root; a path to elsewhere leads to no file and is sorted out later.
    fn absolute(&self, path: &[String]) -> ModulePath {
        let mut base = self.module.clone();
        let mut rest = path;
        while let [first, others @ ..] = rest {
            match first.as_str() {
                "crate" => base.clear(),
                "super" => {
                    base.pop();
                }
                "self" => {}
                _ => break,
            }
            rest = others;
        }
        base.extend(rest.iter().cloned());
        base
    }

    /// Notes each name of a `use`; `before` is the path to the tree.
    fn read_use(&mut self, tree: &UseTree, before: &[String], visibility: &Visibility) {
        let with = |name: &dyn ToString| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.read_use(&path.tree, &with(&path.ident), visibility),
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.read_use(tree, before, visibility));
            }
            UseTree::Glob(_) => self.bring_in(None, before, visibility),
            UseTree::Name(name) if name.ident == "self" => {
                self.bring_in(before.last().cloned(), before, visibility);
            }
            UseTree::Name(name) => {
                self.bring_in(Some(name.ident.to_string()), &with(&name.ident), visibility);
            }
            UseTree::Rename(renamed) => {
                let path = if renamed.ident == "self" { before } else { &with(&renamed.ident) };
                self.bring_in(Some(renamed.rename.to_string()), path, visibility);
            }
        }
    }

    fn bring_in(&mut self, name: Option<String>, path: &[String], visibility: &Visibility) {
        let path = self.absolute(path);
        let is_top = self.module == self.source.module;
        if let Some(name) = name.filter(|_| is_top) {
            self.source.names.insert(name, path.clone());
        }
        self.source
            .imports
            .push(Import { path, is_reexport: !matches!(visibility, Visibility::Inherited) });
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let inner = [&self.module[..], &[item.ident.to_string()]].concat();
        if is_for_tests(&item.attrs) {
            self.source.test_modules.push(inner);
            return;
        }
        let outer = std::mem::replace(&mut self.module, inner);
        visit::visit_item_mod(self, item);
        self.module = outer;
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if !is_for_tests(&item.attrs) {
            self.read_use(&item.tree, &[], &item.vis);
        }
    }

    fn visit_visibility(&mut self, _: &'ast Visibility) {
        // `pub(in crate::a)` imports nothing.
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<_> = path.segments.iter().map(|one| one.ident.to_string()).collect();
        // The `use` that brings in the first name is the import.
        let is_imported = names.first().is_some_and(|name| self.source.names.contains_key(name));
        if names.len() > 1 && !is_imported {
            let path = self.absolute(&names);
            self.source.imports.push(Import { path, is_reexport: false });
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        if let Ok(inputs) = called.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated)
        {
            for input in &inputs {
                <Self as Visit<'_>>::visit_expr(self, input);
            }
        }
    }
}

/// Returns true for an item under `#[cfg(test)]`.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        Meta::Path(_) | Meta::NameValue(_) => false,
    })
}
