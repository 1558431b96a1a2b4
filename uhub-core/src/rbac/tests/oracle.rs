//! The table of DOMAIN §2 as it is written there, read cell by cell at each question. Slow, and it shares nothing with
//! the function that it is compared with but the words of the model.

use crate::{
    model::{BackendKind, JobType, ProdChange, Role, Tier},
    rbac::{Action, Context, Effect},
};

const TABLE: &str = "
| action | admin | projets | ops | dev |
|---|---|---|---|---|
| users: create, edit, deactivate, set role | allow | – | – | – |
| own profile: display name, theme, password (never role, never `is_active`) | allow | allow | allow | allow |
| project: create | allow | allow | – | – |
| project: edit, add environments | allow | own | own | – |
| project: policy and execution backend config | allow | – | – | – |
| calendar, jobs, runs, logs: read | allow | allow | allow | allow |
| `meeting`: create | allow | allow | allow | allow |
| `meeting`: edit, move, cancel | allow | own project, or own job | own job | own job |
| `dev` job in tier dev, staging: create, edit, move, cancel | allow | own project, or own job | – | allow |
| `ops`, `maintenance`, `infra` job in tier dev, staging: create, edit, move, cancel | allow | own project, or own job | allow | – |
| any job in tier prod: create, edit, move, cancel | allow | own project, or own job: allow | `ops`/`maintenance`/`infra`: by policy `prod_change` (`approval` by default, or `deny`) | – |
| run: launch in tier dev, staging | allow | own project | staging: allow, on docker, k8s, webhook | allow |
| run: launch in tier prod | needs approval | own project: needs approval | needs approval | – |
| run: cancel | allow | own project | tier staging, prod | runs they launched |
| approve or reject | allow | allow | – | – |
| audit: read, verify | allow | own projects | – | – |
| demo seed, metrics of the hub | allow | – | – | – |
";

/// The rows: what they are about, and the cells by role.
pub(super) struct Table(Vec<(String, Vec<String>)>);

impl Table {
    pub(super) fn read() -> Self {
        let mut rows = TABLE
            .lines()
            .filter(|line| line.starts_with("| "))
            .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")));
        let header: Vec<String> = rows.next().unwrap().collect();
        assert_eq!(header, ["action", "admin", "projets", "ops", "dev"]);
        Self(
            rows.map(|mut cells| {
                let about = cells.next().unwrap();
                let cells: Vec<String> = cells.collect();
                assert_eq!(cells.len(), 4, "{about}");
                (about, cells)
            })
            .collect(),
        )
    }

    pub(super) fn decide(&self, role: Role, action: Action, context: &Context) -> Effect {
        let mut about = self.0.iter().filter(|(about, _)| concerns(about, action, context));
        // What no row grants is refused.
        let Some((row, cells)) = about.next() else { return Effect::Deny };
        assert!(about.next().is_none(), "two rows are about {action} {context:?}: {row}");
        let column = match role {
            Role::Admin => 0,
            Role::Projets => 1,
            Role::Ops => 2,
            Role::Dev => 3,
        };
        grants(&cells[column], context)
    }
}

/// Whether a row's first column is about this.
fn concerns(about: &str, action: Action, context: &Context) -> bool {
    let (subject, verbs) = about.split_once(": ").unwrap_or((about, ""));
    let verb = |word: &str| verbs.split(", ").any(|verb| verb == word);
    let in_tier = |text: &str| {
        text.split_once("in tier ")
            .is_some_and(|(_, tiers)| tiers.split(", ").any(|tier| tier == context.tier.as_str()))
    };
    let job_verb = match action {
        Action::JobCreate => Some("create"),
        Action::JobEdit => Some("edit"),
        Action::JobMove => Some("move"),
        Action::JobCancel => Some("cancel"),
        _ => None,
    };
    match action {
        Action::UserManage => subject == "users",
        Action::ProfileEdit | Action::Credentials => subject == "own profile",
        Action::ProjectCreate => subject == "project" && verbs == "create",
        Action::ProjectEdit => subject == "project" && verb("edit"),
        Action::ProjectPolicy => subject == "project" && verbs.starts_with("policy"),
        Action::Read => subject.starts_with("calendar, jobs") && verb("read"),
        Action::RunLaunch => subject == "run" && verbs.starts_with("launch") && in_tier(verbs),
        Action::RunCancel => subject == "run" && verbs == "cancel",
        Action::Approve => subject == "approve or reject",
        Action::AuditRead => subject == "audit" && verb("read"),
        Action::HubManage => subject.starts_with("demo seed"),
        Action::JobCreate | Action::JobEdit | Action::JobMove | Action::JobCancel => {
            let job_type = context.job_type.as_str();
            let is_about = match subject.split_once(" job in ") {
                // A meeting has no environment, so that no row about tiers is about it.
                None => subject == "meeting" && context.job_type == JobType::Meeting,
                Some(_) if context.job_type == JobType::Meeting => false,
                Some(("any", _)) => in_tier(subject),
                Some((types, _)) => types.split(", ").any(|word| word == job_type) && in_tier(subject),
            };
            is_about && verb(job_verb.unwrap())
        }
    }
}

/// What a cell says.
fn grants(cell: &str, context: &Context) -> Effect {
    let when = |granted: bool, effect: Effect| if granted { effect } else { Effect::Deny };
    let remote = ["docker", "k8s", "webhook"].contains(&context.backend.as_str());
    match cell {
        "allow" => Effect::Allow,
        "–" => Effect::Deny,
        "needs approval" => Effect::NeedsApproval,
        "own" | "own project" | "own projects" => when(context.own_project, Effect::Allow),
        "own job" => when(context.own_job, Effect::Allow),
        "own project, or own job" | "own project, or own job: allow" => {
            when(context.own_project || context.own_job, Effect::Allow)
        }
        "own project: needs approval" => when(context.own_project, Effect::NeedsApproval),
        "runs they launched" => when(context.own_run, Effect::Allow),
        "tier staging, prod" => when([Tier::Staging, Tier::Prod].contains(&context.tier), Effect::Allow),
        "staging: allow, on docker, k8s, webhook" => {
            when(context.tier == Tier::Staging && remote, Effect::Allow)
        }
        "ops/maintenance/infra: by policy prod_change (approval by default, or deny)" => {
            assert_eq!(Context::default().prod_change, ProdChange::Approval, "by default");
            when(
                "ops/maintenance/infra".split('/').any(|word| word == context.job_type.as_str())
                    && context.prod_change == ProdChange::Approval,
                Effect::NeedsApproval,
            )
        }
        other => panic!("a cell that the oracle cannot read: {other}"),
    }
}

#[test]
fn the_oracle_knows_every_backend_by_its_word() {
    let remote: Vec<_> = BackendKind::ALL.iter().filter(|kind| super::is_remote(**kind)).collect();
    assert_eq!(remote.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(), ["docker", "webhook", "k8s"]);
}
