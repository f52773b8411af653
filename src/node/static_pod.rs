//! From the containers of a pod to the command lines of the components they run, each argument with its place.

use std::ops::Range;

use crate::model::{Location, Span, Value};
use crate::node::Note;

use super::component::{Component, Program};
use super::control_plane;
use super::expansion::Environment;
use super::flags::Argument;
use super::shell;
use super::tree::Tree;
use super::version::Version;
use super::view::View;

/// A container that runs a component.
#[derive(Debug, Clone)]
pub struct StaticPod {
    /// Which one.
    pub program: Program,
    /// The version, from the tag of the image.
    pub version: Option<Version>,
    /// Its arguments, without the binary.
    pub arguments: Vec<Argument>,
    /// Its environment, which etcd reads.
    pub environment: Environment,
    /// What is mounted from the node, longest path first.
    pub mounts: Vec<Mount>,
    /// The container.
    pub place: Location,
    /// Why the kubelet would not start the pod.
    pub refused: Vec<Note>,
}

/// A directory or file of the container.
#[derive(Debug, Clone)]
pub struct Mount {
    /// Its path in the container.
    pub path: String,
    /// Its path on the node; `None` when it is of another kind than `hostPath`.
    pub host: Option<String>,
}

/// Every container of a pod specification that runs a component.
pub fn read(spec: View<'_>) -> Vec<StaticPod> {
    spec.items("containers").into_iter().filter_map(|container| of_container(spec, container)).collect()
}

impl StaticPod {
    /// The component with the configuration files that the tree of its node holds. The version of Kubernetes is that of the
    /// image, or the given one where the tag does not say.
    pub fn component(&self, tree: &Tree, kubernetes: Option<Version>) -> Component {
        let version = if self.program == Program::Etcd { self.version } else { self.version.or(kubernetes) };
        let find = |path: &str| match tree.find(&self.host_path(path)?) {
            super::tree::Found::File(source) => Some(std::sync::Arc::clone(source)),
            _ => None,
        };
        let mut component = control_plane::component(self.program, version, &self.arguments, &self.environment, &find);
        component.place = Some(self.place.clone());
        component.refused.splice(0..0, self.refused.clone());
        component
    }

    /// Where the node keeps what the container sees at a path; `None` when it is not the node's.
    pub fn host_path(&self, path: &str) -> Option<String> {
        let below = |mount: &Mount| {
            let rest = path.strip_prefix(mount.path.trim_end_matches('/'))?;
            (rest.is_empty() || rest.starts_with('/')).then(|| rest.to_owned())
        };
        let (mount, rest) = self.mounts.iter().find_map(|mount| Some((mount, below(mount)?)))?;
        mount.host.as_ref().map(|host| format!("{}{rest}", host.trim_end_matches('/')))
    }
}

fn of_container(spec: View<'_>, container: View<'_>) -> Option<StaticPod> {
    let mut environment = Environment::of(container);
    let mut refused = Vec::new();
    let mut words = Vec::new();
    for key in ["command", "args"] {
        read_words(container, key, &mut environment, &mut words, &mut refused);
    }
    let image = container.text("image");
    let (program, arguments) = find_program(&words, image, &environment)?;
    let place = container.place();
    let version = Version::of_image(image);
    Some(StaticPod { program, version, arguments, environment, mounts: mounts(spec, container), place, refused })
}

/// A word of the container's command line, with the node that holds it.
struct Item<'a> {
    argument: Argument,
    view: View<'a>,
}

fn read_words<'a>(
    container: View<'a>,
    key: &str,
    environment: &mut Environment,
    words: &mut Vec<Item<'a>>,
    refused: &mut Vec<Note>,
) {
    let list = container.items(key);
    if list.is_empty() && container.get(key).is_some_and(|value| !matches!(value.value(), Value::Sequence(_))) {
        refused.push(container.problem_of(key, format!("`{key}` has to be a list of strings")));
    }
    for view in list {
        match view.value() {
            Value::String(text) => {
                let (text, unknown) = environment.expand(text);
                words.push(Item { argument: Argument { text, place: Some(view.place()), unknown }, view });
            }
            _ => refused.push(view.problem(format!("`{key}` has to be a list of strings"))),
        }
    }
}

/// The component that a command line runs, through the wrappers that images use.
fn find_program(words: &[Item<'_>], image: &str, environment: &Environment) -> Option<(Program, Vec<Argument>)> {
    let first = words.first().map(|item| item.argument.text.as_str()).unwrap_or_default();
    let arguments = |from: usize| words.iter().skip(from).map(|item| item.argument.clone()).collect::<Vec<_>>();
    if let Some(program) = Program::of_binary(first) {
        return Some((program, arguments(1)));
    }
    match first.rsplit('/').next().unwrap_or_default() {
        // Takes flags of its own and then the command: k8s.io/release/images/build/go-runner.
        "go-runner" => {
            let at = words.iter().skip(1).position(|item| !item.argument.text.starts_with('-'))? + 1;
            let program = Program::of_binary(&words.get(at)?.argument.text)?;
            Some((program, arguments(at + 1)))
        }
        "sh" | "bash" | "ash" | "dash" => of_script(words, environment),
        // The image has an entry point of its own, known by the image's name.
        _ if first.is_empty() || first.starts_with('-') => {
            let name = image.rsplit('/').next()?.split([':', '@']).next()?;
            Some((Program::of_binary(name)?, arguments(0)))
        }
        _ => None,
    }
}

/// The last command of a script that runs a component.
fn of_script(words: &[Item<'_>], environment: &Environment) -> Option<(Program, Vec<Argument>)> {
    let flag =
        words.iter().position(|item| item.argument.text.starts_with('-') && item.argument.text.ends_with('c'))?;
    let script = words.get(flag + 1)?;
    let variable = |name: &str| environment.get(name);
    let commands = shell::commands(&script.argument.text, &variable);
    let mut finder = Finder { view: script.view, from: 0, lost: false };
    let mut found = None;
    for command in &commands {
        let start = command.iter().position(|word| word.text != "exec" && !is_assignment(&word.text));
        let program = start.and_then(|at| Program::of_binary(&command.get(at)?.text));
        let mut arguments = Vec::new();
        for word in command {
            let place = finder.place(&script.argument.text, &word.range);
            let unknown = word.unknown.clone().or_else(|| super::template::reason(&word.text, false));
            arguments.push(Argument { text: word.text.clone(), place: Some(place), unknown });
        }
        if let (Some(program), Some(start)) = (program, start) {
            arguments.drain(..=start);
            found = Some((program, arguments));
        }
    }
    // A script that was not known before the kubelet expanded it may hold anything.
    let (program, mut arguments) = found?;
    if let Some(reason) = &script.argument.unknown {
        let place = script.argument.place.clone();
        let text = script.argument.text.lines().next().unwrap_or_default().to_owned();
        arguments.push(Argument { text, place, unknown: Some(reason.clone()) });
    }
    Some((program, arguments))
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| super::env_file::is_name(name))
}

/// Finds the words of a script in the text of its node, one behind the other.
struct Finder<'a> {
    view: View<'a>,
    from: usize,
    /// Whether a word was not found: the file writes the script in another way, and no other word is looked for.
    lost: bool,
}

impl Finder<'_> {
    /// The place of a word, or of the whole node when the file writes the word in another way.
    fn place(&mut self, script: &str, range: &Range<usize>) -> Location {
        let node = self.view.place();
        let written = script.get(range.clone()).unwrap_or_default();
        let text = node.source.slice(node.span);
        let rest = text.get(self.from..).filter(|_| !self.lost && !written.is_empty());
        let Some(at) = rest.and_then(|rest| rest.find(written)) else {
            self.lost = true;
            return node;
        };
        let start = self.from + at;
        self.from = start + written.len();
        let span = Span::new(node.span.start + start, node.span.start + self.from);
        Location { span, ..node }
    }
}

fn mounts(spec: View<'_>, container: View<'_>) -> Vec<Mount> {
    let volumes = spec.items("volumes");
    let host = |name: &str| {
        let volume = volumes.iter().find(|volume| volume.text("name") == name)?;
        volume.get("hostPath").map(|host| host.text("path").to_owned())
    };
    let mut mounts: Vec<_> = container
        .items("volumeMounts")
        .into_iter()
        .map(|mount| {
            let part = mount.text("subPath");
            let below =
                |host: String| if part.is_empty() { host } else { format!("{}/{part}", host.trim_end_matches('/')) };
            Mount { path: mount.text("mountPath").to_owned(), host: host(mount.text("name")).map(below) }
        })
        .collect();
    mounts.sort_by_key(|mount| std::cmp::Reverse(mount.path.len()));
    mounts
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::Source;
    use crate::parse::parse;

    fn pods(container: &str) -> Vec<StaticPod> {
        let text = format!("spec:\n  containers:\n  - name: c\n{container}");
        let source = Arc::new(Source::new("pod.yaml", text));
        let document = parse(&source).documents.remove(0).unwrap();
        read(View::root(&source, &document).get("spec").unwrap())
    }

    fn words(pod: &StaticPod) -> Vec<String> {
        let place = |argument: &Argument| {
            let place = argument.place.as_ref().unwrap();
            place.source.slice(place.span).to_owned()
        };
        pod.arguments.iter().map(|argument| format!("{} @ {}", argument.text, place(argument))).collect()
    }

    #[test]
    fn command_and_args_are_one_command_line() {
        let text = "    image: registry.k8s.io/kube-apiserver:v1.33.1\n    command: [/usr/local/bin/kube-apiserver, --a=$(X)]\n    args:\n    - --b\n    - \"c\"\n    env: [{name: X, value: why}]\n";
        let pod = pods(text).remove(0);
        assert_eq!(pod.program, Program::ApiServer);
        assert_eq!(pod.version, Some(Version::new(1, 33)));
        assert_eq!(words(&pod), ["--a=why @ --a=$(X)", "--b @ --b", "c @ \"c\""]);
    }

    #[test]
    fn wrappers_are_looked_through() {
        let runner = pods("    command: [/go-runner, --log-file=/x, kube-scheduler, --v=2]\n");
        assert_eq!(words(&runner[0]), ["--v=2 @ --v=2"]);
        let script = "    command:\n    - /bin/sh\n    - -c\n    - |\n      set -e\n      exec kube-controller-manager \\\n        --a=\"b c\" --d=$E 1>>/log 2>&1\n";
        let pod = pods(script).remove(0);
        assert_eq!(pod.program, Program::ControllerManager);
        assert_eq!(words(&pod), ["--a=b c @ --a=\"b c\"", "--d=$E @ --d=$E"]);
        assert!(pod.arguments[1].unknown.is_some());
        let entry_point = pods("    image: quay.io/coreos/etcd:v3.5.9\n    args: [--auto-tls]\n");
        assert_eq!(entry_point[0].program, Program::Etcd);
        assert!(pods("    command: [nginx]\n").is_empty());
        assert!(pods("    image: x\n").is_empty());
    }

    #[test]
    fn templates_are_unknown_and_wrong_types_refused() {
        let pod = pods("    command: [kube-apiserver, '--a={{ b }}', 8080, '${extra}']\n").remove(0);
        assert!(pod.arguments.iter().all(|argument| argument.unknown.is_some()));
        assert_eq!(pod.refused.len(), 1);
    }

    #[test]
    fn paths_lead_to_the_node() {
        let text = "    command: [kube-apiserver]\n    volumeMounts:\n    - {name: a, mountPath: /etc/kubernetes}\n    - {name: b, mountPath: /etc/kubernetes/audit/, subPath: p}\n    - {name: c, mountPath: /cm}\n  volumes:\n  - {name: a, hostPath: {path: /etc/kubernetes}}\n  - {name: b, hostPath: {path: /srv}}\n  - {name: c, configMap: {name: c}}\n";
        let pod = pods(text).remove(0);
        assert_eq!(pod.host_path("/etc/kubernetes/x").as_deref(), Some("/etc/kubernetes/x"));
        assert_eq!(pod.host_path("/etc/kubernetes/audit/y").as_deref(), Some("/srv/p/y"));
        assert_eq!(pod.host_path("/cm/z"), None);
        assert_eq!(pod.host_path("/etc/kubernetesx"), None);
    }
}
