//! Whoever keeps house: starts what is due, resolves the runs of dead workers, seals the audit. Several do, side by side.

use super::scene::{Answer, Scene, Task};
use crate::hub::Hub;

pub(super) struct Keeper {
    name: String,
    hub: Hub,
    task: Option<Task>,
}

impl Keeper {
    pub(super) fn new(name: String, scene: &mut Scene) -> Self {
        let hub = scene.process();
        Self { name, hub, task: None }
    }

    pub(super) fn step(&mut self, scene: &mut Scene) {
        if self.task.is_some() && !scene.healed && scene.chance.one_in(40) {
            scene.tell(|| format!("{} dies", self.name));
            self.task = None;
            self.hub = scene.process();
            return;
        }
        let mut task = self.task.take().unwrap_or_else(|| {
            let hub = self.hub.clone();
            if scene.chance.one_in(4) {
                Task::new("seals", Vec::new(), async move { hub.seal_audit(100).await.map(|_| Answer::Done) })
            } else {
                Task::new("ticks", Vec::new(), async move { hub.tick(20).await.map(|_| Answer::Done) })
            }
        });
        if scene.poll(&self.name, &mut task).is_pending() {
            self.task = Some(task);
        }
    }
}
