//! How the bench speaks with a contender, which is a process: its last arguments are what to do, the database, and the
//! setup as JSON. It prints a line of JSON when it is ready, waits for a line, and prints another when it is through.

use std::{
    io::{BufRead as _, BufReader, Lines, Write as _},
    process::{Child, ChildStdout, Command, Stdio},
};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// A contender.
#[derive(Debug, Clone)]
pub(crate) struct Contender {
    /// Its name in the tables.
    pub(crate) name: String,
    /// Program and first arguments.
    pub(crate) command: Vec<String>,
    /// How it is set up.
    pub(crate) setup: Value,
}

impl Contender {
    /// One that is part of this program.
    pub(crate) fn ours(name: &str, who: &str, setup: Value) -> Result<Self> {
        let program = std::env::current_exe()?.to_str().context("a path that is not UTF-8")?.to_owned();
        Ok(Self {
            name: name.to_owned(),
            command: vec![program, "contender".to_owned(), who.to_owned()],
            setup,
        })
    }

    /// Starts it and waits until it is ready; gives what it said then. `more` is added to its setup.
    pub(crate) fn start(&self, what: &str, database: &str, more: &Value) -> Result<(Contending, Value)> {
        let mut setup = self.setup.clone();
        if let (Value::Object(setup), Value::Object(more)) = (&mut setup, more) {
            setup.extend(more.clone());
        }
        let (program, arguments) = self.command.split_first().context("no command")?;
        let mut child = Command::new(program)
            .args(arguments)
            .args([what, database, &setup.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} does not start", self.name))?;
        let lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        let mut contending = Contending { name: self.name.clone(), child, lines };
        let said = contending.hear()?;
        Ok((contending, said))
    }
}

/// A contender's process, killed if it is dropped before its end.
#[derive(Debug)]
pub(crate) struct Contending {
    name: String,
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Contending {
    /// Lets it go, and waits for its end. Gives what it said.
    pub(crate) fn go(mut self) -> Result<Value> {
        let mut stdin = self.child.stdin.take().context("no input")?;
        stdin.write_all(b"go\n")?;
        let said = self.hear()?;
        drop(stdin);
        let status = self.child.wait()?;
        if !status.success() {
            bail!("{}: {status}", self.name);
        }
        Ok(said)
    }

    /// The next line of JSON; others are the contender's own chatter.
    fn hear(&mut self) -> Result<Value> {
        for line in &mut self.lines {
            let line = line?;
            match serde_json::from_str(&line) {
                Ok(said @ Value::Object(_)) => return Ok(said),
                _ => eprintln!("{}: {line}", self.name),
            }
        }
        bail!("{} ended without a word", self.name)
    }
}

impl Drop for Contending {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// On the contender's side: says something, and waits to be let go.
pub(crate) fn ready(said: &Value) -> Result<()> {
    println!("{said}");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(())
}
