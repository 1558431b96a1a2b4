//! What the table of DOMAIN §2 says, read by a person and written down here, cell by cell where it matters. None of it is
//! taken from the code.

use super::Found;

/// The attempt, and its answer as the table has it. `+`: done; `?`: a second person is asked (202); `-`: 403.
const CORE: &str = "
    admin    user_manage other                         +
    projets  user_manage other                         - rbac.user.manage.projets
    ops      user_manage other                         - rbac.user.manage.ops
    dev      user_manage other                         - rbac.user.manage.dev
    projets  profile_edit other                        +
    ops      profile_edit other                        +
    dev      profile_edit other                        +

    admin    project_create other                      +
    projets  project_create other                      +
    ops      project_create other                      - rbac.project.create.ops
    dev      project_create other                      - rbac.project.create.dev
    admin    project_edit other                        +
    projets  project_edit own-project                  +
    projets  project_edit other                        - rbac.project.edit.projets
    ops      project_edit own-project                  +
    ops      project_edit other                        - rbac.project.edit.ops
    dev      project_edit own-project                  - rbac.project.edit.dev
    admin    project_policy other                      +
    projets  project_policy own-project                - rbac.project.policy.projets
    ops      project_policy own-project                - rbac.project.policy.ops
    dev      project_policy other                      - rbac.project.policy.dev

    projets  read other                                +
    ops      read other                                +
    dev      read other                                +

    projets  job_create meeting - other                +
    ops      job_create meeting - other                +
    dev      job_create meeting - other                +
    admin    job_move meeting - own-job                +
    projets  job_move meeting - own-project            +
    projets  job_move meeting - own-job                +
    projets  job_move meeting - other                  - rbac.meeting.change.projets
    ops      job_move meeting - own-job                +
    ops      job_move meeting - own-project            - rbac.meeting.change.ops
    dev      job_edit meeting - own-job                +
    dev      job_cancel meeting - other                - rbac.meeting.change.dev

    dev      job_create dev dev other                  +
    dev      job_move dev staging other                +
    dev      job_cancel dev staging other              +
    dev      job_move dev prod other                   - rbac.job.prod.dev
    dev      job_move dev prod own-both                - rbac.job.prod.dev
    ops      job_create dev dev own-project            - rbac.job.dev.ops
    ops      job_move dev staging own-both             - rbac.job.dev.ops
    projets  job_create dev staging own-project        +
    projets  job_create dev staging other              - rbac.job.dev.projets
    projets  job_edit dev dev own-job                  +

    ops      job_create ops staging other              +
    ops      job_move maintenance dev other            +
    ops      job_cancel infra staging other            +
    dev      job_create ops dev other                  - rbac.job.ops.dev
    dev      job_move maintenance staging own-both     - rbac.job.ops.dev
    projets  job_move infra staging own-project        +
    projets  job_move ops dev other                    - rbac.job.ops.projets
    projets  job_cancel maintenance staging own-job    +

    admin    job_create ops prod other                 +
    admin    job_move dev prod own-job                 +
    projets  job_move maintenance prod own-project     +
    projets  job_move ops prod own-job                 +
    projets  job_move ops prod other                   - rbac.job.prod.projets
    ops      job_create ops prod other                 ?
    ops      job_move ops prod other                   ?
    ops      job_move maintenance prod own-project     ?
    ops      job_cancel infra prod other               ?
    ops      job_edit maintenance prod own-both        ?
    ops      job_move dev prod own-both                - rbac.job.prod.ops
    ops      job_create maintenance prod other prod_change=deny  - rbac.job.prod.ops
    dev      job_create infra prod other               - rbac.job.prod.dev

    admin    run_launch ops staging docker own-job     +
    admin    run_launch ops prod docker own-job        ?
    projets  run_launch ops dev local own-project      +
    projets  run_launch ops staging docker other       - rbac.run.launch.projets
    projets  run_launch dev prod docker own-project    ?
    projets  run_launch ops prod docker other          - rbac.run.launch.prod.projets
    ops      run_launch ops staging docker other       +
    ops      run_launch ops staging webhook other      +
    ops      run_launch ops staging k8s other          +
    ops      run_launch ops staging local other        - rbac.run.launch.ops
    ops      run_launch ops dev docker own-project     - rbac.run.launch.ops
    ops      run_launch maintenance prod docker other  ?
    dev      run_launch ops dev local other            +
    dev      run_launch ops staging local other        +
    dev      run_launch dev prod docker own-project    - rbac.run.launch.prod.dev

    projets  run_cancel prod own-project               +
    projets  run_cancel staging other                  - rbac.run.cancel.projets
    ops      run_cancel staging other                  +
    ops      run_cancel prod other                     +
    ops      run_cancel dev other                      - rbac.run.cancel.ops
    dev      run_cancel dev own-run                    +
    dev      run_cancel staging other                  - rbac.run.cancel.dev
    dev      run_cancel dev own-project                - rbac.run.cancel.dev

    admin    approve other                             +
    projets  approve other                             +
    ops      approve other                             - rbac.approval.decide.ops
    dev      approve other                             - rbac.approval.decide.dev

    admin    audit_read other                          +
    projets  audit_read own-project                    +
    ops      audit_read other                          - rbac.audit.read.ops
    dev      audit_read other                          - rbac.audit.read.dev

    admin    hub_manage other                          +
    projets  hub_manage other                          - rbac.hub.manage.projets
    ops      hub_manage other                          - rbac.hub.manage.ops
    dev      hub_manage other                          - rbac.hub.manage.dev
";

/// Compares what was found with the core set; whatever is missing or different is told at once.
pub(super) fn compare(found: &Found) {
    let mut wrong = Vec::new();
    let mut lines = 0;
    for line in CORE.lines().map(str::trim).filter(|line| !line.is_empty()) {
        lines += 1;
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = words.iter().rposition(|word| ["+", "?", "-"].contains(word)).expect("each line has a sign");
        let (name, rule) = (words[..at].join(" "), words.get(at + 1).copied());
        let fits = |answer: &str| match words[at] {
            "+" => ["200", "201", "202", "204"].contains(&answer),
            "?" => answer == "202",
            _ => answer == format!("403 {}", rule.expect("a refusal names its rule")),
        };
        match found.get(&name) {
            Some(answer) if fits(answer) && !(words[at] == "+" && is_job(&name) && answer == "202") => {}
            answer => wrong.push(format!("{line}\n    but over HTTP: {answer:?}")),
        }
    }
    assert!(wrong.is_empty(), "{} of {lines}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(
        lines > 90 && found.len() > 500,
        "{lines} lines, {} attempts: the walk is too short",
        found.len()
    );
}

/// 202 says "asked" of jobs and launches; of cancelling a run it says "done".
fn is_job(name: &str) -> bool {
    name.contains(" job_") || name.contains(" run_launch ")
}
