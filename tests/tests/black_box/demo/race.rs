//! r13: many people drop jobs on one slot at once.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};
use uhub_tests::{Client, Kind, Site, plan};

const MANY: usize = 50;

/// So many jobs, each at a time of its own, all in one pool.
async fn planned(admin: &Client, project: &str) -> Vec<String> {
    let mut ids = Vec::new();
    for n in 0..MANY {
        let hour = plan::hour(100 + 2 * i64::try_from(n).expect("small"));
        let job = plan::job(project, &format!("job {n}"), "ops", Some("staging"), &hour);
        let job = admin.post("/jobs", &job).await.expect(201);
        assert_eq!(job["conflict"], false);
        ids.push(plan::id(&job));
    }
    ids
}

async fn race(
    kind: Kind,
    policy: &Value,
) -> (Vec<(u16, Value)>, Vec<String>, Client, Vec<uhub_tests::Server>, Site) {
    let site = Site::on(kind).await;
    let servers = site.serve_racers().await;
    let admin = servers[0].admin().await;
    let owner = plan::user_id(&admin, "demo-admin").await;
    let project = plan::id(&plan::project(&admin, "Race", &owner, policy, false).await);
    let ids = planned(&admin, &project).await;
    let to = json!({ "planned_start": plan::hour(0) });
    let moves = ids.iter().enumerate().map(|(n, id)| {
        let client = admin.at(&servers[n % servers.len()].url);
        let to = to.clone();
        async move {
            let answer = client.patch(&format!("/jobs/{id}"), &to).await;
            (answer.status, answer.json())
        }
    });
    let answers = join_all(moves).await;
    (answers, ids, admin, servers, site)
}

fn named(answer: &Value) -> BTreeSet<String> {
    let ids = answer["conflicts"].as_array().expect("a list").iter();
    ids.map(|one| one["id"].as_str().or(one.as_str()).expect("an id").to_owned()).collect()
}

async fn everyone_is_told(kind: Kind) {
    let (answers, ids, admin, _servers, _site) = race(kind, &Value::Null).await;
    let mut pairs = BTreeSet::new();
    let mut told = Vec::new();
    for ((status, answer), id) in answers.iter().zip(&ids) {
        assert_eq!(*status, 200, "{answer}");
        let others = named(answer);
        assert_eq!(answer["conflict"], json!(!others.is_empty()));
        told.push(others.len());
        pairs.extend(
            others
                .into_iter()
                .map(|other| if other < *id { (other, id.clone()) } else { (id.clone(), other) }),
        );
    }
    // Whoever came second was told of who came first: each pair was told to one of the two, and the n-th of n-1.
    assert_eq!(pairs.len(), MANY * (MANY - 1) / 2, "told: {told:?}");
    told.sort_unstable();
    assert_eq!(told, (0..MANY).collect::<Vec<_>>());
    for id in &ids {
        let job = admin.get(&format!("/jobs/{id}")).await.expect(200);
        assert_eq!(named(&job).len(), MANY - 1);
    }
}

async fn one_wins(kind: Kind) {
    let (answers, ids, admin, _servers, _site) =
        race(kind, &json!({ "on_conflict": { "staging": "block" } })).await;
    let winners: Vec<&String> =
        answers.iter().zip(&ids).filter(|((status, _), _)| *status == 200).map(|(_, id)| id).collect();
    assert_eq!(winners.len(), 1, "{:?}", answers.iter().map(|(status, _)| status).collect::<Vec<_>>());
    for (status, answer) in &answers {
        if *status != 200 {
            assert_eq!((*status, &answer["rule"]), (409, &json!("policy.on_conflict")), "{answer}");
            assert_eq!(named(answer), BTreeSet::from([winners[0].clone()]));
        }
    }
    let span = format!("start={}&end={}", plan::hour(0), plan::hour(1));
    let there = admin.get(&format!("/calendar/events?{span}")).await.expect(200);
    assert_eq!(there.as_array().expect("an array").len(), 1, "{there}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r13_fifty_moves_to_one_slot_on_sqlite_everyone_who_overlaps_is_told() {
    everyone_is_told(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r13_fifty_moves_to_one_slot_on_postgres_everyone_who_overlaps_is_told() {
    everyone_is_told(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r13_fifty_moves_to_one_slot_on_sqlite_where_policy_blocks_one_wins() {
    one_wins(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r13_fifty_moves_to_one_slot_on_postgres_where_policy_blocks_one_wins() {
    one_wins(Kind::Postgres).await;
}
