//! `uhub export` and `uhub import`

use std::{
    fs::{self, OpenOptions},
    io::{self, BufReader, BufWriter, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use uhub_core::{hub::Import, transfer::Summary};

use super::{
    args::{ExportArgs, ImportArgs},
    output,
};

/// A file that takes its place when it is whole, and leaves nothing behind otherwise.
struct Unfinished {
    file: BufWriter<fs::File>,
    now: PathBuf,
    then: PathBuf,
}

impl Unfinished {
    /// Beside `then`, for its owner only: it holds the hashes of passwords.
    fn beside(then: &Path) -> anyhow::Result<Self> {
        let Some(name) = then.file_name() else { bail!("{} names no file", then.display()) };
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}", std::process::id()));
        let now = then.with_file_name(hidden);
        let mut options = OpenOptions::new();
        let opened = options.write(true).create_new(true).mode(0o600).open(&now);
        let file = opened.with_context(|| format!("cannot write {}", now.display()))?;
        Ok(Self { file: BufWriter::new(file), now, then: then.to_owned() })
    }

    /// Puts it in its place, once the disk has it.
    fn finish(mut self) -> anyhow::Result<()> {
        let placed = (|| {
            self.file.flush()?;
            self.file.get_ref().sync_all()?;
            fs::rename(&self.now, &self.then)?;
            let directory = self.then.parent().filter(|parent| !parent.as_os_str().is_empty());
            fs::File::open(directory.unwrap_or_else(|| Path::new(".")))?.sync_all()
        })();
        placed.with_context(|| format!("cannot write {}", self.then.display()))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Gone already where it has taken its place.
        let _ = fs::remove_file(&self.now);
    }
}

pub(crate) async fn export(args: ExportArgs) -> anyhow::Result<bool> {
    let hub = args.store.open(args.store.settings(None), false).await?;
    let bar = output::progress(None, "records", false);
    let mut progress = |count: u64| bar.set_position(count);
    let operator = hub.as_operator("cli");
    let summary = if args.output.as_os_str() == "-" {
        // Standard output is the file: what is said of it goes elsewhere.
        let mut out = BufWriter::new(io::stdout());
        let summary = operator.export(&mut out, &mut progress).await?;
        bar.finish_and_clear();
        if args.json {
            output::tell(&serde_json::to_string(&summary)?);
        } else {
            output::tell(&told("exported", &summary));
        }
        return Ok(true);
    } else {
        let mut file = Unfinished::beside(&args.output)?;
        let summary = operator.export(&mut file.file, &mut progress).await?;
        file.finish()?;
        summary
    };
    bar.finish_and_clear();
    tell("exported", &summary, args.json)
}

pub(crate) async fn import(args: ImportArgs) -> anyhow::Result<bool> {
    let path = args.file.display().to_string();
    let file = fs::File::open(&args.file).with_context(|| format!("cannot read {path}"))?;
    if !file.metadata().with_context(|| format!("cannot read {path}"))?.is_file() {
        bail!("{path} is no file: it is read twice, once to check it and once to import it");
    }
    let hub = args.store.open(args.store.settings(None), true).await?;
    let bar = output::progress(None, "records", false);
    let mut progress = |count: u64| bar.set_position(count);
    let what = Import { moves: args.moves, dry_run: args.dry_run };
    let imported = hub.as_operator("cli").import(&mut BufReader::new(file), what, &mut progress).await;
    bar.finish_and_clear();
    let summary = imported.with_context(|| format!("{path}: nothing was imported"))?;
    if !args.json && !args.moves && summary.unfinished_runs > 0 {
        let runs = summary.unfinished_runs;
        let done = if args.dry_run { "would come" } else { "came" };
        output::tell(&format!("{runs} runs that had not ended {done} to an end; --move goes on with them"));
    }
    tell(if args.dry_run { "sound" } else { "imported" }, &summary, args.json)
}

fn tell(done: &str, summary: &Summary, json: bool) -> anyhow::Result<bool> {
    if json {
        output::print_json(summary)?;
    } else {
        output::print(&told(done, summary))?;
    }
    Ok(true)
}

fn told(done: &str, summary: &Summary) -> String {
    let counts: Vec<String> = summary
        .records
        .iter()
        .filter(|(_, tally)| tally.count > 0)
        .map(|(kind, tally)| format!("{} {kind}", tally.count))
        .collect();
    format!("{done}: {}\nsha256 {}\naudit head {}", counts.join(", "), summary.sha256, summary.audit_head)
}
