//! The modules of a crate, and which file uses which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::module::{Import, Module, read};

/// Sources by their path below `src`.
pub(crate) type Sources = BTreeMap<String, String>;

pub(crate) struct Tree {
    modules: BTreeMap<Vec<String>, Module>,
}

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    /// A file of the crate.
    File(String),
    /// A thing of another crate.
    Outside(String),
}

/// One use of a thing: the file that uses it, and what it wrote.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Use {
    pub(crate) file: String,
    pub(crate) target: Target,
    pub(crate) written: String,
}

/// All `.rs` files below a folder.
pub(crate) fn sources(folder: &Path) -> Sources {
    fn walk(folder: &Path, prefix: &str, found: &mut Sources) {
        for entry in std::fs::read_dir(folder).expect("the folder can be read") {
            let entry = entry.expect("the folder can be read");
            let name = entry.file_name().into_string().expect("names are UTF-8");
            if entry.path().is_dir() {
                walk(&entry.path(), &format!("{prefix}{name}/"), found);
            } else if name.ends_with(".rs") {
                let text = std::fs::read_to_string(entry.path()).expect("sources are UTF-8");
                found.insert(format!("{prefix}{name}"), text);
            }
        }
    }
    let mut found = Sources::new();
    walk(folder, "", &mut found);
    found
}

impl Tree {
    /// Reads the files that the crate has without its tests, from `lib.rs` on.
    pub(crate) fn of(sources: &Sources) -> Self {
        let mut tree = Self { modules: BTreeMap::new() };
        let mut waiting = vec![Vec::new()];
        while let Some(path) = waiting.pop() {
            let stem = path.join("/");
            let candidates = if path.is_empty() {
                vec!["lib.rs".to_owned()]
            } else {
                vec![format!("{stem}.rs"), format!("{stem}/mod.rs")]
            };
            let Some(file) = candidates.into_iter().find(|file| sources.contains_key(file)) else { continue };
            for module in read(&path, &file, &sources[&file]) {
                for child in &module.children {
                    let child = [&module.path[..], std::slice::from_ref(child)].concat();
                    if !tree.modules.contains_key(&child) {
                        waiting.push(child);
                    }
                }
                tree.modules.insert(module.path.clone(), module);
            }
        }
        tree
    }

    pub(crate) fn files(&self) -> BTreeSet<&str> {
        self.modules.values().map(|module| module.file.as_str()).collect()
    }

    /// Everything that the files use. A re-export of what is below the module that makes it is no
    /// use: it is the door of a room, and who goes through uses what is behind it.
    pub(crate) fn uses(&self) -> BTreeSet<Use> {
        let mut uses = BTreeSet::new();
        for module in self.modules.values() {
            let imports = module.imports.values().chain(&module.globs);
            for import in imports {
                let target = self.target(&module.path, &import.path);
                if !(import.is_public && self.is_below(module, &target)) {
                    uses.insert(used(module, target, &import.path));
                }
            }
            for path in &module.paths {
                if let Some(target) = self.code_target(module, path) {
                    uses.insert(used(module, target, path));
                }
            }
        }
        uses.retain(|item| item.target != Target::File(item.file.clone()));
        uses
    }

    fn is_below(&self, module: &Module, target: &Target) -> bool {
        let Some(folder) = module.file.strip_suffix("mod.rs").or(module.file.strip_suffix("lib.rs")) else {
            return false;
        };
        matches!(target, Target::File(file) if file.starts_with(folder))
    }

    /// What a path in code leads to; none for those that begin with a type or value of the module.
    fn code_target(&self, module: &Module, path: &[String]) -> Option<Target> {
        let first = path[0].as_str();
        if path.len() == 1 {
            // A macro: one of the standard library unless it is imported.
            if module.imports.contains_key(first) {
                return Some(self.target(&module.path, path));
            }
            return (!module.macros.contains(first)).then(|| Target::Outside(format!("{first}!")));
        }
        let is_type = first.starts_with(|c: char| c.is_uppercase());
        let known = module.imports.contains_key(first) || module.children.contains(first);
        if (is_type && !known) || PRIMITIVES.contains(&first) {
            return None;
        }
        Some(self.target(&module.path, path))
    }

    fn target(&self, from: &[String], path: &[String]) -> Target {
        self.resolve(from, path, &mut BTreeSet::new())
    }

    fn resolve(
        &self,
        from: &[String],
        path: &[String],
        seen: &mut BTreeSet<(Vec<String>, String)>,
    ) -> Target {
        let mut module = from.to_vec();
        for (place, name) in path.iter().enumerate() {
            match name.as_str() {
                "crate" => module.clear(),
                "self" => {}
                "super" => {
                    module.pop();
                }
                _ => {
                    let here = &self.modules[&module];
                    let child = [&module[..], std::slice::from_ref(name)].concat();
                    if self.modules.contains_key(&child) {
                        module = child;
                        continue;
                    }
                    let import = here.imports.get(name);
                    if let Some(import) = import.filter(|_| seen.insert((module.clone(), name.clone()))) {
                        return self.follow(&module, import, &path[place + 1..], seen);
                    }
                    // `use wrong_scalars;` gives a macro of this file a path.
                    let is_item = place > 0 || import.is_some_and(|import| import.path.len() == 1);
                    let through = here.globs.iter().find_map(|glob| self.through(&module, glob, name, seen));
                    return match through {
                        Some(target) => target,
                        None if is_item => Target::File(here.file.clone()),
                        None => Target::Outside(path.join("::")),
                    };
                }
            }
        }
        Target::File(self.modules[&module].file.clone())
    }

    fn follow(
        &self,
        module: &[String],
        import: &Import,
        rest: &[String],
        seen: &mut BTreeSet<(Vec<String>, String)>,
    ) -> Target {
        let whole = [&import.path[..], rest].concat();
        self.resolve(module, &whole, seen)
    }

    /// What a name means that may come in through `use module::*`.
    fn through(
        &self,
        module: &[String],
        glob: &Import,
        name: &str,
        seen: &mut BTreeSet<(Vec<String>, String)>,
    ) -> Option<Target> {
        let Target::File(file) = self.resolve(module, &glob.path, seen) else { return None };
        let other = self.modules.values().find(|other| other.file == file)?;
        let known = other.imports.contains_key(name) || other.children.contains(name);
        known.then(|| self.resolve(&other.path, &[name.to_owned()], seen))
    }
}

fn used(module: &Module, target: Target, path: &[String]) -> Use {
    Use { file: module.file.clone(), target, written: path.join("::") }
}

const PRIMITIVES: &[&str] = &[
    "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "isize", "str", "u128", "u16", "u32",
    "u64", "u8", "usize",
];
