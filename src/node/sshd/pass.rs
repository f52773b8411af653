//! One reading of sshd_config with its Includes. sshd reads twice: once when it starts, where the lines outside Match
//! blocks count, and once for each connection, where only the lines inside Match blocks that apply count.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::criteria::{Connection, Criteria};
use super::form::{self, Form};
use super::keyword::{self, Keyword, Kind};
use super::slot::{Slots, Written};
use super::value;
use super::words::{self, Rest, Word};
use super::{Block, MAIN, algorithm};
use crate::error::nearest;
use crate::model::{Location, Source, Span};
use crate::node::note::Note;
use crate::node::pattern::is_glob;
use crate::node::tree::{Found, Tree};

/// sshd refuses a deeper nesting (`SERVCONF_MAX_DEPTH`).
const DEPTH: usize = 16;
/// More Includes and bytes than any node has; files that include each other many times stop here.
const INCLUDES: usize = 4096;
const BYTES: usize = 16 << 20;

/// What a reading found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The keywords that are set.
    pub slots: Slots,
    /// The Match blocks, in the first reading only.
    pub blocks: Vec<Block>,
    /// Why sshd would not start or, in the second reading, would give up.
    pub problems: Vec<Note>,
    /// What OpenSSH before some version would not start with.
    pub newer: Vec<Note>,
    /// What an administrator should know.
    pub notices: Vec<Note>,
    /// The first line that is a statement of a template language.
    pub template: Option<Location>,
    /// The files that were read.
    pub files: BTreeSet<String>,
    /// The first file that is not in the repository and read outside Match blocks.
    pub hidden: Option<Hidden>,
}

/// A file that may set whatever no line in front of it has set.
#[derive(Debug)]
pub struct Hidden {
    /// Why what it says is not known, as a phrase.
    pub reason: String,
    /// What is set already; lines that add up are never.
    pub decided: BTreeSet<&'static str>,
}

/// Reads the files as sshd does when it starts (`connection` is `None`) or for a connection.
pub fn read(tree: &Tree, roots: &[String], connection: Option<&Connection>) -> Outcome {
    let mut pass = Pass { tree, connection, out: Outcome::default(), includes: 0, bytes: 0, stopped: false };
    for root in roots {
        let (active, only_match) = (connection.is_none(), connection.is_some());
        let mut state = State { active, never: false, only_match, drop_in: root != MAIN };
        pass.file(root, &mut state, &[], 0);
    }
    pass.out
}

struct Pass<'a> {
    tree: &'a Tree,
    connection: Option<&'a Connection>,
    out: Outcome,
    includes: usize,
    bytes: usize,
    stopped: bool,
}

/// Where in the blocks of one file the reading is.
#[derive(Debug, Clone, Copy)]
struct State {
    active: bool,
    /// Included from a block that does not apply: no Match in here applies either.
    never: bool,
    /// No Match block has begun yet in a reading that takes only those.
    only_match: bool,
    drop_in: bool,
}

struct Line<'a> {
    source: &'a Arc<Source>,
    keyword: String,
    whole: Span,
    rest: Rest<'a>,
    words: Vec<Word>,
}

impl Line<'_> {
    fn at(&self, span: Span) -> Location {
        Location { source: Arc::clone(self.source), span }
    }

    /// The arguments, without a comment behind them.
    fn place(&self) -> Location {
        let span = match (self.words.first(), self.words.last()) {
            (Some(first), Some(last)) => Span::new(first.span.start, last.span.end),
            _ => self.whole,
        };
        self.at(span)
    }

    fn note(&self, message: impl AsRef<str>) -> Note {
        Note::at(self.at(self.whole), format!("`{}` {}", self.keyword, message.as_ref()))
    }

    fn is_template(&self) -> bool {
        ["{{", "{%", "${"].iter().any(|mark| self.rest.text.contains(mark))
    }
}

impl Pass<'_> {
    fn file(&mut self, path: &str, state: &mut State, outer: &[Location], depth: usize) {
        self.out.files.insert(path.to_owned());
        let tree = self.tree;
        let source = match tree.find(path) {
            Found::File(source) => source,
            Found::Null => return,
            Found::Nothing => {
                let reason = format!("what `{path}` holds is not in the repository");
                self.out.notices.push(Note::general(reason.clone()));
                return self.hide(reason, state);
            }
        };
        self.bytes += source.text().len();
        if tree.has_byte_order_mark(path) {
            let place = Location { source: Arc::clone(source), span: Span::new(0, 0) };
            let message = "the file begins with a byte order mark, which sshd takes for a part of the first keyword";
            self.out.problems.push(Note::at(place, message));
        }
        let mut at = 0;
        let mut blocks = outer.to_vec();
        for line in source.text().split('\n') {
            self.line(source, words::trim(line, at), state, outer, &mut blocks, depth);
            at += line.len() + 1;
            if self.stopped {
                return;
            }
        }
    }

    fn line(
        &mut self,
        source: &Arc<Source>,
        text: Rest<'_>,
        state: &mut State,
        outer: &[Location],
        blocks: &mut Vec<Location>,
        depth: usize,
    ) {
        let whole = Span::new(text.at, text.at + text.text.len());
        if ["{%", "{{", "{#", "%{"].iter().any(|mark| text.text.starts_with(mark)) {
            self.out.template.get_or_insert_with(|| Location { source: Arc::clone(source), span: whole });
            return;
        }
        let mut rest = Some(text);
        let Some(mut name) = words::next(&mut rest) else { return };
        if name.is_empty() {
            name = words::next(&mut rest).unwrap_or_default();
        }
        if name.is_empty() || name.starts_with('#') {
            return;
        }
        let mut line =
            Line { source, keyword: name, whole, rest: rest.unwrap_or(Rest { text: "", at: 0 }), words: Vec::new() };
        if line.rest.text.is_empty() {
            return self.out.problems.push(line.note("has no value"));
        }
        match words::split(line.rest) {
            Some(words) => line.words = words,
            None => return self.out.problems.push(line.note("has a quote that is never closed")),
        }
        let Some(keyword) = keyword::find(&line.keyword) else {
            return self.out.problems.push(unknown(&line));
        };
        if !state.active && !keyword.in_match {
            if self.connection.is_none() {
                self.out.problems.push(line.note("is not allowed in a Match block"));
            }
            return;
        }
        match keyword.kind {
            Kind::Match => self.start_block(&line, state, outer, blocks),
            Kind::Include => self.include(&line, state, blocks, depth),
            Kind::Ignored(why) if self.connection.is_none() => {
                self.out.notices.push(line.note(format!("has no effect: {why}")))
            }
            Kind::Ignored(_) => {}
            Kind::Since(version) => self.newer(&line, version),
            Kind::Unsupported => self.out.problems.push(line.note("is not supported on Linux")),
            _ => self.set(keyword, &line, state, blocks),
        }
    }

    fn start_block(&mut self, line: &Line<'_>, state: &mut State, outer: &[Location], blocks: &mut Vec<Location>) {
        if line.is_template() {
            self.out.template.get_or_insert_with(|| line.place());
        }
        let criteria = match Criteria::parse(line.rest) {
            Ok(criteria) if criteria.has_rest => Err("has something behind its criteria".to_owned()),
            other => other,
        };
        if criteria.as_ref().is_ok_and(|criteria| criteria.is_newer) {
            self.newer(line, "9.9");
        }
        let meets = criteria.and_then(|criteria| match self.connection {
            _ if criteria.is_all() => Ok(true),
            Some(connection) if !state.never => criteria.meets(connection),
            _ => Ok(false),
        });
        let applies = meets.unwrap_or_else(|message| {
            self.out.problems.push(line.note(message));
            false
        });
        state.active = applies && !state.never;
        state.only_match = false;
        blocks.clear();
        blocks.extend_from_slice(outer);
        if !state.active {
            blocks.push(line.place());
        }
    }

    fn include(&mut self, line: &Line<'_>, state: &mut State, blocks: &[Location], depth: usize) {
        if line.words.is_empty() {
            return self.out.problems.push(line.note("has no file name"));
        }
        if line.is_template() {
            self.out.template.get_or_insert_with(|| line.place());
            return;
        }
        for word in &line.words {
            self.includes += 1;
            if word.text.is_empty() {
                return self.out.problems.push(line.note("has an empty file name"));
            }
            let pattern = match word.text.starts_with(['/', '~']) {
                true => word.text.clone(),
                false => format!("/etc/ssh/{}", word.text),
            };
            let paths = self.tree.glob(&pattern);
            self.notice_outside(line, word, &pattern, paths.is_empty());
            if paths.is_empty() && !is_glob(&pattern) {
                self.hide(format!("`{pattern}` is not in the repository"), state);
            }
            for path in paths {
                if depth >= DEPTH {
                    self.stopped = true;
                    return self.out.problems.push(line.note("leads to more than 16 levels of included files"));
                }
                self.includes += 1;
                if self.includes > INCLUDES || self.bytes > BYTES {
                    self.stopped = true;
                    return self.out.problems.push(line.note("leads to more included files than are read here"));
                }
                let never = !state.only_match && !state.active;
                let mut inner = State { never, drop_in: true, ..*state };
                self.file(&path, &mut inner, blocks, depth + 1);
                if self.stopped {
                    return;
                }
            }
        }
    }

    /// From here on a file may have set what is not set yet.
    fn hide(&mut self, reason: String, state: &State) {
        if state.active && self.out.hidden.is_none() {
            let decided = self.out.slots.keys().copied().filter(|key| !super::is_list(key)).collect();
            self.out.hidden = Some(Hidden { reason, decided });
        }
    }

    fn notice_outside(&mut self, line: &Line<'_>, word: &Word, pattern: &str, nothing: bool) {
        if self.connection.is_some() {
            return;
        }
        let message = match (is_glob(pattern), nothing) {
            (true, _) if pattern.starts_with("/etc/ssh/sshd_config.d/") => {
                "files that are not in the repository, such as cloud-init's 50-cloud-init.conf, can set values here"
            }
            (true, _) => "files that are not in the repository can set values here",
            (false, true) => "the file is not in the repository; if the node has it, it can set values here",
            (false, false) => return,
        };
        self.out.notices.push(Note::at(line.at(word.span), format!("`Include {}`: {message}", word.text)));
    }

    fn set(&mut self, keyword: &'static Keyword, line: &Line<'_>, state: &State, blocks: &[Location]) {
        let template = line.is_template();
        let read = if template {
            Ok(vec![line.rest.trimmed().to_owned()])
        } else {
            value::read(keyword.kind, &line.words, line.rest.trimmed())
        };
        let mut values = match read {
            Ok(values) => values,
            Err(message) => return self.out.problems.push(line.note(message)),
        };
        let adds = matches!(keyword.kind, Kind::Algorithms(_)) && !line.rest.text.starts_with('-');
        if adds && line.rest.text.contains(algorithm::NEWER_KEX) {
            self.newer(line, "9.9");
        }
        if let (false, Err(message)) = (template, self.check_with_earlier(keyword, &mut values, state.active)) {
            return self.out.problems.push(line.note(message));
        }
        let place = match keyword.kind {
            Kind::Rest | Kind::Command => line.at(Span::new(line.rest.at, line.rest.at + line.rest.text.len())),
            _ => line.place(),
        };
        let written =
            Written { values, place, text: line.source.slice(line.whole).to_owned(), drop_in: state.drop_in, template };
        if state.active {
            return written.store(&mut self.out.slots, keyword);
        }
        if self.connection.is_none() && !blocks.is_empty() {
            let same = |block: &&mut Block| same_places(&block.criteria, blocks);
            match self.out.blocks.iter_mut().rev().take(DEPTH).find(same) {
                Some(block) => written.store(&mut block.slots, keyword),
                None => {
                    let mut block = Block { criteria: blocks.to_vec(), slots: Slots::new() };
                    written.store(&mut block.slots, keyword);
                    self.out.blocks.push(block);
                }
            }
        }
    }

    fn newer(&mut self, line: &Line<'_>, version: &str) {
        let message = format!("needs OpenSSH {version} or later; an older sshd does not start with this line");
        self.out.newer.push(line.note(message));
    }

    /// The rules that look at what earlier lines have set.
    fn check_with_earlier(&self, keyword: &Keyword, values: &mut [String], active: bool) -> Result<(), String> {
        let earlier = self.out.slots.get(keyword.key).map(|slot| slot.values.as_slice()).unwrap_or_default();
        match (keyword.kind, values) {
            (Kind::Special(Form::Methods), [any]) if any == "any" && !earlier.is_empty() => {
                Err("has `any` after other methods".to_owned())
            }
            (Kind::Special(Form::Subsystem), [new]) if active => {
                let name = |text: &str| text.split(' ').next().unwrap_or_default().to_owned();
                let is_new = earlier.iter().all(|(old, _)| name(old) != name(new));
                is_new.then_some(()).ok_or_else(|| format!("defines `{}` a second time", name(new)))
            }
            (Kind::Special(Form::Startups), [new]) if !new.contains(':') => {
                let rate = earlier.first().map(|(old, _)| form::numbers(old, 3));
                let rate = rate.and_then(|numbers| numbers.get(1).copied()).unwrap_or(30);
                *new = format!("{new}:{rate}:{new}");
                Ok(())
            }
            (Kind::Algorithms(family), [list]) => {
                match algorithm::assemble(family, list) {
                    Some(assembled) => *list = assembled,
                    // sshd puts a list together when the line applies and counts.
                    None if active && earlier.is_empty() => return Err(format!("leaves no algorithm: `{list}`")),
                    None => {}
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn unknown(line: &Line<'_>) -> Note {
    let keyword = line.keyword.to_ascii_lowercase();
    let similar = nearest(&keyword, keyword::names());
    let hint = similar.map(|known| format!("; `{known}` is one that is spelled alike")).unwrap_or_default();
    line.note(format!("is no keyword of sshd{hint}"))
}

fn same_places(left: &[Location], right: &[Location]) -> bool {
    let same = |(a, b): (&Location, &Location)| Arc::ptr_eq(&a.source, &b.source) && a.span == b.span;
    left.len() == right.len() && left.iter().zip(right).all(same)
}
