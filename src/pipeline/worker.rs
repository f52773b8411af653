//! The user's policies in a process of their own, with a limit on its memory and on its time: whatever a policy does, the run goes on.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use crate::evaluate::user::{Answer, Ask, Input, Program, Runtime};

/// The argument with which the program evaluates policies for another process of itself.
pub const ARGUMENT: &str = "__evaluate-policies";

/// How long an answer may take; the engine's own limit on an evaluation is shorter, and does not reach into every built-in.
const TIME_LIMIT: Duration = Duration::from_secs(10);
/// How much address space the process may have.
#[cfg(unix)]
const MEMORY_LIMIT: u64 = 2 << 30;

/// What evaluates the policies.
pub enum Runner {
    /// This process.
    Here(Box<Runtime>),
    /// Another one.
    There(Worker),
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
    child: Child,
    questions: BufWriter<ChildStdin>,
    answers: Receiver<Answer>,
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

    fn ask(&mut self, ask: &Ask) -> Result<Answer, String> {
        let mut running = match self.running.take() {
            Some(running) => running,
            None => self.start().map_err(|why| format!("no process could be started for it: {why}"))?,
        };
        let answer = match send(&mut running.questions, ask) {
            Ok(()) => running.answers.recv_timeout(TIME_LIMIT),
            Err(_) => Err(RecvTimeoutError::Disconnected),
        };
        match answer {
            Ok(answer) => {
                self.running = Some(running);
                Ok(answer)
            }
            Err(why) => {
                drop(running);
                Err(match why {
                    RecvTimeoutError::Timeout => format!("it took more than {} seconds", TIME_LIMIT.as_secs()),
                    RecvTimeoutError::Disconnected => {
                        "it took more memory than a policy may have, or crashed".to_owned()
                    }
                })
            }
        }
    }

    fn start(&self) -> std::io::Result<Running> {
        let mut child = Command::new(&self.command)
            .arg(ARGUMENT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .env_clear()
            .spawn()?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(std::io::ErrorKind::BrokenPipe.into());
        };
        let mut questions = BufWriter::new(stdin);
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let Ok(answer) = serde_json::from_str(&line) else { break };
                if sender.send(answer).is_err() {
                    break;
                }
            }
        });
        send(&mut questions, &*self.program)?;
        Ok(Running { child, questions, answers })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The other side: a program and questions come in, a line each; answers go out.
pub fn serve() -> std::io::Result<()> {
    limit_memory();
    let mut lines = std::io::stdin().lock().lines();
    let Some(first) = lines.next() else { return Ok(()) };
    let program: Program = serde_json::from_str(&first?)?;
    let mut runtime =
        Runtime::new(program).map_err(|(file, _, why)| std::io::Error::other(format!("{file}: {why}")))?;
    let mut out = std::io::stdout().lock();
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
