//! What policies see of a component and a host, and where each part of it is written.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::locate;
use crate::model::report::Notice;
use crate::model::{Identity, Location, Path, Places, Related, Spot, Subject, SubjectKind};
use crate::node::component::{Component, Program};
use crate::node::policy::PolicyFile;
use crate::node::{Effective as Value, Note, Origin, Setting, sshd, sysctl};
use crate::parse::parse;
use crate::pipeline::plan::Plan;

use super::components::Found;
use super::ledger::Ledger;
use super::tree::{Node, Read, first_line};
use super::{Effective, NodeSubject};

/// How many mistakes of a kind are told of one component; a file of mistakes has no use for more.
const MOST_MISTAKES: usize = 100;

/// A component as a subject.
pub fn component(plan: &Plan, node: &Node, mut found: Found) -> NodeSubject {
    for notes in [&mut found.component.refused, &mut found.component.ignored, &mut found.component.warnings] {
        let more = notes.len().saturating_sub(MOST_MISTAKES);
        notes.truncate(MOST_MISTAKES);
        let last = notes.last().and_then(|last| last.place.clone()).filter(|_| more > 0);
        notes.extend(last.map(|place| Note::at(place, format!("there are {more} more mistakes of this kind"))));
    }
    let component = &found.component;
    let cluster = node.cluster(plan, found.home.source.path());
    let file = |(flag, file): (&&str, &PolicyFile)| {
        let loaded = match (file, file.to_json()) {
            (PolicyFile::Unknown(reason), _) => json!({"unknown": reason}),
            (_, Some(value)) => json!({"value": value}),
            (_, None) => json!({"unknown": "it cannot be read"}),
        };
        ((*flag).to_owned(), loaded)
    };
    let settings = component.settings.iter().map(|(name, setting)| (name.clone(), of_setting(setting)));
    let input = json!({
        "component": component.name.word(),
        "node": node.root,
        "distribution": component.distribution.word(),
        "version": component.version.map(|version| version.to_string()),
        "platform": plan.cluster(&cluster).get("platform"),
        "settings": settings.collect::<Map<_, _>>(),
        "files": component.files.iter().map(file).collect::<Map<_, _>>(),
        "refused": component.refused.iter().map(|note| &note.message).collect::<Vec<_>>(),
        "blocked": component.blocked,
        "ignored": component.ignored.iter().map(|note| &note.message).collect::<Vec<_>>(),
    });
    let subject =
        subject(SubjectKind::Component, component.name.word(), node, cluster, &found.home, found.document, input);
    let warnings = component.warnings.iter().map(|problem| (&problem.message, &problem.place));
    let notices = notices(&subject.identity, warnings);
    NodeSubject { places: places(&found), notices, subject, effective: Effective::Component(Box::new(found.component)) }
}

/// The host files of a node as a subject; `None` when it has none.
pub fn host(plan: &Plan, node: &Node, read: &Read, ledger: &mut Ledger) -> Option<NodeSubject> {
    let sshd = sshd::read(&read.tree);
    let sysctl = sysctl::read(&read.tree, &sysctl::INTERFACES);
    let first = |beginning: &str| node.below(beginning).find_map(|path| read.sources.get(path)).map(first_line);
    let sshd_home = sshd.as_ref().and_then(|_| first("etc/ssh/sshd_config"));
    let sysctl_home = sysctl.as_ref().and_then(|_| {
        let is_sysctl = |path: &&Arc<str>| path.contains("sysctl.");
        node.below("").filter(is_sysctl).find_map(|path| read.sources.get(path)).map(first_line)
    });
    let home = sshd_home.clone().or_else(|| sysctl_home.clone())?;
    let mut mark = |part: &str| {
        for path in node.below("").filter(|path| path.contains(part)) {
            ledger.mark(path, 0);
        }
    };
    sshd.iter().for_each(|_| mark("sshd_config"));
    sysctl.iter().for_each(|_| mark("sysctl."));
    let mut places = Places::new(home.clone());
    let mut top = |key: &str, home: Option<Location>| {
        if let Some(location) = home {
            places.spots.insert(Path::of_keys(&[key]), Spot { location, missing: None, related: vec![] });
        }
    };
    top("sshd", sshd_home.clone());
    top("sysctl", sysctl_home.clone());
    if let (Some(sshd), Some(home)) = (&sshd, &sshd_home) {
        let base = Path::of_keys(&["sshd", "settings"]);
        sshd.settings.iter().for_each(|(key, setting)| add(&mut places, base.key(*key), setting, key, home));
        for (index, problem) in sshd.problems.iter().enumerate() {
            let location = problem.place.clone().unwrap_or_else(|| home.clone());
            let path = Path::of_keys(&["sshd", "refused"]).index(index);
            places.spots.insert(path, Spot { location, missing: None, related: vec![] });
        }
        for (index, block) in sshd.conditional.iter().enumerate() {
            let base = Path::of_keys(&["sshd", "conditional"]).index(index).key("settings");
            block.settings.iter().for_each(|(key, setting)| add(&mut places, base.key(*key), setting, key, home));
        }
    }
    if let (Some(sysctl), Some(home)) = (&sysctl, &sysctl_home) {
        let base = Path::of_keys(&["sysctl", "settings"]);
        sysctl.settings.iter().for_each(|(key, setting)| add(&mut places, base.key(key), setting, key, home));
    }
    let input = json!({
        "node": node.root,
        "sshd": sshd.as_ref().map(of_sshd),
        "sysctl": sysctl.as_ref().map(of_sysctl),
    });
    let cluster = node.cluster(plan, home.source.path());
    let subject = subject(SubjectKind::Host, "Host", node, cluster, &home, 0, input);
    let of_sshd = sshd.iter().flat_map(|sshd| sshd.problems.iter().chain(&sshd.notices));
    let of_sysctl = sysctl.iter().flat_map(|sysctl| sysctl.problems.iter().chain(&sysctl.notices));
    let notes = of_sshd.chain(of_sysctl).map(|note| (&note.message, &note.place));
    let notices = notices(&subject.identity, notes);
    let effective = Effective::Host(sshd.map(Box::new), sysctl.map(Box::new));
    Some(NodeSubject { subject, places, notices, effective })
}

fn subject(
    kind: SubjectKind,
    word: &str,
    node: &Node,
    cluster: Arc<str>,
    home: &Location,
    document: usize,
    input: Json,
) -> Subject {
    let identity =
        Arc::new(Identity { cluster, kind: word.to_owned(), name: node.root.clone(), ..Identity::default() });
    let file = Arc::clone(home.source.path());
    Subject { kind, identity, file, document, root: Path::root(), partial: false, object: None, input: Arc::new(input) }
}

fn notices<'a>(identity: &Identity, notes: impl Iterator<Item = (&'a String, &'a Option<Location>)>) -> Vec<Notice> {
    let notice = |(message, place): (&String, &Option<Location>)| Notice {
        code: "node",
        message: format!("{identity}: {message}"),
        help: None,
        location: place.clone(),
    };
    notes.map(notice).collect()
}

fn of_setting(setting: &Setting) -> Json {
    match &setting.value {
        Value::Known(_) if setting.origin == Origin::Unset => json!({"value": null, "origin": "unset"}),
        Value::Known(value) => json!({"value": value, "origin": setting.origin.word()}),
        Value::Unknown(reason) => json!({"unknown": reason, "origin": setting.origin.word()}),
    }
}

/// The criteria of a Match block, as they are written.
pub fn criteria(block: &sshd::Conditional) -> String {
    let criteria = block.criteria.iter().map(|place| place.source.slice(place.span));
    criteria.collect::<Vec<_>>().join(" and ")
}

fn of_sshd(sshd: &sshd::Sshd) -> Json {
    let settings = |settings: &std::collections::BTreeMap<&'static str, Setting>| {
        settings.iter().map(|(key, setting)| ((*key).to_owned(), of_setting(setting))).collect::<Map<_, _>>()
    };
    let block = |block: &sshd::Conditional| json!({"criteria": criteria(block), "settings": settings(&block.settings)});
    json!({
        "settings": settings(&sshd.settings),
        "conditional": sshd.conditional.iter().map(block).collect::<Vec<_>>(),
        "refused": sshd.problems.iter().map(|note| &note.message).collect::<Vec<_>>(),
    })
}

fn of_sysctl(sysctl: &sysctl::Sysctl) -> Json {
    let settings = sysctl.settings.iter().map(|(key, setting)| (key.clone(), of_setting(setting)));
    json!({"settings": settings.collect::<Map<_, _>>(), "incomplete": sysctl.incomplete})
}

fn places(found: &Found) -> Places {
    let component = &found.component;
    let mut places = Places::new(found.home.clone());
    for (name, setting) in &component.settings {
        let path = Path::of_keys(&["settings", name]);
        let field = component.name == Program::Kubelet && !name.contains('-');
        let label = if field { name.clone() } else { format!("--{name}") };
        add(&mut places, path.clone(), setting, &label, &found.home);
        if let (None, true, Some(spot)) = (&setting.place, field, in_config(found, component, name)) {
            places.spots.insert(path, spot);
        }
    }
    for (list, notes) in [("refused", &component.refused), ("ignored", &component.ignored)] {
        for (index, note) in notes.iter().enumerate() {
            let location = note.place.clone().unwrap_or_else(|| found.home.clone());
            let path = Path::of_keys(&[list]).index(index);
            places.spots.insert(path, Spot { location, missing: None, related: vec![] });
        }
    }
    for flag in component.files.keys() {
        let path = Path::of_keys(&["files", flag]);
        let spot = places.spot(&Path::of_keys(&["settings", flag]));
        let source = component.sources.get(flag);
        let document = source.and_then(|source| parse(source).documents.into_iter().next()?.ok());
        if let Some((source, document)) = source.zip(document) {
            places.documents.insert(path.clone(), (Arc::clone(source), Arc::new(document)));
        }
        places.spots.insert(path, spot);
    }
    places
}

/// Where a field of the kubelet's configuration would be written.
fn in_config(found: &Found, component: &Component, name: &str) -> Option<Spot> {
    let (source, document) = found.config.as_ref()?;
    let path = Path::of_keys(&name.split('.').collect::<Vec<_>>());
    let place = locate::place(source, document, &path);
    let location = Location { source: Arc::clone(source), span: place.span };
    let related = component.settings.get(name).map(losers).unwrap_or_default();
    Some(Spot { location, missing: Some(name.to_owned()), related })
}

fn add(places: &mut Places, path: Path, setting: &Setting, label: &str, home: &Location) {
    let missing = setting.place.is_none().then(|| label.to_owned());
    let location = setting.place.clone().unwrap_or_else(|| home.clone());
    places.spots.insert(path, Spot { location, missing, related: losers(setting) });
}

fn losers(setting: &Setting) -> Vec<Related> {
    let lost = setting.overridden.iter();
    lost.map(|lost| Related { message: format!("loses here: {}", lost.why), location: lost.place.clone() }).collect()
}
