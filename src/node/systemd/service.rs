//! The settings of a service that decide its command line: `ExecStart=` and the environment.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Location, Source, Span};
use crate::node::Note;

use crate::node::budget::Budget;
use crate::node::env_file;
use crate::node::flags::Argument;
use crate::node::template;
use crate::node::traced::{Cutting, Traced};
use crate::node::tree::{Found, Tree};
use crate::node::unit::Assignment;

use super::CommandLine;
use super::expand::{Expander, Variable, expand_specifiers};

/// A service while its files are read.
pub struct Service<'a> {
    name: &'a str,
    tree: &'a Tree,
    kind: String,
    starts: Vec<Assignment>,
    variables: BTreeMap<String, Variable>,
    files: Vec<Assignment>,
    passed: Vec<String>,
    removed: Vec<String>,
    refused: Vec<Note>,
    warnings: Vec<Note>,
    opaque: Option<Argument>,
    read: Vec<Arc<Source>>,
}

impl<'a> Service<'a> {
    /// A service that nothing was said about.
    pub fn new(name: &'a str, tree: &'a Tree) -> Self {
        Self {
            name,
            tree,
            kind: String::new(),
            starts: Vec::new(),
            variables: BTreeMap::new(),
            files: Vec::new(),
            passed: Vec::new(),
            removed: Vec::new(),
            refused: Vec::new(),
            warnings: Vec::new(),
            opaque: None,
            read: Vec::new(),
        }
    }

    /// Takes an assignment of a unit file.
    pub fn apply(&mut self, assignment: Assignment) {
        let names =
            |value: &Traced| value.words(Cutting::Unit).0.into_iter().map(|word| word.text.text()).collect::<Vec<_>>();
        match (assignment.key.as_str(), assignment.value.is_empty()) {
            ("ExecStart", true) => self.starts.clear(),
            ("ExecStart", false) => self.starts.push(assignment),
            ("Environment", true) => self.variables.clear(),
            ("Environment", false) => self.set_variables(&assignment),
            ("EnvironmentFile", true) => self.files.clear(),
            ("EnvironmentFile", false) => self.files.push(assignment),
            ("PassEnvironment", true) => self.passed.clear(),
            ("PassEnvironment", false) => self.passed.extend(names(&assignment.value)),
            ("UnsetEnvironment", true) => self.removed.clear(),
            ("UnsetEnvironment", false) => self.removed.extend(names(&assignment.value)),
            ("Type", _) => self.kind = assignment.value.text(),
            _ => {}
        }
    }

    fn set_variables(&mut self, assignment: &Assignment) {
        let (words, end) = assignment.value.words(Cutting::Unit);
        if let Err(message) = end {
            self.warnings.push(Note::new(
                format!("systemd ignores the rest of this Environment=: {message}"),
                Some(assignment.place.clone()),
            ));
        }
        for word in words {
            let (text, unknown) = expand_specifiers(self.name, &word.text);
            let Some(at) = (0..text.len()).find(|&at| text.get(at) == Some('=')) else { continue };
            let name = text.part(0, at).text();
            let value = text.part(at + 1, text.len());
            if env_file::is_name(&name) {
                self.variables.insert(name, unknown.map_or(Variable::Known(value), Variable::Unknown));
            }
        }
    }

    /// A statement of a template may add or drop any line.
    pub fn note_template(&mut self, source: &Arc<Source>) {
        let Some(start) = source.text().find("{%") else { return };
        let span = source.line_span(source.position(start).line()).unwrap_or(Span::new(start, start + 2));
        let reason = template::reason(source.slice(span), false).unwrap_or_default();
        let place = Some(Location { source: Arc::clone(source), span });
        self.opaque = Some(Argument { text: source.slice(span).trim().to_owned(), place, unknown: Some(reason) });
    }

    /// The command line that all of it comes to.
    pub fn finish(mut self, unit: &Arc<Source>) -> CommandLine {
        let mut variables = self.passed_variables();
        variables.append(&mut self.variables.clone());
        variables.append(&mut self.file_variables());
        variables.retain(|name, _| !self.removed.contains(name));
        if self.starts.len() > 1 && self.kind != "oneshot" {
            let place = self.starts.last().map(|start| start.place.clone());
            let message =
                "the unit has more than one ExecStart=, which systemd refuses; an empty ExecStart= has to come first";
            self.refused.push(Note::new(message, place));
        }
        let mut out = CommandLine { place: Some(first_line(unit)), ..CommandLine::default() };
        if let Some(start) = self.starts.last().cloned() {
            out.place = Some(start.place.clone());
            self.exec_start(&start, &variables, &mut out);
        } else {
            self.refused.push(Note::new("the unit has no ExecStart=", out.place.clone()));
        }
        out.arguments.extend(self.opaque);
        out.refused = self.refused;
        out.warnings = self.warnings;
        out.read = self.read;
        out
    }

    fn passed_variables(&self) -> BTreeMap<String, Variable> {
        let reason = || Variable::Unknown("the variable is passed on from the system's own environment".to_owned());
        self.passed.iter().map(|name| (name.clone(), reason())).collect()
    }

    /// The variables of all environment files; the later file wins.
    fn file_variables(&mut self) -> BTreeMap<String, Variable> {
        let assignments = std::mem::take(&mut self.files);
        let files: Vec<_> = assignments.into_iter().flat_map(|assignment| self.environment_files(assignment)).collect();
        // Read again, a file overrides all that it set before: only its last reading counts.
        let last: BTreeMap<_, _> = files.iter().enumerate().map(|(at, source)| (Arc::as_ptr(source), at)).collect();
        let mut variables = BTreeMap::new();
        for (at, source) in files.iter().enumerate() {
            if last.get(&Arc::as_ptr(source)) == Some(&at) {
                self.note_template(source);
                self.read.push(Arc::clone(source));
                let read = env_file::read(source).into_iter();
                variables.extend(read.map(|variable| (variable.name, Variable::Known(variable.value))));
            }
        }
        variables
    }

    /// The files that an `EnvironmentFile=` matches.
    fn environment_files(&mut self, assignment: Assignment) -> Vec<Arc<Source>> {
        let (path, unknown) = expand_specifiers(self.name, &assignment.value);
        let path = path.text();
        let (path, optional) = path.strip_prefix('-').map_or((path.as_str(), false), |path| (path, true));
        let place = Some(assignment.place);
        if let Some(reason) = unknown.or_else(|| template::reason(path, true)) {
            self.opaque = Some(Argument { text: path.to_owned(), place, unknown: Some(reason) });
            return Vec::new();
        }
        if !path.starts_with('/') {
            let message = format!("systemd ignores the environment file `{path}`: its path is not absolute");
            self.warnings.push(Note::new(message, place));
            return Vec::new();
        }
        let found: Vec<_> = self.tree.glob(path).iter().map(|file| self.tree.find(file)).collect();
        let present = found.iter().any(|found| !matches!(found, Found::Nothing));
        let missing = format!("the environment file {path} is not in the repository");
        match (present, optional) {
            (true, _) => {}
            (false, true) => {
                self.warnings.push(Note::new(format!("{missing}; on the node it could add flags"), place));
            }
            (false, false) => {
                self.refused.push(Note::new(format!("{missing}; without it systemd does not start the unit"), place));
            }
        }
        let files = found.into_iter().filter_map(|found| match found {
            Found::File(source) => Some(Arc::clone(source)),
            Found::Null | Found::Nothing => None,
        });
        files.collect()
    }

    fn exec_start(&mut self, start: &Assignment, variables: &BTreeMap<String, Variable>, out: &mut CommandLine) {
        let (words, end) = start.value.words(Cutting::Unit);
        if let Err(message) = end {
            self.refused
                .push(Note::new(format!("systemd refuses this ExecStart=: {message}"), Some(start.place.clone())));
        }
        let mut words = words.into_iter();
        let Some(first) = words.next() else { return };
        let (path, _) = expand_specifiers(self.name, &first.text);
        let path = path.text();
        let command = path.trim_start_matches(['-', '@', ':', '+', '!']);
        let prefixes = path.get(..path.len() - command.len()).unwrap_or_default();
        if command.is_empty() || command.ends_with('/') || (command.contains('/') && !command.starts_with('/')) {
            let message = format!(
                "`{command}` is neither an absolute path nor the name of a program, so systemd refuses the unit"
            );
            self.refused.push(Note::new(message, Some(first.place)));
        }
        command.clone_into(&mut out.binary);
        if prefixes.contains('@') {
            words.next();
        }
        let literal = prefixes.contains(':');
        let mut expander = Expander { unit: self.name, variables, literal, budget: Budget::default() };
        for word in words {
            let written = word.place.source.slice(word.place.span);
            if written == r"\;" {
                out.arguments.push(Argument::new(";", Some(word.place)));
                continue;
            }
            if written == ";" {
                // Another command follows, which only a oneshot unit may have.
                self.refused
                    .push(Note::new("the unit has more than one command, which systemd refuses", Some(word.place)));
                break;
            }
            expander.expand(&word, &mut out.arguments);
        }
    }
}

fn first_line(source: &Arc<Source>) -> Location {
    Location { source: Arc::clone(source), span: source.line_span(1).unwrap_or_default() }
}
