//! The user's policies in a process of their own, with a limit on its memory and on its time: whatever a policy does, the run goes on.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::evaluate::user::{Answer, Ask, Input, Program, Refusal, Runtime};

/// The argument with which the program evaluates policies for another process of itself.
pub const ARGUMENT: &str = "__evaluate-policies";

/// How long an answer may take; the engine's own limit on an evaluation is shorter, and does not reach into every built-in.
const TIME_LIMIT: Duration = Duration::from_secs(10);
/// How often it is looked whether one takes longer.
const WATCH: Duration = Duration::from_millis(500);
/// How long an answer may be, in bytes: this process has no limit of memory of its own.
const LONGEST_ANSWER: u64 = 256 << 20;
/// How much address space the process may have.
#[cfg(unix)]
const MEMORY_LIMIT: u64 = 2 << 30;

/// What evaluates the policies.
pub enum Runner {
    /// This process.
    Here(Box<Runtime>),
    /// Another one.
    There(Box<Worker>),
}

/// Another process, started when it is first asked and again after it was stopped.
pub struct Worker {
    program: Arc<Program>,
    command: PathBuf,
    running: Option<Running>,
    /// Clauses that have stopped a process: they are not asked again.
    banned: BTreeSet<usize>,
}

struct Running {
    watched: Arc<Watched>,
    questions: BufWriter<ChildStdin>,
    /// A line each: whether it is ready, then its answers.
    answers: BufReader<ChildStdout>,
    line: String,
    /// Dropped, it ends the watch.
    _watch: Sender<()>,
}

/// A process, and since when it owes an answer. Who waits for the answer reads it without a thread in between, which would be woken for
/// each of them; the watch stops the process where it takes too long, so that the reading ends.
struct Watched {
    child: Mutex<Child>,
    asked: Mutex<Option<Instant>>,
}

impl Runner {
    /// Answers a question.
    pub fn answer(&mut self, ask: &Ask) -> Answer {
        match self {
            Self::Here(runtime) => runtime.answer(ask),
            Self::There(worker) => worker.answer(ask),
        }
    }
}

impl Worker {
    /// Runs `command`, which is this program.
    pub fn new(program: Arc<Program>, command: PathBuf) -> Self {
        Self { program, command, running: None, banned: BTreeSet::new() }
    }

    fn answer(&mut self, ask: &Ask) -> Answer {
        match ask {
            Ask::Judge(input) if !self.banned.is_empty() => self.one_by_one(input),
            Ask::Judge(input) => self.ask(ask).unwrap_or_else(|_| self.one_by_one(input)),
            other => self.ask(other).unwrap_or_else(|why| Answer { faults: vec![(0, why)], ..Answer::default() }),
        }
    }

    /// Clause by clause, to find the one that stops the process.
    fn one_by_one(&mut self, input: &Input) -> Answer {
        let mut all = Answer::default();
        for clause in 0..self.program.clauses.len() {
            let answer = match self.banned.contains(&clause) {
                true => Err("it was stopped before, and not tried again".to_owned()),
                false => self.ask(&Ask::Clause(clause, input.clone())),
            };
            match answer {
                Ok(answer) => all.add(answer),
                Err(why) => {
                    self.banned.insert(clause);
                    all.faults.push((clause, why));
                }
            }
        }
        all
    }

    /// Starts the process ahead of the first question.
    ///
    /// # Errors
    /// What the engine does not take, or why there is no process.
    pub fn ready(&mut self) -> Result<(), Refusal> {
        if self.running.is_none() {
            self.running = Some(self.start()?);
        }
        Ok(())
    }

    fn ask(&mut self, ask: &Ask) -> Result<Answer, String> {
        self.ready().map_err(|refusal| refusal.message)?;
        let Some(mut running) = self.running.take() else { return Err("there is no process for it".to_owned()) };
        let answer = running.ask(ask)?;
        self.running = Some(running);
        Ok(answer)
    }

    fn start(&self) -> Result<Running, Refusal> {
        let fail = |why: std::io::Error| Refusal::of(format!("no process could be started for the policies: {why}"));
        let mut child = Command::new(&self.command)
            .arg(ARGUMENT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .env_clear()
            .spawn()
            .map_err(fail)?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(fail(std::io::ErrorKind::BrokenPipe.into()));
        };
        let watched = Arc::new(Watched { child: Mutex::new(child), asked: Mutex::default() });
        let watch = watched.watch();
        let (questions, answers) = (BufWriter::new(stdin), BufReader::new(stdout));
        let mut running = Running { watched, questions, answers, line: String::new(), _watch: watch };
        match running.ask::<Result<(), Refusal>>(&*self.program) {
            Ok(ready) => ready.map(|()| running),
            Err(why) => Err(Refusal::of(format!("the policies could not be loaded: {why}"))),
        }
    }
}

impl Running {
    fn ask<A: serde::de::DeserializeOwned>(&mut self, ask: &impl serde::Serialize) -> Result<A, String> {
        self.watched.set_asked(Some(Instant::now()));
        self.line.clear();
        let mut answer = self.answers.by_ref().take(LONGEST_ANSWER);
        // A process that ends while it is asked answers nothing.
        let _ = send(&mut self.questions, ask).and_then(|()| answer.read_line(&mut self.line));
        if self.watched.is_late() {
            return Err(format!("it took more than {} seconds", TIME_LIMIT.as_secs()));
        }
        self.watched.set_asked(None);
        serde_json::from_str(&self.line)
            .map_err(|_| "it took more memory than a policy may have, or crashed".to_owned())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.watched.stop();
    }
}

impl Watched {
    /// Stops the process when an answer takes too long, until what is returned is dropped.
    fn watch(self: &Arc<Self>) -> Sender<()> {
        let (sender, end) = channel();
        let watched = Arc::clone(self);
        std::thread::spawn(move || {
            while end.recv_timeout(WATCH) == Err(RecvTimeoutError::Timeout) {
                if watched.is_late() {
                    watched.stop();
                }
            }
        });
        sender
    }

    fn set_asked(&self, asked: Option<Instant>) {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = asked;
    }

    fn is_late(&self) -> bool {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.is_some_and(|asked| asked.elapsed() >= TIME_LIMIT)
    }

    fn stop(&self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        // It may be gone already.
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// The other side: a program and questions come in, a line each; answers go out.
pub fn serve() -> std::io::Result<()> {
    limit_memory();
    let mut lines = std::io::stdin().lock().lines();
    let Some(first) = lines.next() else { return Ok(()) };
    let program: Program = serde_json::from_str(&first?)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let loaded = Runtime::new(program);
    send(&mut out, &loaded.as_ref().map(|_| ()))?;
    let Ok(mut runtime) = loaded else { return Ok(()) };
    for line in lines {
        let answer = runtime.answer(&serde_json::from_str(&line?)?);
        send(&mut out, &answer)?;
    }
    Ok(())
}

fn send(out: &mut impl Write, message: &impl serde::Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, message)?;
    out.write_all(b"\n")?;
    out.flush()
}

#[cfg(unix)]
fn limit_memory() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limit = Rlimit { current: Some(MEMORY_LIMIT), maximum: Some(MEMORY_LIMIT) };
    // Where the system knows no such limit, the limits of the engine remain.
    let _ = setrlimit(Resource::As, limit);
}

#[cfg(not(unix))]
fn limit_memory() {}
