//! What portcullis can say of its controls and benchmarks: one text for `explain`, for `list` and for the pages under `docs/`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use include_dir::{Dir, include_dir};
use serde::Serialize;

use crate::error::Error;
use crate::evaluate::{Catalog, benchmark};
use crate::model::benchmark::{Answer, Benchmark, Check};
use crate::model::{Control, Severity, SubjectKind};

static FIXTURES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/fixtures/policy");

/// All controls, and the numbers they answer in every benchmark.
pub struct Catalogue {
    controls: Catalog,
    benchmarks: &'static [Benchmark],
}

/// A row of `portcullis list`.
#[derive(Debug, Serialize)]
pub struct Row<'a> {
    /// The id.
    pub control: &'a str,
    /// What it judges.
    pub kind: SubjectKind,
    /// How bad a finding is.
    pub severity: Severity,
    /// Whether the default profile has it.
    pub default: bool,
    /// One line.
    pub title: &'a str,
    /// The numbers it answers: benchmark → ids.
    pub benchmarks: BTreeMap<String, Vec<String>>,
}

impl<'a> Row<'a> {
    fn new(control: &'a Control, benchmarks: &[Benchmark]) -> Self {
        Self {
            control: &control.id,
            kind: control.kind,
            severity: control.severity,
            default: control.default,
            title: &control.title,
            benchmarks: benchmark::ids_of(benchmarks, &control.id),
        }
    }
}

impl Catalogue {
    /// Reads everything that the binary carries.
    pub fn embedded() -> Result<Self, Error> {
        Ok(Self { controls: Catalog::embedded()?, benchmarks: benchmark::all()? })
    }

    /// Every control, by id.
    pub fn rows(&self) -> Vec<Row<'_>> {
        self.controls.controls().map(|control| Row::new(control, self.benchmarks)).collect()
    }

    /// Every benchmark, by name.
    pub fn benchmarks(&self) -> &[Benchmark] {
        self.benchmarks
    }

    /// The benchmark of a name, also of an old one.
    ///
    /// # Errors
    /// A wrong name is answered with the nearest right one.
    pub fn benchmark(&self, name: &str) -> Result<&Benchmark, Error> {
        let (name, _) = benchmark::resolve(name)?;
        let known = self.benchmarks.iter().find(|benchmark| benchmark.head.benchmark == name);
        known.ok_or_else(|| benchmark::unknown(&name))
    }

    /// The page about a control, in Markdown: why it matters, how to fix it, examples, its numbers.
    ///
    /// # Errors
    /// A wrong id is answered with the nearest right one.
    pub fn control_page(&self, id: &str) -> Result<String, Error> {
        let control = self.controls.control(id)?;
        let mut page = format!("# {}\n\n{}\n\n", control.id, control.title);
        let profile = if control.default { "on in the default profile" } else { "off in the default profile" };
        let _ = writeln!(page, "Severity {}, judges {}, {profile}.\n", control.severity, subject(control.kind));
        section(&mut page, "Why", &control.description);
        section(&mut page, "Fix", &control.remediation);
        example(&mut page, control, "bad", "Found");
        example(&mut page, control, "good", "Not found");
        if !control.parameters.is_empty() {
            let rows = control.parameters.iter().map(|parameter| {
                format!(
                    "- `{}` (default `{}`): {}\n",
                    parameter.name,
                    parameter.default,
                    one_line(&parameter.description)
                )
            });
            section(&mut page, "Parameters", &rows.collect::<String>());
        }
        let numbers = benchmark::ids_of(self.benchmarks, &control.id);
        let rows = numbers.iter().map(|(benchmark, ids)| format!("- {benchmark}: {}\n", ids.join(", ")));
        section(&mut page, "Answers", &rows.collect::<String>());
        let links = control.references.iter().map(|link| format!("- <{link}>\n"));
        section(&mut page, "Read on", &links.collect::<String>());
        Ok(format!("{}\n", page.trim_end()))
    }

    /// The page about a benchmark, in Markdown: each of its checks, and what answers it.
    pub fn benchmark_page(&self, benchmark: &Benchmark) -> String {
        let mut page =
            format!("# {}\n\n{}.\n\n{}\n", benchmark.head.benchmark, benchmark.head.title, counts(benchmark));
        let mut section = "";
        for check in &benchmark.checks {
            let own = check.section();
            if own != section {
                let title = benchmark.head.sections.get(own).map_or("", String::as_str);
                let _ = write!(
                    page,
                    "\n## {}\n\n| id | what holds | answered by |\n|---|---|---|\n",
                    format!("{own} {title}").trim()
                );
                section = own;
            }
            let _ = writeln!(page, "| {} | {} | {} |", check.id, check.text, self.answer(check));
        }
        page
    }

    fn answer(&self, check: &Check) -> String {
        let link = |id: &String| match self.controls.control(id) {
            Ok(_) => format!("[{id}](../policies/{id}.md)"),
            Err(_) => id.clone(),
        };
        let controls = check.controls.iter().map(link).collect::<Vec<_>>().join(", ");
        match check.answer {
            Answer::Control => controls,
            answer if controls.is_empty() => word(answer).to_owned(),
            answer => format!("{}; in part {controls}", word(answer)),
        }
    }

    /// The index of all control pages, in Markdown.
    pub fn index_page(&self) -> String {
        let mut page =
            "# Controls\n\n| control | severity | judges | default | what it finds |\n|---|---|---|---|---|\n"
                .to_owned();
        for row in self.rows() {
            let default = if row.default { "on" } else { "off" };
            let _ = writeln!(
                page,
                "| [{}]({}.md) | {} | {} | {default} | {} |",
                row.control, row.control, row.severity, row.kind, row.title
            );
        }
        page
    }
}

/// How many checks of a benchmark are judged and how many are not, as a sentence.
pub fn counts(benchmark: &Benchmark) -> String {
    let count = |wanted: Answer| benchmark.checks.iter().filter(|check| check.answer == wanted).count();
    format!(
        "{} checks: {} judged by controls, {} by a person, {} on a node, {} at the provider, {} in the running cluster.",
        benchmark.checks.len(),
        count(Answer::Control),
        count(Answer::Manual),
        count(Answer::Node),
        count(Answer::Cloud),
        count(Answer::Live)
    )
}

/// What answers a check when no control does, in words.
pub fn word(answer: Answer) -> &'static str {
    match answer {
        Answer::Control => "controls",
        Answer::Manual => "a person",
        Answer::Node => "a look at the node",
        Answer::Cloud => "the provider's API",
        Answer::Live => "the running cluster",
    }
}

fn subject(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::Object => "objects",
        SubjectKind::Pod => "pods, wherever an object holds one",
        SubjectKind::Component => "the configuration of components",
        SubjectKind::Host => "the files of nodes",
        SubjectKind::Inventory => "the objects of a cluster together",
        SubjectKind::Document => "documents",
    }
}

fn section(page: &mut String, title: &str, text: &str) {
    if !text.is_empty() {
        let _ = write!(page, "## {title}\n\n{}\n\n", text.trim_end());
    }
}

/// The first document of a fixture, without the marks of the tests.
fn example(page: &mut String, control: &Control, name: &str, title: &str) {
    let path = format!("{}/{}/{name}.yaml", control.kind, control.id.replace('-', "_"));
    let Some(text) = FIXTURES.get_file(&path).and_then(|file| file.contents_utf8()) else { return };
    let documents = text.split("\n---\n");
    let wanted = |document: &&str| name == "good" || document.contains("# expect:");
    let Some(document) = documents.into_iter().find(wanted) else { return };
    let unmarked = document.trim_start_matches("---\n").lines().map(|line| match line.split_once("# expect:") {
        Some((before, _)) => format!("{} # here\n", before.trim_end()),
        None => format!("{line}\n"),
    });
    section(page, title, &format!("```yaml\n{}```", unmarked.collect::<String>()));
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
