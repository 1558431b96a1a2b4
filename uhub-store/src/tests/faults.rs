//! What happens when the database, the disk, the way to it, or a process fails.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use uhub_core::ports::store::{Store as _, StoreError};

use super::*;
use crate::store::Pools;

async fn count_up(store: &SqlStore) -> Result<u64, StoreError> {
    let mut session = store.write().await?;
    session.lock(&[uhub_core::ports::store::LockKey::Sequencer]).await?;
    let next = session.meta("n").await?.map_or(0, |n| n.parse().unwrap()) + 1;
    session.set_meta("n", &next.to_string()).await?;
    session.commit().await?;
    Ok(next)
}

async fn counted(store: &SqlStore) -> u64 {
    store.read().await.unwrap().meta("n").await.unwrap().map_or(0, |n| n.parse().unwrap())
}

async fn is_sound(store: &SqlStore) {
    let Pools::Sqlite { readers, .. } = &store.shared().pools else { panic!("SQLite") };
    let check: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(readers).await.unwrap();
    assert_eq!(check, "ok");
}

/// Ends the server's side of all connections to this place.
pub(super) async fn cut_connections(place: &Place) {
    let pool = sqlx::PgPool::connect(&place.url).await.unwrap();
    let schema = place.schema.as_deref().unwrap();
    let cut: i64 = sqlx::query_scalar(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
         WHERE application_name = $1 AND pid <> pg_backend_pid()",
    )
    .bind(format!("uhub {schema}"))
    .fetch_one(&pool)
    .await
    .unwrap();
    assert!(cut > 0, "there were none");
}

on_both!(r09_two_processes_share_a_database, |place| {
    let (one, other) = (place.open().await, place.open().await);
    let mut all = Vec::new();
    for store in [one.clone(), other.clone(), one.clone(), other] {
        all.push(tokio::spawn(async move {
            for _ in 0..25 {
                count_up(&store).await.unwrap();
            }
        }));
    }
    for each in all {
        each.await.unwrap();
    }
    assert_eq!(counted(&one).await, 100);
});

#[tokio::test]
async fn r09_a_file_kept_locked_is_not_available() {
    use sqlx::Connection as _;

    let place = Place::sqlite();
    let store = place.open().await;
    let mut foreign = sqlx::SqliteConnection::connect(&place.url).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut foreign).await.unwrap();
    let started = Instant::now();
    assert!(matches!(count_up(&store).await, Err(StoreError::Unavailable(_))));
    assert!(started.elapsed() < Duration::from_secs(6));
    assert_eq!(counted(&store).await, 0, "readers go on");
    sqlx::raw_sql("ROLLBACK").execute(&mut foreign).await.unwrap();
    assert_eq!(count_up(&store).await, Ok(1));
}

/// Not a test of its own: what the next one starts and kills.
#[tokio::test]
#[ignore = "is started by r06_a_killed_process_loses_nothing_acknowledged"]
async fn killed_child() {
    let url = std::env::var("UHUB_TEST_CHILD_URL").expect("started by another test");
    let store = SqlStore::connect(&url, SqlOptions::default()).await.unwrap();
    loop {
        let n = count_up(&store).await.unwrap();
        println!("\nacknowledged {n}");
    }
}

#[tokio::test]
async fn r06_a_killed_process_loses_nothing_acknowledged() {
    let place = Place::sqlite();
    for round in 1..=3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "tests::faults::killed_child", "--ignored", "--nocapture"])
            .env("UHUB_TEST_CHILD_URL", &place.url)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut acknowledged = 0_u64;
        let mut heard = 0;
        for line in lines.map_while(Result::ok) {
            if let Some(n) = line.strip_prefix("acknowledged ") {
                acknowledged = n.parse().unwrap();
                heard += 1;
                if heard == 20 * round {
                    // SIGKILL, in the middle of whatever it does; what it said until then is read on.
                    child.kill().unwrap();
                }
            }
        }
        child.wait().unwrap();
        let store = place.open().await;
        is_sound(&store).await;
        let kept = counted(&store).await;
        assert!(kept == acknowledged || kept == acknowledged + 1, "{acknowledged} acknowledged, {kept} kept");
        assert!(kept >= 20 * round);
        store.close().await;
    }
}

#[tokio::test]
async fn r08_a_full_disk_refuses_and_harms_nothing() {
    let place = Place::sqlite();
    let store = place.open().await;
    assert_eq!(count_up(&store).await, Ok(1));
    let Pools::Sqlite { writer, .. } = &store.shared().pools else { panic!("SQLite") };
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(writer).await.unwrap();
    let limit = |pages: i64| sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
    sqlx::raw_sql(limit(pages)).execute(writer).await.unwrap();

    let mut session = store.write().await.unwrap();
    let big = "x".repeat(1 << 20);
    assert!(matches!(session.set_meta("big", &big).await, Err(StoreError::Unavailable(_))));
    assert!(session.commit().await.is_err());
    assert_eq!(counted(&store).await, 1);

    sqlx::raw_sql(limit(1 << 30)).execute(writer).await.unwrap();
    assert_eq!(count_up(&store).await, Ok(2));
    is_sound(&store).await;
}

#[tokio::test]
async fn r06_after_a_restart_of_the_server_all_goes_on() {
    let place = Place::postgres();
    let store = place.open().await;
    // Several idle connections, one in use.
    let idle: Vec<_> = [store.read().await.unwrap(), store.read().await.unwrap()].into();
    drop(idle);
    assert_eq!(count_up(&store).await, Ok(1));
    let mut open = store.write().await.unwrap();
    open.set_meta("n", "99").await.unwrap();
    cut_connections(&place).await;

    assert!(matches!(open.commit().await, Err(StoreError::Unavailable(_))));
    store.ping().await.unwrap();
    assert_eq!(count_up(&store).await, Ok(2), "dead connections are replaced without a word");
    store.revision(None).await.unwrap();
    place.clear().await;
}

/// Forwards connections until it is told to stand still.
async fn proxy(to: String) -> (u16, Arc<AtomicBool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let stopped = Arc::new(AtomicBool::new(false));
    let stops = stopped.clone();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&to).await.unwrap();
            let (client_in, client_out) = client.into_split();
            let (server_in, server_out) = server.into_split();
            for (mut from, mut to) in [(client_in, server_out), (server_in, client_out)] {
                let stopped = stops.clone();
                tokio::spawn(async move {
                    let mut buffer = vec![0; 1 << 14];
                    while let Ok(length @ 1..) = from.read(&mut buffer).await {
                        while stopped.load(Ordering::Relaxed) {
                            tokio::time::sleep(Duration::from_millis(20)).await;
                        }
                        if to.write_all(&buffer[..length]).await.is_err() {
                            return;
                        }
                    }
                });
            }
        }
    });
    (port, stopped)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r07_a_way_that_goes_silent_is_told_and_left_behind() {
    let direct = Place::postgres();
    let server = url_part(&direct.url);
    let (port, stopped) = proxy(server.clone()).await;
    let url = direct.url.replace(&server, &format!("127.0.0.1:{port}"));
    let store = SqlStore::connect(&url, direct.options()).await.unwrap();
    assert_eq!(count_up(&store).await, Ok(1));
    let mut open = store.write().await.unwrap();
    open.set_meta("n", "99").await.unwrap();

    stopped.store(true, Ordering::Relaxed);
    let started = Instant::now();
    let (asked, committed, counted_up) = tokio::join!(store.ping(), open.commit(), count_up(&store));
    for result in [asked, committed, counted_up.map(drop)] {
        assert!(matches!(result, Err(StoreError::Unavailable(_))), "{result:?}");
    }
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());

    stopped.store(false, Ordering::Relaxed);
    let mut last = count_up(&store).await;
    for _ in 0..20 {
        if last.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        last = count_up(&store).await;
    }
    // The commit that was told to be uncertain may have come through.
    assert!(matches!(last, Ok(2 | 3 | 100 | 101)), "{last:?}");
    direct.clear().await;
}

/// `host:port` of a URL.
fn url_part(url: &str) -> String {
    let behind = url.rsplit('@').next().unwrap();
    behind.split('/').next().unwrap().to_owned()
}
