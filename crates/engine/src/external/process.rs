//! The process of a command, and all that it starts: one group, which ends when the trial does.
//!
//! Beside it runs a guard: a shell that waits for the end of its stdin, which this process holds open. However
//! this process ends, the guard then kills the group. Nothing else works if a trial is killed, because a
//! command that computes does not read its stdin.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use oddbench_core::quote;

use super::answers::{Answer, answer};
use super::memory::Memory;

/// How many lines of stdout and of stderr are kept, and how many bytes of each.
const LINES: usize = 20;
const LINE_BYTES: u64 = 4096;
/// How long a command may take to end by itself when its stdin has.
const GRACE: Duration = Duration::from_secs(5);
const TICK: Duration = Duration::from_millis(2);
/// How long the last lines of a command that is gone may be on their way.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// `$1` is the group, `$2` the folder: it is removed too if no process is left that could look at it.
const GUARD: &str = r#"read -r word; known=$?
kill -s KILL -- "-$1" 2>/dev/null
[ "$known" = 0 ] || { sleep 1; rm -rf -- "$2"; }"#;

/// A running command.
pub(super) struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    guard: Guard,
    answers: Receiver<Answer>,
    stdout: Tail,
    stderr: Tail,
    memory: Memory,
}

/// The command has printed nothing for a while, or will print nothing more.
pub(super) enum Silence {
    /// For now.
    Quiet,
    /// It closed its stdout.
    Ended,
}

impl Process {
    /// Starts it, and its guard.
    pub(super) fn start(mut command: Command, folder: &Path) -> io::Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        own_group(&mut command);
        let mut child = command.spawn()?;
        let guard = match Guard::start(child.id(), folder) {
            Ok(guard) => guard,
            Err(error) => {
                // Without a guard it must not run.
                let _ = child.kill().and_then(|()| child.wait());
                return Err(io::Error::new(error.kind(), format!("its guard, sh: {error}")));
            }
        };
        let (stdout, stderr) = (Tail::default(), Tail::default());
        let (sender, answers) = mpsc::channel();
        let other = stdout.clone();
        follow(child.stdout.take(), move |line| match answer(&line) {
            // Nobody listens to a command that has been given up.
            Some(answer) => drop(sender.send(answer)),
            None => other.push(line),
        });
        let errors = stderr.clone();
        follow(child.stderr.take(), move |line| errors.push(line));
        let memory = Memory::watch(child.id());
        let stdin = child.stdin.take();
        Ok(Self { child, stdin, guard, answers, stdout, stderr, memory })
    }

    /// Writes an order. A command that is gone is found out when its answer is waited for.
    pub(super) fn order(&mut self, order: &str) {
        if let Some(stdin) = &mut self.stdin {
            let _ = writeln!(stdin, "{order}").and_then(|()| stdin.flush());
        }
    }

    /// The next answer, within that time.
    pub(super) fn answer(&mut self, within: Duration) -> Result<Answer, Silence> {
        match self.answers.recv_timeout(within) {
            Ok(answer) => Ok(answer),
            Err(RecvTimeoutError::Disconnected) => Err(Silence::Ended),
            Err(RecvTimeoutError::Timeout) if self.try_status().is_none() => Err(Silence::Quiet),
            // It is gone, and something that it started holds its stdout open.
            Err(RecvTimeoutError::Timeout) => {
                self.answers.recv_timeout(LAST_WORDS).map_err(|_| Silence::Ended)
            }
        }
    }

    pub(super) fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Closes its stdin, gives it a moment to end by itself, and kills whatever is left of it.
    pub(super) fn end(&mut self) -> Option<ExitStatus> {
        self.stdin = None;
        let until = Instant::now() + GRACE;
        let mut status = None;
        while status.is_none() && Instant::now() < until {
            status = self.try_status();
            if status.is_none() {
                thread::sleep(TICK);
            }
        }
        self.kill();
        status
    }

    /// Kills it and all of its group.
    pub(super) fn kill(&mut self) {
        self.stdin = None;
        self.guard.release();
        let _ = self.child.kill().and_then(|()| self.child.wait().map(drop));
        // The readers see the end of the pipes a moment later.
        let until = Instant::now() + LAST_WORDS;
        let streams = [&self.stdout, &self.stderr];
        while !streams.iter().all(|stream| stream.is_closed()) && Instant::now() < until {
            thread::sleep(TICK);
        }
    }

    /// How it ended, if it has.
    pub(super) fn try_status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// How it ended, if it has within a moment.
    pub(super) fn status(&mut self) -> Option<ExitStatus> {
        let until = Instant::now() + Duration::from_secs(1);
        while Instant::now() < until {
            if let Some(status) = self.try_status() {
                return Some(status);
            }
            thread::sleep(TICK);
        }
        None
    }

    /// The last lines of stdout that are no answers.
    pub(super) fn stdout(&self) -> Vec<String> {
        self.stdout.lines()
    }

    /// The last lines of stderr.
    pub(super) fn stderr(&self) -> Vec<String> {
        self.stderr.lines()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Kills a group when it is released, or when this process is gone.
struct Guard {
    child: Child,
}

impl Guard {
    fn start(group: u32, folder: &Path) -> io::Result<Self> {
        let mut command = Command::new("sh");
        command.args(["-c", GUARD, "sh", &group.to_string()]).arg(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        own_group(&mut command);
        Ok(Self { child: command.spawn()? })
    }

    /// Has the group killed, and waits until that is done. The folder stays.
    fn release(&mut self) {
        if let Some(mut stdin) = self.child.stdin.take() {
            let _ = stdin.write_all(b"released\n");
        }
        let _ = self.child.wait();
    }
}

/// Ctrl-C in a terminal is for oddbench alone, which ends the group itself.
fn own_group(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(not(unix))]
    let _ = command;
}

/// Reads lines in a thread until the pipe is closed. Pieces of a longer line count as lines. Terminals show the lines
/// and must not obey them.
fn follow<R: Read + Send + 'static>(
    pipe: Option<R>,
    mut hear: impl FnMut(String) + Send + 'static,
) {
    let Some(pipe) = pipe else { return };
    thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut line = Vec::new();
        loop {
            line.clear();
            match reader.by_ref().take(LINE_BYTES).read_until(b'\n', &mut line) {
                Ok(1..) => hear(quote::line(String::from_utf8_lossy(&line).trim_end())),
                Ok(0) | Err(_) => return,
            }
        }
    });
}

/// The last lines of a stream. It is closed when its reader is gone.
#[derive(Clone, Default)]
struct Tail(Arc<Mutex<VecDeque<String>>>);

impl Tail {
    fn push(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push_back(line);
        if lines.len() > LINES {
            lines.pop_front();
        }
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn is_closed(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}
