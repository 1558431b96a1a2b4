//! Ends of runs, told to the hub together: what ends while a transaction is on its way goes into the next one, so that
//! many at once cost few transactions, and one alone waits for nobody.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc, oneshot};
use uhub_core::{
    Error, Hub,
    hub::{ClaimedRun, Told},
    model::RunStatus,
};

/// At most so many in one transaction.
const AT_ONCE: usize = 500;
/// So many transactions go on at a time: while one waits for the disk, the next is written.
const TRANSACTIONS: usize = 2;
/// How often what runs at the same moment is let go first.
const TURNS: usize = 4;

/// An end on its way, and where the answer goes.
struct Parcel {
    claimed: Arc<ClaimedRun>,
    told: Told,
    answer: oneshot::Sender<Result<RunStatus, Error>>,
}

/// Where a worker's runs tell their ends.
#[derive(Debug, Clone)]
pub(super) struct Ends(mpsc::UnboundedSender<Parcel>);

impl Ends {
    /// Where ends are told, and what carries them to `hub`.
    pub(super) fn new(
        hub: &Hub,
        worker: &str,
    ) -> (Self, [impl Future<Output = ()> + Send + use<>; TRANSACTIONS]) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let parcels = Arc::new(Mutex::new(receiver));
        let carriers =
            std::array::from_fn(|_| carry_all(hub.clone(), worker.to_owned(), Arc::clone(&parcels)));
        (Self(sender), carriers)
    }

    /// Tells one end; comes back with the hub's answer.
    pub(super) async fn tell(&self, claimed: &Arc<ClaimedRun>, told: Told) -> Result<RunStatus, Error> {
        let (answer, answered) = oneshot::channel();
        let stopped = || Error::Unfit("the worker has stopped".to_owned());
        self.0.send(Parcel { claimed: Arc::clone(claimed), told, answer }).map_err(|_| stopped())?;
        answered.await.unwrap_or_else(|_| Err(stopped()))
    }
}

async fn carry_all(hub: Hub, worker: String, parcels: Arc<Mutex<mpsc::UnboundedReceiver<Parcel>>>) {
    loop {
        // Let go of before the batch is carried: the other carrier takes the next one meanwhile.
        let batch = take(&mut *parcels.lock().await).await;
        let Some(batch) = batch else { return };
        carry(&hub, &worker, batch).await;
    }
}

/// What is waiting, once something is; `None` where nothing more can come.
async fn take(parcels: &mut mpsc::UnboundedReceiver<Parcel>) -> Option<Vec<Parcel>> {
    let mut batch = Vec::new();
    if parcels.recv_many(&mut batch, AT_ONCE).await == 0 {
        return None;
    }
    // Runs that end at the same moment get their turn to say so.
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
        let room = AT_ONCE - batch.len();
        batch.extend(std::iter::from_fn(|| parcels.try_recv().ok()).take(room));
    }
    Some(batch)
}

async fn carry(hub: &Hub, worker: &str, mut batch: Vec<Parcel>) {
    // In one order, so that transactions do not wait for each other in a circle.
    batch.sort_unstable_by_key(|parcel| parcel.claimed.id());
    let told: Vec<_> = batch.iter().map(|parcel| (&*parcel.claimed, parcel.told.clone())).collect();
    match hub.finish_all(worker, &told).await {
        Ok(answers) => {
            drop(told);
            for (parcel, answer) in batch.into_iter().zip(answers) {
                // Who asked may have gone: it is told all the same.
                let _ = parcel.answer.send(answer);
            }
        }
        Err(error) => {
            drop(told);
            for parcel in batch {
                let _ = parcel.answer.send(Err(error.clone()));
            }
        }
    }
}
