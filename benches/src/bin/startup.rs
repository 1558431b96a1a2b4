//! From the start of the process to `/readyz` on a seeded SQLite file, and the memory that an idle server keeps.

use std::time::{Duration, Instant};

use anyhow::Result;
use uhub_benches::{
    measure::{head, human, median, row},
    server::{self, Server},
};

const ROUNDS: usize = 11;

fn main() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let database = format!("sqlite:{}", directory.path().join("bench.sqlite").display());
    for arguments in [&["seed", "demo"][..], &["seed", "synthetic", "--jobs", "20000"]] {
        server::run(&mut server::command(&database, directory.path(), arguments)?, "")?;
    }
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let (mut times, mut idle) = (Vec::new(), 0);
    for round in 0..ROUNDS {
        let began = Instant::now();
        let server = Server::start(&mut server::command(&database, directory.path(), &serve)?)?;
        times.push(server::ready(&server.address, "/readyz", began)?);
        if round + 1 == ROUNDS {
            std::thread::sleep(Duration::from_secs(5));
            idle = server.memory()?;
        }
    }
    head("Start on a seeded SQLite file (20,016 jobs), worker inside", &["", ""]);
    row(&["start of the process to /readyz, median".to_owned(), human(median(times))]);
    row(&["resident memory, idle".to_owned(), format!("{:.1} MB", idle as f64 / 1e6)]);
    Ok(())
}
