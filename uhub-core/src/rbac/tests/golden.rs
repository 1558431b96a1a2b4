//! All decisions in a table that a person can read: per action, tier and type one line, per role what is granted and to
//! whom. What a cell does not name is denied, so that the text holds every decision, and a change of any shows.

use std::{collections::BTreeSet, fmt::Write as _};

use super::{actor, contexts};
use crate::{
    model::{JobType, Role, Tier},
    rbac::{Action, Context, Effect, Rule, decide},
};

const LEGEND: &str = "\
P own project, J own job, R own run; `J,P,PJ` reads: where one owns the job, the project, or both.
A condition that is not named does not matter. What is not granted is denied.
";

/// In the order of the table's columns.
const ROLES: [Role; 4] = [Role::Admin, Role::Projets, Role::Ops, Role::Dev];

/// What one may own, by its letter.
type Owned = (char, fn(&Context) -> bool, fn(&Context) -> Context);

const OWNED: [Owned; 3] = [
    ('P', |context| context.own_project, |context| Context { own_project: !context.own_project, ..*context }),
    ('J', |context| context.own_job, |context| Context { own_job: !context.own_job, ..*context }),
    ('R', |context| context.own_run, |context| Context { own_run: !context.own_run, ..*context }),
];

pub(super) fn table() -> String {
    let mut text = LEGEND.to_owned();
    for action in Action::ALL {
        let mut places: Vec<([String; 5], Vec<String>)> = Vec::new();
        for tier in Tier::ALL {
            for job_type in JobType::ALL {
                let here = |context: &Context| context.tier == *tier && context.job_type == *job_type;
                let mut cells = [const { String::new() }; 5];
                for (cell, role) in cells[1..].iter_mut().zip(ROLES) {
                    *cell = describe(role, *action, here);
                }
                let context = contexts().find(|context| here(context)).unwrap();
                let Rule::Table(row, _) = decide(&actor(Role::Admin), *action, &context).rule else {
                    panic!("a row of the table decides");
                };
                cells[0] = row.to_string();
                let place = format!("{job_type}@{tier}");
                // Places where the same holds share a line.
                match places.iter_mut().find(|(known, _)| *known == cells) {
                    Some((_, names)) => names.push(place),
                    None => places.push((cells, vec![place])),
                }
            }
        }
        let all = Tier::ALL.len() * JobType::ALL.len();
        for (cells, names) in places {
            let name = if names.len() == all { "everywhere".to_owned() } else { names.join(" ") };
            let [rule, granted @ ..] = cells;
            writeln!(text, "\n{action} | {name} | {rule}").unwrap();
            for (role, cell) in ROLES.iter().zip(granted) {
                writeln!(text, "    {role:<8}{cell}").unwrap();
            }
        }
    }
    text
}

/// What a condition is in a context.
type Value<'a> = &'a dyn Fn(&Context) -> String;

/// What a role is granted, by the conditions that matter.
fn describe(role: Role, action: Action, here: impl Fn(&Context) -> bool + Copy) -> String {
    let granted = |context: &Context| decide(&actor(role), action, context).effect;
    let all: Vec<Context> = contexts().filter(here).collect();
    let first = granted(&all[0]);
    if all.iter().all(|context| granted(context) == first) {
        return first.to_string();
    }
    let matters: Vec<&Owned> = OWNED
        .iter()
        .filter(|(_, _, flipped)| all.iter().any(|context| granted(context) != granted(&flipped(context))))
        .collect();
    let own = |context: &Context| {
        let letters: String =
            matters.iter().filter(|(_, owns, _)| owns(context)).map(|(letter, ..)| *letter).collect();
        if letters.is_empty() { "0".to_owned() } else { letters }
    };
    let backend = |context: &Context| context.backend.to_string();
    let prod_change = |context: &Context| context.prod_change.to_string();
    let dimensions: [(&str, Value<'_>); 3] =
        [("own", &own), ("backend", &backend), ("prod_change", &prod_change)];

    let mut parts = Vec::new();
    for effect in [Effect::Allow, Effect::NeedsApproval] {
        let held: Vec<&Context> = all.iter().filter(|context| granted(context) == effect).collect();
        if held.is_empty() {
            continue;
        }
        let mut conditions = Vec::new();
        // What one owns and does not matter doubles the contexts without being named.
        let mut named = 1 << (OWNED.len() - matters.len());
        for (name, value) in dimensions {
            let values: BTreeSet<String> = held.iter().map(|context| value(context)).collect();
            let possible: BTreeSet<String> = all.iter().map(value).collect();
            named *= values.len();
            if values.len() < possible.len() {
                conditions.push(format!("{name} {}", values.into_iter().collect::<Vec<_>>().join(",")));
            }
        }
        // Only then do the conditions, each for itself, say all of it.
        assert_eq!(named, held.len(), "{role} {action}: conditions depend on each other");
        parts.push(format!("{effect} if {}", conditions.join(" and ")));
    }
    parts.join("; ")
}
