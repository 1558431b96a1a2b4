use super::*;

fn entry(n: u128) -> AuditEntry {
    AuditEntry {
        id: AuditId(Uuid::from_u128(n)),
        at: DateTime::from_timestamp(1_800_000_000 + n as i64, 0).unwrap(),
        actor_id: None,
        actor: "tester".into(),
        action: "job.move".into(),
        object_kind: "job".into(),
        object_id: Some(Uuid::from_u128(n)),
        project_id: None,
        decision: "allow".into(),
        rule: None,
        detail: serde_json::json!({ "n": n as u64, "b": 1, "a": [1, { "z": 1, "y": 2 }] }),
    }
}

fn chain(n: u128) -> Vec<Sealed> {
    seal(&Head::default(), (1..=n).map(entry))
}

fn verify(chain: &[Sealed]) -> Verifier {
    let mut verifier = Verifier::default();
    for sealed in chain {
        verifier.take(sealed);
    }
    verifier
}

#[test]
fn a_sound_chain_verifies_and_batches_join() {
    let whole = chain(10);
    assert_eq!(verify(&whole).first_bad(), None);
    let front = chain(4);
    let back = seal(verify(&front).head(), (5..=10).map(entry));
    assert_eq!([front, back].concat(), whole);
}

#[test]
fn r45_edits_deletions_and_reordering_are_found() {
    let mut edited = chain(10);
    edited[4].entry.actor = "somebody else".into();
    assert_eq!(verify(&edited).first_bad(), Some(5));

    let mut deleted = chain(10);
    deleted.remove(4);
    assert_eq!(verify(&deleted).first_bad(), Some(5));

    let mut reordered = chain(10);
    reordered.swap(4, 5);
    assert_eq!(verify(&reordered).first_bad(), Some(5));

    let mut renumbered = chain(10);
    renumbered.remove(4);
    for (index, sealed) in renumbered.iter_mut().enumerate() {
        sealed.seq = index as i64 + 1;
    }
    assert_eq!(verify(&renumbered).first_bad(), Some(5));
}

#[test]
fn r45_a_cut_tail_is_seen_by_the_head_kept_outside() {
    let whole = chain(10);
    let outside: Head = verify(&whole).head().to_string().parse().unwrap();
    let cut = verify(&whole[..8]);
    assert_eq!(cut.first_bad(), None, "nothing inside tells");
    assert_ne!(cut.head(), &outside);
}
