//! What rules go by, asked for at once.

use chrono::TimeDelta;
use serde_json::json;
use uhub_core::{
    model::*,
    ports::store::{Grounds, GroundsOf},
};

use crate::{
    bed::Bed,
    samples::{UNICODE, World, approval, at, freeze, project, slot, user},
};

conformance!(all_at_once, only_what_is_there);

/// As each question alone would be answered, with what is hard to write down among it.
async fn all_at_once(bed: Bed) {
    let world = World::new(&bed).await;
    let other = user(&bed, "other", Role::Admin);
    let config = BackendConfig { max_concurrent: Some(3), ..BackendConfig::default() };
    let limited = Project {
        execution_backend: Some(BackendKind::K8s),
        execution_backend_config: Some(config),
        environments: Vec::new(),
        ..project(&bed, UNICODE, other.id)
    };
    let tick = TimeDelta::microseconds(1);
    let freezes = [
        freeze(&bed, slot(-2, 0)),
        freeze(&bed, Slot::new(at(-1), at(0) + tick).unwrap()),
        freeze(&bed, Slot::new(EARLIEST, LATEST).unwrap()),
        freeze(&bed, slot(0, 1)),
        freeze(&bed, Slot::new(at(0) + tick, at(1)).unwrap()),
    ];
    let mut session = bed.write().await;
    session.insert_user(&other, Some("a hash")).await.unwrap();
    session.insert_project(&limited).await.unwrap();
    for freeze in &freezes {
        session.insert_freeze(freeze).await.unwrap();
    }
    session.commit().await.unwrap();
    let jobs = [world.stored_job(&bed, 0).await, world.stored_job(&bed, 1).await];
    let of = |job, state| approval(&bed, job, ApprovalKind::Edit, state);
    let approvals = [
        of(&jobs[0], ApprovalState::Pending),
        of(&jobs[0], ApprovalState::Rejected),
        of(&jobs[1], ApprovalState::Approved),
    ];
    let mut session = bed.write().await;
    for approval in &approvals {
        session.insert_approval(approval).await.unwrap();
    }
    session.commit().await.unwrap();

    let mut session = bed.read().await;
    let asked = GroundsOf {
        projects: &[world.project.id, limited.id],
        users: &[other.id, world.owner.id],
        jobs: &[jobs[0].id, jobs[1].id],
        at: at(0),
    };
    let mut found = session.grounds(asked).await.unwrap();
    found.projects.sort_by_key(|project| project.id);
    found.users.sort_by_key(|user| user.id);
    found.jobs.sort_by_key(|job| job.id);
    let expected = Grounds {
        projects: vec![world.project.clone(), limited],
        users: vec![world.owner.clone(), other],
        jobs: jobs.to_vec(),
        approvals: vec![approvals[0].clone(), approvals[2].clone()],
        // What ends at that instant is over, what begins then holds.
        freezes: vec![freezes[2].clone(), freezes[1].clone(), freezes[3].clone()],
    };
    assert_eq!(found, expected);

    // One of each, as a launch asks.
    let asked =
        GroundsOf { projects: &[world.project.id], users: &[world.owner.id], jobs: &[jobs[1].id], at: at(5) };
    let one = session.grounds(asked).await.unwrap();
    assert_eq!((one.projects, one.users, one.freezes.len()), (vec![world.project], vec![world.owner], 1));
    assert_eq!((one.jobs, one.approvals), (vec![jobs[1].clone()], vec![approvals[2].clone()]));
}

async fn only_what_is_there(bed: Bed) {
    let world = World::new(&bed).await;
    let mut session = bed.read().await;
    let nothing = GroundsOf { projects: &[], users: &[], jobs: &[], at: at(0) };
    assert_eq!(session.grounds(nothing).await.unwrap(), Grounds::default());
    let (nowhere, nobody, none) = (ProjectId(bed.id()), UserId(bed.id()), JobId(bed.id()));
    let asked = GroundsOf { projects: &[nowhere], users: &[nobody], jobs: &[none], at: at(0) };
    assert_eq!(session.grounds(asked).await.unwrap(), Grounds::default());
    // Years in which no slot can be, and which no database's time reaches.
    for year in ["0999-01-01T00:00:00Z", "2300-01-01T00:00:00Z", "+12000-01-01T00:00:00Z"] {
        let then = serde_json::from_value(json!(year)).unwrap();
        let asked = GroundsOf {
            projects: &[world.project.id, nowhere],
            users: &[world.owner.id],
            jobs: &[],
            at: then,
        };
        let found = session.grounds(asked).await.unwrap();
        assert_eq!((found.projects.len(), found.users.len(), found.freezes.len()), (1, 1, 0), "{year}");
    }
}
