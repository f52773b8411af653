//! The user's policies in a process of their own, with a limit on its memory and on its time: whatever a policy does, the run goes on.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::documents::{Answer, Ask, DocumentJudge, Placed};
use super::nested;
use crate::evaluate::user::{Author, Place, Program, Refusal};
use crate::model::{Part, Step};

/// The argument with which the program evaluates policies for another process of itself.
pub const ARGUMENT: &str = "__evaluate-policies";

/// How long the answer about a document may take; the engine's own limit on an evaluation is shorter, and does not reach into every
/// built-in.
const TIME_LIMIT: Duration = Duration::from_secs(10);
/// How often it is looked whether one takes longer.
const WATCH: Duration = Duration::from_millis(500);
/// How long answers wait for the ones behind them, which are sent with them.
const TOGETHER: Duration = Duration::from_secs(1);
/// How many documents are asked about at once.
const MOST_DOCUMENTS: usize = 64;
/// How long an answer may be, in bytes: this process has no limit of memory of its own.
const LONGEST_ANSWER: u64 = 256 << 20;
/// How much address space the process may have.
#[cfg(unix)]
const MEMORY_LIMIT: u64 = 2 << 30;

/// What evaluates the policies.
pub enum Runner {
    /// This process.
    Here(Box<DocumentJudge>),
    /// Another one.
    There(Box<Worker>),
}

/// Another process, started when it is first asked and again after it was stopped.
pub struct Worker {
    program: Arc<Program>,
    command: PathBuf,
    running: Option<Running>,
    /// Clauses that have stopped a process, and how: they are not asked again.
    banned: BTreeMap<usize, String>,
    /// The keys in the paths of its answers: findings are many, and these are few.
    keys: HashSet<Arc<str>>,
}

struct Running {
    watched: Arc<Watched>,
    /// A line each: the program, then what is asked of it.
    questions: BufWriter<ChildStdin>,
    /// A length and so many bytes each: whether it is ready, then an answer for each document.
    answers: BufReader<ChildStdout>,
    answer: Vec<u8>,
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
    /// What the policies say of each of these documents, which lie in one file; `off` are those whose findings nobody wants to know.
    pub fn answer(&mut self, documents: &[&Json], place: &Place, off: &BTreeSet<Author>) -> Vec<Answer> {
        let ask = Ask {
            documents: documents.to_vec(),
            place: place.clone(),
            off: Cow::Borrowed(off),
            banned: BTreeSet::new(),
            tries: true,
        };
        match self {
            Self::Here(judge) => documents.iter().map(|document| judge.answer(&ask, document)).collect(),
            Self::There(worker) => worker.answer(&ask),
        }
    }
}

impl Worker {
    /// Runs `command`, which is this program.
    pub fn new(program: Arc<Program>, command: PathBuf) -> Self {
        Self { program, command, running: None, banned: BTreeMap::new(), keys: HashSet::new() }
    }

    fn answer(&mut self, ask: &Ask<&Json>) -> Vec<Answer> {
        let (mut answers, mut most) = (Vec::new(), MOST_DOCUMENTS);
        let program = Arc::clone(&self.program);
        while let Some(rest) = ask.documents.get(answers.len()..).filter(|rest| !rest.is_empty()) {
            let documents = rest.iter().take(most).map(|value| Part { value, reads: &program.reads }).collect();
            let (place, off) = (ask.place.clone(), ask.off.clone());
            let some = Ask { documents, place, off, banned: self.banned(), tries: ask.tries };
            match self.ask(&some) {
                Ok(more) => answers.extend(more.into_iter().map(|answer| self.complete(answer))),
                // One of them is why: one after the other, until it is found.
                Err(_) if some.documents.len() > 1 => most = 1,
                Err(_) => {
                    answers.push(self.carefully(&some));
                    most = MOST_DOCUMENTS;
                }
            }
        }
        answers
    }

    /// About one document: places untried, and then without the clauses that stop the process.
    fn carefully(&mut self, ask: &Ask<Part>) -> Answer {
        if let Ok(answer) = self.untried(ask) {
            return answer;
        }
        let all: BTreeSet<usize> = (0..self.program.clauses.len()).collect();
        for clause in all.difference(&self.banned()) {
            let banned = all.iter().copied().filter(|other| other != clause).collect();
            if let Err(why) = self.ask(&Ask { banned, tries: false, ..ask.clone() }) {
                self.banned.insert(*clause, why);
            }
        }
        self.untried(ask).unwrap_or_else(|why| {
            let faults = all.into_iter().map(|clause| self.program.fault(clause, &why));
            Answer { faults: faults.collect(), ..Answer::default() }
        })
    }

    fn untried(&mut self, ask: &Ask<Part>) -> Result<Answer, String> {
        let answer = self.ask(&Ask { banned: self.banned(), tries: false, ..ask.clone() })?.pop();
        Ok(self.complete(answer.unwrap_or_default()))
    }

    fn banned(&self) -> BTreeSet<usize> {
        self.banned.keys().copied().collect()
    }

    /// An answer, and which clauses were not asked for it.
    fn complete(&self, mut answer: Answer) -> Answer {
        answer.faults.extend(self.banned.iter().map(|(clause, why)| self.program.fault(*clause, why)));
        answer
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

    fn ask(&mut self, ask: &Ask<Part>) -> Result<Vec<Answer>, String> {
        self.ready().map_err(|refusal| refusal.message)?;
        let Some(mut running) = self.running.take() else { return Err("there is no process for it".to_owned()) };
        running.send(ask);
        let mut answers: Vec<Answer> = ask.documents.iter().map(|_| running.receive()).collect::<Result<_, _>>()?;
        self.running = Some(running);
        answers.iter_mut().flat_map(|answer| &mut answer.findings).for_each(|placed| self.share_keys(placed));
        Ok(answers)
    }

    fn share_keys(&mut self, Placed { path, others, partner, .. }: &mut Placed) {
        for step in std::iter::once(path).chain(others).chain(partner).flatten() {
            let Step::Key(key) = step else { continue };
            match self.keys.get(key) {
                Some(known) => *key = Arc::clone(known),
                None => drop(self.keys.insert(Arc::clone(key))),
            }
        }
    }

    fn start(&self) -> Result<Running, Refusal> {
        let fail = |why: io::Error| Refusal::of(format!("no process could be started for the policies: {why}"));
        let mut child = Command::new(&self.command)
            .arg(ARGUMENT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .env_clear()
            .spawn()
            .map_err(fail)?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(fail(io::ErrorKind::BrokenPipe.into()));
        };
        let watched = Arc::new(Watched { child: Mutex::new(child), asked: Mutex::default() });
        let watch = watched.watch();
        let (questions, answers) = (BufWriter::new(stdin), BufReader::new(stdout));
        let mut running = Running { watched, questions, answers, answer: Vec::new(), _watch: watch };
        running.send(&*self.program);
        match running.receive::<Result<(), Refusal>>() {
            Ok(ready) => ready.map(|()| running),
            Err(why) => Err(Refusal::of(format!("the policies could not be loaded: {why}"))),
        }
    }
}

impl Running {
    /// Asks. A process that ends meanwhile answers nothing.
    fn send(&mut self, message: &impl Serialize) {
        self.watched.set_asked(Some(Instant::now()));
        let sent = serde_json::to_writer(&mut self.questions, message).map_err(io::Error::from);
        let _ = sent.and_then(|()| self.questions.write_all(b"\n")).and_then(|()| self.questions.flush());
    }

    /// The next answer.
    fn receive<A: for<'d> Deserialize<'d>>(&mut self) -> Result<A, String> {
        self.watched.set_asked(Some(Instant::now()));
        let read = self.read();
        if self.watched.is_late() {
            return Err(format!("it took more than {} seconds", TIME_LIMIT.as_secs()));
        }
        self.watched.set_asked(None);
        let answer = read.ok().and_then(|()| postcard::from_bytes(&self.answer).ok());
        answer.ok_or_else(|| "it took more memory than a policy may have, or crashed".to_owned())
    }

    /// The bytes of the next answer, or of its beginning where it is too long or ends too soon.
    fn read(&mut self) -> io::Result<()> {
        let mut length = [0; size_of::<u64>()];
        self.answers.read_exact(&mut length)?;
        self.answer.clear();
        let most = u64::from_le_bytes(length).min(LONGEST_ANSWER);
        self.answers.by_ref().take(most).read_to_end(&mut self.answer).map(drop)
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

/// The other side: a program and questions come in, a line each; answers go out, one for each document.
pub fn serve() -> io::Result<()> {
    limit_memory();
    let mut lines = std::io::stdin().lock().lines();
    let Some(first) = lines.next() else { return Ok(()) };
    let program: Program = nested::read(&first?)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let loaded = DocumentJudge::new(Arc::new(program));
    send(&mut out, &loaded.as_ref().map(|_| ()))?;
    out.flush()?;
    let Ok(mut judge) = loaded else { return Ok(()) };
    for line in lines {
        let ask: Ask<Json> = nested::read(&line?)?;
        let mut flushed = Instant::now();
        for document in &ask.documents {
            send(&mut out, &judge.answer(&ask, document))?;
            if flushed.elapsed() > TOGETHER {
                out.flush()?;
                flushed = Instant::now();
            }
        }
        out.flush()?;
    }
    Ok(())
}

/// Sends an answer.
fn send(out: &mut impl Write, answer: &impl Serialize) -> io::Result<()> {
    let answer = postcard::to_stdvec(answer).map_err(io::Error::other)?;
    out.write_all(&(answer.len() as u64).to_le_bytes())?;
    out.write_all(&answer)
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
