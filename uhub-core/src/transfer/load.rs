//! From a file that was checked to a store.

use std::io::BufRead;

use super::{
    Header, Kind, LastLine, Record, Summary,
    lines::{Digests, Lines, parse},
};
use crate::{
    audit::{AuditEntry, Sealed},
    error::{Error, Result},
    model::{Approval, Callback, Job, LogChunk, Run, RunId},
    ports::store::{ChangeNote, Remembered, Topic, WriteSession},
};

/// How many records, and how many bytes of their lines, one statement writes.
const BATCH: usize = 500;
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Records of one kind that wait to be written together.
#[derive(Default)]
struct Waiting {
    jobs: Vec<Job>,
    runs: Vec<Run>,
    logs: Vec<(RunId, LogChunk)>,
    callbacks: Vec<Callback>,
    approvals: Vec<Approval>,
    audit: Vec<Sealed>,
    unsealed: Vec<AuditEntry>,
    count: usize,
    bytes: usize,
}

impl Waiting {
    async fn write(&mut self, session: &mut dyn WriteSession) -> Result<()> {
        let Self { jobs, runs, logs, callbacks, approvals, audit, unsealed, count: _, bytes: _ } =
            std::mem::take(self);
        if !jobs.is_empty() {
            session.insert_jobs(&jobs).await?;
        }
        if !runs.is_empty() {
            session.insert_runs(&runs).await?;
        }
        if !logs.is_empty() {
            session.insert_logs(&logs).await?;
        }
        if !callbacks.is_empty() {
            session.insert_callbacks(&callbacks).await?;
        }
        if !approvals.is_empty() {
            session.insert_approvals(&approvals).await?;
        }
        if !audit.is_empty() {
            session.append_sealed(&audit).await?;
        }
        if !unsealed.is_empty() {
            session.append_audit(&unsealed).await?;
        }
        Ok(())
    }
}

/// Writes all that `source` holds into a store that has none of it. Nothing is committed. `checked` is what [`check`] found
/// in the same file. `progress` is called with how many records have been written.
///
/// [`check`]: super::check
///
/// # Errors
/// [`Error::Invalid`] with the line, where the file is no longer what was checked; when the store fails. The session can only
/// be dropped then.
pub async fn load(
    session: &mut dyn WriteSession,
    source: impl BufRead + Send,
    checked: &Summary,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<()> {
    let mut lines = Lines::new(source);
    let mut digests = Digests::default();
    let mut waiting = Waiting::default();
    let mut present: Option<Kind> = None;
    let mut written = 0;
    let changed = |number: u64| super::lines::refuse(number, "has changed since the file was checked");
    loop {
        let number = lines.number() + 1;
        let Some(line) = lines.next()? else { return Err(changed(number)) };
        if number == 1 {
            parse::<Header>(number, line)?;
            digests.take(None, line);
            continue;
        }
        if line.starts_with(LastLine::START) {
            waiting.write(session).await?;
            let (_, sha256) = digests.end();
            return if sha256 == checked.sha256 { Ok(()) } else { Err(changed(number)) };
        }
        let record: Record = serde_json::from_str(line).map_err(|_| changed(number))?;
        digests.take(None, line);
        let kind = record.kind();
        if present.is_some_and(|present| present != kind)
            || waiting.count >= BATCH
            || waiting.bytes >= BATCH_BYTES
        {
            waiting.write(session).await?;
        }
        present = Some(kind);
        waiting.count += 1;
        waiting.bytes += line.len();
        put(session, &mut waiting, record).await?;
        written += 1;
        progress(written);
    }
}

/// Writes a record, or lays it to those that are written together.
async fn put(session: &mut dyn WriteSession, waiting: &mut Waiting, record: Record) -> Result<()> {
    match record {
        Record::Setting(setting) => session.set_meta(&setting.key, &setting.value).await?,
        Record::User(user) => {
            let user = crate::model::User::from(user);
            session.insert_user(&user, None).await?;
            session.announce(ChangeNote { topic: Topic::User, id: user.id.0 });
        }
        Record::Credential(credential) => {
            if let Some(hash) = &credential.password_hash {
                session.set_password_hash(credential.user_id, hash).await?;
            }
            if credential.calendar_token.is_some() {
                let token = credential.calendar_token.as_deref();
                session.set_calendar_token(credential.user_id, token).await?;
            }
        }
        Record::Token(token) => {
            let (token, hash) = token.into();
            session.insert_token(&token, &hash).await?;
        }
        Record::Project(project) => {
            let project = crate::model::Project::from(project);
            session.insert_project(&project).await?;
            session.announce(ChangeNote { topic: Topic::Project, id: project.id.0 });
        }
        Record::Series(series) => session.insert_series(&series.into()).await?,
        Record::Job(job) => waiting.jobs.push(job.into()),
        Record::Run(run) => waiting.runs.push(run.into()),
        Record::Log(log) => waiting.logs.push(log.into()),
        Record::Callback(callback) => waiting.callbacks.push(callback.into()),
        Record::Approval(approval) => waiting.approvals.push(approval.into()),
        Record::Freeze(freeze) => session.insert_freeze(&freeze.into()).await?,
        Record::Remembered(remembered) => {
            let super::records::Remembered { user_id, key, request, object_id, at } = remembered;
            session.remember(user_id, &key, &Remembered { request, object_id }, at).await?;
        }
        Record::Audit(audit) => waiting.audit.push(audit.into()),
        Record::Unsealed(unsealed) => waiting.unsealed.push(unsealed.entry),
    }
    Ok(())
}

/// Refuses a hub in which there is anything already.
///
/// # Errors
/// [`Error::Unfit`].
pub(crate) async fn refuse_filled(session: &mut dyn WriteSession) -> Result<()> {
    let page = crate::ports::store::Page::first(1);
    let what = if session.has_users().await? {
        "users"
    } else if !session.projects(page).await?.is_empty() {
        "projects"
    } else if session.audit_head().await?.seq > 0 || session.has_unsealed().await? {
        "an audit"
    } else {
        return Ok(());
    };
    Err(Error::Unfit(format!("the hub has {what} already: an import needs an empty one")))
}
