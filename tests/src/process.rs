//! A program under test: its output, its signals, and its end with all of its descendants.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{BufRead as _, BufReader, Read},
    os::unix::process::CommandExt as _,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, MutexGuard},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::wait;

/// A running program, leader of a process group of its own. Dropping it kills it and everything it started.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    readers: Vec<thread::JoinHandle<()>>,
    ended: Option<ExitStatus>,
}

impl Process {
    /// Starts `command`. Both its outputs are kept, line by line.
    pub fn start(name: &str, command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        let lines = Arc::default();
        let readers = vec![
            reader(child.stdout.take().expect("piped"), &lines),
            reader(child.stderr.take().expect("piped"), &lines),
        ];
        Self { name: name.to_owned(), child, lines, readers, ended: None }
    }

    /// Its process id.
    pub fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).expect("process ids are small")
    }

    /// All that it printed so far, on either output.
    pub fn log(&self) -> String {
        self.lines().join("\n")
    }

    fn lines(&self) -> MutexGuard<'_, Vec<String>> {
        self.lines.lock().expect("readers do not panic")
    }

    /// Waits for a line with `mark` in it.
    ///
    /// # Panics
    /// When none comes in time, or the program ends before; with all that it printed.
    pub async fn line(&mut self, mark: &str, limit: Duration) -> String {
        let begin = Instant::now();
        loop {
            let ended = self.has_ended();
            if let Some(line) = self.lines().iter().find(|line| line.contains(mark)) {
                return line.clone();
            }
            if ended || begin.elapsed() > limit {
                let how = if ended { "ended" } else { "did not say so in time" };
                panic!("{} {how}; expected {mark:?} of it:\n{}", self.name, self.log());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Sends a signal to the program alone, not to its children.
    pub fn signal(&self, signal: Signal) {
        if self.ended.is_none() {
            // It may have ended in this moment.
            let _ = kill(Pid::from_raw(self.pid()), signal);
        }
    }

    /// Ends the program, and only it, without a chance to clean up; its children are left to their own means.
    pub fn kill_alone(&mut self) {
        self.signal(Signal::SIGKILL);
        self.ended = self.child.wait().ok();
        self.join_readers();
    }

    /// Asks it to end, and waits.
    ///
    /// # Panics
    /// When it has not ended in time.
    pub async fn stop(&mut self, limit: Duration) -> ExitStatus {
        self.signal(Signal::SIGTERM);
        self.end(limit).await
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it has not ended in time.
    pub async fn end(&mut self, limit: Duration) -> ExitStatus {
        let begin = Instant::now();
        while !self.has_ended() {
            assert!(begin.elapsed() < limit, "{} still runs after {limit:?}:\n{}", self.name, self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.join_readers();
        self.ended.expect("it has ended")
    }

    /// Whether it has ended by now.
    pub fn has_ended(&mut self) -> bool {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().expect("a child can be waited for");
        }
        self.ended.is_some()
    }

    fn join_readers(&mut self) {
        for reader in self.readers.drain(..) {
            // A grandchild that holds the output open would keep a reader for ever.
            let begin = Instant::now();
            while !reader.is_finished() && begin.elapsed() < Duration::from_secs(2) {
                thread::sleep(Duration::from_millis(2));
            }
        }
    }

    /// A line of `/proc/PID/status`, in kB: `VmRSS` for what it uses now, `VmHWM` for the most it ever used.
    ///
    /// # Panics
    /// When there is no such line.
    pub fn memory_kb(&self, line: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("it runs");
        status
            .lines()
            .find_map(|text| text.strip_prefix(line)?.strip_prefix(':'))
            .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
            .unwrap_or_else(|| panic!("no {line} in {status}"))
    }
}

fn reader(output: impl Read + Send + 'static, lines: &Arc<Mutex<Vec<String>>>) -> thread::JoinHandle<()> {
    let lines = Arc::clone(lines);
    thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while output.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            lines.lock().expect("nobody panics while holding it").push(text);
            line.clear();
        }
    })
}

impl Drop for Process {
    fn drop(&mut self) {
        let descendants = descendants(self.pid());
        if self.ended.is_none() {
            let _ = kill(Pid::from_raw(-self.pid()), Signal::SIGKILL);
            let _ = self.child.wait();
        }
        for pid in descendants {
            // Those that went to groups of their own. They are gone or are ours: ids are not used again so soon.
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        if thread::panicking() {
            let lines = self.lines();
            let tail = lines.len().saturating_sub(60);
            eprintln!("--- the last words of {}:\n{}", self.name, lines[tail..].join("\n"));
        }
    }
}

/// Every process that `root` started, and those that they started.
fn descendants(root: i32) -> BTreeSet<i32> {
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for pid in pids() {
        if let Some(parent) = parent_of(pid) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let (mut found, mut todo) = (BTreeSet::new(), vec![root]);
    while let Some(pid) = todo.pop() {
        for child in children.get(&pid).into_iter().flatten() {
            if found.insert(*child) {
                todo.push(*child);
            }
        }
    }
    found
}

fn pids() -> impl Iterator<Item = i32> {
    let entries = fs::read_dir("/proc").expect("there is a /proc");
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

fn parent_of(pid: i32) -> Option<i32> {
    // The name in parentheses may hold anything, parentheses too.
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// The processes, zombies aside, whose arguments or environment hold `mark`.
pub fn marked(mark: &str) -> Vec<i32> {
    let holds = |pid: &i32, file: &str| {
        let bytes = fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
        bytes.windows(mark.len()).any(|window| window == mark.as_bytes())
    };
    let own = std::process::id();
    pids()
        .filter(|pid| u32::try_from(*pid) != Ok(own) && (holds(pid, "cmdline") || holds(pid, "environ")))
        .collect()
}

/// Waits until no process bears `mark`.
///
/// # Panics
/// When some still do after `limit`.
pub async fn none_marked(mark: &str, limit: Duration) {
    wait::until(limit, &format!("processes with the mark {mark} end"), || async {
        let left = marked(mark);
        left.is_empty().then_some(())
    })
    .await;
}
