//! What a configuration allows that an earlier one did not: two that were read come in, the looser places of the later one go out.
//!
//! The table says which values of a key are stricter. What it does not know may be looser, and is told.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::merge::Merged;
use super::read::Loaded;
use crate::model::{Action, Control, Date, GateChange, Location, Path, Severity, Span};

/// What is stricter.
enum Stricter {
    /// A larger number; absent is this one, and without one cannot be compared.
    More(Option<f64>),
    /// A smaller number; the same.
    Less(Option<f64>),
    /// A word further back; absent is the first argument.
    Words(&'static str, &'static [&'static str]),
    /// `true`.
    True,
    /// A list without the element.
    Without,
    /// A list with the element.
    With,
    /// Nothing that could be said here: it is compared elsewhere, or is about words alone.
    Told,
}

use Stricter::{Less, More, Told, True, With, Without, Words};

const NEVER: Option<f64> = Some(f64::INFINITY);

/// `*` stands for any key.
const KEYS: &[(&[&str], Stricter)] = &[
    (&["extends"], Told),
    (&["modes"], Told),
    (&["profile"], Words("default", &["pss-baseline", "pss-restricted", "all"])),
    (&["exclude"], Without),
    (&["static_pods"], With),
    (&["roots"], With),
    (&["pod_templates"], With),
    (&["controls", "*", "on"], Told),
    (&["controls", "*", "severity"], Told),
    (&["controls", "*", "locked"], True),
    (&["controls", "*", "excludedNamespaces"], Without),
    (&["controls", "*", "exemptImages"], Without),
    (&["clusters", "*", "min_score"], More(Some(0.0))),
    (&["gate", "fail_on"], Words("medium", &["critical", "high", "medium", "low", "info"])),
    (&["gate", "max_fail"], Less(None)),
    (&["gate", "max_new"], Less(Some(0.0))),
    (&["gate", "min_score"], More(Some(0.0))),
    (&["gate", "strict_baseline"], True),
    (&["gate", "no_inline"], True),
    (&["gate", "warn_before"], More(Some(14.0))),
    (&["gate", "max_lifetime", "*"], Less(NEVER)),
    (&["gate", "grace"], Less(Some(0.0))),
    (&["gate_changes"], Words("report", &["report", "deny"])),
];

/// What is looser in the later one, in no particular order.
pub fn loosened(before: &Merged, now: &Merged, known: &[Arc<Control>]) -> Vec<GateChange> {
    let mut found = Found { before, now, changes: Vec::new() };
    found.compare(&mut Vec::new(), &switched(&before.json), &switched(&now.json));
    found.controls(known);
    found.modes();
    found.clusters();
    found.changes
}

/// The same with `controls: {id: false}` as `controls: {id: {on: false}}`, so that a control is a mapping in any case.
fn switched(json: &Value) -> Value {
    let mut json = json.clone();
    for control in json.get_mut("controls").and_then(Value::as_object_mut).into_iter().flat_map(|all| all.values_mut())
    {
        if let Value::Bool(on) = *control {
            *control = serde_json::json!({"on": on});
        }
    }
    json
}

struct Found<'a> {
    before: &'a Merged,
    now: &'a Merged,
    changes: Vec<GateChange>,
}

impl Found<'_> {
    fn compare(&mut self, path: &mut Vec<String>, before: &Value, now: &Value) {
        if before == now {
            return;
        }
        if let Some((_, stricter)) = KEYS.iter().find(|(keys, _)| fits(keys, path)) {
            return self.weigh(stricter, path, before, now);
        }
        // A cluster comes and goes as a whole.
        let is_whole =
            matches!(path.as_slice(), [first, _] if first == "clusters") && (before.is_null() || now.is_null());
        let (none, empty) = (Value::Null, serde_json::Map::new());
        match (before, now) {
            (Value::Object(_) | Value::Null, Value::Object(_) | Value::Null) if !is_whole => {
                let (before, now) = (before.as_object().unwrap_or(&empty), now.as_object().unwrap_or(&empty));
                let keys: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
                for key in keys {
                    path.push(key.clone());
                    self.compare(path, before.get(key).unwrap_or(&none), now.get(key).unwrap_or(&none));
                    path.pop();
                }
            }
            _ => self.tell(path, before, now),
        }
    }

    fn weigh(&mut self, stricter: &Stricter, path: &[String], before: &Value, now: &Value) {
        let number = |value: &Value, absent: &Option<f64>| match value {
            Value::Null => *absent,
            Value::String(text) => text.strip_suffix('d')?.parse().ok(),
            value => value.as_f64(),
        };
        let is_stricter = match stricter {
            Told => true,
            True => now == &Value::Bool(true) || before != &Value::Bool(true),
            More(absent) => number(before, absent).zip(number(now, absent)).is_some_and(|(before, now)| now >= before),
            Less(absent) => number(before, absent).zip(number(now, absent)).is_some_and(|(before, now)| now <= before),
            Words(absent, words) => {
                let rank = |value: &Value| {
                    let word = value.as_str().unwrap_or(absent);
                    words.iter().position(|known| *known == word)
                };
                rank(now) == Some(words.len() - 1)
                    || rank(before).zip(rank(now)).is_some_and(|(before, now)| now >= before)
            }
            Without | With => {
                let is_with = matches!(stricter, With);
                let (more, fewer) = if is_with { (before, now) } else { (now, before) };
                self.elements(path, elements(more), elements(fewer), is_with);
                true
            }
        };
        if !is_stricter {
            self.tell(path, before, now);
        }
    }

    /// Tells of the elements of one list that another one lacks.
    fn elements(&mut self, path: &[String], more: &[Value], fewer: &[Value], is_gone: bool) {
        let mut left: Vec<&Value> = fewer.iter().collect();
        for element in more {
            match left.iter().position(|other| *other == element) {
                Some(at) => drop(left.swap_remove(at)),
                None => {
                    let word = if is_gone { "no longer has" } else { "also has" };
                    let message = format!("`{}` {word} `{}`", path.join("."), shown(element));
                    self.add(message, place(self.now, self.before, path, Some(element)));
                }
            }
        }
    }

    fn tell(&mut self, path: &[String], before: &Value, now: &Value) {
        let key = path.join(".");
        let message = match (before, now) {
            (Value::Null, Value::Object(_)) => format!("`{key}` is new"),
            (Value::Object(_), Value::Null) => format!("`{key}` is gone"),
            (Value::Null, now) => format!("`{key}` is now `{}`", shown(now)),
            (before, Value::Null) => format!("`{key}` is no longer `{}`", shown(before)),
            (before, now) => format!("`{key}` is now `{}` and was `{}`", shown(now), shown(before)),
        };
        self.add(message, place(self.now, self.before, path, None));
    }

    /// Controls that are switched off, and severities that are lower.
    fn controls(&mut self, known: &[Arc<Control>]) {
        // Left to the profile is between off and on.
        let switch = |side: &Merged, id: &str| match side.config.controls.get(id).and_then(|setting| setting.switch()) {
            Some(false) => 0,
            None => 1,
            Some(true) => 2,
        };
        let severity = |side: &Merged, control: &Control| -> Severity {
            side.config.settings(&control.id).and_then(|settings| settings.severity).unwrap_or(control.severity)
        };
        for control in known {
            let path = ["controls".to_owned(), control.id.to_string()];
            if switch(self.now, &control.id) < switch(self.before, &control.id) {
                let word = if switch(self.now, &control.id) == 0 { "off" } else { "no longer on whatever the profile" };
                self.add(format!("control `{}` is {word}", control.id), place(self.now, self.before, &path, None));
            }
            let (before, now) = (severity(self.before, control), severity(self.now, control));
            if now < before {
                let path = [path.as_slice(), &["severity".to_owned()]].concat();
                let message = format!("the severity of `{}` is now {now} and was {before}", control.id);
                self.add(message, place(self.now, self.before, &path, None));
            }
        }
    }

    /// Rules of `modes` by their scope: the same scope has to be as strict on every day, a new one has to deny, and one that is
    /// gone must not have been stricter than what is left. The order decides, so it counts as well.
    fn modes(&mut self) {
        let (before, now) = (&self.before.config.modes, &self.now.config.modes);
        let json = |side: &Merged| elements(side.json.get("modes").unwrap_or(&Value::Null)).to_vec();
        let (before_json, now_json) = (json(self.before), json(self.now));
        let scope = |rule: &Value| {
            let keys = ["controls", "clusters", "paths"];
            keys.map(|key| rule.get(key).cloned().unwrap_or(Value::Null))
        };
        let days = before.iter().chain(now).flat_map(|rule| rule.from.keys().copied());
        let days: BTreeSet<Date> = days.chain(["0001-01-01".parse().unwrap_or(Date::MAX)]).collect();
        let path = ["modes".to_owned()];
        let mut order = Vec::new();
        for (rule, json) in now.iter().zip(&now_json) {
            let same = before_json.iter().position(|other| scope(other) == scope(json));
            order.extend(same);
            let old = |day| same.and_then(|at| before.get(at)).map_or(Action::Deny, |old| old.mode(day));
            if days.iter().any(|&day| strictness(rule.mode(day)) < strictness(old(day))) {
                let message = match same {
                    Some(_) => format!("a rule of `modes` is looser than it was: `{}`", shown(json)),
                    None => format!("`modes` also has `{}`", shown(json)),
                };
                self.add(message, place(self.now, self.before, &path, Some(json)));
            }
        }
        let loosest = now.iter().flat_map(|rule| days.iter().map(|&day| strictness(rule.mode(day)))).min();
        for (_, (rule, json)) in before.iter().zip(&before_json).enumerate().filter(|(at, _)| !order.contains(at)) {
            let strictest = days.iter().map(|&day| strictness(rule.mode(day))).max();
            if loosest.is_some() && loosest < strictest {
                let message = format!("`modes` no longer has `{}`", shown(json));
                self.add(message, place(self.now, self.before, &path, Some(json)));
            }
        }
        if !order.is_sorted() {
            self.add("`modes` has its rules in another order".to_owned(), place(self.now, self.before, &path, None));
        }
    }

    /// A file belongs to the first cluster whose paths match.
    fn clusters(&mut self) {
        let names = |side: &Merged| side.config.clusters.keys().cloned().collect::<Vec<_>>();
        let (before, now) = (names(self.before), names(self.now));
        let common = |names: &[String], others: &[String]| -> Vec<String> {
            names.iter().filter(|name| others.contains(name)).cloned().collect()
        };
        if common(&before, &now) != common(&now, &before) {
            let path = ["clusters".to_owned()];
            self.add("`clusters` are in another order".to_owned(), place(self.now, self.before, &path, None));
        }
    }

    fn add(&mut self, message: String, location: Option<Location>) {
        let change = |location| GateChange { rule: "looser-configuration", message, location };
        self.changes.extend(location.map(change));
    }
}

fn fits(keys: &[&str], path: &[String]) -> bool {
    keys.len() == path.len() && keys.iter().zip(path).all(|(key, part)| *key == "*" || key == part)
}

fn elements(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

fn strictness(mode: Action) -> u8 {
    match mode {
        Action::Audit => 0,
        Action::Warn => 1,
        Action::Deny => 2,
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Where a value is written now; of what is gone, the nearest key around it, and where no file is left, its place before.
fn place(now: &Merged, before: &Merged, path: &[String], element: Option<&Value>) -> Option<Location> {
    let layers = if now.layers.is_empty() { &before.layers } else { &now.layers };
    let exact = layers.iter().rev().find_map(|layer| spot(layer, path, element));
    let near = || {
        (1..=path.len()).rev().find_map(|length| layers.iter().rev().find_map(|layer| key(layer, path.get(..length)?)))
    };
    exact.or_else(near).or_else(|| {
        let source = Arc::clone(layers.last()?.source());
        let span = source.line_span(1).unwrap_or(Span::new(0, 0));
        Some(Location { source, span })
    })
}

fn spot(layer: &Loaded, path: &[String], element: Option<&Value>) -> Option<Location> {
    let value = at(&layer.json(), path)?;
    let place = of_keys(path);
    match element {
        None => {
            Some(layer.location(&place)).filter(|_| !value.is_object()).or_else(|| Some(layer.key_location(&place)))
        }
        Some(element) => {
            let index = value.as_array()?.iter().position(|one| one == element)?;
            Some(layer.location(&place.index(index)))
        }
    }
}

fn key(layer: &Loaded, path: &[String]) -> Option<Location> {
    at(&layer.json(), path).map(|_| layer.key_location(&of_keys(path)))
}

fn at(json: &Value, path: &[String]) -> Option<Value> {
    path.iter().try_fold(json, |value, key| value.get(key)).cloned()
}

fn of_keys(path: &[String]) -> Path {
    Path::of_keys(&path.iter().map(String::as_str).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::Config;
    use crate::model::SubjectKind;
    use crate::model::policy::Text;

    fn merged(json: &Value) -> Merged {
        let config: Config = serde_json::from_value(json.clone()).unwrap();
        // A text of one line to point at.
        let source = Arc::new(crate::model::Source::new("portcullis.yaml", "profile: default\n"));
        let layer = crate::config::read(&source, &crate::parse::parse(&source)).unwrap();
        Merged { config, json: json.clone(), layers: vec![layer], ..Merged::default() }
    }

    fn control(id: &str) -> Arc<Control> {
        let (kind, severity) = (SubjectKind::Pod, Severity::High);
        let [package, title, description, remediation] = [const { Text::Borrowed("") }; 4];
        let (kinds, references, parameters, default) = (vec![], vec![], vec![], true);
        let mode = Action::Deny;
        let id = id.into();
        Arc::new(Control {
            id,
            kind,
            kinds,
            package,
            title,
            description,
            severity,
            remediation,
            references,
            default,
            mode,
            parameters,
        })
    }

    /// Each pair is a stricter and a looser configuration: one way is told, the other is not.
    #[test]
    fn what_is_looser_is_told_and_what_is_stricter_is_not() {
        let from = |mode: &str, day: &str, then: &str| json!({"modes": [{"mode": mode, "from": {day: then}}]});
        let table = [
            (json!({"profile": "all"}), json!({"profile": "pss-restricted"})),
            (json!({"profile": "all"}), json!({})),
            (json!({"profile": "pss-restricted"}), json!({"profile": "pss-baseline"})),
            (json!({"gate": {"fail_on": "low"}}), json!({})),
            (json!({}), json!({"gate": {"fail_on": "high"}})),
            (json!({"gate": {"max_fail": 1}}), json!({"gate": {"max_fail": 2}})),
            (json!({}), json!({"gate": {"max_new": 1}})),
            (json!({"gate": {"min_score": 90}}), json!({"gate": {"min_score": 89.5}})),
            (json!({"gate": {"min_score": 90}}), json!({})),
            (json!({"clusters": {"a": {"min_score": 90}}}), json!({"clusters": {"a": {}}})),
            (json!({"gate": {"strict_baseline": true}}), json!({})),
            (json!({"gate": {"no_inline": true}}), json!({"gate": {"no_inline": false}})),
            (json!({"gate": {"max_lifetime": {"high": "30d"}}}), json!({"gate": {"max_lifetime": {"high": "60d"}}})),
            (json!({"gate": {"max_lifetime": {"high": "30d"}}}), json!({})),
            (json!({}), json!({"gate": {"grace": "30d"}})),
            (json!({"gate_changes": "deny"}), json!({})),
            (json!({"exclude": ["a"]}), json!({"exclude": ["a", "b"]})),
            (json!({"static_pods": ["a"]}), json!({})),
            (json!({"controls": {"x": true}}), json!({})),
            (json!({}), json!({"controls": {"x": false}})),
            (json!({"controls": {"x": {"severity": "critical"}}}), json!({})),
            (json!({}), json!({"controls": {"x": {"severity": "low"}}})),
            (json!({"controls": {"x": {"locked": true}}}), json!({"controls": {"x": {}}})),
            (json!({}), json!({"controls": {"x": {"excludedNamespaces": ["a"]}}})),
            (json!({}), json!({"controls": {"x": {"exemptImages": ["a"]}}})),
            (json!({}), json!({"modes": [{"mode": "warn"}]})),
            (json!({"modes": [{"mode": "warn"}]}), json!({"modes": [{"mode": "audit"}]})),
            (
                json!({"modes": [{"mode": "deny", "paths": ["a"]}, {"mode": "warn"}]}),
                json!({"modes": [{"mode": "warn"}]}),
            ),
            (from("audit", "2026-01-01", "deny"), from("audit", "2026-02-01", "deny")),
        ];
        let known = [control("x"), control("y")];
        for (strict, loose) in table {
            let told = |before, now| loosened(&merged(before), &merged(now), &known);
            assert_eq!(told(&strict, &loose).len(), 1, "{strict} {loose}: {:?}", told(&strict, &loose));
            assert_eq!(told(&loose, &strict).len(), 0, "{loose} {strict}: {:?}", told(&loose, &strict));
            assert!(told(&loose, &loose).is_empty() && told(&strict, &strict).is_empty());
        }
    }

    #[test]
    fn what_cannot_be_told_is_told_both_ways() {
        let table = [
            (
                json!({"controls": {"x": {"parameters": {"p": 1}}}}),
                json!({"controls": {"x": {"parameters": {"p": 2}}}}),
            ),
            (json!({"clusters": {"a": {"paths": ["x"]}}}), json!({"clusters": {"a": {"paths": ["y"]}}})),
            (json!({"clusters": {"a": {"paths": ["x"]}}}), json!({})),
            (json!({"clusters": {"a": {}, "b": {}}}), json!({"clusters": {"b": {}, "a": {}}})),
            (json!({"baseline": "a"}), json!({"baseline": "b"})),
            (json!({"gate": {"max_fail": 1}}), json!({})),
        ];
        for (one, other) in table {
            assert_eq!(loosened(&merged(&one), &merged(&other), &[]).len(), 1, "{one} {other}");
            assert_eq!(loosened(&merged(&other), &merged(&one), &[]).len(), 1, "{other} {one}");
        }
    }
}
