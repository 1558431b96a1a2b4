//! One decision by the table of roles.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::hint::black_box;
use uhub_benches::measure::{Contest, each, head, row};
use uhub_core::model::{BackendKind, JobType, ProdChange, Role, Tier, UserId};
use uhub_core::rbac::{Action, Actor, Context, decide};

const ROUNDS: usize = 9;
const QUESTIONS: usize = 1 << 16;

pub fn run() {
    let mut random = StdRng::seed_from_u64(7);
    let questions: Vec<(Actor, Action, Context)> = (0..QUESTIONS).map(|_| question(&mut random)).collect();
    let usual = &questions[..16];
    let mut contest = Contest::default();
    contest.add("decide, at random", || {
        for (actor, action, context) in &questions {
            black_box(decide(black_box(actor), *action, black_box(context)));
        }
    });
    contest.add("decide, sixteen over and over", move || {
        for _ in 0..QUESTIONS / usual.len() {
            for (actor, action, context) in usual {
                black_box(decide(black_box(actor), *action, black_box(context)));
            }
        }
    });
    head("One decision", &["question", "each"]);
    for (name, took) in contest.medians(ROUNDS) {
        row(&[name, each(took, QUESTIONS)]);
    }
}

fn question(random: &mut StdRng) -> (Actor, Action, Context) {
    let user = UserId(uuid::Uuid::from_u128(random.random()));
    let role = one(random, Role::ALL);
    let actor = Actor { is_active: random.random_ratio(99, 100), ..Actor::person(user, role) };
    let context = Context {
        tier: one(random, Tier::ALL),
        job_type: one(random, JobType::ALL),
        own_project: random.random(),
        own_job: random.random(),
        own_run: random.random(),
        backend: one(random, BackendKind::ALL),
        prod_change: one(random, ProdChange::ALL),
    };
    (actor, one(random, Action::ALL), context)
}

fn one<T: Copy>(random: &mut StdRng, all: &[T]) -> T {
    all[random.random_range(0..all.len())]
}
