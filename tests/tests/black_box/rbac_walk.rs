//! All roles × actions × tiers × job types over HTTP, each answer compared with the table of DOMAIN §2: with the function
//! that decides, and, for a core set, with what the table says in words.

mod core_set;
mod jobs;
mod others;
mod stage;

use std::collections::BTreeMap;

use uhub_core::{
    model::{BackendKind, JobType, ProdChange, Role, Tier, UserId},
    rbac::{Action, Actor, Context, Effect, decide},
};
use uhub_tests::{Answer, Site};

/// What was found: `ops job_move ops prod other` → `202 rbac.job.prod.ops`. An answer without a rule has its status alone.
type Found = BTreeMap<String, String>;

const ROLES: [Role; 4] = [Role::Admin, Role::Projets, Role::Ops, Role::Dev];

/// What somebody tried, on what.
#[derive(Debug, Clone, Copy)]
struct Try {
    role: Role,
    action: Action,
    context: Context,
}

impl Try {
    fn name(&self) -> String {
        let Context { tier, job_type, own_project, own_job, own_run, backend, prod_change } = self.context;
        let whose = match (own_project, own_job, own_run) {
            (false, false, false) => "other",
            (true, false, false) => "own-project",
            (false, true, false) => "own-job",
            (true, true, false) => "own-both",
            (_, _, true) => "own-run",
        };
        let on = match self.action {
            Action::RunLaunch => format!(" {job_type} {tier} {backend}"),
            Action::JobCreate | Action::JobEdit | Action::JobMove | Action::JobCancel => {
                format!(" {job_type} {}", if job_type == JobType::Meeting { "-" } else { tier.as_str() })
            }
            Action::RunCancel => format!(" {tier}"),
            _ => String::new(),
        };
        let policy = if prod_change == ProdChange::Deny { " prod_change=deny" } else { "" };
        format!("{} {}{on} {whose}{policy}", self.role, self.action)
    }

    /// What the one function says.
    fn decided(&self) -> (Effect, String) {
        let actor = Actor::person(UserId(Default::default()), self.role);
        let decision = decide(&actor, self.action, &self.context);
        (decision.effect, decision.rule.to_string())
    }

    /// Compares an answer with the decision, and keeps it. `allowed` is the status of what is allowed; a guardrail that
    /// stands behind an allowed launch is named by `guardrail`.
    fn compare(&self, answer: &Answer, allowed: u16, guardrail: Option<&str>, found: &mut Found) {
        let name = self.name();
        let (effect, rule) = self.decided();
        let told = if answer.status < 400 {
            String::new()
        } else {
            answer.json()["rule"].as_str().unwrap_or_default().into()
        };
        match (effect, guardrail) {
            (Effect::Deny, _) => {
                assert_eq!((answer.status, told.as_str()), (403, rule.as_str()), "{name}: {}", answer.text());
            }
            (_, Some(guardrail)) => {
                assert_eq!((answer.status, told.as_str()), (403, guardrail), "{name}: {}", answer.text());
            }
            (Effect::Allow, None) => assert_eq!(answer.status, allowed, "{name}: {}", answer.text()),
            (Effect::NeedsApproval, None) => {
                assert_eq!(answer.status, 202, "{name}: {}", answer.text());
                let approval = &answer.json()["approval"];
                assert_eq!(approval["state"], "pending", "{name}: {approval}");
                assert_eq!(approval["rule"], rule.as_str(), "{name}: {approval}");
            }
        }
        let line =
            if told.is_empty() { answer.status.to_string() } else { format!("{} {told}", answer.status) };
        let is_refused = line.starts_with("403");
        let before = found.insert(name.clone(), line);
        let same = before.is_none_or(|before| before.starts_with("403") == is_refused);
        assert!(same, "{name} is answered in two ways");
    }
}

/// Jobs are tried with this context.
fn context(job_type: JobType, tier: Tier, own_project: bool, own_job: bool) -> Context {
    Context { job_type, tier, own_project, own_job, backend: BackendKind::Docker, ..Context::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_role_may_do_over_http_what_the_table_says_and_nothing_else() {
    let site = Site::sqlite().programs(&["/bin/true"]);
    let server = site.serve(&["--demo", "--no-worker"]).await;
    let stage = stage::Stage::set(&server).await;

    let mut found = Found::new();
    for user in &stage.users {
        jobs::create(&stage, user, &mut found).await;
        jobs::change(&stage, user, &mut found).await;
        jobs::launch(&stage, user, &mut found).await;
        jobs::cancel_run(&stage, user, &mut found).await;
        others::walk(&stage, user, &mut found).await;
    }
    core_set::compare(&found);
    others::refusals_are_audited(&stage).await;
}
