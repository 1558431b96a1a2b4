//! Whether a file is whole and sound, before anything of it is written.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::BufRead,
};

use super::{
    FORMAT, Header, Kind, LastLine, Record, Summary, VERSION,
    lines::{Digests, Lines, parse},
    records as r,
};
use chrono::TimeDelta;

use crate::{
    audit::{Sealed, Verifier},
    error::{Error, Result},
    guardrail,
    hub::{META_HUB_ID, check_policy},
    model::{
        ApprovalId, AuditId, EnvironmentId, FreezeId, JobId, JobType, Limits, Occurrence, ProjectId, RunId,
        RunStatus, SeriesId, Tier, TokenId, UserId,
    },
    text,
};

/// A piece of a log is no longer, in bytes.
const MAX_PIECE: usize = 1024 * 1024;

/// Reads a whole file and checks it: its form, counts and digests; that whatever a record refers to is there; the limits of
/// all fields; that environments have the tier of their name; and the chain of the audit. `progress` is called with how many
/// records have been read.
///
/// Bounded memory: a line, and the identifiers of users, projects, jobs, runs and approvals.
///
/// # Errors
/// [`Error::Invalid`] with the first line that is not sound; [`Error::Unfit`] where the file cannot be read.
pub fn check(source: impl BufRead, progress: &mut dyn FnMut(u64)) -> Result<Summary> {
    let mut lines = Lines::new(source);
    let mut digests = Digests::default();
    let Some(line) = lines.next()? else {
        return Err(Error::Unfit("the file is empty".to_owned()));
    };
    let header = header(line)?;
    digests.take(None, line);
    let mut seen = Seen { hub_id: header.hub_id.clone(), ..Seen::default() };
    let mut count = 0;
    loop {
        let number = lines.number() + 1;
        let Some(line) = lines.next()? else {
            return Err(super::lines::refuse(number, "is missing: the file is cut off before its last line"));
        };
        if line.starts_with(LastLine::START) {
            let LastLine { footer } = parse(number, line)?;
            let (records, sha256) = digests.end();
            if let Some((kind, _)) =
                records.iter().find(|(kind, tally)| footer.records.get(kind) != Some(tally))
            {
                let found = records.get(kind).map_or(0, |tally| tally.count);
                let told = footer.records.get(kind).map_or(0, |tally| tally.count);
                return Err(lines.refuse(format!(
                    "the {kind} records are not those that were exported: {found} here, {told} then"
                )));
            }
            if footer.sha256 != sha256 {
                return Err(lines.refuse("the SHA-256 of the file is not that of what was exported"));
            }
            seen.end().map_err(|error| at(number, &error))?;
            if lines.next()?.is_some() {
                return Err(lines.refuse("something follows the last line"));
            }
            return Ok(Summary {
                hub_id: header.hub_id,
                exported_at: header.exported_at,
                records,
                sha256,
                audit_head: seen.audit.head().clone(),
                unfinished_runs: u64::try_from(seen.active.len()).unwrap_or(u64::MAX),
            });
        }
        let record: Record = parse(number, line)?;
        let kind = record.kind();
        seen.take(record).map_err(|error| at(number, &error))?;
        digests.take(Some(kind), line);
        count += 1;
        progress(count);
    }
}

/// An error of a field, with its line.
fn at(number: u64, error: &Error) -> Error {
    super::lines::refuse(number, error.to_string())
}

fn header(line: &str) -> Result<Header> {
    // Told first, whatever else such a file may hold.
    let told: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
    if told.get("format").and_then(serde_json::Value::as_str) != Some(FORMAT) {
        return Err(super::lines::refuse(1, "this is no export of uHub"));
    }
    let version = told.get("version").and_then(serde_json::Value::as_u64);
    if version != Some(u64::from(VERSION)) {
        let version = version.map_or_else(|| "unknown".to_owned(), |version| version.to_string());
        let reason = format!("version {version} of the format: this program reads version {VERSION}");
        return Err(super::lines::refuse(1, reason));
    }
    parse(1, line)
}

/// What has gone by, as far as something may refer to it.
#[derive(Default)]
struct Seen {
    hub_id: Option<String>,
    kind: Option<Kind>,
    settings: BTreeSet<String>,
    users: BTreeSet<UserId>,
    usernames: BTreeSet<String>,
    credentials: BTreeSet<UserId>,
    tokens: BTreeSet<TokenId>,
    token_hashes: BTreeSet<String>,
    projects: BTreeMap<ProjectId, BTreeSet<EnvironmentId>>,
    project_names: BTreeSet<String>,
    environments: BTreeSet<EnvironmentId>,
    series: BTreeMap<SeriesId, ProjectId>,
    occurrences: BTreeSet<Occurrence>,
    jobs: BTreeMap<JobId, ProjectId>,
    runs: BTreeMap<RunId, JobId>,
    /// Jobs with a run that has not ended.
    active: BTreeSet<JobId>,
    /// Approvals that runs name.
    wanted: BTreeSet<ApprovalId>,
    log: Option<(RunId, i64)>,
    callback: Option<(RunId, u32, i64)>,
    approvals: BTreeSet<ApprovalId>,
    freezes: BTreeSet<FreezeId>,
    /// The idempotency key before.
    remembered: Option<(UserId, String)>,
    audit: Verifier,
    /// The entry before that is not sealed.
    unsealed: Option<AuditId>,
}

impl Seen {
    fn take(&mut self, record: Record) -> Result<()> {
        let kind = record.kind();
        if self.kind.is_some_and(|before| before > kind) {
            return Err(Error::invalid("record", format!("a {kind} cannot come here")));
        }
        self.kind = Some(kind);
        match record {
            Record::Setting(setting) => self.setting(setting),
            Record::User(user) => self.user(&user),
            Record::Credential(credential) => self.credential(&credential),
            Record::Token(token) => self.token(&token),
            Record::Project(project) => self.project(&project),
            Record::Series(series) => self.series(&series),
            Record::Job(job) => self.job(&job),
            Record::Run(run) => self.run(&run),
            Record::Log(log) => self.log(&log),
            Record::Callback(callback) => self.callback(&callback),
            Record::Approval(approval) => self.approval(&approval),
            Record::Freeze(freeze) => self.freeze(&freeze),
            Record::Remembered(remembered) => self.remembered(&remembered),
            Record::Audit(audit) => self.audit(audit),
            Record::Unsealed(unsealed) => self.unsealed(&unsealed),
        }
    }

    /// What can be told at the end only.
    fn end(&self) -> Result<()> {
        match self.wanted.difference(&self.approvals).next() {
            Some(approval) => Err(Error::invalid("approval_id", format!("there is no approval {approval}"))),
            None if self.credentials != self.users => {
                Err(Error::invalid("record", "a user has no credential"))
            }
            None if self.hub_id.is_some() != self.settings.contains(META_HUB_ID) => {
                Err(Error::invalid("hub_id", "is not among the settings"))
            }
            None => Ok(()),
        }
    }

    fn known_user(&self, field: &str, id: UserId) -> Result<()> {
        known(self.users.contains(&id), field, "user", id)
    }

    fn maybe_user(&self, field: &str, id: Option<UserId>) -> Result<()> {
        id.map_or(Ok(()), |id| self.known_user(field, id))
    }

    fn setting(&mut self, setting: r::Setting) -> Result<()> {
        text::identifier("key", &setting.key)?;
        most("value", &setting.value, 10_000)?;
        if setting.key == META_HUB_ID && self.hub_id.as_ref() != Some(&setting.value) {
            return Err(Error::invalid("value", "is another hub's id than that of the first line"));
        }
        once(self.settings.insert(setting.key), "setting")
    }

    fn user(&mut self, user: &r::User) -> Result<()> {
        same("username", &user.username, &text::username(&user.username)?)?;
        same("display_name", &user.display_name, &text::line("display_name", &user.display_name, 100)?)?;
        same("email", &user.email, &text::email(&user.email)?)?;
        counted("version", user.version)?;
        once(self.users.insert(user.id), "user")?;
        once(self.usernames.insert(text::username_key(&user.username)), "username")
    }

    fn credential(&mut self, credential: &r::Credential) -> Result<()> {
        self.known_user("user_id", credential.user_id)?;
        if let Some(hash) = &credential.password_hash {
            same("password_hash", hash, &text::line("password_hash", hash, 1_000)?)?;
        }
        if let Some(token) = &credential.calendar_token {
            sha256("calendar_token", token)?;
        }
        once(self.credentials.insert(credential.user_id), "credential")
    }

    fn token(&mut self, token: &r::Token) -> Result<()> {
        self.known_user("user_id", token.user_id)?;
        self.maybe_user("created_by", token.created_by)?;
        same("name", &token.name, &text::line("name", &token.name, 200)?)?;
        same("prefix", &token.prefix, &text::line("prefix", &token.prefix, 100)?)?;
        sha256("hash", &token.hash)?;
        once(self.token_hashes.insert(token.hash.clone()), "hash")?;
        once(self.tokens.insert(token.id), "token")
    }

    fn project(&mut self, project: &r::Project) -> Result<()> {
        same("name", &project.name, &text::line("name", &project.name, 100)?)?;
        same("color", &project.color, &text::color(&project.color)?)?;
        self.known_user("owner_id", project.owner_id)?;
        counted("version", project.version)?;
        check_policy(&project.policy)?;
        if let Some(config) = &project.execution_backend_config {
            guardrail::check_config(&Limits::default(), config)?;
        }
        let mut names = BTreeSet::new();
        let mut ids = BTreeSet::new();
        for environment in &project.environments {
            text::identifier("environments.name", &environment.name)?;
            text::identifier("environments.pool", &environment.pool)?;
            // As where projects are made: nothing becomes prod, or ceases to be, by being carried elsewhere.
            if environment.name.parse::<Tier>().is_ok_and(|own| own != environment.tier) {
                let reason = format!("{} is its own tier", environment.name);
                return Err(Error::invalid("environments.tier", reason));
            }
            once(names.insert(&environment.name), "environments.name")?;
            once(self.environments.insert(environment.id), "environments.id")?;
            ids.insert(environment.id);
        }
        once(self.project_names.insert(project.name.clone()), "name")?;
        once(self.projects.insert(project.id, ids).is_none(), "project")
    }

    /// What jobs and what makes them have in common: a project, and an environment of it.
    fn placed(&self, project: ProjectId, environment: Option<EnvironmentId>) -> Result<()> {
        let environments = self.projects.get(&project);
        known(environments.is_some(), "project_id", "project", project)?;
        match environment {
            Some(id) => {
                let is_there = environments.is_some_and(|environments| environments.contains(&id));
                known(is_there, "environment_id", "environment of the job's project", id)
            }
            None => Ok(()),
        }
    }

    fn series(&mut self, series: &r::Series) -> Result<()> {
        self.placed(series.project_id, series.environment_id)?;
        same("title", &series.title, &text::line("title", &series.title, 200)?)?;
        text::prose("description", &series.description, 10_000)?;
        if let Some(spec) = &series.execution {
            guardrail::check_numbers("execution", &spec.asked())?;
        }
        if series.length <= TimeDelta::zero() {
            return Err(Error::invalid("length", "must be above 0"));
        }
        if let Some(source) = &series.source {
            text::source("source", source)?;
        }
        self.maybe_user("assignee_id", series.assignee_id)?;
        self.known_user("created_by", series.created_by)?;
        self.known_user("edited_by", series.edited_by)?;
        self.known_user("execution_edited_by", series.execution_edited_by)?;
        counted("version", series.version)?;
        once(self.series.insert(series.id, series.project_id).is_none(), "series")
    }

    fn job(&mut self, job: &r::Job) -> Result<()> {
        self.placed(job.project_id, job.environment_id)?;
        if let Some(occurrence) = job.occurrence {
            let is_there = self.series.get(&occurrence.series_id) == Some(&job.project_id);
            known(is_there, "occurrence", "such series of the job's project", occurrence.series_id)?;
            once(self.occurrences.insert(occurrence), "occurrence")?;
        }
        same("title", &job.title, &text::line("title", &job.title, 200)?)?;
        text::prose("description", &job.description, 10_000)?;
        if job.job_type == JobType::Meeting && (job.environment_id.is_some() || job.execution.is_some()) {
            return Err(Error::invalid("job_type", "a meeting has no environment and executes nothing"));
        }
        if let Some(spec) = &job.execution {
            guardrail::check_numbers("execution", &spec.asked())?;
        }
        self.maybe_user("assignee_id", job.assignee_id)?;
        self.known_user("created_by", job.created_by)?;
        self.known_user("edited_by", job.edited_by)?;
        self.known_user("execution_edited_by", job.execution_edited_by)?;
        counted("version", job.version)?;
        once(self.jobs.insert(job.id, job.project_id).is_none(), "job")
    }

    fn of_job(&self, job: JobId, project: ProjectId) -> Result<()> {
        let of = self.jobs.get(&job);
        known(of.is_some(), "job_id", "job", job)?;
        known(of == Some(&project), "project_id", "such project of the job", project)
    }

    fn run(&mut self, run: &r::Run) -> Result<()> {
        self.of_job(run.job_id, run.project_id)?;
        self.known_user("requested_by", run.requested_by)?;
        self.maybe_user("approved_by", run.approved_by)?;
        guardrail::check_numbers("execution", &run.execution.asked())?;
        counted("attempt", i64::from(run.attempt))?;
        if run.fence < 0 || run.log_from < 0 {
            return Err(Error::invalid("fence", "must not be negative"));
        }
        let status: RunStatus = run.status.get();
        if !status.is_terminal() && !self.active.insert(run.job_id) {
            return Err(Error::invalid("job_id", "the job has two runs that have not ended"));
        }
        self.wanted.extend(run.approval_id);
        once(self.runs.insert(run.id, run.job_id).is_none(), "run")
    }

    fn log(&mut self, log: &r::Log) -> Result<()> {
        known(self.runs.contains_key(&log.run_id), "run_id", "run", log.run_id)?;
        counted("seq", log.seq)?;
        if log.bytes.len() > MAX_PIECE {
            return Err(Error::invalid("bytes", format!("has more than {MAX_PIECE} bytes")));
        }
        if i64::try_from(log.upto).is_err() {
            return Err(Error::invalid("upto", "is too large"));
        }
        let place = (log.run_id, log.seq);
        ascending(self.log.replace(place) < Some(place))
    }

    fn callback(&mut self, callback: &r::Callback) -> Result<()> {
        known(self.runs.contains_key(&callback.run_id), "run_id", "run", callback.run_id)?;
        counted("attempt", i64::from(callback.attempt))?;
        counted("seq", callback.seq)?;
        most("signature", &callback.signature, 1_000)?;
        let place = (callback.run_id, callback.attempt, callback.seq);
        ascending(self.callback.replace(place) < Some(place))
    }

    fn approval(&mut self, approval: &r::Approval) -> Result<()> {
        self.of_job(approval.job_id, approval.project_id)?;
        if let Some(run) = approval.run_id {
            known(self.runs.get(&run) == Some(&approval.job_id), "run_id", "such run of the job", run)?;
        }
        self.known_user("requested_by", approval.requested_by)?;
        self.maybe_user("decided_by", approval.decided_by)?;
        // DOMAIN §4: never by the requester.
        if approval.decided_by == Some(approval.requested_by) {
            return Err(Error::invalid("decided_by", "is the one who asked"));
        }
        sha256("digest", &approval.digest)?;
        once(self.approvals.insert(approval.id), "approval")
    }

    fn freeze(&mut self, freeze: &r::Freeze) -> Result<()> {
        if let Some(project) = freeze.project_id {
            known(self.projects.contains_key(&project), "project_id", "project", project)?;
        }
        if freeze.tiers.is_empty() && freeze.environments.is_empty() {
            return Err(Error::invalid("tiers", "name at least one tier or environment"));
        }
        for name in &freeze.environments {
            text::identifier("environments", name)?;
        }
        same("reason", &freeze.reason, &text::line("reason", &freeze.reason, 500)?)?;
        self.known_user("created_by", freeze.created_by)?;
        once(self.freezes.insert(freeze.id), "freeze")
    }

    fn remembered(&mut self, remembered: &r::Remembered) -> Result<()> {
        self.known_user("user_id", remembered.user_id)?;
        most("key", &remembered.key, 1_000)?;
        sha256("request", &remembered.request)?;
        let place = (remembered.user_id, remembered.key.clone());
        let is_behind = self.remembered.as_ref() < Some(&place);
        self.remembered = Some(place);
        ascending(is_behind)
    }

    fn audit(&mut self, audit: r::Audit) -> Result<()> {
        let sealed = Sealed::from(audit);
        if self.audit.take(&sealed) {
            return Ok(());
        }
        let reason = format!("the chain of the audit is broken at entry {}", sealed.seq);
        Err(Error::invalid("hash", reason))
    }

    fn unsealed(&mut self, unsealed: &r::Unsealed) -> Result<()> {
        let id = unsealed.entry.id;
        ascending(self.unsealed.replace(id) < Some(id))
    }
}

fn known(is_there: bool, field: &str, what: &str, id: impl std::fmt::Display) -> Result<()> {
    if is_there { Ok(()) } else { Err(Error::invalid(field, format!("there is no {what} {id}"))) }
}

fn once(is_new: bool, field: &str) -> Result<()> {
    if is_new { Ok(()) } else { Err(Error::invalid(field, "is there twice")) }
}

fn ascending(is_behind: bool) -> Result<()> {
    if is_behind { Ok(()) } else { Err(Error::invalid("record", "does not follow the line before")) }
}

fn same(field: &str, given: &str, sound: &str) -> Result<()> {
    if given == sound { Ok(()) } else { Err(Error::invalid(field, "is not in its plain form")) }
}

fn counted(field: &str, number: i64) -> Result<()> {
    if number >= 1 { Ok(()) } else { Err(Error::invalid(field, "must be 1 or more")) }
}

fn most(field: &str, text: &str, bytes: usize) -> Result<()> {
    if text.len() <= bytes {
        Ok(())
    } else {
        Err(Error::invalid(field, format!("has more than {bytes} bytes")))
    }
}

fn sha256(field: &str, text: &str) -> Result<()> {
    let sound = text.len() == 64 && text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
    if sound { Ok(()) } else { Err(Error::invalid(field, "is no SHA-256 in hex")) }
}
