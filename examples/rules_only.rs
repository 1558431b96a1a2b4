//! The rules alone, over one's own data: who may do what, what collides, where else it could go. No hub, no store.

use anyhow::{Context as _, Result};
use chrono::{DateTime, TimeDelta, Utc};
use uhub_core::{
    conflict::{self, Span},
    model::{JobType, Role, Tier, UserId},
    rbac::{self, Action, Actor, Context, Effect},
};

fn main() -> Result<()> {
    // Somebody of role ops wants to move a maintenance in prod.
    let actor = Actor::person(UserId("01890000-0000-7000-8000-000000000001".parse()?), Role::Ops);
    let context = Context { tier: Tier::Prod, job_type: JobType::Maintenance, ..Context::default() };
    let decision = rbac::decide(&actor, Action::JobMove, &context);
    println!("{}: {} ({})", actor.role, decision.effect, decision.rule);
    assert_eq!(decision.effect, Effect::NeedsApproval);

    // Three patches of one cluster, the first two at the same time.
    let day: DateTime<Utc> = "2026-03-02T00:00:00Z".parse()?;
    let hours = |from, to| Span::between(day + TimeDelta::hours(from), day + TimeDelta::hours(to));
    let spans = [hours(9, 11), hours(10, 12), hours(14, 15)];
    let slots = spans
        .into_iter()
        .map(|span| span.map(|span| conflict::Slot { pool: 0, span }))
        .collect::<Option<Vec<_>>>()
        .context("a span is never empty here")?;
    println!("in conflict: {:?}", conflict::flags(&slots));
    assert_eq!(conflict::flags(&slots), [true, true, false]);

    // Where could the second one go on that day?
    let bounds = hours(8, 18).context("a working day")?;
    let others = [slots[0].span, slots[2].span];
    for place in conflict::suggest(slots[1].span, others, bounds, None, 3) {
        println!("move it by {} minutes", place.shift / 60_000_000);
    }
    Ok(())
}
