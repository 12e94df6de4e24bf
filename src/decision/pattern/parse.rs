//! Reading a pattern as Python's `re` does.

use std::collections::HashMap;

use super::set::{Case, Part, Set, Table, ranges};
use super::tree::{Assertion, Look, Node, Tree};

/// How deep groups may stand within each other.
const DEEPEST: usize = 200;

/// What is wrong with a pattern.
pub(super) type Wrong = &'static str;

/// The flags that are in force.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flags {
    ignores_case: bool,
    has_lines: bool,
    dot_is_all: bool,
    is_verbose: bool,
    is_ascii: bool,
}

impl Flags {
    pub(super) fn case(self) -> Case {
        match (self.ignores_case, self.is_ascii) {
            (false, _) => Case::Matters,
            (true, false) => Case::Ignored,
            (true, true) => Case::IgnoredInAscii,
        }
    }

    pub(super) fn table(self, table: Table, is_negated: bool) -> Part {
        Part::Table { table, is_ascii: self.is_ascii, is_negated }
    }
}

pub(super) struct Parser<'p> {
    pub(super) text: &'p str,
    pub(super) place: usize,
    flags: Flags,
    depth: usize,
    sets: Vec<Set>,
    groups: u32,
    /// Groups that are not closed yet.
    open: Vec<u32>,
    names: HashMap<&'p str, u32>,
    /// The highest group that a condition asks for.
    asked: u32,
    has_memory: bool,
}

/// Reads a whole pattern.
pub(super) fn parse(text: &str) -> Result<Tree, Wrong> {
    let mut parser = Parser {
        text,
        place: 0,
        flags: Flags::default(),
        depth: 0,
        sets: Vec::new(),
        groups: 0,
        open: Vec::new(),
        names: HashMap::new(),
        asked: 0,
        has_memory: false,
    };
    let root = parser.alternatives()?;
    if parser.peek().is_some() {
        return Err("a parenthesis is closed that was not opened");
    }
    if parser.asked > parser.groups {
        return Err("there is no such group");
    }
    Ok(Tree { root, sets: parser.sets, groups: parser.groups, has_memory: parser.has_memory })
}

impl<'p> Parser<'p> {
    pub(super) fn peek(&self) -> Option<char> {
        self.text[self.place..].chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.place += character.len_utf8();
        Some(character)
    }

    pub(super) fn take(&mut self, text: &str) -> bool {
        let is_here = self.text[self.place..].starts_with(text);
        if is_here {
            self.place += text.len();
        }
        is_here
    }

    /// The text up to an end, which is passed over.
    pub(super) fn until(&mut self, end: char) -> Option<&'p str> {
        let (text, _) = self.text[self.place..].split_once(end)?;
        self.place += text.len() + end.len_utf8();
        Some(text)
    }

    fn set(&mut self, set: Set) -> Node {
        let place = self.sets.iter().position(|known| *known == set).unwrap_or_else(|| {
            self.sets.push(set);
            self.sets.len() - 1
        });
        Node::Set(place as u32)
    }

    fn one_of(&mut self, part: Part) -> Node {
        self.set(Set::new(vec![part], false))
    }

    fn literal(&mut self, character: char) -> Node {
        let part = ranges(vec![(character, character)], self.flags.case());
        self.one_of(part)
    }

    /// Alternatives up to a closing parenthesis or the end. Flags that are set within hold to
    /// there.
    fn alternatives(&mut self) -> Result<Node, Wrong> {
        let flags = self.flags;
        let mut list = vec![self.sequence()?];
        while self.take("|") {
            list.push(self.sequence()?);
        }
        if self.depth > 0 {
            self.flags = flags;
        }
        Ok(if list.len() == 1 { list.swap_remove(0) } else { Node::Alternate(list) })
    }

    fn sequence(&mut self) -> Result<Node, Wrong> {
        let mut list: Vec<Node> = Vec::new();
        // Whether the last item can be repeated.
        let mut is_repeatable = false;
        while let Some(character) = self.peek() {
            if self.flags.is_verbose && self.passes_over_space() {
                continue;
            }
            match character {
                '|' | ')' => break,
                '*' | '+' | '?' | '{' => {
                    let Some((least, most)) = self.bounds()? else {
                        list.push(self.literal('{'));
                        is_repeatable = true;
                        continue;
                    };
                    let item = list.pop().filter(|_| is_repeatable).ok_or("there is nothing to repeat")?;
                    list.push(self.repeated(item, least, most));
                    is_repeatable = false;
                }
                '(' => {
                    if let Some(node) = self.group()? {
                        list.push(node);
                        is_repeatable = true;
                    }
                }
                _ => {
                    let node = self.atom()?;
                    is_repeatable = !matches!(node, Node::Assert(_));
                    list.push(node);
                }
            }
        }
        Ok(match list.len() {
            0 => Node::Empty,
            1 => list.swap_remove(0),
            _ => Node::Concat(list),
        })
    }

    fn passes_over_space(&mut self) -> bool {
        match self.peek() {
            Some(' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}') => drop(self.next()),
            Some('#') => {
                if self.until('\n').is_none() {
                    self.place = self.text.len();
                }
            }
            _ => return false,
        }
        true
    }

    fn repeated(&mut self, item: Node, least: u32, most: Option<u32>) -> Node {
        let is_lazy = self.take("?");
        let is_possessive = !is_lazy && self.take("+");
        // What a turn has taken, no later one gets back: also where several have to be.
        let item = if is_possessive && least > 1 { Node::Atomic(Box::new(item)) } else { item };
        let node = Node::Repeat { node: Box::new(item), least, most, is_lazy };
        if is_possessive {
            self.has_memory = true;
            return Node::Atomic(Box::new(node));
        }
        node
    }

    /// The bounds of a repetition; none when a brace is just a brace.
    fn bounds(&mut self) -> Result<Option<(u32, Option<u32>)>, Wrong> {
        match self.next() {
            Some('*') => return Ok(Some((0, None))),
            Some('+') => return Ok(Some((1, None))),
            Some('?') => return Ok(Some((0, Some(1)))),
            _ => {}
        }
        let after_brace = self.place;
        let rest = &self.text[after_brace..];
        let inner = rest.split_once('}').map(|(inner, _)| inner).filter(|inner| !inner.is_empty());
        let Some(inner) = inner else { return Ok(None) };
        let (least, most) = inner.split_once(',').unwrap_or((inner, inner));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(least) || !is_number(most) {
            return Ok(None);
        }
        self.place += inner.len() + 1;
        let number = |text: &str| text.parse::<u32>().map_err(|_| "it repeats too often");
        let least = if least.is_empty() { 0 } else { number(least)? };
        let most = if most.is_empty() { None } else { Some(number(most)?) };
        if most.is_some_and(|most| most < least) {
            return Err("it repeats at most less often than at least");
        }
        Ok(Some((least, most)))
    }

    fn atom(&mut self) -> Result<Node, Wrong> {
        let flags = self.flags;
        Ok(match self.next() {
            Some('.') if flags.dot_is_all => self.set(Set::new(Vec::new(), true)),
            Some('.') => self.set(Set::new(vec![Part::Ranges(Box::new([('\n', '\n')]))], true)),
            Some('^') if flags.has_lines => Node::Assert(Assertion::LineStart),
            Some('^') => Node::Assert(Assertion::Start),
            Some('$') if flags.has_lines => Node::Assert(Assertion::LineEnd),
            Some('$') => Node::Assert(Assertion::LastLineEnd),
            Some('[') => {
                let set = self.bracketed(flags)?;
                self.set(set)
            }
            Some('\\') => self.escaped()?,
            Some(character) => self.literal(character),
            None => Node::Empty,
        })
    }

    fn escaped(&mut self) -> Result<Node, Wrong> {
        let flags = self.flags;
        let boundary =
            |is_negated| Ok(Node::Assert(Assertion::Boundary { is_ascii: flags.is_ascii, is_negated }));
        if let Some(part) = self.kind(flags)? {
            return Ok(self.one_of(part));
        }
        match self.peek() {
            Some('A') => {
                self.place += 1;
                Ok(Node::Assert(Assertion::Start))
            }
            Some('Z') => {
                self.place += 1;
                Ok(Node::Assert(Assertion::End))
            }
            Some(which @ ('b' | 'B')) => {
                self.place += 1;
                boundary(which == 'B')
            }
            Some('1'..='9') => self.back_reference(),
            // Java's and JavaScript's.
            Some('k') => {
                self.place += 1;
                let name = if self.take("<") { self.until('>') } else { None };
                let group = name.and_then(|name| self.names.get(name)).copied();
                self.back(group.ok_or("there is no group of that name")?)
            }
            _ => {
                let character = self.character()?;
                Ok(self.literal(character))
            }
        }
    }

    /// `\1` to `\99`, or a character by three octal digits.
    fn back_reference(&mut self) -> Result<Node, Wrong> {
        let digits = self.text[self.place..].bytes().take(3).take_while(u8::is_ascii_digit).count();
        let octal = self.text[self.place..].bytes().take(3).filter(|byte| (b'0'..=b'7').contains(byte));
        if digits == 3 && octal.count() == 3 {
            let character = self.octal(3)?;
            return Ok(self.literal(character));
        }
        let digits = &self.text[self.place..self.place + digits.min(2)];
        self.place += digits.len();
        self.back(digits.parse().map_err(|_| "there is no such group")?)
    }

    fn back(&mut self, group: u32) -> Result<Node, Wrong> {
        if group > self.groups || self.open.contains(&group) {
            return Err("it refers to a group that is not there, or not closed yet");
        }
        self.has_memory = true;
        Ok(Node::Back { group, case: self.flags.case() })
    }

    /// What stands in parentheses. None: a comment, or flags for what follows.
    fn group(&mut self) -> Result<Option<Node>, Wrong> {
        self.place += 1;
        if self.depth == DEEPEST {
            return Err("its groups are nested too deeply");
        }
        if !self.take("?") {
            return self.numbered(None).map(Some);
        }
        let is_name = |name: &str| {
            let mut letters = name.chars();
            letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
                && letters.all(|letter| letter.is_alphanumeric() || letter == '_')
        };
        let look = |is_behind, is_negated| {
            move |node| Some(Node::Look(Look { node: Box::new(node), is_behind, is_negated }))
        };
        if self.take("#") {
            return self.until(')').map(|_| None).ok_or("a comment does not end");
        }
        if self.take("P=") {
            let name = self.until(')').ok_or("a reference does not end")?;
            let group = self.names.get(name).copied().ok_or("there is no group of that name")?;
            return self.back(group).map(Some);
        }
        if self.take(":") {
            return self.inner().map(Some);
        }
        if self.take("=") {
            return self.inner().map(look(false, false));
        }
        if self.take("!") {
            return self.inner().map(look(false, true));
        }
        if self.take("<=") {
            return self.inner().map(look(true, false));
        }
        if self.take("<!") {
            return self.inner().map(look(true, true));
        }
        if self.take(">") {
            self.has_memory = true;
            return self.inner().map(|node| Some(Node::Atomic(Box::new(node))));
        }
        // The second is Java's and JavaScript's.
        if self.take("P<") || self.take("<") {
            let name = self.until('>').filter(|name| is_name(name)).ok_or("a name of a group is none")?;
            return self.numbered(Some(name)).map(Some);
        }
        if self.take("(") {
            return self.condition().map(Some);
        }
        self.flagged()
    }

    /// The inside of a group, and the parenthesis that closes it.
    fn inner(&mut self) -> Result<Node, Wrong> {
        self.depth += 1;
        let node = self.alternatives()?;
        self.depth -= 1;
        if self.take(")") { Ok(node) } else { Err("a parenthesis is not closed") }
    }

    fn numbered(&mut self, name: Option<&'p str>) -> Result<Node, Wrong> {
        self.groups += 1;
        let number = self.groups;
        if name.is_some_and(|name| self.names.insert(name, number).is_some()) {
            return Err("two groups have one name");
        }
        self.open.push(number);
        let node = self.inner()?;
        self.open.pop();
        Ok(Node::Group(number, Box::new(node)))
    }

    fn condition(&mut self) -> Result<Node, Wrong> {
        let name = self.until(')').ok_or("a parenthesis is not closed")?;
        let known = self.names.get(name).copied();
        let group = known.or_else(|| name.parse().ok()).filter(|group| *group > 0);
        let group = group.ok_or("there is no such group")?;
        self.asked = self.asked.max(group);
        self.has_memory = true;
        Ok(match self.inner()? {
            Node::Alternate(mut both) if both.len() == 2 => {
                let no = both.pop().unwrap_or(Node::Empty);
                let yes = both.pop().unwrap_or(Node::Empty);
                Node::Condition(group, Box::new(yes), Box::new(no))
            }
            Node::Alternate(_) => return Err("a condition has more than two branches"),
            yes => Node::Condition(group, Box::new(yes), Box::new(Node::Empty)),
        })
    }

    /// `(?i)` for what follows, or `(?i:...)` and `(?-i:...)` for what stands in it.
    fn flagged(&mut self) -> Result<Option<Node>, Wrong> {
        let mut flags = self.flags;
        let mut value = true;
        let mut sets_kind = 0;
        loop {
            match self.next() {
                Some('i') => flags.ignores_case = value,
                Some('m') => flags.has_lines = value,
                Some('s') => flags.dot_is_all = value,
                Some('x') => flags.is_verbose = value,
                Some(kind @ ('a' | 'u')) if value => {
                    flags.is_ascii = kind == 'a';
                    sets_kind |= if kind == 'a' { 1 } else { 2 };
                }
                Some('-') if value => value = false,
                Some(')') if value && sets_kind < 3 => {
                    self.flags = flags;
                    return Ok(None);
                }
                Some(':') if sets_kind < 3 => break,
                _ => return Err("what follows `(?` is not known"),
            }
        }
        let outer = std::mem::replace(&mut self.flags, flags);
        let node = self.inner()?;
        self.flags = outer;
        Ok(Some(node))
    }
}
