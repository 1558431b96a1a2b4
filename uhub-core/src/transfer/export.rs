//! From a store to a file.

use std::io::Write;

use chrono::{DateTime, Utc};

use super::{
    FORMAT, Footer, Header, Kind, LastLine, MAX_LINE, Record, Summary, VERSION,
    lines::{Digests, write},
    records as r,
};
use crate::{
    audit::Verifier,
    error::{Error, Result},
    hub::META_HUB_ID,
    model::{RunStatus, UserId},
    ports::store::{Cursor, JobFilter, Page, ReadSession, RunFilter},
};

/// How many records one read takes.
const BATCH: u32 = 500;
/// The same for pieces of logs, which are long.
const LOGS: u32 = 64;

/// The file as it grows.
struct Pen<'a> {
    out: &'a mut (dyn Write + Send),
    digests: Digests,
    written: u64,
    progress: &'a mut (dyn FnMut(u64) + Send),
}

impl Pen<'_> {
    fn line(&mut self, kind: Option<Kind>, line: &str) -> Result<()> {
        if line.len() > MAX_LINE {
            let what = kind.map_or("line", Kind::as_str);
            return Err(Error::Unfit(format!("a {what} is longer than {MAX_LINE} bytes")));
        }
        self.digests.take(kind, line);
        put(self.out, line)
    }

    fn record(&mut self, record: impl Into<Record>) -> Result<()> {
        let record = record.into();
        let line = write(&record)?;
        // What cannot be read back is no copy: better told now than when it is needed.
        if serde_json::from_str::<Record>(&line).ok().as_ref() != Some(&record) {
            let kind = record.kind();
            return Err(Error::Unfit(format!("a {kind} would not come back as it is: {line:.200}")));
        }
        self.line(Some(record.kind()), &line)?;
        self.written += 1;
        (self.progress)(self.written);
        Ok(())
    }
}

fn put(out: &mut (dyn Write + Send), line: &str) -> Result<()> {
    out.write_all(line.as_bytes())
        .and_then(|()| out.write_all(b"\n"))
        .map_err(|error| Error::Unfit(format!("the file cannot be written: {error}")))
}

/// Writes everything that `session` sees. `progress` is called with how many records have been written.
///
/// # Errors
/// [`Error::Unfit`] where the file cannot be written, or the chain of the audit is broken: a copy of it would be refused.
/// When the store fails.
pub async fn export(
    session: &mut dyn ReadSession,
    at: DateTime<Utc>,
    out: &mut (dyn Write + Send),
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<Summary> {
    let mut pen = Pen { out, digests: Digests::default(), written: 0, progress };
    let settings = session.all_settings().await?;
    let hub_id = settings.iter().find(|(key, _)| key == META_HUB_ID).map(|(_, value)| value.clone());
    let header =
        Header { format: FORMAT.to_owned(), version: VERSION, hub_id: hub_id.clone(), exported_at: at };
    pen.line(None, &write(&header)?)?;
    for (key, value) in settings {
        pen.record(r::Setting { key, value })?;
    }
    let users = users(session, &mut pen).await?;
    credentials(session, &mut pen, &users).await?;
    tokens(session, &mut pen, &users).await?;
    projects(session, &mut pen).await?;
    series(session, &mut pen).await?;
    jobs(session, &mut pen).await?;
    let unfinished_runs = runs(session, &mut pen).await?;
    logs(session, &mut pen).await?;
    callbacks(session, &mut pen).await?;
    approvals(session, &mut pen).await?;
    freezes(session, &mut pen).await?;
    for user_id in users {
        for (key, remembered, at) in session.all_remembered(user_id).await? {
            let crate::ports::store::Remembered { request, object_id } = remembered;
            pen.record(r::Remembered { user_id, key, request, object_id, at })?;
        }
    }
    let audit_head = audit(session, &mut pen).await?;
    let (records, sha256) = pen.digests.end();
    let footer = Footer { records: records.clone(), sha256: sha256.clone() };
    put(pen.out, &write(&LastLine { footer })?)?;
    pen.out.flush().map_err(|error| Error::Unfit(format!("the file cannot be written: {error}")))?;
    Ok(Summary { hub_id, exported_at: at, records, sha256, audit_head, unfinished_runs })
}

/// Walks a list page by page.
macro_rules! pages {
    (|$page:ident| $list:expr, |$item:ident| $cursor:expr, $each:expr) => {{
        let mut $page = Page::first(BATCH);
        loop {
            let some = $list.await?;
            let Some($item) = some.last() else { break };
            $page.after = Some($cursor);
            for item in some {
                $each(item)?;
            }
        }
    }};
}

/// Walks a list that goes on behind its last item.
macro_rules! behind {
    (|$after:ident| $list:expr, |$item:ident| $place:expr, $each:expr) => {{
        let mut $after = None;
        loop {
            let some = $list.await?;
            let Some($item) = some.last() else { break };
            $after = Some($place);
            for item in some {
                $each(item)?;
            }
        }
    }};
}

async fn users(session: &mut dyn ReadSession, pen: &mut Pen<'_>) -> Result<Vec<UserId>> {
    let mut ids = Vec::new();
    pages!(|page| session.users(page), |user| Cursor { key: 0, id: user.id.0 }, |user| {
        let user = r::User::from(user);
        ids.push(user.id);
        pen.record(user)
    });
    Ok(ids)
}

async fn credentials(session: &mut dyn ReadSession, pen: &mut Pen<'_>, users: &[UserId]) -> Result<()> {
    for user_id in users.iter().copied() {
        let password_hash = session.password_hash(user_id).await?;
        let calendar_token = session.calendar_token_hash(user_id).await?;
        pen.record(r::Credential { user_id, password_hash, calendar_token })?;
    }
    Ok(())
}

async fn tokens(session: &mut dyn ReadSession, pen: &mut Pen<'_>, users: &[UserId]) -> Result<()> {
    for user in users.iter().copied() {
        let mut page = Page::first(BATCH);
        loop {
            let some = session.tokens(user, page).await?;
            let Some(last) = some.last() else { break };
            page.after = Some(Cursor { key: 0, id: last.id.0 });
            for token in some {
                let hash = session.token_hash(token.id).await?;
                let hash = hash.ok_or_else(|| Error::Unfit(format!("token {} has no hash", token.id)))?;
                pen.record(r::Token::from((token, hash)))?;
            }
        }
    }
    Ok(())
}

async fn projects(session: &mut dyn ReadSession, pen: &mut Pen<'_>) -> Result<()> {
    pages!(|page| session.projects(page), |project| Cursor { key: 0, id: project.id.0 }, |project| {
        pen.record(r::Project::from(project))
    });
    Ok(())
}

async fn series(session: &mut dyn ReadSession, pen: &mut Pen<'_>) -> Result<()> {
    pages!(|page| session.list_series(None, page), |series| Cursor { key: 0, id: series.id.0 }, |series| {
        pen.record(r::Series::from(series))
    });
    Ok(())
}

async fn jobs(session: &mut dyn ReadSession, pen: &mut Pen<'_>) -> Result<()> {
    let filter = JobFilter::default();
    pages!(
        |page| session.jobs(&filter, page),
        |job| Cursor { key: job.slot.start().timestamp_micros(), id: job.id.0 },
        |job| pen.record(r::Job::from(job))
    );
    Ok(())
}

/// Tells how many have not ended.
async fn runs(session: &mut dyn ReadSession, pen: &mut Pen<'_>) -> Result<u64> {
    let mut unfinished = 0;
    let filter = RunFilter::default();
    pages!(|page| session.runs(&filter, page), |run| Cursor { key: 0, id: run.id.0 }, |run| {
        let run = r::Run::from(run);
        let status: RunStatus = run.status.get();
        unfinished += u64::from(!status.is_terminal());
        pen.record(run)
    });
    Ok(unfinished)
}

async fn logs(session: &mut dyn ReadSession, pen: &mut Pen<'_>) -> Result<()> {
    behind!(|after| session.all_logs(after, LOGS), |last| (last.0, last.1.seq), |log| {
        pen.record(r::Log::from(log))
    });
    Ok(())
}

async fn callbacks(session: &mut dyn ReadSession, pen: &mut Pen<'_>) -> Result<()> {
    behind!(
        |after| session.all_callbacks(after, LOGS),
        |last| (last.run_id, last.attempt, last.seq),
        |callback| pen.record(r::Callback::from(callback))
    );
    Ok(())
}

async fn approvals(session: &mut dyn ReadSession, pen: &mut Pen<'_>) -> Result<()> {
    pages!(
        |page| session.approvals(None, page),
        |last| Cursor {
            // Pending ones come first.
            key: i64::from(last.state != crate::model::ApprovalState::Pending),
            id: last.id.0,
        },
        |approval| pen.record(r::Approval::from(approval))
    );
    Ok(())
}

async fn freezes(session: &mut dyn ReadSession, pen: &mut Pen<'_>) -> Result<()> {
    pages!(|page| session.list_freezes(page), |freeze| Cursor { key: 0, id: freeze.id.0 }, |freeze| {
        pen.record(r::Freeze::from(freeze))
    });
    Ok(())
}

/// Gives the end of the chain.
async fn audit(session: &mut dyn ReadSession, pen: &mut Pen<'_>) -> Result<crate::audit::Head> {
    let mut verifier = Verifier::default();
    loop {
        let some = session.sealed(verifier.entries(), BATCH).await?;
        if some.is_empty() {
            break;
        }
        for sealed in some {
            if !verifier.take(&sealed) {
                return Err(broken(sealed.seq));
            }
            pen.record(r::Audit::from(sealed))?;
        }
    }
    let head = session.audit_head().await?;
    if head != *verifier.head() {
        return Err(broken(verifier.head().seq + 1));
    }
    behind!(|after| session.all_unsealed(after, BATCH), |last| last.id, |entry| {
        pen.record(r::Unsealed { entry })
    });
    Ok(head)
}

fn broken(seq: i64) -> Error {
    Error::Unfit(format!(
        "the chain of the audit is broken at entry {seq}: copy the database itself, and ask `uhub audit verify`"
    ))
}
