//! Who may do what: the table of DOMAIN §2 as one pure function.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::{
    guardrail::Guardrail,
    model::{BackendKind, JobType, ProdChange, Role, Scope, Scopes, Tier, UserId, UserKind, words},
};

words! {
    /// What somebody wants to do.
    pub enum Action {
        /// Create, edit or deactivate users, set roles.
        UserManage = "user_manage",
        /// Edit one's own profile.
        ProfileEdit = "profile_edit",
        /// Set passwords, make tokens: beside the right to edit the account that they are for.
        Credentials = "credentials",
        /// Create a project.
        ProjectCreate = "project_create",
        /// Edit a project, add environments.
        ProjectEdit = "project_edit",
        /// Change a project's policy, its backend's configuration, freeze windows.
        ProjectPolicy = "project_policy",
        /// Read calendar, jobs, runs, logs.
        Read = "read",
        /// Create a job.
        JobCreate = "job_create",
        /// Edit a job.
        JobEdit = "job_edit",
        /// Move a job to another slot.
        JobMove = "job_move",
        /// Call a job off.
        JobCancel = "job_cancel",
        /// Launch a run.
        RunLaunch = "run_launch",
        /// Cancel a run.
        RunCancel = "run_cancel",
        /// Approve or reject.
        Approve = "approve",
        /// Read and verify the audit.
        AuditRead = "audit_read",
        /// Import the demo, read the hub's metrics.
        HubManage = "hub_manage",
    }
}

/// Who acts. Made from the user as it is now, never from what a token says of its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// Which user.
    pub id: UserId,
    /// Whether a person or a machine.
    pub kind: UserKind,
    /// With which role.
    pub role: Role,
    /// Whether the account is open.
    pub is_active: bool,
    /// What the API token by which it acts is good for; `None` for who acts without one: whoever signed in, and the hub
    /// itself on a user's authority.
    pub scopes: Option<Scopes>,
}

impl Actor {
    /// A person who signed in, whose account is open.
    pub const fn person(id: UserId, role: Role) -> Self {
        Self { id, kind: UserKind::Person, role, is_active: true, scopes: None }
    }

    /// Whether it may ask to break a freeze window (DOMAIN §3.4): an admin, and a person, since it is people who answer for
    /// it; by a token only where that is good for what admins do.
    pub const fn may_break_glass(&self) -> bool {
        let within = match self.scopes {
            Some(scopes) => scopes.contains(Scope::Admin),
            None => true,
        };
        self.is_active && matches!(self.role, Role::Admin) && matches!(self.kind, UserKind::Person) && within
    }
}

/// On what. Only what the table asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    /// The tier; [`Tier::Dev`] where there is no environment.
    pub tier: Tier,
    /// The job's type.
    pub job_type: JobType,
    /// The actor owns the project.
    pub own_project: bool,
    /// The actor created the job or is its assignee. False while a job is being created: who creates it would own
    /// it by that alone, and the table's "own project" would mean nothing.
    pub own_job: bool,
    /// The actor launched the run.
    pub own_run: bool,
    /// The backend of the run.
    pub backend: BackendKind,
    /// The project's policy on changes in prod.
    pub prod_change: ProdChange,
}

impl Default for Context {
    fn default() -> Self {
        Self {
            tier: Tier::Dev,
            job_type: JobType::Dev,
            own_project: false,
            own_job: false,
            own_run: false,
            backend: BackendKind::Local,
            prod_change: ProdChange::Approval,
        }
    }
}

words! {
    /// What was decided.
    pub enum Effect {
        /// Do it.
        Allow = "allow",
        /// Do it once an admin or projets other than the requester has approved.
        NeedsApproval = "needs_approval",
        /// Refuse it.
        Deny = "deny",
    }
}

/// A decision with the rule that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// What was decided.
    pub effect: Effect,
    /// By which rule.
    pub rule: Rule,
}

words! {
    /// A row of the table.
    pub enum Row {
        /// users: create, edit, deactivate, set role
        UserManage = "user.manage",
        /// own profile
        Profile = "user.profile",
        /// project: create
        ProjectCreate = "project.create",
        /// project: edit, add environments
        ProjectEdit = "project.edit",
        /// project: policy and execution backend config
        ProjectPolicy = "project.policy",
        /// calendar, jobs, runs, logs: read
        Read = "read",
        /// meeting: create
        MeetingCreate = "meeting.create",
        /// meeting: edit, move, cancel
        MeetingChange = "meeting.change",
        /// dev job in tier dev, staging
        DevJob = "job.dev",
        /// ops, maintenance, infra job in tier dev, staging
        OpsJob = "job.ops",
        /// any job in tier prod
        ProdJob = "job.prod",
        /// run: launch in tier dev, staging
        Launch = "run.launch",
        /// run: launch in tier prod
        LaunchProd = "run.launch.prod",
        /// run: cancel
        RunCancel = "run.cancel",
        /// approve or reject
        Approve = "approval.decide",
        /// audit: read, verify
        Audit = "audit.read",
        /// demo seed, metrics of the hub
        HubManage = "hub.manage",
    }
}

/// Which rule decided: a cell of the table, a guardrail, or what holds beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// A cell of the table of DOMAIN §2.
    Table(Row, Role),
    /// A guardrail of DOMAIN §3.
    Guardrail(Guardrail),
    /// The account is deactivated.
    Inactive,
    /// The last admin can be neither demoted nor deactivated (DOMAIN §2).
    LastAdmin,
    /// Never by the requester, nor by who last edited the execution (DOMAIN §4).
    SecondPerson,
    /// A service account is no person: it decides no approval (DOMAIN §4).
    Service,
    /// The token is not good for this.
    Scope(Scope),
    /// No token is good for this: passwords and tokens are set and made by who signed in.
    Token,
    /// A person's tokens are made by that person alone: who made one could act as somebody else.
    OwnToken,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(row, role) => write!(f, "rbac.{row}.{role}"),
            Self::Guardrail(guardrail) => write!(f, "guardrail.{guardrail}"),
            Self::Inactive => f.write_str("account.inactive"),
            Self::LastAdmin => f.write_str("account.last_admin"),
            Self::SecondPerson => f.write_str("approval.second_person"),
            Self::Service => f.write_str("account.service"),
            Self::Scope(scope) => write!(f, "token.scope.{scope}"),
            Self::Token => f.write_str("token.credentials"),
            Self::OwnToken => f.write_str("token.own"),
        }
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A cell of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    /// "allow"
    Allow,
    /// "–"
    Deny,
    /// "own", "own project"
    OwnProject,
    /// "own job"
    OwnJob,
    /// "own project, or own job"
    OwnEither,
    /// "runs they launched"
    OwnRun,
    /// "staging: allow, on docker, k8s, webhook"
    StagingRemote,
    /// "tier staging, prod"
    StagingProd,
    /// "needs approval"
    Approval,
    /// "own project: needs approval"
    OwnProjectApproval,
    /// "`ops`/`maintenance`/`infra`: by policy `prod_change`"
    OpsByPolicy,
}

/// The table of DOMAIN §2, cell by cell. A new row or role without its cells does not compile.
#[rustfmt::skip]
const fn cell(row: Row, role: Role) -> Cell {
    use Cell::{Allow, Approval, Deny, OpsByPolicy, OwnEither, OwnJob, OwnProject, OwnProjectApproval, OwnRun,
               StagingProd, StagingRemote};
    use Row::{Approve, Audit, DevJob, HubManage, Launch, LaunchProd, MeetingChange, MeetingCreate, OpsJob, ProdJob,
              Profile, ProjectCreate, ProjectEdit, ProjectPolicy, Read, RunCancel, UserManage};
    let [admin, projets, ops, dev] = match row {
        //                  admin      projets             ops            dev
        UserManage     => [ Allow,     Deny,               Deny,          Deny   ],
        Profile        => [ Allow,     Allow,              Allow,         Allow  ],
        ProjectCreate  => [ Allow,     Allow,              Deny,          Deny   ],
        ProjectEdit    => [ Allow,     OwnProject,         OwnProject,    Deny   ],
        ProjectPolicy  => [ Allow,     Deny,               Deny,          Deny   ],
        Read           => [ Allow,     Allow,              Allow,         Allow  ],
        MeetingCreate  => [ Allow,     Allow,              Allow,         Allow  ],
        MeetingChange  => [ Allow,     OwnEither,          OwnJob,        OwnJob ],
        DevJob         => [ Allow,     OwnEither,          Deny,          Allow  ],
        OpsJob         => [ Allow,     OwnEither,          Allow,         Deny   ],
        ProdJob        => [ Allow,     OwnEither,          OpsByPolicy,   Deny   ],
        Launch         => [ Allow,     OwnProject,         StagingRemote, Allow  ],
        LaunchProd     => [ Approval,  OwnProjectApproval, Approval,      Deny   ],
        RunCancel      => [ Allow,     OwnProject,         StagingProd,   OwnRun ],
        Approve        => [ Allow,     Allow,              Deny,          Deny   ],
        Audit          => [ Allow,     OwnProject,         Deny,          Deny   ],
        HubManage      => [ Allow,     Deny,               Deny,          Deny   ],
    };
    match role {
        Role::Admin => admin,
        Role::Projets => projets,
        Role::Ops => ops,
        Role::Dev => dev,
    }
}

/// The row that an action in a context falls under.
const fn row(action: Action, context: &Context) -> Row {
    match action {
        Action::UserManage => Row::UserManage,
        Action::ProfileEdit | Action::Credentials => Row::Profile,
        Action::ProjectCreate => Row::ProjectCreate,
        Action::ProjectEdit => Row::ProjectEdit,
        Action::ProjectPolicy => Row::ProjectPolicy,
        Action::Read => Row::Read,
        Action::JobCreate | Action::JobEdit | Action::JobMove | Action::JobCancel => {
            match (context.job_type, context.tier) {
                (JobType::Meeting, _) if matches!(action, Action::JobCreate) => Row::MeetingCreate,
                (JobType::Meeting, _) => Row::MeetingChange,
                (_, Tier::Prod) => Row::ProdJob,
                (JobType::Dev, Tier::Dev | Tier::Staging) => Row::DevJob,
                (JobType::Ops | JobType::Maintenance | JobType::Infra, Tier::Dev | Tier::Staging) => {
                    Row::OpsJob
                }
            }
        }
        Action::RunLaunch => match context.tier {
            Tier::Prod => Row::LaunchProd,
            Tier::Dev | Tier::Staging => Row::Launch,
        },
        Action::RunCancel => Row::RunCancel,
        Action::Approve => Row::Approve,
        Action::AuditRead => Row::Audit,
        Action::HubManage => Row::HubManage,
    }
}

/// The scope that a token needs for an action; `None` where no token is good for it. A new action without its scope does not
/// compile.
pub const fn scope(action: Action) -> Option<Scope> {
    match action {
        Action::Read => Some(Scope::Read),
        Action::ProjectCreate
        | Action::ProjectEdit
        | Action::JobCreate
        | Action::JobEdit
        | Action::JobMove
        | Action::JobCancel => Some(Scope::Plan),
        Action::RunLaunch | Action::RunCancel => Some(Scope::Run),
        Action::Approve => Some(Scope::Approve),
        Action::UserManage
        | Action::ProfileEdit
        | Action::ProjectPolicy
        | Action::AuditRead
        | Action::HubManage => Some(Scope::Admin),
        // Else a token that leaked would outlive its revocation.
        Action::Credentials => None,
    }
}

/// What is refused whatever the role: who the account is for, and what the token is good for.
pub(crate) const fn refused(actor: &Actor, action: Action) -> Option<Rule> {
    if !actor.is_active {
        return Some(Rule::Inactive);
    }
    if matches!(actor.kind, UserKind::Service) && matches!(action, Action::Approve) {
        return Some(Rule::Service);
    }
    match (actor.scopes, scope(action)) {
        (Some(scopes), Some(needed)) if !scopes.contains(needed) => Some(Rule::Scope(needed)),
        (Some(_), None) => Some(Rule::Token),
        _ => None,
    }
}

/// Decides whether `actor` may do `action` in `context`. Pure, total, deny by default; every path asks here.
pub const fn decide(actor: &Actor, action: Action, context: &Context) -> Decision {
    if let Some(rule) = refused(actor, action) {
        return Decision { effect: Effect::Deny, rule };
    }
    let row = row(action, context);
    let effect = match cell(row, actor.role) {
        Cell::Allow => Effect::Allow,
        Cell::Deny => Effect::Deny,
        Cell::OwnProject => allow_if(context.own_project),
        Cell::OwnJob => allow_if(context.own_job),
        Cell::OwnEither => allow_if(context.own_project || context.own_job),
        Cell::OwnRun => allow_if(context.own_run),
        Cell::StagingRemote => allow_if(matches!(context.tier, Tier::Staging) && is_remote(context.backend)),
        Cell::StagingProd => allow_if(matches!(context.tier, Tier::Staging | Tier::Prod)),
        Cell::Approval => Effect::NeedsApproval,
        Cell::OwnProjectApproval if context.own_project => Effect::NeedsApproval,
        Cell::OwnProjectApproval => Effect::Deny,
        Cell::OpsByPolicy => match (context.job_type, context.prod_change) {
            (JobType::Ops | JobType::Maintenance | JobType::Infra, ProdChange::Approval) => {
                Effect::NeedsApproval
            }
            _ => Effect::Deny,
        },
    };
    Decision { effect, rule: Rule::Table(row, actor.role) }
}

/// Whether `actor` may see and revoke the tokens of `holder`: one's own, or an admin anybody's.
pub fn see_tokens(actor: &Actor, holder: UserId) -> Decision {
    let action = if actor.id == holder { Action::ProfileEdit } else { Action::UserManage };
    decide(actor, action, &Context::default())
}

/// Whether `actor` may make a token of `holder`: a person one's own, an admin one of a service account, and nobody by a
/// token.
pub fn make_token(actor: &Actor, holder: UserId, kind: UserKind) -> Decision {
    let decision = see_tokens(actor, holder);
    let credentials = decide(actor, Action::Credentials, &Context::default());
    if decision.effect != Effect::Allow {
        decision
    } else if credentials.effect != Effect::Allow {
        credentials
    } else if actor.id != holder && kind == UserKind::Person {
        Decision { effect: Effect::Deny, rule: Rule::OwnToken }
    } else {
        decision
    }
}

const fn allow_if(granted: bool) -> Effect {
    if granted { Effect::Allow } else { Effect::Deny }
}

/// The backends that staging (for role ops) and prod accept (DOMAIN §3.1).
pub const fn is_remote(backend: BackendKind) -> bool {
    matches!(backend, BackendKind::Docker | BackendKind::K8s | BackendKind::Webhook)
}

impl Decision {
    /// The decision in words, for people.
    pub fn explain(&self) -> String {
        match (self.effect, self.rule) {
            (Effect::Allow, _) => "allowed".to_owned(),
            (Effect::NeedsApproval, _) => "a second person (admin or projets) has to approve this".to_owned(),
            (Effect::Deny, rule) => rule.explain(),
        }
    }
}

impl Rule {
    /// What the rule says to whom it refuses.
    pub fn explain(&self) -> String {
        match *self {
            Self::Inactive => "the account is deactivated".to_owned(),
            Self::LastAdmin => "the last admin can be neither demoted nor deactivated".to_owned(),
            Self::SecondPerson => {
                "a second person has to decide: not who asked, nor who last edited the execution, nor who made a token of theirs"
                    .to_owned()
            }
            Self::Service => "a service account is no second person: it neither approves nor rejects".to_owned(),
            Self::Scope(scope) => format!("the token lacks the scope `{scope}`"),
            Self::Token => "no token is good for this: sign in to set passwords and make tokens".to_owned(),
            Self::OwnToken => "a person's tokens are made by that person alone".to_owned(),
            Self::Guardrail(guardrail) => guardrail.explain().to_owned(),
            Self::Table(row, role) => {
                let only = match cell(row, role) {
                    Cell::OwnProject | Cell::OwnProjectApproval => ": only in projects that you own",
                    Cell::OwnJob => ": only on jobs that you created or are assigned to",
                    Cell::OwnEither => {
                        ": only in projects that you own, on jobs that you created or are assigned to"
                    }
                    Cell::OwnRun => ": only runs that you launched",
                    Cell::StagingRemote => ": only in tier staging, on docker, k8s or webhook",
                    Cell::StagingProd => ": only in tiers staging and prod",
                    Cell::OpsByPolicy => {
                        ": only ops, maintenance and infra jobs, as the project's policy says"
                    }
                    Cell::Allow | Cell::Deny | Cell::Approval => "",
                };
                format!("role {role} may not {}{only}", row.words())
            }
        }
    }
}

impl Row {
    /// What the row is about, to follow "may not".
    const fn words(self) -> &'static str {
        match self {
            Self::UserManage => "manage users",
            Self::Profile => "edit this profile",
            Self::ProjectCreate => "create projects",
            Self::ProjectEdit => "edit this project",
            Self::ProjectPolicy => "change policies, backend configuration or freeze windows",
            Self::Read => "read this",
            Self::MeetingCreate => "create meetings",
            Self::MeetingChange => "change this meeting",
            Self::DevJob => "plan or change this dev job",
            Self::OpsJob => "plan or change this ops, maintenance or infra job",
            Self::ProdJob => "plan or change this job in tier prod",
            Self::Launch => "launch this run",
            Self::LaunchProd => "launch this run in tier prod",
            Self::RunCancel => "cancel this run",
            Self::Approve => "approve or reject",
            Self::Audit => "read this audit",
            Self::HubManage => "manage the hub",
        }
    }
}

#[cfg(test)]
mod tests;
