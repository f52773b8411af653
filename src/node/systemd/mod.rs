//! From kubelet.service, its drop-ins and environment files to the command line that systemd runs.

mod expand;
mod service;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Location, Source};
use crate::node::Note;

use super::flags::Argument;
use super::tree::{Found, Tree};
use super::unit::assignments;
use service::Service;

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
    pub refused: Vec<Note>,
    /// What the repository leaves open.
    pub warnings: Vec<Note>,
    /// The unit, its drop-ins and its environment files.
    pub read: Vec<Arc<Source>>,
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
    out.read.extend(sources);
    if let Some(packaged) = packaged {
        out.forget(&packaged);
    }
    Some(out)
}

impl CommandLine {
    /// Takes away the places in a source that is not in the repository.
    fn forget(&mut self, packaged: &Arc<Source>) {
        self.read.retain(|source| !Arc::ptr_eq(source, packaged));
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
