//! Documents as they are, judged by the user's policies: documents come in, what is said of each and where goes out. This is done in a
//! process of its own (`worker.rs`).

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::evaluate::rego::names::{Index, Names};
use crate::evaluate::rego::trace::{Clues, Tracer};
use crate::evaluate::user::{Author, Found, Messages, Place, Program, Refusal, Runtime, Said};
use crate::locate::infer::{self, Inferred};
use crate::model::{Confidence, Path, Step};

/// How many values are judged again, over all findings of a document, to see which place is why.
const MOST_WORK: usize = 40_000_000;
/// How long after the beginning a document is still judged again.
const MOST_TIME: Duration = Duration::from_secs(5);

/// What is asked of policies about documents, or about one that is the list of all; it is read as values, and written as parts of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ask<'a, D> {
    /// The documents.
    pub documents: Vec<D>,
    /// Where they lie.
    pub place: Place,
    /// Whose findings nobody wants to know.
    pub off: Cow<'a, BTreeSet<Author>>,
    /// Clauses that are not asked, by their positions.
    pub banned: BTreeSet<usize>,
    /// Whether changed documents may be judged, to know places for certain.
    pub tries: bool,
}

/// What the policies say of a document.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Answer {
    /// The findings.
    pub findings: Vec<Placed>,
    /// Rules of which an `exception` of the policy set takes the results away.
    pub excepted: Vec<usize>,
    /// Who could not be evaluated, and why.
    pub faults: Vec<(Author, String)>,
}

/// A finding and its place.
#[derive(Debug, Serialize, Deserialize)]
pub struct Placed {
    /// Who says it.
    pub author: Author,
    /// What it says.
    pub said: Said,
    /// Where it is, as in [`Inferred`].
    pub path: Vec<Step>,
    /// Where else.
    pub others: Vec<Vec<Step>>,
    /// What the policy compares the place with.
    pub partner: Option<Vec<Step>>,
    /// How sure the place is.
    pub confidence: Confidence,
}

/// Judges documents by a policy set.
#[derive(Clone)]
pub struct DocumentJudge {
    runtime: Runtime,
    index: Arc<Index>,
    clues: Arc<Clues>,
}

impl DocumentJudge {
    /// Gets a policy set ready.
    ///
    /// # Errors
    /// What cannot be evaluated.
    pub fn new(program: Arc<Program>) -> Result<Self, Refusal> {
        let index = Arc::new(Index::new(&program.modules));
        Ok(Self { runtime: Runtime::new(program)?, index, clues: Arc::default() })
    }

    /// Answers a question about one of its documents.
    pub fn answer<D>(&mut self, ask: &Ask<D>, document: &Json) -> Answer {
        let until = Instant::now() + MOST_TIME;
        let answer = self.runtime.judge(document, &ask.place, &ask.banned);
        let excepted = answer.excepted.clone();
        let (mut all, mut faults) = self.runtime.program.read(answer);
        let mut said = Messages::new();
        for found in &all {
            *said.entry(found.rule).or_default().entry(found.said.message.clone()).or_default() += 1;
        }
        all.retain(|found| !ask.off.contains(&found.author));
        faults.retain(|(author, _)| !ask.off.contains(author));
        let work = if ask.tries { MOST_WORK / size(document) } else { 0 };
        let places = self.locate(document, &said, &all, (work, until));
        let findings = all.into_iter().zip(places).map(|(found, place)| Placed::new(found, place));
        Answer { findings: findings.collect(), excepted, faults }
    }

    /// The place of each finding of a document, which is judged again so often at most, and until then.
    fn locate(
        &mut self,
        input: &Json,
        said: &Messages,
        all: &[Found],
        (mut left, until): (usize, Instant),
    ) -> Vec<Inferred> {
        if all.is_empty() {
            return vec![];
        }
        let (program, clues) = (Arc::clone(&self.runtime.program), Arc::clone(&self.clues));
        let names = Names::of(&program.modules, Arc::clone(&self.index));
        let tracer = Tracer::new(&names, &clues, &program.data, input);
        let places = all.iter().map(|found| {
            if let Some(path) = found.said.metadata.get("path").and_then(declared) {
                return Inferred { path, others: vec![], partner: None, confidence: Confidence::Exact };
            }
            let candidates = infer::together(input, program.candidates(found, &tracer), &found.said.message);
            let suspects = program.suspects(found);
            let mut trials = infer::trials(input, &candidates).take(left).take_while(|_| Instant::now() < until);
            let cleared = trials.find(|trial| {
                left -= 1;
                self.runtime.clears(said, found, &suspects, &trial.edits)
            });
            infer::infer(input, &candidates, cleared.as_ref())
        });
        places.collect()
    }
}

impl Placed {
    fn new(found: Found, place: Inferred) -> Self {
        let Inferred { path, others, partner, confidence } = place;
        let others = others.into_iter().map(|path| path.0).collect();
        Self {
            author: found.author,
            said: found.said,
            path: path.0,
            others,
            partner: partner.map(|path| path.0),
            confidence,
        }
    }
}

/// How many values there are in it.
fn size(value: &Json) -> usize {
    match value {
        Json::Array(items) => items.iter().map(size).sum::<usize>() + 1,
        Json::Object(members) => members.values().map(size).sum::<usize>() + 1,
        _ => 1,
    }
}

/// The path that a policy names itself: a list of keys and indexes, a JSON pointer, or `spec.containers[0].image`.
fn declared(value: &Json) -> Option<Path> {
    let Json::String(text) = value else { return Path::from_json(value) };
    if let Some(pointer) = text.strip_prefix('/') {
        let part = |part: &str| step(&part.replace("~1", "/").replace("~0", "~"));
        return Some(Path(pointer.split('/').map(part).collect()));
    }
    let parts = text.split(['.', '[']).map(|part| part.trim_end_matches(']').trim_matches(['"', '\'']));
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| Path(parts.into_iter().map(step).collect()))
}

fn step(part: &str) -> Step {
    part.parse().map_or_else(|_| Step::Key(part.into()), Step::Index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::user::{Namespaces, PolicySet};
    use crate::model::{Part, Source};
    use serde_json::json;

    #[test]
    fn a_question_is_the_same_in_another_process() {
        let document = json!({"spec": {"hostPID": true}});
        let ask = Ask {
            documents: vec![document],
            place: Place { name: "web.yaml".to_owned(), dir: "/".to_owned() },
            off: Cow::Owned(BTreeSet::from([Author::Clause(1), Author::Rule(0)])),
            banned: BTreeSet::from([1]),
            tries: true,
        };
        let text = serde_json::to_string(&ask).unwrap();
        let read: Ask<Json> = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
    }

    #[test]
    fn an_answer_is_the_same_in_another_process() {
        let key = |key: &str| Step::Key(key.into());
        let metadata = json!({"severity": "high", "list": [1, {"a": null}]}).as_object().cloned().unwrap();
        let placed = |metadata| Placed {
            author: Author::Clause(3),
            said: Said { message: "runs as root".to_owned(), metadata },
            path: vec![key("spec"), key("containers"), Step::Index(2)],
            others: vec![vec![], vec![Step::Index(0)]],
            partner: Some(vec![key("0")]),
            confidence: Confidence::Likely,
        };
        let findings = vec![placed(metadata), placed(Default::default())];
        let faults = vec![(Author::Rule(1), "too slow".to_owned())];
        let bytes = postcard::to_stdvec(&Answer { findings, excepted: vec![7], faults }).unwrap();
        let read: Answer = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(read.findings[0].said.metadata["list"], json!([1, {"a": null}]));
        assert!(read.findings[1].said.metadata.is_empty());
        assert_eq!(read.findings[1].path, [key("spec"), key("containers"), Step::Index(2)]);
        assert_eq!(read.findings[1].partner, Some(vec![key("0")]));
        assert_eq!(postcard::to_stdvec(&read).unwrap(), bytes);
    }

    #[test]
    fn of_what_policies_read_they_say_the_same() {
        let text = r#"package main

deny contains "no team" if not input.metadata.labels.team
deny contains sprintf("%s shares the host", [input.metadata.name]) if input.spec.template.spec.hostPID
deny contains sprintf("%s: no limit", [container.name]) if {
    some container in input.spec.template.spec.containers
    not container.resources.limits.memory
}
deny contains "two kinds of labels" if input.metadata.labels.app != input.spec.template.metadata.labels.app
deny contains "too many" if input.spec.replicas > 3
"#;
        let source = Arc::new(Source::new("p.rego", text));
        let set = PolicySet::read(vec![source], json!({}), &Namespaces::default()).unwrap_or_else(|_| panic!("{text}"));
        let mut judge = DocumentJudge::new(Arc::new(set.program())).unwrap();
        let whole = json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "a"}, "annotations": {"a": "b"}},
            "spec": {
                "replicas": 5, "selector": {"matchLabels": {"app": "a"}},
                "template": {
                    "metadata": {"labels": {"app": "b"}, "annotations": {"team": "x"}},
                    "spec": {"hostPID": true, "hostNetwork": true, "containers": [{"name": "a", "image": "b"}, {"name": "c"}]},
                },
            },
            "status": {"replicas": 5},
        });
        let reads = judge.runtime.program.reads.clone();
        let part = json!(Part { value: &whole, reads: &reads });
        assert_eq!(
            part.get("status").or(part.pointer("/spec/selector")).or(part.pointer("/metadata/annotations")),
            None
        );
        let place = Place { name: "web.yaml".to_owned(), dir: "/".to_owned() };
        let ask = Ask::<()> { documents: vec![], place, off: Cow::default(), banned: BTreeSet::new(), tries: true };
        let [of_whole, of_part] = [&whole, &part].map(|document| judge.answer(&ask, document));
        assert_eq!(of_whole.findings.len(), 6);
        assert_eq!(postcard::to_stdvec(&of_whole).unwrap(), postcard::to_stdvec(&of_part).unwrap());
    }

    #[test]
    fn a_declared_path_is_read_in_the_usual_ways() {
        let expected = "/spec/containers/0/image";
        let values = [
            json!(["spec", "containers", 0, "image"]),
            json!("spec.containers[0].image"),
            json!("/spec/containers/0/image"),
            json!("spec.containers.0.image"),
        ];
        for value in values {
            assert_eq!(declared(&value).map(|path| path.to_string()).as_deref(), Some(expected), "{value}");
        }
        for value in [json!(""), json!(7), json!({"a": 1}), json!([null])] {
            assert_eq!(declared(&value), None, "{value}");
        }
    }
}
