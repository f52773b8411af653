//! From kubelet.service, its drop-ins and environment files to the command line that systemd runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Location, Source, Span};

use super::component::Problem;
use super::env_file;
use super::flags::Argument;
use super::template;
use super::traced::{Cutting, Traced, Word};
use super::tree::{Found, Tree};
use super::unit::{Assignment, assignments};

/// What systemd runs for a unit.
#[derive(Debug, Clone, Default)]
pub struct CommandLine {
    /// The path of the binary; empty when there is no command at all.
    pub binary: String,
    /// Its arguments, without the binary's name.
    pub arguments: Vec<Argument>,
    /// The `ExecStart=` that counts, else the first line of the unit.
    pub place: Option<Location>,
    /// Why systemd would not start the unit.
    pub refused: Vec<Problem>,
    /// What the repository leaves open.
    pub warnings: Vec<Problem>,
}

/// Where systemd looks for units, strongest first (systemd.unit(5)); `/lib` is `/usr/lib` on every current system.
const DIRECTORIES: [&str; 5] = [
    "etc/systemd/system",
    "run/systemd/system",
    "usr/local/lib/systemd/system",
    "usr/lib/systemd/system",
    "lib/systemd/system",
];

/// The command line of `name.service`; `None` when the unit is masked, or when neither the unit nor a drop-in is in the
/// tree and no `package` stands in for it: the text of the unit that a package brings along.
pub fn command_line(tree: &Tree, name: &str, package: Option<&str>) -> Option<CommandLine> {
    let unit = unit_file(tree, &format!("{name}.service"));
    let packaged = package.map(|text| Arc::new(Source::new(format!("{name}.service"), text)));
    let first = match (unit, &packaged) {
        (Found::Null, _) => return None,
        (Found::File(source), _) => Some(Arc::clone(source)),
        (Found::Nothing, packaged) => packaged.clone(),
    };
    let sources: Vec<_> = first.into_iter().chain(drop_ins(tree, name)).collect();
    let mut service = Service::new(name, tree);
    for source in &sources {
        assignments(source, "Service").into_iter().for_each(|assignment| service.apply(assignment));
        service.note_template(source);
    }
    let mut out = service.finish(sources.first()?);
    if let Some(packaged) = packaged {
        out.forget(&packaged);
    }
    Some(out)
}

impl CommandLine {
    /// Takes away the places in a source that is not in the repository.
    fn forget(&mut self, packaged: &Arc<Source>) {
        let problems = self.refused.iter_mut().chain(&mut self.warnings).map(|problem| &mut problem.place);
        let places = self.arguments.iter_mut().map(|argument| &mut argument.place).chain(problems);
        for place in places.chain([&mut self.place]) {
            if place.as_ref().is_some_and(|place| Arc::ptr_eq(&place.source, packaged)) {
                *place = None;
            }
        }
    }
}

fn unit_file<'a>(tree: &'a Tree, file: &str) -> Found<'a> {
    let found = DIRECTORIES.iter().map(|directory| tree.find(&format!("{directory}/{file}")));
    let found = found.into_iter().find(|found| !matches!(found, Found::Nothing)).unwrap_or(Found::Nothing);
    // An empty unit file masks like a link to /dev/null.
    if matches!(found, Found::File(source) if source.text().is_empty()) { Found::Null } else { found }
}

/// Drop-ins by file name over all directories; a file shadows those of the same name in weaker directories.
fn drop_ins(tree: &Tree, name: &str) -> Vec<Arc<Source>> {
    let mut by_name = BTreeMap::new();
    for group in [format!("{name}.service.d"), "service.d".to_owned()] {
        for directory in DIRECTORIES.map(|directory| format!("{directory}/{group}")) {
            for file in tree.files_in(&directory) {
                let found = tree.find(&format!("{directory}/{file}"));
                if file.ends_with(".conf") && !file.starts_with('.') && !matches!(found, Found::Nothing) {
                    by_name.entry(file.to_owned()).or_insert(found);
                }
            }
        }
    }
    let files = by_name.into_values().filter_map(|found| match found {
        Found::File(source) => Some(Arc::clone(source)),
        Found::Null | Found::Nothing => None,
    });
    files.collect()
}

/// The value of a variable, or why it is not known.
#[derive(Debug, Clone)]
enum Variable {
    Known(Traced),
    Unknown(String),
}

struct Service<'a> {
    name: &'a str,
    tree: &'a Tree,
    kind: String,
    starts: Vec<Assignment>,
    variables: BTreeMap<String, Variable>,
    files: Vec<Assignment>,
    passed: Vec<String>,
    removed: Vec<String>,
    refused: Vec<Problem>,
    warnings: Vec<Problem>,
    opaque: Option<Argument>,
}

impl<'a> Service<'a> {
    fn new(name: &'a str, tree: &'a Tree) -> Self {
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
        }
    }

    fn apply(&mut self, assignment: Assignment) {
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
            self.warnings.push(Problem::new(
                format!("systemd ignores the rest of this Environment=: {message}"),
                Some(assignment.place.clone()),
            ));
        }
        for word in words {
            let (text, unknown) = self.expand_specifiers(&word.text);
            let Some(at) = (0..text.len()).find(|&at| text.get(at) == Some('=')) else { continue };
            let name = text.part(0, at).text();
            let value = text.part(at + 1, text.len());
            if env_file::is_name(&name) {
                self.variables.insert(name, unknown.map_or(Variable::Known(value), Variable::Unknown));
            }
        }
    }

    /// A statement of a template may add or drop any line.
    fn note_template(&mut self, source: &Arc<Source>) {
        let Some(start) = source.text().find("{%") else { return };
        let span = source.line_span(source.position(start).line()).unwrap_or(Span::new(start, start + 2));
        let reason = template::reason(source.slice(span), false).unwrap_or_default();
        let place = Some(Location { source: Arc::clone(source), span });
        self.opaque = Some(Argument { text: source.slice(span).trim().to_owned(), place, unknown: Some(reason) });
    }

    fn finish(mut self, unit: &Arc<Source>) -> CommandLine {
        let mut variables = self.passed_variables();
        variables.append(&mut self.variables.clone());
        variables.append(&mut self.file_variables());
        variables.retain(|name, _| !self.removed.contains(name));
        if self.starts.len() > 1 && self.kind != "oneshot" {
            let place = self.starts.last().map(|start| start.place.clone());
            let message =
                "the unit has more than one ExecStart=, which systemd refuses; an empty ExecStart= has to come first";
            self.refused.push(Problem::new(message, place));
        }
        let mut out = CommandLine { place: Some(first_line(unit)), ..CommandLine::default() };
        if let Some(start) = self.starts.last().cloned() {
            out.place = Some(start.place.clone());
            self.exec_start(&start, &variables, &mut out);
        } else {
            self.refused.push(Problem::new("the unit has no ExecStart=", out.place.clone()));
        }
        out.arguments.extend(self.opaque);
        out.refused = self.refused;
        out.warnings = self.warnings;
        out
    }

    fn passed_variables(&self) -> BTreeMap<String, Variable> {
        let reason = || Variable::Unknown("the variable is passed on from the system's own environment".to_owned());
        self.passed.iter().map(|name| (name.clone(), reason())).collect()
    }

    /// The variables of all environment files; the later file wins.
    fn file_variables(&mut self) -> BTreeMap<String, Variable> {
        let mut variables = BTreeMap::new();
        for assignment in std::mem::take(&mut self.files) {
            let (path, unknown) = self.expand_specifiers(&assignment.value);
            let path = path.text();
            let (path, optional) = path.strip_prefix('-').map_or((path.as_str(), false), |path| (path, true));
            let unknown = unknown.or_else(|| template::reason(path, true));
            let files: Vec<_> = self.tree.glob(path).iter().filter_map(|file| self.file(file)).collect();
            if let Some(reason) = unknown {
                self.opaque =
                    Some(Argument { text: path.to_owned(), place: Some(assignment.place), unknown: Some(reason) });
            } else if !path.starts_with('/') {
                self.warnings.push(Problem::new(
                    format!("systemd ignores the environment file `{path}`: its path is not absolute"),
                    Some(assignment.place),
                ));
            } else if files.is_empty() && optional {
                let message =
                    format!("the environment file {path} is not in the repository; on the node it could add flags");
                self.warnings.push(Problem::new(message, Some(assignment.place)));
            } else if files.is_empty() {
                let message = format!(
                    "the environment file {path} is not in the repository; without it systemd does not start the unit"
                );
                self.refused.push(Problem::new(message, Some(assignment.place)));
            }
            for source in files {
                self.note_template(&source);
                for variable in env_file::read(&source) {
                    variables.insert(variable.name, Variable::Known(variable.value));
                }
            }
        }
        variables
    }

    fn file(&self, path: &str) -> Option<Arc<Source>> {
        match self.tree.find(path) {
            Found::File(source) => Some(Arc::clone(source)),
            // An empty file.
            Found::Null | Found::Nothing => None,
        }
    }

    fn exec_start(&mut self, start: &Assignment, variables: &BTreeMap<String, Variable>, out: &mut CommandLine) {
        let (words, end) = start.value.words(Cutting::Unit);
        if let Err(message) = end {
            self.refused
                .push(Problem::new(format!("systemd refuses this ExecStart=: {message}"), Some(start.place.clone())));
        }
        let mut words = words.into_iter();
        let Some(first) = words.next() else { return };
        let (path, _) = self.expand_specifiers(&first.text);
        let path = path.text();
        let command = path.trim_start_matches(['-', '@', ':', '+', '!']);
        let prefixes = path.get(..path.len() - command.len()).unwrap_or_default();
        if command.is_empty() || command.ends_with('/') || (command.contains('/') && !command.starts_with('/')) {
            let message = format!(
                "`{command}` is neither an absolute path nor the name of a program, so systemd refuses the unit"
            );
            self.refused.push(Problem::new(message, Some(first.place)));
        }
        command.clone_into(&mut out.binary);
        if prefixes.contains('@') {
            words.next();
        }
        for word in words {
            let written = word.place.source.slice(word.place.span);
            if written == r"\;" {
                out.arguments.push(Argument::new(";", Some(word.place)));
                continue;
            }
            if written == ";" {
                // Another command follows, which only a oneshot unit may have.
                self.refused
                    .push(Problem::new("the unit has more than one command, which systemd refuses", Some(word.place)));
                break;
            }
            self.expand(&word, variables, prefixes.contains(':'), &mut out.arguments);
        }
    }

    /// One word of `ExecStart=` to the arguments it becomes: specifiers first, variables last.
    fn expand(&self, word: &Word, variables: &BTreeMap<String, Variable>, literal: bool, out: &mut Vec<Argument>) {
        let (text, unknown) = self.expand_specifiers(&word.text);
        let plain = text.text();
        let whole = plain.strip_prefix('$').filter(|rest| !literal && !rest.starts_with(['{', '$']));
        if let Some(name) = whole {
            match variables.get(name) {
                Some(Variable::Known(value)) => out.extend(value.words(Cutting::Variable).0.into_iter().map(argument)),
                Some(Variable::Unknown(reason)) => {
                    let place = Some(word.place.clone());
                    out.push(Argument { text: plain.clone(), place, unknown: Some(reason.clone()) });
                }
                None => {}
            }
            return;
        }
        let (text, place, missing) = if literal { (plain, None, None) } else { replace_braces(&plain, variables) };
        let unknown = unknown.or(missing).or_else(|| template::reason(&text, false));
        out.push(Argument { text, place: place.or_else(|| Some(word.place.clone())), unknown });
    }

    /// `%n` and the like, where their value is the same on every node; otherwise the reason why it is not known.
    fn expand_specifiers(&self, text: &Traced) -> (Traced, Option<String>) {
        let mut out = text.part(0, 0);
        let mut unknown = None;
        let mut at = 0;
        while let Some(c) = text.get(at) {
            let offset = text.part(at, at + 1);
            let specifier = text.get(at + 1).filter(|_| c == '%' && !text.starts_with(at, "%}"));
            let value = specifier.and_then(|letter| self.specifier(letter));
            match (specifier, value) {
                (Some(_), Some(Some(value))) => {
                    let start = offset.place().span.start;
                    value.chars().for_each(|c| out.push(c, start));
                }
                (Some(letter), Some(None)) => {
                    out.append(&text.part(at, at + 2));
                    unknown = Some(format!("the specifier `%{letter}` is known on the node only"));
                }
                _ => {
                    out.append(&offset);
                    at += 1;
                    continue;
                }
            }
            at += 2;
        }
        (out, unknown)
    }

    /// The value of a specifier (systemd.unit(5)): `Some(None)` where only the node knows it, `None` for no specifier,
    /// which systemd leaves as it is.
    fn specifier(&self, letter: char) -> Option<Option<String>> {
        let value = match letter {
            '%' => "%".to_owned(),
            'n' => format!("{}.service", self.name),
            'N' | 'p' | 'P' | 'j' | 'J' => self.name.to_owned(),
            'i' | 'I' => String::new(),
            't' => "/run".to_owned(),
            'S' => "/var/lib".to_owned(),
            'C' => "/var/cache".to_owned(),
            'L' => "/var/log".to_owned(),
            'E' => "/etc".to_owned(),
            'T' => "/tmp".to_owned(),
            'V' => "/var/tmp".to_owned(),
            'h' => "/root".to_owned(),
            'u' | 'g' => "root".to_owned(),
            'U' | 'G' => "0".to_owned(),
            'a' | 'A' | 'b' | 'B' | 'c' | 'd' | 'f' | 'H' | 'l' | 'm' | 'M' | 'o' | 'q' | 'r' | 'R' | 's' | 'v'
            | 'w' | 'W' | 'y' | 'Y' => return Some(None),
            _ => return None,
        };
        Some(Some(value))
    }
}

fn argument(word: Word) -> Argument {
    let text = word.text.text();
    let unknown = template::reason(&text, false);
    Argument { text, place: Some(word.place), unknown }
}

/// `${NAME}` replaced by the value as it is, `$$` by `$` (`replace_env`). The place is that of the value when it is the
/// whole word.
fn replace_braces(text: &str, variables: &BTreeMap<String, Variable>) -> (String, Option<Location>, Option<String>) {
    let (mut out, mut place, mut unknown) = (String::new(), None, None);
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let name =
            from.strip_prefix("${").and_then(|inner| inner.split_once('}')).filter(|(name, _)| !name.contains(':'));
        if let Some((name, after)) = name {
            match variables.get(name) {
                Some(Variable::Known(value)) => {
                    out.push_str(&value.text());
                    place = (before.is_empty() && after.is_empty() && rest == text && !value.is_empty())
                        .then(|| value.place());
                }
                Some(Variable::Unknown(reason)) => {
                    out.push_str(from.get(..name.len() + 3).unwrap_or_default());
                    unknown = Some(reason.clone());
                }
                None => {}
            }
            rest = after;
        } else {
            out.push('$');
            rest = from.strip_prefix("$$").or_else(|| from.strip_prefix('$')).unwrap_or_default();
        }
    }
    out.push_str(rest);
    (out, place, unknown)
}

fn first_line(source: &Arc<Source>) -> Location {
    Location { source: Arc::clone(source), span: source.line_span(1).unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::tree::Entry;

    const UNIT: &str = "usr/lib/systemd/system/kubelet.service";
    const DROP_IN: &str = "etc/systemd/system/kubelet.service.d/10.conf";

    fn run(files: &[(&str, &str)]) -> CommandLine {
        let entry = |&(path, text): &(&str, &str)| {
            let source = Arc::new(Source::new(path, text));
            (path.to_owned(), Entry::File { source, byte_order_mark: false })
        };
        command_line(&Tree::new(files.iter().map(entry)), "kubelet", None).unwrap()
    }

    fn words(line: &CommandLine) -> Vec<&str> {
        line.arguments.iter().map(|argument| argument.text.as_str()).collect()
    }

    fn slice(argument: &Argument) -> String {
        let place = argument.place.as_ref().unwrap();
        format!("{}: {}", place.source.path(), place.source.slice(place.span))
    }

    #[test]
    fn variables_split_or_stay_whole_and_lead_to_their_place() {
        let drop_in = "[Service]\nEnvironment=\"A=--x=1 --y\" B=--z\nEnvironmentFile=/etc/e\nExecStart=\nExecStart=-/usr/bin/kubelet $A ${B} $NONE a${NONE} $$H %% %n\n";
        let line =
            run(&[(UNIT, "[Service]\nExecStart=/usr/bin/kubelet\n"), (DROP_IN, drop_in), ("etc/e", "B='--w v'\n")]);
        assert!(line.refused.is_empty(), "{:?}", line.refused);
        assert_eq!(line.binary, "/usr/bin/kubelet");
        assert_eq!(words(&line), ["--x=1", "--y", "--w v", "a", "$H", "%", "kubelet.service"]);
        assert_eq!(slice(&line.arguments[1]), format!("{DROP_IN}: --y"));
        assert_eq!(slice(&line.arguments[2]), "etc/e: --w v");
        assert_eq!(slice(&line.arguments[3]), format!("{DROP_IN}: a${{NONE}}"));
    }

    #[test]
    fn what_systemd_refuses() {
        let twice = run(&[
            (UNIT, "[Service]\nExecStart=/usr/bin/kubelet\n"),
            (DROP_IN, "[Service]\nExecStart=/usr/bin/kubelet --a\n"),
        ]);
        assert_eq!(twice.refused.len(), 1);
        assert_eq!(run(&[(UNIT, "[Service]\nEnvironmentFile=/none\nExecStart=/usr/bin/kubelet\n")]).refused.len(), 1);
        assert_eq!(run(&[(UNIT, "[Service]\nExecStart=/usr/bin/kubelet 'a\n")]).refused.len(), 1);
        assert_eq!(run(&[(UNIT, "[Service]\nExecStart=bin/kubelet\n")]).refused.len(), 1);
        assert_eq!(run(&[(UNIT, "[Service]\nRestart=always\n")]).refused.len(), 1);
    }

    #[test]
    fn what_only_the_node_knows_is_unknown() {
        let line = run(&[(UNIT, "[Service]\nExecStart=/usr/bin/kubelet --hostname-override=%H --a={{ b }}\n")]);
        assert!(line.arguments.iter().all(|argument| argument.unknown.is_some()));
        let line = run(&[(UNIT, "[Service]\n{% if x %}\nExecStart=/usr/bin/kubelet --a\n{% endif %}\n")]);
        assert_eq!(words(&line), ["--a", "{% if x %}"]);
    }
}
