//! Freeze windows.

use chrono::TimeDelta;
use uhub_core::{model::*, ports::store::Cursor};

use crate::{
    bed::{ALL, Bed, walk},
    samples::{World, at, freeze, slot},
};

conformance!(round_trip, overlapping, pages);

async fn round_trip(bed: Bed) {
    let world = World::new(&bed).await;
    let freezes = [
        Freeze { project_id: Some(world.project.id), ..freeze(&bed, Slot::new(EARLIEST, LATEST).unwrap()) },
        Freeze { tiers: Vec::new(), environments: Vec::new(), ..freeze(&bed, slot(0, 1)) },
    ];
    let mut session = bed.write().await;
    for freeze in &freezes {
        session.insert_freeze(freeze).await.unwrap();
        assert_eq!(session.freeze(freeze.id).await.unwrap().as_ref(), Some(freeze));
    }
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    assert_eq!(session.list_freezes(ALL).await.unwrap(), freezes);
    assert_eq!(session.freeze(FreezeId(bed.id())).await.unwrap(), None);
    drop(session);

    let mut session = bed.write().await;
    assert!(!session.delete_freeze(FreezeId(bed.id())).await.unwrap());
    assert!(session.delete_freeze(freezes[0].id).await.unwrap());
    assert!(!session.delete_freeze(freezes[0].id).await.unwrap(), "once");
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    assert_eq!(session.freeze(freezes[0].id).await.unwrap(), None);
    assert_eq!(session.freezes(slot(0, 1)).await.unwrap(), freezes[1..]);
}

async fn overlapping(bed: Bed) {
    let tick = TimeDelta::microseconds(1);
    let mut freezes = vec![
        freeze(&bed, slot(2, 3)),
        freeze(&bed, slot(0, 1)),
        freeze(&bed, slot(0, 2)),
        freeze(&bed, slot(-9000, 9000)),
        freeze(&bed, Slot::new(at(1), at(1) + tick).unwrap()),
    ];
    let mut session = bed.write().await;
    for freeze in &freezes {
        session.insert_freeze(freeze).await.unwrap();
    }
    session.commit().await.unwrap();
    freezes.sort_by_key(|freeze| (freeze.slot.start(), freeze.id));
    let mut session = bed.read().await;
    let windows = [
        slot(0, 3),
        slot(1, 2),
        slot(3, 4),
        slot(-1, 0),
        Slot::new(at(1) - tick, at(1)).unwrap(),
        slot(9000, 9001),
    ];
    for window in windows {
        let expected: Vec<_> =
            freezes.iter().filter(|freeze| freeze.slot.overlaps(window)).cloned().collect();
        assert_eq!(session.freezes(window).await.unwrap(), expected, "{window:?}");
    }
}

async fn pages(bed: Bed) {
    let freezes: Vec<_> = (0..5).map(|number| freeze(&bed, slot(-number, 1))).collect();
    let mut session = bed.write().await;
    for freeze in freezes.iter().rev() {
        session.insert_freeze(freeze).await.unwrap();
    }
    session.commit().await.unwrap();
    for limit in [1, 2, 5] {
        let walked = walk!(bed, limit, |session, page| session.list_freezes(page), |freeze| Cursor {
            key: 0,
            id: freeze.id.0
        });
        assert_eq!(walked, freezes, "by {limit}");
    }
}
