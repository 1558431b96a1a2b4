//! Prints the two state machines as Markdown with Mermaid diagrams: `docs/states.md` is made of it.
//!
//! The tables are ordinary values, so a program that embeds the core can show its users the same.

use uhub_core::model::{JobStatus, RunStatus};
use uhub_core::workflow::{JobEvent, RunEvent, diagram};

fn main() {
    println!("# States of jobs and runs");
    println!();
    println!("Generated from the tables of `uhub_core::workflow` by `cargo xtask generate`; do not edit.");
    println!(
        "What is not drawn cannot happen: it is refused with an error that names the state and the event."
    );
    println!();
    println!("## Job");
    println!();
    println!("```mermaid\n{}```", diagram(JobStatus::ALL, JobEvent::ALL, JobStatus::Planned));
    println!();
    println!("## Run");
    println!();
    println!("```mermaid\n{}```", diagram(RunStatus::ALL, RunEvent::ALL, RunStatus::Queued));
}
