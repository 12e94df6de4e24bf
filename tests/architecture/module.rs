//! What one file says: its child modules, the names it imports, the paths in its code.

use std::collections::{BTreeMap, BTreeSet};

use crate::tokens::{Token, group_end, production};

/// A module, a file or one written within a file.
#[derive(Debug, Default)]
pub(crate) struct Module {
    /// The path from the crate's root.
    pub(crate) path: Vec<String>,
    /// The file below `src`.
    pub(crate) file: String,
    /// Names of modules in files of their own.
    pub(crate) children: BTreeSet<String>,
    /// What names in this module stand for.
    pub(crate) imports: BTreeMap<String, Import>,
    /// Modules whose names are all imported.
    pub(crate) globs: Vec<Import>,
    /// Macros that are defined here.
    pub(crate) macros: BTreeSet<String>,
    /// Every path in the code that has more than one part, or is a macro's name.
    pub(crate) paths: BTreeSet<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    pub(crate) path: Vec<String>,
    /// A re-export: it offers the thing to others.
    pub(crate) is_public: bool,
}

/// Reads a file; the modules written within it come along.
pub(crate) fn read(path: &[String], file: &str, text: &str) -> Vec<Module> {
    let mut modules = Vec::new();
    read_tokens(path.to_vec(), file, &production(text), &mut modules);
    modules
}

fn read_tokens(path: Vec<String>, file: &str, tokens: &[Token], modules: &mut Vec<Module>) {
    let mut module = Module { path, file: file.to_owned(), ..Module::default() };
    let mut at = 0;
    let mut is_public = false;
    while at < tokens.len() {
        let next = tokens.get(at + 1);
        match (&tokens[at], next) {
            (Token::Name(word), Some(Token::Sign('('))) if word == "pub" => {
                is_public = true;
                at = group_end(tokens, at + 1);
                continue;
            }
            (Token::Name(word), _) if word == "pub" => {
                is_public = true;
                at += 1;
                continue;
            }
            (Token::Name(word), Some(Token::Name(name))) if word == "mod" => {
                if tokens.get(at + 2).is_some_and(|token| token.is('{')) {
                    let end = group_end(tokens, at + 2);
                    let inner = [&module.path[..], std::slice::from_ref(name)].concat();
                    read_tokens(inner, file, &tokens[at + 3..end - 1], modules);
                    at = end;
                } else {
                    at += 3;
                }
                module.children.insert(name.clone());
            }
            (Token::Name(word), _) if word == "use" => {
                let mut end = at + 1;
                while !tokens[end].is(';') {
                    end += 1;
                }
                import_tree(&tokens[at + 1..end], &[], is_public, &mut module);
                at = end + 1;
            }
            (Token::Name(_), _) => at = code_path(tokens, at, &mut module),
            _ => at += 1,
        }
        is_public = false;
    }
    modules.push(module);
}

/// Takes down the path that begins here and returns the place behind it.
fn code_path(tokens: &[Token], start: usize, module: &mut Module) -> usize {
    // A method or a field, or the end of a path through a type such as `<T as A>::b`.
    let follows_dot = start > 0 && (tokens[start - 1].is('.') || tokens[start - 1].is(':'));
    let mut path = Vec::new();
    let mut at = start;
    while let Some(name) = tokens.get(at).and_then(Token::name) {
        path.push(name.to_owned());
        let colons = tokens.get(at + 1..at + 3).is_some_and(|two| two.iter().all(|sign| sign.is(':')));
        if !colons || tokens.get(at + 3).and_then(Token::name).is_none() {
            at += 1;
            break;
        }
        at += 3;
    }
    if path == ["macro_rules"] {
        let name = tokens.get(at + 1).and_then(Token::name).unwrap_or_default();
        module.macros.insert(name.to_owned());
    }
    let is_macro = tokens.get(at).is_some_and(|sign| sign.is('!'))
        && tokens.get(at + 1).is_some_and(|sign| sign.is('(') || sign.is('[') || sign.is('{'));
    let single_colon = follows_dot && start > 1 && tokens[start - 1].is(':') && !tokens[start - 2].is(':');
    if (!follows_dot || single_colon) && (path.len() > 1 || is_macro) {
        module.paths.insert(path);
    }
    at
}

/// `a::{b, c as d, e::*}`.
fn import_tree(tokens: &[Token], before: &[String], is_public: bool, module: &mut Module) {
    let mut depth = 0;
    let parts = tokens.split(|token| {
        depth += i32::from(token.is('{')) - i32::from(token.is('}'));
        depth == 0 && token.is(',')
    });
    for part in parts.filter(|part| !part.is_empty()) {
        let mut path = before.to_vec();
        let mut at = 0;
        while let Some(name) = part.get(at).and_then(Token::name) {
            path.push(name.to_owned());
            at += 1;
            if part.get(at).and_then(Token::name) == Some("as") {
                break;
            }
            while part.get(at).is_some_and(|token| token.is(':')) {
                at += 1;
            }
        }
        match part.get(at) {
            Some(Token::Sign('{')) => {
                let end = group_end(part, at);
                import_tree(&part[at + 1..end - 1], &path, is_public, module);
            }
            Some(Token::Sign('*')) => module.globs.push(Import { path, is_public }),
            Some(token) if token.name() == Some("as") => {
                let name = part.get(at + 1).and_then(Token::name).unwrap_or("_").to_owned();
                insert(module, name, path, is_public);
            }
            _ => {
                if path.last().is_some_and(|last| last == "self") {
                    path.pop();
                }
                let name = path.last().cloned().unwrap_or_default();
                insert(module, name, path, is_public);
            }
        }
    }
}

fn insert(module: &mut Module, name: String, path: Vec<String>, is_public: bool) {
    // Traits imported for their methods alone share the name `_`.
    let key = if name == "_" { path.join("::") } else { name };
    module.imports.insert(key, Import { path, is_public });
}
