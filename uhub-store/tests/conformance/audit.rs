//! The audit: added to and sealed, and nothing else.

use serde_json::json;
use uhub_core::{
    audit::{AuditEntry, Head, Verifier, seal},
    model::*,
    ports::store::{AuditFilter, AuditRow, Cursor, LockKey, Page},
};
use uuid::Uuid;

use crate::{
    bed::{ALL, Bed, walk},
    samples::{UNICODE, World, at, entry, last, project},
};

conformance!(
    round_trip,
    filters,
    sealed_in_batches,
    dropped_entries_leave_no_gap,
    only_committed_entries_are_sealed,
    sealing_together_keeps_one_chain,
);

async fn append(bed: &Bed, count: usize) -> Vec<AuditEntry> {
    let entries: Vec<_> = (0..count).map(|number| entry(bed, &format!("job.{number}"))).collect();
    let mut session = bed.write().await;
    session.append_audit(&entries).await.unwrap();
    session.commit().await.unwrap();
    entries
}

async fn round_trip(bed: Bed) {
    let whole = AuditEntry {
        at: EARLIEST,
        actor_id: Some(UserId(bed.id())),
        actor: UNICODE.to_owned(),
        object_id: Some(bed.id()),
        project_id: Some(ProjectId(bed.id())),
        decision: "deny".to_owned(),
        rule: Some("prod.second_person".to_owned()),
        detail: json!([]),
        ..entry(&bed, "run.claim")
    };
    let bare = AuditEntry { at: last(), detail: json!(null), ..entry(&bed, "auth.login") };
    let mut entries = vec![whole, bare, entry(&bed, "job.move")];
    let mut session = bed.write().await;
    session.append_audit(&[]).await.unwrap();
    session.append_audit(&entries[..1]).await.unwrap();
    session.append_audit(&entries[1..]).await.unwrap();
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    entries.reverse();
    let expected: Vec<_> =
        entries.into_iter().map(|entry| AuditRow { entry, seq: None, hash: None }).collect();
    assert_eq!(session.audit(&AuditFilter::default(), ALL).await.unwrap(), expected, "the newest first");
    assert_eq!(session.count_unsealed().await.unwrap(), 3);
    assert!(session.has_unsealed().await.unwrap());
    assert_eq!(session.audit_head().await.unwrap(), Head::default());
    assert_eq!(session.sealed(0, 100).await.unwrap(), []);
}

async fn filters(bed: Bed) {
    let world = World::new(&bed).await;
    let other = project(&bed, "app-y", UserId(bed.id()));
    let (actor, object) = (UserId(bed.id()), bed.id());
    let mut session = bed.write().await;
    session.insert_project(&other).await.unwrap();
    let mut entries = Vec::new();
    for number in 0..12_usize {
        let moment = at(i64::try_from(number).unwrap());
        entries.push(AuditEntry {
            at: moment,
            actor_id: (number % 2 == 0).then_some(actor),
            object_id: [Some(object), Some(bed.id()), None][number % 3],
            project_id: [Some(world.project.id), Some(other.id), None, Some(ProjectId(bed.id()))][number % 4],
            ..entry(&bed, ["job.move", "job.moved", "Job.move"][number % 3])
        });
    }
    session.append_audit(&entries).await.unwrap();
    session.commit().await.unwrap();
    entries.reverse();
    let any = AuditFilter::default;
    let cases = [
        any(),
        AuditFilter { actor_id: Some(actor), ..any() },
        AuditFilter { object_id: Some(object), ..any() },
        AuditFilter { object_id: Some(Uuid::nil()), ..any() },
        AuditFilter { action: Some("job.move".to_owned()), ..any() },
        AuditFilter { action: Some("job.%".to_owned()), ..any() },
        AuditFilter { from: Some(at(3)), to: Some(at(7)), ..any() },
        AuditFilter { owner: Some(world.owner.id), ..any() },
        AuditFilter { owner: Some(actor), ..any() },
        AuditFilter { owner: Some(world.owner.id), actor_id: Some(actor), object_id: Some(object), ..any() },
    ];
    for filter in cases {
        let expected: Vec<_> = entries
            .iter()
            .filter(|entry| filter.actor_id.is_none_or(|actor| entry.actor_id == Some(actor)))
            .filter(|entry| filter.object_id.is_none_or(|object| entry.object_id == Some(object)))
            .filter(|entry| filter.action.as_ref().is_none_or(|action| entry.action == *action))
            .filter(|entry| filter.from.is_none_or(|from| entry.at >= from))
            .filter(|entry| filter.to.is_none_or(|to| entry.at < to))
            .filter(|entry| {
                let is_owners = |owner| owner == world.owner.id && entry.project_id == Some(world.project.id);
                filter.owner.is_none_or(is_owners)
            })
            .map(|entry| AuditRow { entry: entry.clone(), seq: None, hash: None })
            .collect();
        for limit in [1, 5, 100] {
            let walked = walk!(bed, limit, |session, page| session.audit(&filter, page), |row| Cursor {
                key: 0,
                id: row.entry.id.0
            });
            assert_eq!(walked, expected, "{filter:?} by {limit}");
        }
    }
}

/// One round of the sequencer. Gives how many it sealed.
async fn sequence(bed: &Bed, limit: u32) -> usize {
    let mut session = bed.write().await;
    session.lock(&[LockKey::Sequencer]).await.unwrap();
    let head = session.audit_head().await.unwrap();
    let entries = session.unsealed(limit).await.unwrap();
    let seals: Vec<_> =
        seal(&head, entries).into_iter().map(|sealed| (sealed.entry.id, sealed.seq, sealed.hash)).collect();
    session.seal_audit(&seals).await.unwrap();
    session.commit().await.unwrap();
    seals.len()
}

/// Walks the chain and compares it with what was appended.
async fn verify(bed: &Bed, entries: &[AuditEntry]) {
    let mut session = bed.read().await;
    let chain = session.sealed(0, 10_000).await.unwrap();
    let mut verifier = Verifier::default();
    for sealed in &chain {
        assert!(verifier.take(sealed), "{:?}", verifier.first_bad());
    }
    assert_eq!(*verifier.head(), session.audit_head().await.unwrap());
    let mut sealed: Vec<_> = chain.into_iter().map(|sealed| sealed.entry).collect();
    sealed.sort_by_key(|entry| entry.id);
    assert_eq!(sealed, entries);
}

async fn sealed_in_batches(bed: Bed) {
    let mut entries = append(&bed, 5).await;
    let mut session = bed.write().await;
    assert_eq!(session.unsealed(3).await.unwrap(), entries[..3], "the oldest first");
    drop(session);
    assert_eq!(sequence(&bed, 3).await, 3);
    verify(&bed, &entries[..3]).await;
    entries.extend(append(&bed, 2).await);
    assert_eq!(bed.read().await.count_unsealed().await.unwrap(), 4);
    assert_eq!(sequence(&bed, 100).await, 4);
    assert_eq!(sequence(&bed, 100).await, 0);
    verify(&bed, &entries).await;
    let mut session = bed.read().await;
    assert_eq!(session.count_unsealed().await.unwrap(), 0);
    assert!(!session.has_unsealed().await.unwrap());
    let chain = session.sealed(0, 100).await.unwrap();
    assert_eq!(chain.iter().map(|sealed| sealed.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(chain.iter().map(|sealed| sealed.entry.clone()).collect::<Vec<_>>(), entries);
    assert_eq!(session.sealed(5, 1).await.unwrap(), chain[5..6]);
    assert_eq!(session.sealed(7, 1).await.unwrap(), []);
    let newest = session.audit(&AuditFilter::default(), Page::first(1)).await.unwrap();
    let last = chain.last().unwrap();
    assert_eq!(
        newest,
        [AuditRow { entry: last.entry.clone(), seq: Some(7), hash: Some(last.hash.clone()) }],
        "a listed entry tells its place"
    );
}

async fn dropped_entries_leave_no_gap(bed: Bed) {
    let mut entries = append(&bed, 2).await;
    let mut session = bed.write().await;
    session.append_audit(&[entry(&bed, "never")]).await.unwrap();
    drop(session);
    entries.extend(append(&bed, 2).await);
    assert_eq!(bed.read().await.count_unsealed().await.unwrap(), 4);
    assert_eq!(sequence(&bed, 100).await, 4);
    verify(&bed, &entries).await;
}

async fn only_committed_entries_are_sealed(bed: Bed) {
    if !bed.writes_in_parallel() {
        // Who seals is alone: nothing is uncommitted.
        return;
    }
    let early = entry(&bed, "early");
    let mut slow = bed.write().await;
    slow.append_audit(std::slice::from_ref(&early)).await.unwrap();
    let mut entries = append(&bed, 2).await;
    assert_eq!(sequence(&bed, 100).await, 2, "it waits for nobody");
    slow.commit().await.unwrap();
    assert_eq!(sequence(&bed, 100).await, 1, "and leaves nobody out");
    entries.insert(0, early);
    verify(&bed, &entries).await;
}

async fn sealing_together_keeps_one_chain(bed: Bed) {
    let mut tasks = Vec::new();
    for _ in 0..8 {
        let bed = bed.clone();
        tasks.push(tokio::spawn(async move {
            let mut entries = Vec::new();
            for _ in 0..5 {
                entries.extend(append(&bed, 3).await);
                sequence(&bed, 4).await;
            }
            entries
        }));
    }
    let mut entries = Vec::new();
    for task in tasks {
        entries.extend(task.await.unwrap());
    }
    while sequence(&bed, 100).await > 0 {}
    entries.sort_by_key(|entry| entry.id);
    verify(&bed, &entries).await;
}
